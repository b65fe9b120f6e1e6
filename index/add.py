"""Files and documents into a store: loaded, split, embedded in batches across documents, kept one by one."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .context import CONTEXT, in_context, sentences_in_context, split_in_context
from .embed import Embedder, Kept, sentence_embedder
from .errors import LoadError
from .load import load, title_of
from .report import Progress, Report, ReportLine, Watcher
from .rows import Status
from .store import Store
from .types import Document, Passage

BATCH_PASSAGES = 512
"""Passages that are embedded together, so that those of like length share a batch; about so many are lost when a run
is interrupted."""

STAGED_PASSAGES = 2 * BATCH_PASSAGES
"""Passages from which on a batch is staged; only one long document makes so many at once."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A document on its way in, with the ids that it takes the place of; or why there is none."""

    source: str
    document: Document | None
    replaces: frozenset[str] = frozenset()
    is_file: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class _Waiting:
    place: int
    incoming: Incoming
    document: Document
    passages: list[Passage]
    seconds: float


def from_files(files: Iterable[Path]) -> Iterator[Incoming]:
    """Load files one by one; one that cannot be loaded says why."""
    for file in files:
        try:
            document = load(file)
        except LoadError as error:
            yield Incoming(str(file), None, why=str(error))
        else:
            yield Incoming(document.source, document, is_file=True)


def from_documents(documents: Iterable[Document], store: Store) -> Iterator[Incoming]:
    """Take documents one by one; a source that held exactly one document before this run is an address."""
    before: dict[str, frozenset[str]] = {}
    for document in documents:
        source = document.source
        if not document.text.strip():
            yield Incoming(source, None, why="The document has no text; leave it out or give it one.")
            continue
        if source and source not in before:
            held = store.at(source)
            before[source] = frozenset(held if len(held) == 1 else ())
        if source:
            before[source] -= {document.id}  # named again in this run, so it stays
        named = document if document.title.strip() else replace(document, title=title_of(document.text))
        yield Incoming(source, named, replaces=before.get(source, frozenset()))


class Adding:
    """One run of adding: it holds the documents that wait for their batch, and the report as far as it is."""

    def __init__(
        self, store: Store, embedder: Embedder, encoding: str, total: int | None, watcher: Watcher | None
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._encoding = encoding
        self._total = total
        self._watcher = watcher
        self._lines: dict[int, ReportLine] = {}
        self._waiting: list[_Waiting] = []
        self._embedded = self._split = 0
        self._source = ""

    def run(self, incoming: Iterable[Incoming]) -> Report:
        """Take every document in; the report has one line for each, in their order."""
        for place, one in enumerate(incoming):
            self._take(place, one)
            if sum(len(waiting.passages) for waiting in self._waiting) >= BATCH_PASSAGES:
                self._flush()
        self._flush()
        return Report(tuple(self._lines[place] for place in sorted(self._lines)))

    def _take(self, place: int, incoming: Incoming) -> None:
        since, document = time.perf_counter(), incoming.document
        self._tell(incoming.source)
        if document is None:
            self._lines[place] = ReportLine(incoming.source, "failed", why=incoming.why)
            return
        if any(document.id in one.incoming.replaces for one in self._waiting):
            self._flush()  # what takes its place comes first, as it was given
        held = self._store.at(document.source)
        if incoming.is_file:
            incoming = replace(incoming, replaces=frozenset(held - {document.id}))
        attached = not document.source or document.id in held
        if attached and not incoming.replaces & held and self._store.has(document.id):
            self._lines[place] = _line(incoming.source, document, "unchanged", 0, since)
            return
        passages = split_in_context(document, self._embedder, self._encoding)
        self._split += len(passages)
        self._waiting.append(_Waiting(place, incoming, document, passages, time.perf_counter() - since))
        self._tell(incoming.source)

    def _flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:  # nor load a model for nothing
            return
        passages = [passage for one in waiting for passage in one.passages]
        since = time.perf_counter()
        vectors = embed_in_stages(self._store, self._embedder, passages, self._count)
        each = (time.perf_counter() - since) / max(1, len(passages))
        for one in waiting:
            mine, vectors = vectors[: len(one.passages)], vectors[len(one.passages) :]
            self._keep(one, mine, time.perf_counter() - one.seconds - each * len(one.passages))
        if len(passages) >= STAGED_PASSAGES:
            self._store.unstage(stage_keys(self._embedder, passages))

    def _keep(self, one: _Waiting, vectors: Sequence[Kept], since: float) -> None:
        source, new = one.incoming.source, not self._store.has(one.document.id)
        status = self._store.add(one.document, one.passages, vectors, one.incoming.replaces)
        self._lines[one.place] = _line(source, one.document, status, len(one.passages) if new else 0, since)
        self._tell(source)

    def _count(self, more: int) -> None:
        self._embedded += more
        self._tell(self._source)

    def _tell(self, source: str) -> None:
        self._source = source
        if self._watcher:
            self._watcher(Progress(source, len(self._lines), self._total, self._embedded, self._split))


def embed_in_stages(
    store: Store, embedder: Embedder, passages: Sequence[Passage], progress: Callable[[int], None] | None = None
) -> list[Kept]:
    """Embed passages with their sentences; a long run is staged, so that it can be continued."""
    if len(passages) < STAGED_PASSAGES:
        return embedded(embedder, passages, progress)
    keys = stage_keys(embedder, passages)
    found = store.staged(keys, embedder.dimension)
    if progress:
        progress(sum(key in found for key in keys))
    missing = [(key, p) for key, p in dict(zip(keys, passages, strict=True)).items() if key not in found]
    for start in range(0, len(missing), BATCH_PASSAGES):
        batch = missing[start : start + BATCH_PASSAGES]
        fresh = embedded(embedder, [passage for _, passage in batch], progress)
        store.stage(staged := {key: its for (key, _), its in zip(batch, fresh, strict=True)})
        found |= staged
    return [found[key] for key in keys]


def embedded(
    embedder: Embedder, passages: Sequence[Passage], progress: Callable[[int], None] | None = None
) -> list[Kept]:
    """Give the vector of each passage and, below it, those of its sentences where the model makes them."""
    texts = [in_context(passage) for passage in passages]
    model = sentence_embedder(embedder)
    if model is None:
        return list(embedder.embed_passages(texts, progress)[:, None].astype(np.float16))
    return model.embed_with_sentences(texts, [sentences_in_context(passage) for passage in passages], progress)


def stage_keys(embedder: Embedder, passages: Sequence[Passage]) -> list[bytes]:
    """Name each passage's vectors by the model and the text that they are made from, and by which they are."""
    made = f"{embedder.name}\0{CONTEXT}\0".encode()
    return [hashlib.blake2b(made + in_context(passage).encode(), digest_size=16).digest() for passage in passages]


def _line(source: str, document: Document, status: Status, passages: int, since: float) -> ReportLine:
    why = "This text is in the library already." if status == "unchanged" else ""
    pages, seconds = len(document.pages), time.perf_counter() - since
    return ReportLine(source, status, document.title, document.id, passages, pages, seconds, why)
