"""A location into the store that keeps a library there."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from .embed import Kept, Vectors
from .errors import LibraryError
from .rows import Built, Status, Summary
from .types import Document, Hit, Passage


class Store(Protocol):
    """Keeps documents, passages and their vectors, and ranks passages. Safe for threads and for several processes."""

    def __len__(self) -> int:
        """Count the passages."""
        ...

    def built(self) -> Built:
        """Say what the library was built with."""
        ...

    def identity(self) -> str:
        """Give the name that the library got when it was made, which no other one has, wherever it lies."""
        ...

    def untouched(self) -> bool:
        """Say whether no document was ever added."""
        ...

    def has(self, document_id: str) -> bool:
        """Say whether a document is there."""
        ...

    def at(self, source: str) -> set[str]:
        """Give the ids of the documents that a source holds; "" is none."""
        ...

    def sources(self, document_id: str) -> tuple[str, ...]:
        """Give every source of a document, in order of name; none where it is not there."""
        ...

    def add(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: Sequence[Kept],
        replaces: Collection[str] = (),
    ) -> Status:
        """Add one document, whole or not at all, each passage with its vector and its sentences'.

        A text that is there already only gets one more source. The documents in `replaces` lose this source, and go
        where they have no other.
        """
        ...

    def remove(self, document_id: str) -> None:
        """Remove one document and all that was derived from it; UnknownDocument where there is none."""
        ...

    def rename(self, document_id: str, title: str, passages: Sequence[Passage], vectors: Sequence[Kept]) -> None:
        """Give one document another title, and the passages that it has under that title, in one step."""
        ...

    def titles(self, document_ids: Collection[str]) -> dict[str, str]:
        """Give the titles of documents by their ids, as far as they are there."""
        ...

    def documents(self) -> list[Document]:
        """Give every document with its text, oldest first."""
        ...

    def summaries(self) -> list[Summary]:
        """Give every document without its text, oldest first."""
        ...

    def document(self, document_id: str) -> Document:
        """Give one document; UnknownDocument where there is none."""
        ...

    def quote(self, document_id: str, start: int, end: int) -> str:
        """Give a range of a document's text, "" where the document is gone."""
        ...

    def heading(self, document_id: str, offset: int) -> str:
        """Give the path of headings above an offset of a document, "" where there are none."""
        ...

    def dense(self, vector: Vectors, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank passages by inner product with a query's vector, shape (dimension,), all or those of some documents.

        The nearest ones are ordered by their sentences' vectors as well, where they have some.
        UnknownDocument where one of them is not there, NothingChosen for an empty choice.
        """
        ...

    def lexical(self, query: str, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank passages by BM25, whose statistics are those of the whole library, all or those of some documents."""
        ...

    def staged(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, Kept]:
        """Give the vectors that an interrupted run left."""
        ...

    def stage(self, vectors: dict[bytes, Kept]) -> None:
        """Keep vectors of a long run that is not finished, so that an interruption does not lose them."""
        ...

    def unstage(self, keys: Sequence[bytes]) -> None:
        """Forget the vectors of a run that is finished."""
        ...

    def replace_all(self, passages: Sequence[Passage], keys: Sequence[bytes], built: Built) -> None:
        """Put these passages, whose vectors are staged under these keys, in the place of all others, in one step."""
        ...

    def keep_note(self, name: str, text: str) -> None:
        """Keep a short text under a name, in the place of what was kept there."""
        ...

    def drop_note(self, name: str) -> None:
        """Forget what is kept under a name, if anything is."""
        ...

    def notes(self, prefix: str = "") -> dict[str, str]:
        """Give the texts whose names begin with a prefix, in order of name."""
        ...

    def settle(self) -> None:
        """Make what was written durable and bring the derived indexes up to it."""
        ...

    def check(self) -> list[str]:
        """Verify everything, repair what is derived, and say in a sentence each what was found."""
        ...

    def close(self) -> None:
        """Let go of files and connections."""
        ...


def open_store(location: str | Path, built: Built, timeout: float) -> Store:
    """Open the library at a location, made there if absent: a folder is embedded in this process.

    `built` is recorded in a new library; `timeout` is how many seconds to wait for another process that writes.
    """
    from .local_store import LocalStore

    return LocalStore(folder_of(location), built, timeout)


def folder_of(location: str | Path) -> Path:
    """Give the folder of a location, `~` written out; LibraryError for what is none."""
    if re.match(r"[a-z][a-z0-9+.-]+:/", str(location), re.IGNORECASE) or "\0" in str(location):
        raise LibraryError(f"{str(location)!r} is not a folder; this version keeps libraries in folders only.")
    with suppress(RuntimeError):  # there is no home
        return Path(location).expanduser()
    return Path(location)
