"""Short texts kept in a library by name, beside its documents, into rows and back; no search sees them.

The table comes with a library's first note, so that a library without one is the same for every version.
"""

from __future__ import annotations

import sqlite3

TABLE = "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID"


def write_note(rows: sqlite3.Connection, name: str, text: str) -> None:
    """Keep a text under a name, in the place of what was kept there."""
    rows.execute(TABLE)
    rows.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", (name, text))


def delete_note(rows: sqlite3.Connection, name: str) -> None:
    """Forget what is kept under a name, if anything is."""
    if _has_table(rows):
        rows.execute("DELETE FROM notes WHERE name = ?", (name,))


def read_notes(rows: sqlite3.Connection, prefix: str) -> dict[str, str]:
    """Read every text whose name begins with a prefix, in order of name."""
    if not _has_table(rows):
        return {}
    query = "SELECT name, text FROM notes WHERE substr(name, 1, ?) = ? ORDER BY name"
    return dict(rows.execute(query, (len(prefix), prefix)).fetchall())


def _has_table(rows: sqlite3.Connection) -> bool:
    return rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'notes'").fetchone() is not None
