"""The edges of a library: what must stay, who waits for whom, what is no library, and what no library can hold."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from index import Document, Index
from index.caches import Caches
from index.context import searchable, split_in_context
from index.draft import written_whole
from index.embed import Vectors
from index.errors import LibraryDamaged, LibraryError, LoadError, QuotewiseError, UnknownDocument
from index.load import find_files
from index.split import SPLITTER, split
from tests.fakes import ROOT, HashEmbedder

BEES, WASPS = Document("Bees live in hives.", source="s"), Document("Wasps live in nests.", source="s")


def texts(index: Index) -> set[str]:
    return {document.text for document in index.documents()}


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open(tmp_path / "library", HashEmbedder())


# --- what must stay -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("again", [BEES, Document(BEES.text)], ids=["at its source", "by itself"])
def test_what_is_named_behind_its_replacement_stays(index: Index, again: Document) -> None:
    index.add_documents([BEES])
    report = index.add_documents([WASPS, again])
    assert [line.status for line in report] == ["replaced", "added"]
    assert texts(index) == {BEES.text, WASPS.text}


def test_what_was_added_by_itself_does_not_go_with_a_file_that_held_the_same(index: Index) -> None:
    alone = Document(BEES.text)
    index.add_documents([alone])
    index.add_documents([BEES])
    assert index.sources(alone.id) == ("s",) and index.summaries()[0].source == "s" and index.at("") == set()
    index.add_documents([WASPS])
    assert texts(index) == {BEES.text, WASPS.text}
    assert index.sources(alone.id) == () and index.document(alone.id).source == ""
    index.remove(alone.id)
    assert texts(index) == {WASPS.text} and index.check() == []


def test_a_title_that_changes_during_a_rebuild_is_in_every_vector(tmp_path: Path) -> None:
    class Renaming(HashEmbedder):
        def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
            other = Index.open(tmp_path, HashEmbedder())
            other.rename(BEES.id, "Zebra crossing")
            return super().embed_passages(texts, progress)

    Index.open(tmp_path, HashEmbedder()).add_documents([BEES])
    with pytest.raises(LibraryError, match="renamed during the rebuild; run it once more"):
        Index.rebuild(tmp_path, Renaming())
    index = Index.rebuild(tmp_path, HashEmbedder())
    assert index.dense("zebra crossing", 1)[0].score > 0.3


def test_a_mistyped_name_at_the_first_opening_does_no_harm(tmp_path: Path) -> None:
    Index.open(tmp_path, HashEmbedder(name="typo/model"))
    Index.open(tmp_path, HashEmbedder(), encoding="nope")
    index = Index.open(tmp_path, HashEmbedder())
    assert index.add_documents([BEES]).passages == 1
    with pytest.raises(LibraryError, match="built with the model"):
        Index.open(tmp_path, HashEmbedder(name="typo/model"))


def test_passages_are_cut_as_the_name_of_the_splitter_says() -> None:
    """Whoever changes how documents are split gives `SPLITTER` another name, or libraries mix both ways unnoticed."""
    years = "\n".join(f"{1900 + 7 * n} Ann moved to another house, with all that she had and a cat." for n in range(12))
    text = (
        f"# The life of Ann\n\n{years}\n\nDear Tom,\n\n- one\n- two\n\n"
        "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\nx = 1\n```\n"
    )
    cuts = [(p.start, p.end, p.heading) for p in split(Document(text, title="Ann"))]
    found = hashlib.blake2b(repr(cuts).encode(), digest_size=8).hexdigest()
    assert (SPLITTER, found) == ("paragraphs-3/96", "22c5a99e314913dc")


@pytest.mark.parametrize("heading", ["# {}", "{}\n===", "Words.\x0c# {}", "Words.\u2028{}\n---"])
def test_a_heading_of_any_kind_leaves_room_for_its_passage(heading: str) -> None:
    class Narrow(HashEmbedder):
        def fits(self, text: str) -> bool:
            return len("".join(text.split())) <= 200

    above = " ".join(["letters"] * 16)
    text = heading.format(above) + "\n\n" + " ".join(f"Sentence {n} has a few words of its own." for n in range(60))
    passages = split_in_context(Document(text), Narrow())
    assert len(passages) > 5
    assert all(Narrow().fits(searchable(p.title, p.heading, p.text)) for p in passages)


def test_a_title_stands_above_a_heading_that_only_begins_with_its_letters() -> None:
    assert searchable("Bee", "Beekeeping › Hives", "They hum.") == "Bee › Beekeeping › Hives\nThey hum."
    assert searchable("Bee", "Bee › Hives", "They hum.") == "Bee › Hives\nThey hum."
    assert searchable("Bee", "Bee", "They hum.") == "Bee\nThey hum."
    assert searchable("", "Hives", "They hum.") == "Hives\nThey hum."


# --- who waits for whom ---------------------------------------------------------------------------------------------

READS = """
import sys, time
from pathlib import Path
from index.database import Database
with Database(Path(sys.argv[1]), 5).read() as rows:
    rows.execute("SELECT count(*) FROM documents").fetchone()
    print("reading", flush=True)
    sys.stdin.read()
"""


@pytest.mark.slow
def test_nobody_waits_long_for_who_reads(index: Index, tmp_path: Path) -> None:
    index.add_documents([BEES])
    reader = subprocess.Popen(
        [sys.executable, "-c", READS, str(tmp_path / "library" / "library.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    try:
        assert reader.stdout is not None and reader.stdout.readline() == b"reading\n"
        since = time.monotonic()
        index.add_documents([WASPS])
        Index.open(tmp_path / "library", HashEmbedder(), timeout=1).keep_note("name", "text")
        assert time.monotonic() - since < 3
    finally:
        reader.communicate()
    index.remove(WASPS.id)
    assert not (tmp_path / "library" / "library.sqlite-wal").stat().st_size, "what was removed is nowhere"


def test_a_question_does_not_wait_for_an_add_that_waits_for_another_process(index: Index) -> None:
    index.add_documents([BEES])
    assert index.lexical("bees", 1)
    caches: Caches = index._store._caches  # type: ignore[attr-defined]
    with caches._disk(5):  # as another process would hold it
        adding = threading.Thread(target=index.add_documents, args=([Document("Moths fly at night.")],))
        adding.start()
        time.sleep(0.3)
        since = time.monotonic()
        assert index.lexical("bees", 1)
        assert time.monotonic() - since < 1 and adding.is_alive()
    adding.join(20)
    assert not adding.is_alive() and index.lexical("moths", 1)


def test_words_kept_in_memory_are_of_the_library_that_is_there(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, documents in ((first, [BEES]), (second, [WASPS, Document("Cats sleep.")])):
        Index.open(folder, HashEmbedder()).add_documents(documents)
        Index.open(folder, HashEmbedder()).close()
    index = Index.open(first, HashEmbedder())
    caches: Caches = index._store._caches  # type: ignore[attr-defined]
    caches._lexical = caches._lexical_in_memory(None)
    other = Index.open(second, HashEmbedder())._store._database  # type: ignore[attr-defined]
    caches._database = other  # as if it had been put in the place of the first
    assert [hit.passage.text for hit in caches.lexical("wasps", 5)] == [WASPS.text]
    assert caches.lexical("bees", 5) == []


DIES = """
import os, sys
from index import Document, Index, lexical
from tests.fakes import HashEmbedder
lexical._write_stamp = lambda *given: os._exit(9)
Index.open(sys.argv[1], HashEmbedder()).add_documents([Document("Bees live in hives.")])
"""


def test_words_of_a_process_that_was_killed_before_its_stamp_are_not_counted_twice(tmp_path: Path) -> None:
    index = Index.open(tmp_path, HashEmbedder())
    assert index.lexical("bees", 5) == []
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], cwd=ROOT, timeout=60).returncode == 9
    assert len(index.lexical("bees", 5)) == 1
    assert len(index._store._caches._lexical) == 1  # type: ignore[attr-defined]


def test_words_of_a_large_library_go_with_what_is_removed(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.caches.REBUILD_LIMIT", 0)  # from which on the words are not built anew
    index.add_documents([BEES, Document("Bees dance."), Document("Moths fly at night.")])
    assert len(index.lexical("bees", 5)) == 2
    index.add_documents([WASPS])  # in the place of the first
    index.rename(index.lexical("dance", 1)[0].passage.document_id, "Dances")
    assert [hit.passage.text for hit in index.lexical("bees", 5)] == ["Bees dance."]
    words = index._store._caches._lexical  # type: ignore[attr-defined]
    assert len(words) == len(index) == 3 and len(words.search("bees", 5)) == 1


def test_a_cache_of_another_library_is_found_and_built_again(tmp_path: Path) -> None:
    mine, other = (Index.open(tmp_path / name, HashEmbedder()) for name in ("mine", "other"))
    mine.add_documents([BEES])
    other.add_documents([WASPS])
    cache = tmp_path / "mine" / "vectors.faiss"
    cache.write_bytes((tmp_path / "other" / "vectors.faiss").read_bytes())
    assert any("vectors" in finding for finding in Index.open(tmp_path / "mine", HashEmbedder()).check())
    assert cache.read_bytes() != (tmp_path / "other" / "vectors.faiss").read_bytes()
    assert Index.open(tmp_path / "mine", HashEmbedder()).check() == []


# --- what is no library ---------------------------------------------------------------------------------------------


def test_another_program_s_file_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite"
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE theirs (value)")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(LibraryDamaged, match="not a Quotewise library"):
        Index.open(tmp_path, HashEmbedder())
    assert file.read_bytes() == before


def test_a_library_that_was_deleted_is_not_made_anew_by_reading_it(index: Index, tmp_path: Path) -> None:
    index.add_documents([BEES])
    store = index._store._database  # type: ignore[attr-defined]
    store.close()
    for file in (tmp_path / "library").glob("library.sqlite*"):
        file.unlink()
    with pytest.raises(LibraryError, match="was deleted or moved while it was open"):
        index.documents()
    assert not (tmp_path / "library" / "library.sqlite").exists()


@pytest.mark.parametrize("location", [Path("http://host/x"), "HTTP://host/x", "postgres://host/x", "a\0b"])
def test_what_is_no_folder_is_refused_in_a_sentence(
    location: str | Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for act in (Index.exists, Index.open):
        with pytest.raises(LibraryError, match="is not a folder"):
            act(location)
    assert not list(tmp_path.iterdir())


def test_a_tilde_is_the_home_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Index.open("~/notes", HashEmbedder()).location == tmp_path / "notes"
    assert Index.exists("~/notes")


KEEPS = """
import os, sys
from index import Document, Index
from tests.fakes import HashEmbedder
folder = os.fsdecode(os.fsencode(sys.argv[1]) + b"/caf\\xe9")
Index.open(folder, HashEmbedder()).add_documents([Document("Bees live in hives.")])
index = Index.open(folder, HashEmbedder())
assert [d.text for d in index.documents()] == ["Bees live in hives."] and index.lexical("bees", 1)
"""


@pytest.mark.skipif(os.name == "nt", reason="names are text there")
def test_a_folder_whose_name_is_no_utf_8_holds_a_library(tmp_path: Path) -> None:
    """In a process of its own, for what is logged of it cannot be handed from one test process to another."""
    assert subprocess.run([sys.executable, "-c", KEEPS, str(tmp_path)], cwd=ROOT, timeout=60).returncode == 0


def test_an_empty_path_is_not_the_current_folder(index: Index) -> None:
    with pytest.raises(LoadError, match="One of the paths is empty"):
        index.add("")


def test_a_link_in_a_folder_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("no document")
    (tmp_path / ".secret.txt").write_text("hidden")
    (tmp_path / "real.md").write_text("a document")
    notes = tmp_path / "notes"
    notes.mkdir()
    for name, target in (("a.txt", "data"), ("b.txt", ".secret.txt"), ("c.txt", "real.md")):
        (notes / name).symlink_to(tmp_path / target)
    assert find_files([notes]) == [tmp_path / "real.md"]


# --- what no library can hold ---------------------------------------------------------------------------------------

HALF = "\ud800"


def test_any_number_of_hits_can_be_asked_for(index: Index) -> None:
    index.add_documents([BEES])
    assert len(index.lexical("bees", 10**10)) == len(index.dense("bees", 10**10)) == 1
    assert index.lexical(f"bees {HALF}", 5)


def test_a_range_that_is_none_is_no_quote(index: Index) -> None:
    index.add_documents([BEES])
    assert index.quote(BEES.id, 0, 10**30) == BEES.text
    assert index.quote(BEES.id, -5, 4) == "Bees"
    assert index.quote(BEES.id, 10, 5) == index.quote(BEES.id, 5, 5) == index.quote(BEES.id, 10**30, 10**31) == ""
    assert index.heading(BEES.id, 2**70) == ""


def test_half_a_character_is_refused_in_a_sentence(index: Index) -> None:
    index.add_documents([BEES])
    for act in (
        lambda: index.document(HALF),
        lambda: index.remove(HALF),
        lambda: index.rename(HALF, "Title"),
        lambda: index.keep_note("name", HALF),
    ):
        with pytest.raises(QuotewiseError) as refused:
            act()
        assert str(refused.value).endswith(".") and not isinstance(refused.value, UnknownDocument)


def test_a_draft_that_cannot_be_finished_is_taken_away(tmp_path: Path) -> None:
    file, draft = tmp_path / "file", tmp_path / "draft"
    file.write_bytes(b"before")

    def write() -> None:
        with written_whole(file, draft) as out:
            out.write(b"half")
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        write()
    assert file.read_bytes() == b"before" and not draft.exists()
