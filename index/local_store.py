"""A folder into a store: SQLite holds the truth, the search indexes follow it and can be thrown away."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from . import rows as table
from .caches import Caches
from .choice import read_titles
from .database import Database
from .embed import Kept, Vectors
from .errors import LibraryDamaged, LibraryError, LibraryMismatch, LibraryReadOnly, UnknownDocument
from .notes import delete_note, read_notes, write_note
from .rows import Built, Status, Summary
from .types import Document, Hit, Passage

SMALLEST = 512
"""Bytes that a SQLite file has at least; SQLite itself takes a shorter one for a new one and writes over it."""

_BESIDE = ("vectors.faiss", "lexical", "library.sqlite-wal")


class LocalStore:
    """One library in one folder, open in any number of threads and processes."""

    def __init__(self, folder: Path, built: Built, timeout: float) -> None:
        self._folder = folder = folder.absolute()  # the same one wherever the program goes
        self._opened_as = built
        _make_folder(folder)
        _refuse_half_deleted(folder)
        self._database = Database(folder / "library.sqlite", timeout)
        if self.built() != built and self.untouched():  # a name mistyped at first does no harm
            with self._database.write() as rows:
                table.write_built(rows, built)
        self._caches = Caches(folder, self._database)

    def __len__(self) -> int:
        with self._database.read() as rows:
            return table.count_passages(rows)

    def built(self) -> Built:
        """Say what the library was built with."""
        return table.read_built(self._database.meta())

    def identity(self) -> str:
        """Give the name that the library got when it was made, which no other one has, wherever it lies."""
        return self._database.meta()["library"]

    def untouched(self) -> bool:
        """Say whether no document was ever added."""
        return self._database.stamp().generation == 0

    def has(self, document_id: str) -> bool:
        """Say whether a document is there."""
        with self._database.read() as rows:
            return table.has_document(rows, document_id)

    def at(self, source: str) -> set[str]:
        """Give the ids of the documents that a source holds; "" is none."""
        with self._database.read() as rows:
            return table.held_by(rows, source) if source else set()

    def sources(self, document_id: str) -> tuple[str, ...]:
        """Give every source of a document, in order of name; none where it is not there."""
        with self._database.read() as rows:
            return table.sources(rows, document_id)

    def add(
        self,
        document: Document,
        passages: Sequence[Passage],
        vectors: Sequence[Kept],
        replaces: Collection[str] = (),
    ) -> Status:
        """Add one document in one transaction, unless it is there; its source leaves the documents in `replaces`."""
        with self._database.change() as (rows, generation):
            known = table.has_document(rows, document.id)
            before = (table.held_by(rows, document.source) & set(replaces)) - {document.id}
            if not known:
                table.write_built(rows, self._with_dimension(vectors[0].shape[1]))
                table.insert_document(rows, document)
                table.insert_passages(rows, generation, passages, vectors)
            elif not table.sources(rows, document.id):
                table.attach(rows, document.id, "")  # it was added by itself, and does not go with the source
            if document.source:
                table.attach(rows, document.id, document.source)
            for old in before:
                table.detach(rows, generation, old, document.source)
        return "replaced" if before else "unchanged" if known else "added"

    def remove(self, document_id: str) -> None:
        """Remove one document in one transaction."""
        with self._database.change() as (rows, generation):
            if not table.delete(rows, generation, document_id):
                raise _unknown(document_id)

    def rename(self, document_id: str, title: str, passages: Sequence[Passage], vectors: Sequence[Kept]) -> None:
        """Give one document another title, with the passages that it has under that title, in one transaction."""
        with self._database.change() as (rows, generation):
            self._with_dimension(vectors[0].shape[1])
            if not table.retitle(rows, generation, document_id, title):
                raise _unknown(document_id)
            table.insert_passages(rows, generation, passages, vectors)

    def titles(self, document_ids: Collection[str]) -> dict[str, str]:
        """Give the titles of documents by their ids, as far as they are there."""
        with self._database.read() as rows:
            return read_titles(rows, document_ids)

    def documents(self) -> list[Document]:
        """Give every document with its text, oldest first."""
        with self._database.read() as rows:
            return table.read_documents(rows)

    def summaries(self) -> list[Summary]:
        """Give every document without its text, oldest first."""
        with self._database.read() as rows:
            return table.read_summaries(rows)

    def document(self, document_id: str) -> Document:
        """Give one document."""
        with self._database.read() as rows:
            found = table.read_documents(rows, document_id)
        if not found:
            raise _unknown(document_id)
        return found[0]

    def quote(self, document_id: str, start: int, end: int) -> str:
        """Give a range of a document's text, "" where the document is gone."""
        with self._database.read() as rows:
            return table.read_quote(rows, document_id, start, end)

    def heading(self, document_id: str, offset: int) -> str:
        """Give the headings above an offset, "" where there are none."""
        with self._database.read() as rows:
            return table.read_heading(rows, document_id, offset)

    def dense(self, vector: Vectors, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank the passages of these documents (None: of all) by inner product with a query's vector."""
        return self._caches.dense(vector, k, documents)

    def lexical(self, query: str, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank the passages of these documents (None: of all) by BM25."""
        return self._caches.lexical(query, k, documents)

    def staged(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, Kept]:
        """Give the vectors that an interrupted run left."""
        with self._database.read() as rows:
            return table.read_staged(rows, keys, dimension)

    def stage(self, vectors: dict[bytes, Kept]) -> None:
        """Keep vectors of a long run that is not finished; no search sees them."""
        with self._database.write() as rows:
            table.insert_staged(rows, vectors)

    def unstage(self, keys: Sequence[bytes]) -> None:
        """Forget the vectors of a run that is finished."""
        with self._database.write() as rows:
            rows.executemany("DELETE FROM staged WHERE key = ?", [(key,) for key in keys])

    def replace_all(self, passages: Sequence[Passage], keys: Sequence[bytes], built: Built) -> None:
        """Put passages, whose vectors are staged under the keys, in the place of all others, in one transaction."""
        with self._database.change() as (rows, generation):
            rows.execute("INSERT OR REPLACE INTO removed SELECT id, ? FROM passages", (generation,))
            rows.execute("DELETE FROM passages")
            if table.insert_from_staged(rows, generation, passages, keys) != len(passages):
                raise LibraryError("Another process finished a rebuild meanwhile; run the rebuild once more.")
            if {p.document_id: p.title for p in passages} != {s.id: s.title for s in table.read_summaries(rows)}:
                raise LibraryError("Documents were added, removed or renamed during the rebuild; run it once more.")
            rows.execute("DELETE FROM staged")
            table.write_built(rows, built)

    def keep_note(self, name: str, text: str) -> None:
        """Keep a short text under a name, in one transaction that no search has to follow."""
        with self._database.write() as rows:
            write_note(rows, name, text)

    def drop_note(self, name: str) -> None:
        """Forget what is kept under a name."""
        with self._database.write() as rows:
            delete_note(rows, name)

    def notes(self, prefix: str = "") -> dict[str, str]:
        """Give the texts whose names begin with a prefix."""
        with self._database.read() as rows:
            return read_notes(rows, prefix)

    def settle(self) -> None:
        """Make what was written durable and bring the search indexes up to it."""
        self._database.settle()
        self._caches.settle()

    def check(self) -> list[str]:
        """Verify the truth, compare the search indexes with it and build anew what disagrees."""
        flaws = self._database.flaws() or self._altered()
        if flaws:
            raise self._database.damaged(flaws[0])
        findings = self._caches.check()
        self._database.settle()
        return findings

    def close(self) -> None:
        """Let go of the files."""
        self._database.close()

    def _with_dimension(self, dimension: int) -> Built:
        built = self.built()
        if (built.model, built.splitter) != (self._opened_as.model, self._opened_as.splitter):
            raise LibraryMismatch(
                f"The library {self._folder} was rebuilt with {built.model} meanwhile; open it again."
            )
        if built.dimension not in (0, dimension):
            raise LibraryMismatch.of_length(self._folder, built.dimension, dimension)
        return replace(built, dimension=dimension)

    def _altered(self) -> list[str]:
        """Find documents whose text is not what was added, or does not hold its passages."""
        with self._database.read() as rows:
            return [
                f"the text of document {summary.id} has changed"
                for summary in table.read_summaries(rows)
                if not table.intact(rows, summary.id)
            ]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _is_a_file(folder) from error
    except OSError as error:
        raise LibraryReadOnly(
            f"No library can be made at {folder} ({error.strerror}); choose another folder."
        ) from error


def holds_library(folder: Path) -> bool:
    """Say whether a folder holds a library, or what is left of one; LibraryError where that cannot be told."""
    return any(_size(folder, name) is not None for name in ("library.sqlite", *_BESIDE))


def _refuse_half_deleted(folder: Path) -> None:
    beside = any(_size(folder, name) is not None for name in _BESIDE)  # first: SQLite makes its log last
    size = _size(folder, "library.sqlite") or 0
    if size < SMALLEST and beside:
        raise LibraryDamaged(
            f"The library {folder} has lost its library.sqlite; restore that file from a backup, or delete the folder "
            "and add the documents again."
        )


def _size(folder: Path, name: str) -> int | None:
    """Give the bytes of a file in a folder, None where there is none."""
    try:
        return (folder / name).stat().st_size
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        raise _is_a_file(folder) from error
    except OSError as error:
        raise LibraryError(
            f"The library {folder} cannot be opened ({error.strerror}); check its permissions, or choose another."
        ) from error


def _is_a_file(folder: Path) -> LibraryError:
    return LibraryError(f"{folder} is a file; a library needs a folder of its own.")


def _unknown(document_id: str) -> UnknownDocument:
    return UnknownDocument(f"The library has no document {document_id}; `quotewise list` shows those it has.")
