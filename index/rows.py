"""Documents and passages into SQLite rows and back; each function runs inside a transaction of its caller."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .context import searchable
from .embed import Kept, Vectors
from .types import Document, Hit, Passage

SCHEMA = 1
"""The version of the tables below. A library with a newer one was made by a newer Quotewise."""

TABLES = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE changes (generation INTEGER PRIMARY KEY AUTOINCREMENT, token INTEGER NOT NULL)",
    """CREATE TABLE documents (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL,
        characters INTEGER NOT NULL, pages TEXT NOT NULL, text TEXT NOT NULL)""",
    """CREATE TABLE sources (source TEXT NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
        PRIMARY KEY (source, document_id)) WITHOUT ROWID""",
    "CREATE INDEX sources_of_document ON sources (document_id)",
    """CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, generation INTEGER NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, start INTEGER NOT NULL,
        end INTEGER NOT NULL, page INTEGER, heading TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL)""",
    "CREATE INDEX passages_of_document ON passages (document_id)",
    "CREATE INDEX passages_of_generation ON passages (generation)",
    "CREATE TABLE removed (passage_id INTEGER PRIMARY KEY, generation INTEGER NOT NULL)",
    "CREATE INDEX removed_in_generation ON removed (generation)",
    "CREATE TABLE staged (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID",
)

LONGEST = 2**31 - 2
"""Characters that no text has, for SQLite holds less."""

BLOCK = 10_000
"""Rows held in memory at a time while a cache reads them all, or takes them in."""


Status = Literal["added", "unchanged", "replaced", "failed"]
"""What became of a document that was to be added."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A document without its text: what a list of documents shows."""

    id: str
    title: str
    source: str
    characters: int
    passages: int


@dataclass(frozen=True, slots=True)
class Built:
    """What a library was built with: the model's name, the length of its vectors (0: none yet), the splitter."""

    model: str = ""
    dimension: int = 0
    splitter: str = ""


@dataclass(frozen=True, slots=True)
class Sentences:
    """The vectors of the sentences of some passages: the passages' ids, how many each has, and all of them in order."""

    ids: list[int]
    counts: list[int]
    vectors: Vectors


def write_built(rows: sqlite3.Connection, built: Built) -> None:
    """Record what the library is built with."""
    values = {"model": built.model, "dimension": str(built.dimension), "splitter": built.splitter}
    rows.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", values.items())


def read_built(meta: dict[str, str]) -> Built:
    """Read what the library was built with."""
    return Built(meta.get("model", ""), int(meta.get("dimension", 0)), meta.get("splitter", ""))


def insert_document(rows: sqlite3.Connection, document: Document) -> None:
    """Write a document's row."""
    rows.execute(
        "INSERT INTO documents (id, title, characters, pages, text) VALUES (?, ?, ?, ?, ?)",
        (document.id, document.title, len(document.text), json.dumps(list(document.pages)), document.text),
    )


def insert_passages(
    rows: sqlite3.Connection, generation: int, passages: Sequence[Passage], vectors: Sequence[Kept]
) -> None:
    """Write passages, each with its vector and those of its sentences."""
    rows.executemany(
        """INSERT INTO passages (generation, document_id, start, end, page, heading, text, vector)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            (generation, p.document_id, p.start, p.end, p.page, p.heading, p.text, to_blob(its))
            for p, its in zip(passages, vectors, strict=True)
        ],
    )


def insert_from_staged(
    rows: sqlite3.Connection, generation: int, passages: Sequence[Passage], keys: Sequence[bytes]
) -> int:
    """Write passages whose vectors are staged under these keys; say how many vectors were there."""
    cursor = rows.executemany(
        """INSERT INTO passages (generation, document_id, start, end, page, heading, text, vector)
        SELECT ?, ?, ?, ?, ?, ?, ?, vector FROM staged WHERE key = ?""",
        [
            (generation, p.document_id, p.start, p.end, p.page, p.heading, p.text, key)
            for p, key in zip(passages, keys, strict=True)
        ],
    )
    return cursor.rowcount


def insert_staged(rows: sqlite3.Connection, vectors: dict[bytes, Kept]) -> None:
    """Keep passages' vectors under their keys, outside every search."""
    values = [(key, to_blob(its)) for key, its in vectors.items()]
    rows.executemany("INSERT OR REPLACE INTO staged VALUES (?, ?)", values)


def read_staged(rows: sqlite3.Connection, keys: Sequence[bytes], dimension: int) -> dict[bytes, Kept]:
    """Read the vectors that are kept under these keys, as far as they are there."""
    if not rows.execute("SELECT 1 FROM staged LIMIT 1").fetchone():
        return {}
    found = ((key, rows.execute("SELECT vector FROM staged WHERE key = ?", (key,)).fetchone()) for key in keys)
    return {key: to_vectors(row[0], dimension) for key, row in found if row}


def attach(rows: sqlite3.Connection, document_id: str, source: str) -> None:
    """Record that a source holds a document's text; "" says that it was added by itself, too."""
    rows.execute("INSERT OR IGNORE INTO sources VALUES (?, ?)", (source, document_id))


def detach(rows: sqlite3.Connection, generation: int, document_id: str, source: str) -> None:
    """Take a source from a document, and the document too where it has no other."""
    rows.execute("DELETE FROM sources WHERE source = ? AND document_id = ?", (source, document_id))
    if not rows.execute("SELECT 1 FROM sources WHERE document_id = ?", (document_id,)).fetchone():
        delete(rows, generation, document_id)


def delete(rows: sqlite3.Connection, generation: int, document_id: str) -> bool:
    """Delete a document with its passages and sources; say whether it was there."""
    rows.execute("INSERT INTO removed SELECT id, ? FROM passages WHERE document_id = ?", (generation, document_id))
    return rows.execute("DELETE FROM documents WHERE id = ?", (document_id,)).rowcount > 0


def retitle(rows: sqlite3.Connection, generation: int, document_id: str, title: str) -> bool:
    """Give a document another title and take its passages away, to be made again; say whether it was there."""
    rows.execute("INSERT INTO removed SELECT id, ? FROM passages WHERE document_id = ?", (generation, document_id))
    rows.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    return rows.execute("UPDATE documents SET title = ? WHERE id = ?", (title, document_id)).rowcount > 0


def has_document(rows: sqlite3.Connection, document_id: str) -> bool:
    """Say whether a document is there."""
    return rows.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None


def count_passages(rows: sqlite3.Connection) -> int:
    """Count the passages of the library."""
    return int(rows.execute("SELECT count(*) FROM passages").fetchone()[0])


def held_by(rows: sqlite3.Connection, source: str) -> set[str]:
    """Give the ids of the documents whose text came from a source."""
    return {row[0] for row in rows.execute("SELECT document_id FROM sources WHERE source = ?", (source,))}


def sources(rows: sqlite3.Connection, document_id: str) -> tuple[str, ...]:
    """Give every source of a document, in order of name."""
    query = "SELECT source FROM sources WHERE document_id = ? AND source != '' ORDER BY source"
    return tuple(row[0] for row in rows.execute(query, (document_id,)))


def read_documents(rows: sqlite3.Connection, document_id: str | None = None) -> list[Document]:
    """Read every document with its text, oldest first, or only the one with an id."""
    query, values = "SELECT id, text, title, pages FROM documents ORDER BY number", []
    if document_id is not None:
        query, values = "SELECT id, text, title, pages FROM documents WHERE id = ?", [document_id]
    return [
        Document(text=text, title=title, source="; ".join(sources(rows, i)), pages=tuple(json.loads(pages)))
        for i, text, title, pages in rows.execute(query, values).fetchall()
    ]


def read_quote(rows: sqlite3.Connection, document_id: str, start: int, end: int) -> str:
    """Read a range of a document's text without the rest, "" where the document is gone or the range is none."""
    start, end = max(start, 0), min(end, LONGEST)
    if start >= end:
        return ""
    query = "SELECT substr(text, ?, ?) FROM documents WHERE id = ?"
    row = rows.execute(query, (start + 1, end - start, document_id)).fetchone()
    return row[0] if row else ""


def read_heading(rows: sqlite3.Connection, document_id: str, offset: int) -> str:
    """Read the heading of the last passage that begins at an offset or before it, "" where there is none."""
    query = "SELECT heading FROM passages WHERE document_id = ? AND start <= ? ORDER BY start DESC LIMIT 1"
    row = rows.execute(query, (document_id, min(offset, LONGEST))).fetchone()
    return row[0] if row else ""


def read_summaries(rows: sqlite3.Connection) -> list[Summary]:
    """Read every document without its text, oldest first."""
    counts = dict(rows.execute("SELECT document_id, count(*) FROM passages GROUP BY document_id").fetchall())
    named: dict[str, list[str]] = {}
    query = "SELECT document_id, source FROM sources WHERE source != '' ORDER BY source"
    for document_id, source in rows.execute(query):
        named.setdefault(document_id, []).append(source)
    return [
        Summary(i, title, "; ".join(named.get(i, ())), characters, counts.get(i, 0))
        for i, title, characters in rows.execute("SELECT id, title, characters FROM documents ORDER BY number")
    ]


def read_passages(rows: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Passage]:
    """Read the passages with these ids, as far as they are still there."""
    found = rows.execute(
        f"""SELECT p.id, p.document_id, p.start, p.end, p.text, d.title, p.page, p.heading
        FROM passages p JOIN documents d ON d.id = p.document_id WHERE p.id IN ({",".join("?" * len(ids))})""",
        list(ids),
    ).fetchall()
    names = {document_id: "; ".join(sources(rows, document_id)) for document_id in {row[1] for row in found}}
    return {
        i: Passage(i, document_id, start, end, text, title, names[document_id], page, heading)
        for i, document_id, start, end, text, title, page, heading in found
    }


def read_hits(rows: sqlite3.Connection, ranking: Sequence[tuple[int, float]]) -> list[Hit]:
    """Read the passages of a ranking, ids and scores, as far as they are still there."""
    passages = read_passages(rows, [i for i, _ in ranking])
    return [Hit(passages[i], score) for i, score in ranking if i in passages]


def removed_since(rows: sqlite3.Connection, generation: int) -> list[int]:
    """Read the ids of the passages that went after a generation."""
    if generation == 0:
        return []
    return [row[0] for row in rows.execute("SELECT passage_id FROM removed WHERE generation > ?", (generation,))]


def texts_since(rows: sqlite3.Connection, generation: int) -> Iterator[tuple[int, str, str]]:
    """Read the id of each passage that came after a generation, its document's, and the text that it is searched as."""
    query = """SELECT p.id, d.id, d.title, p.heading, p.text FROM passages p JOIN documents d ON d.id = p.document_id
        WHERE p.generation > ?"""
    cursor = rows.execute(query, (generation,))
    while block := cursor.fetchmany(BLOCK):
        yield from ((i, document, searchable(title, heading, text)) for i, document, title, heading, text in block)


def vectors_since(
    rows: sqlite3.Connection, generation: int, dimension: int
) -> Iterator[tuple[list[int], NDArray[np.float16]]]:
    """Read the passages that came after a generation, in blocks of ids and vectors of shape (ids, dimension)."""
    query = "SELECT id, substr(vector, 1, ?) FROM passages WHERE generation > ?"
    cursor = rows.execute(query, (2 * dimension, generation))
    while block := cursor.fetchmany(BLOCK):
        ids, blobs = zip(*block, strict=True)
        yield list(ids), np.frombuffer(b"".join(blobs), dtype=np.float16).reshape(len(ids), -1)


def read_sentences(rows: sqlite3.Connection, ids: Sequence[int], dimension: int) -> Sentences:
    """Read the vectors of the sentences of these passages, of those that have some."""
    query = f"SELECT id, substr(vector, ?) FROM passages WHERE id IN ({','.join('?' * len(ids))})"
    found = [row for row in rows.execute(query, (2 * dimension + 1, *ids)) if row[1]]
    vectors = _from_bytes(b"".join(blob for _, blob in found), dimension)
    return Sentences([i for i, _ in found], [len(blob) // dimension for _, blob in found], vectors)


def intact(rows: sqlite3.Connection, document_id: str) -> bool:
    """Say whether a document's text is what its id was made from, and each passage a slice of it."""
    text = rows.execute("SELECT text FROM documents WHERE id = ?", (document_id,)).fetchone()[0]
    query = "SELECT start, end, text FROM passages WHERE document_id = ?"
    return Document(text).id == document_id and all(
        text[start:end] == passage for start, end, passage in rows.execute(query, (document_id,))
    )


def to_blob(vectors: Kept) -> bytes:
    """Write a passage's vector as float16, and those of its sentences, which only order what it finds, in bytes.

    The largest number of each of these becomes 127: their directions are what counts.
    """
    others = vectors[1:].astype(np.float32)
    others /= np.maximum(np.abs(others).max(axis=1, keepdims=True), 1e-9)
    return bytes(vectors[0].tobytes() + np.round(127 * others).astype(np.int8).tobytes())


def to_vectors(blob: bytes, dimension: int) -> Kept:
    """Read a passage's vector and those of its sentences."""
    own = np.frombuffer(blob[: 2 * dimension], dtype=np.float16)
    return np.concatenate([own[None], _from_bytes(blob[2 * dimension :], dimension).astype(np.float16)])


def _from_bytes(blob: bytes, dimension: int) -> Vectors:
    directions = np.frombuffer(blob, dtype=np.int8).reshape(-1, dimension).astype(np.float32)
    return np.asarray(directions / np.maximum(np.linalg.norm(directions, axis=1, keepdims=True), 1e-9))
