"""What a library's routes are sent that they should not be: a full disk, odd titles, a title for nothing."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from index import Document, Index
from index.rename import LONGEST_TITLE
from tests.chat import serving
from tests.fakes import HashEmbedder
from tests.test_index_store import agrees_with_brute_force

MARK = {"x-quotewise": "1"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1.5 MB."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(place)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here (it takes root)")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=False)


def add(address: str, name: str, content: bytes) -> dict[str, Any]:
    answer = httpx.post(f"{address}/library/add", params={"name": name}, content=content, headers=MARK, timeout=60)
    assert answer.status_code == 200
    return dict(json.loads(answer.text.strip().splitlines()[-1]))


@pytest.mark.slow
def test_a_full_disk_is_said_and_nothing_is_half_added(small_disk: Path) -> None:
    with Index.open(small_disk / "library", HashEmbedder()) as index, serving(index) as address:
        assert add(address, "first.txt", b"The first one stays.")["status"] == "added"
        for number in range(60):
            line = add(address, f"{number}.txt", f"{number} ".encode() + b"amber birch " * 4000)
            if line["status"] == "failed":
                break
        assert line["status"] == "failed" and "is full; free some space and try again." in line["why"]
        assert len(index.summaries()) == number + 1
        document = index.summaries()[0].id
        changed = httpx.post(f"{address}/library/rename", json={"document": document, "title": "A"}, headers=MARK)
        assert changed.json()["status"] in ("renamed", "failed")
        assert index.document(document).text == "The first one stays."
        agrees_with_brute_force(index)


def test_a_full_disk_for_what_is_received_is_said(
    tmp_path: Path, small_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index.open(tmp_path / "library", HashEmbedder()) as index, serving(index) as address:
        monkeypatch.setattr("tempfile.tempdir", str(small_disk))
        line = add(address, "large.txt", b"words " * 500_000)
        expected = "large.txt could not be received, because the server's disk is full; free some space and try again."
        assert (line["status"], line["why"]) == ("failed", expected)
        assert not list(small_disk.iterdir()) and not index.summaries()
        assert add(address, "small.txt", b"words")["status"] == "added"


def test_titles_over_http_are_cleaned_or_refused_in_one_sentence(tmp_path: Path) -> None:
    with Index.open(tmp_path, HashEmbedder()) as index, serving(index) as address:
        index.add_documents([Document("Amber.", "Old", "a.txt", (0,))])
        document = index.summaries()[0].id

        def rename(body: object) -> httpx.Response:
            return httpx.post(f"{address}/library/rename", content=json.dumps(body), headers=MARK)

        for title, kept in (("New\0\x1b", "New"), ("<b>x</b>", "<b>x</b>"), (" a \n b ", "a b"), (7, "7")):
            assert rename({"document": document, "title": title}).json()["title"] == kept
            assert index.summaries()[0].title == kept
        for title in ("", "\n", "\u202e", "x" * (LONGEST_TITLE + 1)):
            line = rename({"document": document, "title": title}).json()
            assert line["status"] == "failed" and line["why"].startswith("The title ") and line["why"].endswith(".")
        assert "no longer in the library" in rename({"document": "nothing", "title": "New"}).json()["why"]
        bodies: list[object] = [
            [],
            {"document": document},
            {"title": "x"},
            None,
            {"document": document, "title": "x" * 9_000},
        ]
        for body in bodies:
            assert rename(body).status_code == 400
        assert index.summaries()[0].title == "7"


def test_a_report_counts_pages_where_there_are_some(index: Index) -> None:
    lines = index.add_documents([Document("One page.\fAnd two.", "Paged", "p", (0, 10)), Document("No page.", "Flat")])
    assert [line.pages for line in lines] == [2, 0]
