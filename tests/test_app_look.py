"""States of the page that are easily poor, in a real browser: nothing there yet, a scrolled list, names without end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.chat import serving
from tests.fakes import HashEmbedder
from tests.page import LEFT, titles, told

pytestmark = pytest.mark.slow
ENDLESS = "Endless" * 28
FITS = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"


@pytest.fixture
def address() -> str:
    return ""  # each test serves its own


def test_an_empty_library_says_what_to_do_until_it_is_done(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "bees.txt").write_text("Bees are busy.")
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        with serving(index) as url:
            page = visit(url, expects=LEFT, viewport={"width": 360, "height": 640})
            assert "add files or a folder" in page.locator(".qw-welcome").inner_text()
            page.set_input_files(".qw-files", tmp_path / "bees.txt")
            titles(page, 1)
            assert not page.locator(".qw-first").is_visible()
            page.goto("about:blank")
        index.remove(index.summaries()[0].id)
        with serving(index, read_only=True) as url:
            page = visit(url, expects=LEFT)
            assert not page.locator(".qw-first").is_visible(), "nobody can add any there"
            page.goto("about:blank")


@pytest.mark.parametrize("width", [360, 1280])
def test_a_scrolled_list_and_endless_names_stay_in_their_places(
    visit: Callable[..., Any], tmp_path: Path, width: int
) -> None:
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        index.add_documents(Document(f"Note {n}.", f"Note {n}", f"{n}.txt") for n in range(40))
        index.add_documents([Document("Of something endless.", ENDLESS, f"{ENDLESS}.txt")])
        with serving(index) as url:
            page = visit(url, expects=LEFT, viewport={"width": width, "height": 700})
            if width < 960:
                page.click(".qw-library-toggle")
            page.locator("#qw-library .qw-pick").first.check(force=True)
            page.locator("#qw-library .qw-open").last.scroll_into_view_if_needed()
            field = page.locator(".qw-narrow").bounding_box()
            for x, y in [(field["x"] + 5, field["y"] - 6), (field["x"] - 8, field["y"] + 10)]:  # above it and beside it
                inside = "([x, y]) => !!document.elementFromPoint(x, y).closest('.qw-choosing')"
                assert page.evaluate(inside, [x, y]), (x, y)
            assert page.locator("#qw-library li").last.bounding_box()["height"] < 140
            assert page.evaluate(FITS)
            page.locator("#qw-library .qw-open").last.click()
            page.wait_for_selector(".qw-words")
            assert page.locator("#qw-source header").bounding_box()["height"] < 260 and page.evaluate(FITS)
            page.goto("about:blank")


def test_the_same_reason_is_told_once(visit: Callable[..., Any], tmp_path: Path) -> None:
    for n in range(30):
        (tmp_path / f"{n}.txt").write_text("")
    (tmp_path / "song.mp3").write_bytes(b"ID3")
    with Index.open(tmp_path / "library", HashEmbedder()) as index, serving(index) as url:
        page = visit(url, expects=LEFT)
        page.set_input_files(".qw-files", [*(tmp_path / f"{n}.txt" for n in range(30)), tmp_path / "song.mp3"])
        assert "31 files could not be added" in told(page, "could not be added")
        assert page.locator(".qw-told > ul > li").count() == 2
        assert not page.locator(".qw-told .qw-each li").first.is_visible()
        page.get_by_text("and so 29 others").click()
        assert page.locator(".qw-told .qw-each li").count() == 29
        page.goto("about:blank")
