"""Ids of documents into a choice that a search keeps to: the chosen ones, or all without the others."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .errors import NothingChosen, UnknownDocument


@dataclass(frozen=True, slots=True)
class Choice:
    """Documents that a search is among or, where `without`, that it leaves out: whichever are the fewer."""

    documents: tuple[str, ...]
    without: bool = False


EVERYTHING = Choice((), without=True)
"""The choice that leaves nothing out."""


def choose(rows: sqlite3.Connection, documents: Collection[str] | None) -> Choice:
    """Choose documents by their ids, None for all; UnknownDocument where one is not there, NothingChosen for no id."""
    if documents is None:
        return EVERYTHING
    chosen = set(documents)
    if not chosen:
        raise NothingChosen("No document is chosen; choose at least one, or ask all of them.")
    if missing := chosen - set(read_titles(rows, chosen)):
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise UnknownDocument(
            f"The library has no document {min(missing)[:40]}{more}; `quotewise list` shows those it has."
        )
    if 2 * len(chosen) <= rows.execute("SELECT count(*) FROM documents").fetchone()[0]:
        return Choice(tuple(sorted(chosen)))
    others = {row[0] for row in rows.execute("SELECT id FROM documents")} - chosen
    return Choice(tuple(sorted(others)), without=True)


def read_titles(rows: sqlite3.Connection, documents: Collection[str]) -> dict[str, str]:
    """Read the titles of the documents with these ids, in the order given, as far as they are there."""
    query = "SELECT id, title FROM documents WHERE id IN (SELECT value FROM json_each(?))"
    titles = dict(rows.execute(query, (json.dumps(list(documents)),)).fetchall())
    return {i: titles[i] for i in documents if i in titles}


def passages_of(rows: sqlite3.Connection, choice: Choice) -> NDArray[np.int64] | None:
    """Read the ids of the passages of the documents that a choice names, None where it leaves nothing out."""
    if choice == EVERYTHING:
        return None
    query = "SELECT id FROM passages WHERE document_id IN (SELECT value FROM json_each(?))"
    found = rows.execute(query, (json.dumps(choice.documents),)).fetchall()
    return np.fromiter((row[0] for row in found), dtype=np.int64, count=len(found))
