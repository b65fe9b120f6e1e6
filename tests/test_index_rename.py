"""A document gets another title whole or not at all, everywhere: shown, searched, embedded, and for other processes."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from index import Document, Index
from index.errors import LibraryMismatch, TitleError, UnknownDocument
from index.rename import LONGEST_TITLE
from tests.fakes import HashEmbedder
from tests.test_index_store import WORDS, agrees_with_brute_force, some_document

ROOT = Path(__file__).resolve().parent.parent


def test_a_new_title_is_shown_and_searched_and_the_old_one_is_not(index: Index) -> None:
    before = index.summaries()
    index.rename(before[0].id, "Zebra")
    assert index.lexical("zebra", 1)[0].passage.title == "Zebra"
    assert index.rename(before[0].id, "Felines at rest") == "Felines at rest"
    assert [summary.title for summary in index.summaries()] == ["Felines at rest", "Dogs", "Whales"]
    assert [(s.id, s.source, s.passages) for s in index.summaries()] == [(s.id, s.source, s.passages) for s in before]
    assert index.lexical("felines", 1)[0].passage.title == "Felines at rest"
    assert index.lexical("zebra", 5) == []
    assert index.titles([before[1].id, "nothing"]) == {before[1].id: "Dogs"}
    agrees_with_brute_force(index)


def test_it_is_seen_by_other_processes_and_stays_after_opening_again(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([Document("Amber fjord.", "Old title", "a.txt")])
        agrees_with_brute_force(index)
        script = (
            "import sys\nfrom index import Index\nfrom tests.fakes import HashEmbedder\n"
            "index = Index.open(sys.argv[1], HashEmbedder())\nindex.rename(index.summaries()[0].id, 'Granite')"
        )
        subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=True)
        assert index.dense("granite", 1)[0].passage.title == "Granite"
        assert index.lexical("granite", 1) and not index.lexical("title", 1)
        agrees_with_brute_force(index)
    with Index.open(tmp_path, HashEmbedder()) as index:
        assert index.check() == []
        agrees_with_brute_force(index)


def test_it_stays_when_the_same_file_is_added_again_and_when_the_library_is_rebuilt(tmp_path: Path) -> None:
    file = tmp_path / "moon.md"
    file.write_text("# The moon\n\nIt has no air.")
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        document = index.add(file)[0].document_id
        index.rename(document, "Luna")
        assert index.add(file)[0].status == "unchanged"
        assert index.add_documents([Document(file.read_text(), "The moon", str(file))])[0].status == "unchanged"
        assert [summary.title for summary in index.summaries()] == ["Luna"]
    with Index.rebuild(tmp_path / "library", HashEmbedder(name="another", dimension=32)) as index:
        assert [summary.title for summary in index.summaries()] == ["Luna"]
        agrees_with_brute_force(index)
        file.write_text("# The moon again\n\nIt has no water either.")
        index.add(file)
        assert [summary.title for summary in index.summaries()] == ["The moon again"]


@pytest.mark.parametrize(
    ("title", "kept"),
    [
        ("  Two \n words\t", "Two words"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\x1b[31mb\x07\0c\u202ed\ud800", "a[31mbcd"),
        ("月 🌙 قمر", "月 🌙 قمر"),
        ("x" * LONGEST_TITLE, "x" * LONGEST_TITLE),
    ],
)
def test_odd_titles_are_kept_as_far_as_they_can_be_shown(index: Index, title: str, kept: str) -> None:
    assert index.rename(index.summaries()[1].id, title) == kept
    assert index.summaries()[1].title == kept
    agrees_with_brute_force(index)


@pytest.mark.parametrize("title", ["", " \n\t", "\u202e\x07", "x" * (LONGEST_TITLE + 1), "word " * 100_000])
def test_a_title_of_nothing_or_without_an_end_is_one_sentence(index: Index, title: str) -> None:
    with pytest.raises(TitleError) as error:
        index.rename(index.summaries()[0].id, title)
    assert len(str(error.value)) < 200 and str(error.value).endswith(".")
    assert index.summaries()[0].title == "Cats"


def test_an_unknown_document_or_another_model_is_refused(tmp_path: Path, index: Index) -> None:
    with pytest.raises(UnknownDocument, match="quotewise list"):
        index.rename("nothing", "New")
    opened = Index.open(tmp_path / "other", HashEmbedder())
    opened.add_documents([Document("Amber.", "Old")])
    Index.rebuild(tmp_path / "other", HashEmbedder(name="another"))
    with pytest.raises(LibraryMismatch):
        opened.rename(opened.summaries()[0].id, "New")
    assert opened.summaries()[0].title == "Old"


def test_the_same_title_is_no_work(index: Index) -> None:
    embedder = index.embedder
    assert isinstance(embedder, HashEmbedder)
    embedder.embedded.clear()
    index.rename(index.summaries()[0].id, " Cats ")
    assert embedder.embedded == []


def test_a_title_that_needs_room_makes_other_passages(tmp_path: Path) -> None:
    """Title and passage are read together by the model: where both no longer fit, the document is split anew."""
    with Index.open(tmp_path, HashEmbedder(window=40)) as index:
        index.add_documents([Document(" ".join(f"Word {n} here." for n in range(60)), "T")])
        before = len(index)
        index.rename(index.summaries()[0].id, " ".join("abcdefghijklmnopqrstuvwxyz"))
        assert len(index) > before
        agrees_with_brute_force(index)


RENAME = """
import itertools, sys
from index import Index
from tests.fakes import HashEmbedder
library = Index.open(sys.argv[1], HashEmbedder())
ids = [summary.id for summary in library.summaries()]
print("ready", flush=True)
for number in itertools.count():
    library.rename(ids[number % len(ids)], f"{sys.argv[2]} {number}")
    print("renamed", flush=True)
"""


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_an_old_or_a_new_title_with_its_passages(tmp_path: Path) -> None:
    chance, given = random.Random(), WORDS[:8]
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([some_document(random.Random(seed)) for seed in range(5)])
        texts = {document.id: document.text for document in index.documents()}
    for word in given:
        process = subprocess.Popen(
            [sys.executable, "-c", RENAME, str(tmp_path), word], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        for _ in range(chance.randint(0, 12)):
            assert process.stdout.readline() == "renamed\n"
        time.sleep(chance.uniform(0, 0.03))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Index.open(tmp_path, HashEmbedder()) as index:
            assert {document.id: document.text for document in index.documents()} == texts
            agrees_with_brute_force(index)
            assert all(summary.passages for summary in index.summaries())
    with Index.open(tmp_path, HashEmbedder()) as index:
        titles = [summary.title for summary in index.summaries()]
        assert any(re.fullmatch(rf"(?:{'|'.join(given)}) \d+", title) for title in titles)
