"""Notes in a library: kept, replaced, dropped; seen by every process, safe from a kill, and no matter to a search."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from index import Document, Index
from index.errors import LibraryReadOnly
from tests.fakes import HashEmbedder

ROOT = Path(__file__).resolve().parent.parent


def tables(folder: Path) -> set[str]:
    with closing(sqlite3.connect(folder / "library.sqlite")) as rows:
        return {row[0] for row in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


def test_notes_are_kept_replaced_and_dropped(index: Index) -> None:
    assert index.notes() == {}
    index.drop_note("a/1")
    index.keep_note("a/2", "two")
    index.keep_note("a/1", "one")
    index.keep_note("b%_'", "{}")
    assert index.notes("a/") == {"a/1": "one", "a/2": "two"}
    index.keep_note("a/1", "<script>\n是")
    index.drop_note("a/2")
    index.drop_note("a/2")
    assert index.notes() == {"a/1": "<script>\n是", "b%_'": "{}"}
    assert index.notes("a_") == {} and index.notes("A/") == {}


def test_a_library_of_an_earlier_version_takes_notes_without_a_rebuild(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([Document("The cat sat on the mat.", "Cats")])
    assert "notes" not in tables(tmp_path), "a library is as it was before there were notes"
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as rows:
        version = rows.execute("PRAGMA user_version").fetchone()[0]
    with Index.open(tmp_path, embedder := HashEmbedder()) as index:
        assert index.notes() == {}
        before = index._store._database.stamp()  # type: ignore[attr-defined]
        index.keep_note("a", "one")
        assert index._store._database.stamp() == before, "no search has to catch up with a note"  # type: ignore[attr-defined]
        assert index.lexical("cat", 1) and index.check() == [] and embedder.embedded == []
    assert "notes" in tables(tmp_path)
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as rows:
        assert rows.execute("PRAGMA user_version").fetchone()[0] == version, "an earlier version can still open it"
    with Index.rebuild(tmp_path, HashEmbedder(name="other")) as index:
        assert index.notes() == {"a": "one"}


def test_every_process_sees_a_note_and_a_kill_loses_none(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index, Index.open(tmp_path, HashEmbedder()) as other:
        script = (
            "import os, signal, sys\nfrom index import Index\nfrom tests.fakes import HashEmbedder\n"
            "index = Index.open(sys.argv[1], HashEmbedder())\n"
            "for number in range(20): index.keep_note(f'theirs/{number:02}', str(number))\n"
            "os.kill(os.getpid(), signal.SIGKILL)"
        )
        process = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT)
        for number in range(20):
            index.keep_note(f"ours/{number:02}", str(number))
        assert process.wait(60) == -signal.SIGKILL
        assert len(other.notes("ours/")) == 20
        assert list(other.notes("theirs/").values()) == [str(number) for number in range(20)]


def test_a_library_that_cannot_be_written_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([Document("The cat sat on the mat.", "Cats")])
        database = index._store._database  # type: ignore[attr-defined]
        index.check()
        database.close()
        monkeypatch.setattr(database, "_immutable", True)
        assert index.notes() == {}
        with pytest.raises(LibraryReadOnly):
            index.keep_note("a", "one")
        database.close()
