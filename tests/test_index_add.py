"""Files and folders into a library: what is added, replaced, left alone or refused, and how long runs end."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from index import Index, Progress
from tests.fakes import HashEmbedder
from tests.test_index_store import WORDS, agrees_with_brute_force


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with documents, a folder below it, and what is no document."""
    notes = tmp_path / "notes"
    (notes / "below").mkdir(parents=True)
    (notes / "amber.txt").write_text("Amber comes from trees.")
    (notes / "below" / "birch.md").write_text("# Birch\n\nBirch is a tree.\n")
    (notes / "empty.txt").write_text(" \n")
    (notes / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (notes / "photo.jpg").write_bytes(b"\xff\xd8")
    return notes


def statuses(index: Index, *paths: Path) -> dict[str, str]:
    return {Path(line.source).name: line.status for line in index.add(*paths)}


def test_a_folder_is_added_and_what_fails_says_why(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    report = index.add(folder)
    lines = {Path(line.source).name: line for line in report}
    assert {name: line.status for name, line in lines.items()} == {
        "amber.txt": "added",
        "birch.md": "added",
        "empty.txt": "failed",
        "binary.txt": "failed",
    }
    for name in ("empty.txt", "binary.txt"):
        assert name in lines[name].why
        assert lines[name].why.endswith(".")
    assert (lines["birch.md"].title, lines["birch.md"].passages) == ("Birch", 1)
    assert report.passages == len(index) == 2
    assert "added" in str(report) and "failed" in str(report)
    assert all(line.seconds > 0 for line in report if line.status == "added")


def test_only_what_changed_is_added_again(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    index.add(folder)
    (folder / "amber.txt").write_text("Amber is fossil resin.")
    (folder / "copy.txt").write_text("# Birch\n\nBirch is a tree.\n")
    found = statuses(index, folder)
    assert found == {
        "amber.txt": "replaced",
        "birch.md": "unchanged",
        "copy.txt": "unchanged",
        "empty.txt": "failed",
        "binary.txt": "failed",
    }
    birch = next(d for d in index.documents() if d.title == "Birch")
    assert birch.source == f"{folder / 'below' / 'birch.md'}; {folder / 'copy.txt'}"
    assert statuses(index, folder / "amber.txt", folder / "below") == {
        "amber.txt": "unchanged",
        "birch.md": "unchanged",
    }
    agrees_with_brute_force(index)


def test_a_file_that_becomes_another_files_copy_loses_its_own_text(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    index.add(folder / "amber.txt", folder / "below")
    (folder / "amber.txt").write_text("# Birch\n\nBirch is a tree.\n")
    assert statuses(index, folder / "amber.txt") == {"amber.txt": "replaced"}
    assert [d.title for d in index.documents()] == ["Birch"]
    assert index.lexical("amber", 5) == []


def test_files_that_are_gone_or_unknown_are_lines_of_the_report(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    report = index.add(folder / "gone.txt", folder / "photo.jpg", tmp_path / "nowhere")
    assert [line.status for line in report] == ["failed"] * 3
    assert [line.why.count("\n") for line in report] == [0] * 3
    assert len(index) == 0


def test_a_name_that_no_file_can_have_fails_alone(folder: Path, tmp_path: Path) -> None:
    long = "x" * 300 + ".txt"
    (folder / "below" / "link.md").symlink_to(long)
    index = Index.open(tmp_path / "library", HashEmbedder())
    assert statuses(index, folder / "below", tmp_path / long, folder / "amber.txt") == {
        "birch.md": "added",
        long: "failed",
        "amber.txt": "added",
    }


def test_where_nothing_is_new_the_model_is_not_asked(folder: Path, tmp_path: Path) -> None:
    class Loads(HashEmbedder):
        def embed_passages(self, texts: Any, progress: Any = None) -> Any:
            asked.append(len(texts))
            return super().embed_passages(texts, progress)

    asked: list[int] = []
    with Index.open(tmp_path / "library", Loads()) as index:
        index.add(folder)
        asked.clear()
        assert {line.status for line in index.add(folder, tmp_path / "nothing.txt")} == {"unchanged", "failed"}
    assert asked == []


def test_a_failed_change_leaves_the_old_text(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    index.add(folder / "amber.txt")
    (folder / "amber.txt").write_bytes(bytes(range(256)) * 40)
    assert statuses(index, folder / "amber.txt") == {"amber.txt": "failed"}
    assert [d.text for d in index.documents()] == ["Amber comes from trees."]


def test_progress_counts_to_the_end_and_may_interrupt(folder: Path, tmp_path: Path) -> None:
    index = Index.open(tmp_path / "library", HashEmbedder())
    steps: list[Progress] = []
    index.add(folder, progress=steps.append)
    assert (steps[-1].documents, steps[-1].documents_total) == (4, 4)
    assert (steps[-1].passages, steps[-1].passages_total) == (2, 2)
    assert [s.passages for s in steps] == sorted(s.passages for s in steps)

    def interrupt(_: Progress) -> None:
        raise KeyboardInterrupt

    other = Index.open(tmp_path / "other", HashEmbedder())
    with pytest.raises(KeyboardInterrupt):
        other.add(folder, progress=interrupt)
    assert other.documents() == []
    assert other.add(folder).count("added") == 2


def test_an_embedder_that_fails_leaves_nothing_half_added(folder: Path, tmp_path: Path) -> None:
    class Failing(HashEmbedder):
        def fits(self, text: str) -> bool:
            if "fossil" in text:
                raise MemoryError
            return super().fits(text)

    (folder / "zinc.txt").write_text("Amber is fossil resin.")
    index = Index.open(tmp_path / "library", Failing())
    with pytest.raises(MemoryError):
        index.add(folder)
    assert (index.documents(), len(index)) == ([], 0)


@pytest.mark.slow
def test_a_text_of_10_megabytes(tmp_path: Path) -> None:
    chance = random.Random(3)
    paragraphs = ["".join(f"{w} " for w in chance.choices(WORDS, k=300)).capitalize() for _ in range(500)]
    size = sum(map(len, paragraphs))
    with (tmp_path / "long.txt").open("w") as file:
        for n in range(10_000_000 // size + 1):
            file.write(f"Chapter {n}.\n\n" + ".\n\n".join(paragraphs) + ".\n\n")
    index = Index.open(tmp_path / "library", HashEmbedder(dimension=16))
    since = time.process_time()
    report = index.add(tmp_path / "long.txt")
    assert report[0].status == "added", report[0].why
    assert time.process_time() - since < 60  # computes for 5 s; where it was quadratic, for many minutes
    assert index.lexical("Chapter 7", 1)[0].passage.text.count("Chapter 7.")
    with (tmp_path / "long.txt").open("ab") as file:
        file.truncate(100_000_001)
    assert "100 MB" in index.add(tmp_path / "long.txt")[0].why
    assert len(index.documents()) == 1
