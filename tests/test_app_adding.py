"""Adding under strain in a real browser: many files, a stop in the middle, a file that is too large, a closed page."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.fakes import TOWER
from tests.fixtures import address_of, library_of
from tests.page import LEFT, put, told

pytestmark = pytest.mark.slow
library, address = library_of(Document(TOWER, "Wizards", "wizards.txt")), address_of()


def folder_of(place: Path, count: int) -> Path:
    place.mkdir()
    for i in range(count):
        (place / f"{i:04}.txt").write_text(f"Note number {i}.")
    return place


def test_a_folder_of_many_files_is_answered_beside_stopped_and_continued(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "notes", 600)
    page = visit()
    page.set_input_files(".qw-folder", folder)
    told(page, "of 600)")
    assert "tower of glass" in put(page, "Where does the wizard Zantar live?").inner_text()
    page.click(".qw-stop")
    assert "stopped; what was added stays" in told(page, "stopped")
    kept = len(library.summaries()) - 1
    assert 0 < kept < 600
    page.set_input_files(".qw-folder", folder)
    page.wait_for_function("document.querySelector('.qw-told').innerText.includes(' added, ')", timeout=200_000)
    report = page.locator(".qw-told").inner_text()
    assert f"{600 - kept:,} documents added" in report and f"{kept:,} document" in report and "already" in report
    assert len(library.summaries()) == 601
    page.click(".qw-each summary")
    lines = page.locator(".qw-each li").all_inner_texts()
    assert len(lines) == min(600 - kept, 200) + (600 - kept > 200) and ": 1 passage, 0." in lines[0]


def test_a_file_of_two_gigabytes_is_refused_before_it_is_sent(visit: Callable[..., Any], tmp_path: Path) -> None:
    with (tmp_path / "huge.txt").open("wb") as file:
        os.truncate(file.fileno(), 2_000_000_000)  # takes no room on the disk
    sent: list[str] = []
    page = visit()
    page.on("request", lambda request: sent.append(request.url) if "library/add" in request.url else None)
    page.set_input_files(".qw-files", tmp_path / "huge.txt")
    assert "huge.txt is too large (2,000 MB); cut it into files of 100 MB." in told(page, "too large")
    assert sent == []


def test_a_page_that_is_closed_in_the_middle_of_sending_leaves_nothing_half(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    folder = folder_of(tmp_path / "notes", 100)
    page = visit(expects=LEFT)
    page.set_input_files(".qw-folder", folder)
    told(page, "of 100)")
    with page.expect_event("dialog") as asked:  # what waits to be sent would be dropped
        page.goto("about:blank")
    assert asked.value.type == "beforeunload"
    until, before = time.monotonic() + 20, -1
    while before != len(library.summaries()) and time.monotonic() < until:  # the file under way comes to its end
        before = len(library.summaries())
        time.sleep(0.5)
    assert 1 <= before < 101
    assert all(summary.passages == 1 for summary in library.summaries())
