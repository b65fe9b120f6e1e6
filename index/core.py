"""Files and documents into a library, and queries into its passages: the one class that the rest of Quotewise sees."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType

from .add import Adding, Incoming, from_documents, from_files
from .context import recipe
from .embed import Embedder, load_embedder
from .errors import LibraryMismatch, LoadError, rebuild_command
from .load import find_files
from .rebuild import rebuild
from .rename import rename
from .report import Report, Watcher
from .rows import Built, Summary
from .store import Store, folder_of, open_store
from .tokens import ENCODING
from .types import Document, Hit, stored_source

LOCK_TIMEOUT = 10.0
"""Seconds that a write waits for another process's; one document's transaction takes milliseconds."""


class Index:
    """A library of documents that can be searched. `len(index)` counts its passages. Safe to share between threads."""

    def __init__(self, store: Store, embedder: Embedder, encoding: str, location: str | Path) -> None:
        self._store = store
        self._embedder = embedder
        self._encoding = encoding
        self.location = folder_of(location).absolute()

    @classmethod
    def open(
        cls,
        location: str | Path,
        embedder: Embedder | None = None,
        *,
        encoding: str = ENCODING,
        timeout: float = LOCK_TIMEOUT,
    ) -> Index:
        """Open the library in a folder, which is created where absent; no model is loaded before it is needed.

        Without `embedder` the packaged model is used; `encoding` names the tiktoken encoding that sizes passages;
        `timeout` is how many seconds to wait for another process that writes.
        Raises a LibraryError that says what to do where the library was built with another model or splitter, is
        damaged, or cannot be read.
        """
        embedder = embedder or load_embedder()
        store = open_store(location, Built(embedder.name, 0, recipe(encoding)), timeout)
        index = cls(store, embedder, encoding, location)
        index._refuse_mismatch()
        return index

    @staticmethod
    def exists(location: str | Path) -> bool:
        """Say whether a folder holds a library, or what is left of one; LibraryError where that cannot be told."""
        from .local_store import holds_library

        return holds_library(folder_of(location))

    @classmethod
    def rebuild(
        cls,
        location: str | Path,
        embedder: Embedder | None = None,
        progress: Watcher | None = None,
        *,
        encoding: str = ENCODING,
        timeout: float = LOCK_TIMEOUT,
    ) -> Index:
        """Split and embed every document of a library again, with this model and this version's splitter.

        Searches see the old state until the new one is complete; a run that was interrupted goes on where it stopped.
        """
        embedder = embedder or load_embedder()
        store = open_store(location, Built(embedder.name, 0, recipe(encoding)), timeout)
        rebuild(store, embedder, encoding, progress)
        return cls(store, embedder, encoding, location)

    def add(self, *paths: str | Path, progress: Watcher | None = None) -> Report:
        """Add files and folders, recursively; a file that changed replaces its old text.

        A file that fails says why in its line of the report and leaves nothing behind. Documents are kept one by one,
        so an interrupted run is continued by running it again.
        """
        if "" in paths:  # it would be the folder that the program happens to be in
            raise LoadError('One of the paths is empty; name a file or a folder, or "." for the one you are in.')
        files = find_files([Path(path) for path in paths])
        return self._add(from_files(files), len(files), progress)

    def add_documents(self, documents: Iterable[Document], progress: Watcher | None = None) -> Report:
        """Add documents that are in memory already.

        The same text is added once. A source that held one document before is that document's address, so a new text
        there replaces it; a source that several documents share is a collection, and grows.
        """
        return self._add(from_documents(documents, self._store), None, progress)

    def _add(self, incoming: Iterable[Incoming], total: int | None, progress: Watcher | None) -> Report:
        self._refuse_mismatch()
        adding = Adding(self._store, self._embedder, self._encoding, total, progress)
        try:
            return adding.run(incoming)
        finally:
            self._store.settle()

    def remove(self, document_id: str) -> None:
        """Remove a document and all that was made from it; UnknownDocument where there is none."""
        self._store.remove(document_id)
        self._store.settle()

    def rename(self, document_id: str, title: str, progress: Watcher | None = None) -> str:
        """Give a document another title, and say what it is then; UnknownDocument, or TitleError for an unfit title.

        The title is searched with every passage, so the document is embedded again; searches see the old title until
        that is done. Adding the same text again leaves the title; a text that changed brings a title of its own.
        """
        self._refuse_mismatch()
        renamed = rename(self._store, self._embedder, self._encoding, document_id, title, progress)
        self._store.settle()
        return renamed

    def titles(self, document_ids: Collection[str]) -> dict[str, str]:
        """Give the titles of documents by their ids, as far as they are there."""
        return self._store.titles(document_ids)

    def documents(self) -> list[Document]:
        """Give every document with its text, oldest first."""
        return self._store.documents()

    def summaries(self) -> list[Summary]:
        """Give every document's title, source and size without its text, oldest first."""
        return self._store.summaries()

    def document(self, document_id: str) -> Document:
        """Give one document; UnknownDocument where there is none."""
        return self._store.document(document_id)

    def at(self, source: str) -> set[str]:
        """Give the ids of the documents that a source holds."""
        return self._store.at(stored_source(source))

    def sources(self, document_id: str) -> tuple[str, ...]:
        """Give every source of a document, in order of name; none where it is not there."""
        return self._store.sources(document_id)

    def quote(self, document_id: str, start: int, end: int) -> str:
        """Give a range of a document's text as the library holds it, "" where the document is gone."""
        return self._store.quote(document_id, start, end)

    def keep_note(self, name: str, text: str) -> None:
        """Keep a short text under a name beside the documents, in the place of what was kept there."""
        self._store.keep_note(name, text)

    def drop_note(self, name: str) -> None:
        """Forget what is kept under a name, if anything is."""
        self._store.drop_note(name)

    def notes(self, prefix: str = "") -> dict[str, str]:
        """Give the texts whose names begin with a prefix, in order of name."""
        return self._store.notes(prefix)

    def heading(self, document_id: str, offset: int) -> str:
        """Give the path of headings above an offset of a document ("Bees › Queens"), "" where there are none."""
        return self._store.heading(document_id, offset)

    def __len__(self) -> int:
        return len(self._store)

    @property
    def identity(self) -> str:
        """The name that the library got when it was made (32 hexadecimal digits): no other one has it."""
        return self._store.identity()

    @property
    def untouched(self) -> bool:
        """Whether no document was ever added."""
        return self._store.untouched()

    def dense(self, query: str, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank passages by the cosine of their vectors, and of their nearest sentences', with the query's.

        `documents` names by their ids those whose passages are ranked, None for all of them; UnknownDocument where one
        is not there, NothingChosen where there is no id.
        """
        return self.dense_each([query], k, documents)[0]

    def dense_each(self, queries: Sequence[str], k: int, documents: Collection[str] | None = None) -> list[list[Hit]]:
        """Give the ranking of `dense` for each of a few queries, which are embedded together."""
        self._refuse_mismatch()
        return [self._store.dense(vector, k, documents) for vector in self._embedder.embed_queries(queries)]

    def lexical(self, query: str, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank passages by BM25 of the words that they share with the query; `documents` as in `dense`.

        What a word is worth is counted over the whole library, whichever documents are chosen.
        """
        return self._store.lexical(query, k, documents)

    @property
    def embedder(self) -> Embedder:
        """The model that the library is built with."""
        return self._embedder

    def check(self) -> list[str]:
        """Verify the library, repair what is derived, and say in one sentence each what was repaired."""
        return self._store.check()

    def close(self) -> None:
        """Let go of the library's files."""
        self._store.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _refuse_mismatch(self) -> None:
        built = self._store.built()
        for what, theirs, ours in (
            ("model", built.model, self._embedder.name),
            ("splitter", built.splitter, recipe(self._encoding)),
        ):
            if theirs != ours:
                raise LibraryMismatch(
                    f"The library {self.location} was built with the {what} {theirs}, and this is {ours}; run "
                    f"`{rebuild_command(self.location)}` to build it again from the texts that it holds."
                )
