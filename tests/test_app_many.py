"""Five thousand documents in a real browser: listed by the page, found, chosen; a folder of many files, added."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.chat import serving
from tests.fakes import HashEmbedder
from tests.fixtures import address_of, library_of
from tests.page import titles, told
from tests.test_app_filter import asking

pytestmark = pytest.mark.slow
MANY, FILES = 5_000, 2_500


NOTES = [Document(f"Note {n}.", f"Note {n}", f"notes/{n:04}.txt") for n in range(MANY)]
library, address = library_of(*NOTES, scope="module"), address_of("module")


def shows(page: Any, first: int, last: int) -> None:
    """Wait until the list shows these places of it."""
    page.wait_for_function(
        "text => document.querySelector('.qw-pages span')?.innerText === text", arg=f"{first:,}–{last:,} of {MANY:,}"
    )


def test_a_list_of_five_thousand_is_light_and_its_pages_are_turned(visit: Callable[..., Any]) -> None:
    page = visit()
    assert titles(page, 200)[0] == "Note 0"
    shows(page, 1, 200)
    assert page.evaluate("document.querySelectorAll('#qw-library *').length") < 2_500
    assert page.locator("#qw-library li").nth(3).get_attribute("aria-posinset") == "4"
    assert page.locator("#qw-library li").nth(3).get_attribute("aria-setsize") == str(MANY)
    assert page.get_by_role("button", name="Documents before these").is_disabled()
    page.get_by_role("button", name="Documents after these").click()
    shows(page, 201, 400)
    assert titles(page, 200)[0] == "Note 200"
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Documents after these"
    page.keyboard.press("Enter")
    shows(page, 401, 600)
    page.get_by_role("button", name="Documents before these").click()
    shows(page, 201, 400)


def test_the_arrow_keys_go_on_over_the_ends_of_a_page(visit: Callable[..., Any]) -> None:
    page = visit()
    shows(page, 1, 200)
    page.locator("#qw-library .qw-open").last.focus()
    page.keyboard.press("ArrowDown")
    shows(page, 201, 400)
    page.wait_for_function("document.activeElement.innerText.startsWith('Note 200')")
    page.keyboard.press("ArrowUp")
    shows(page, 1, 200)
    page.wait_for_function("document.activeElement.innerText.startsWith('Note 199')")


def test_any_of_five_thousand_is_found_and_chosen(visit: Callable[..., Any]) -> None:
    page = visit()
    page.get_by_role("button", name="Documents after these").click()
    shows(page, 201, 400)
    page.locator("#qw-library .qw-pick").nth(5).click()
    asking(page, "Asking 1 of 5,000 documents")
    page.fill(".qw-narrow", "4987.txt")
    assert titles(page, 1) == ["Note 4987"]
    page.locator(".qw-pick").click()
    asking(page, "Asking 2 of 5,000 documents")
    page.fill(".qw-narrow", "")
    shows(page, 1, 200)
    page.reload()
    asking(page, "Asking 2 of 5,000 documents")
    page.get_by_role("button", name="Documents after these").click()
    shows(page, 201, 400)
    assert page.locator(".qw-pick:checked").count() == 1
    page.locator(".qw-asking .qw-ask-all").click()
    assert page.locator(".qw-pick:checked").count() == 0


def test_turning_pages_suggests_nothing_new(visit: Callable[..., Any]) -> None:
    page = visit()
    shows(page, 1, 200)
    page.wait_for_timeout(500)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "suggestions" in request.url else None)
    page.get_by_role("button", name="Documents after these").click()
    shows(page, 201, 400)
    page.wait_for_timeout(300)
    assert [url for url in asked if "about" in url] == []


@pytest.mark.timeout(900)  # twenty seconds where nothing else is at work
def test_a_folder_of_many_files_is_added_stopped_and_reported(visit: Callable[..., Any], tmp_path: Path) -> None:
    folder = tmp_path / "notes"
    folder.mkdir()
    for n in range(FILES):
        (folder / f"{n:04}.txt").write_text(f"Note number {n}." if n % 10 else "")
    (folder / "0001.txt").write_bytes(os.urandom(400) + b"\0" * 400)
    with Index.open(tmp_path / "library", HashEmbedder()) as index, serving(index) as url:
        page = visit(url)
        page.set_input_files(".qw-folder", folder)
        told(page, "of 2,500)")
        assert page.locator(".qw-progress").is_visible()
        page.click(".qw-stop")
        told(page, "stopped; what was added stays")
        kept = len(index.summaries())
        assert kept < FILES
        page.set_input_files(".qw-folder", folder)
        page.wait_for_function("document.querySelector('.qw-told').innerText.includes(' added, ')", timeout=800_000)
        report = page.locator(".qw-told").inner_text()
        assert f"{len(index.summaries()) - kept:,} documents added" in report and "files could not be added" in report
        assert page.locator(".qw-told > ul > li").count() <= 3, "the same reason is said once"
        page.click(".qw-told > ul .qw-each summary")
        assert 0 < page.locator(".qw-told > ul .qw-each li").count() <= 201
        shown = page.locator(".qw-told").bounding_box()
        assert shown["y"] >= 0 and shown["height"] < 400
        page.goto("about:blank")  # before its server goes
