"""Searching in the source in a real browser where there are more matches than are given at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from index import Document
from tests.fixtures import address_of, library_of
from tests.test_app_source import marked_places, shown_range, sought, wait_for

pytestmark = pytest.mark.slow
LINES = 20_000
LINE = "{:05} a bee and a hive.\n"
LENGTH = len(LINE.format(0))
MANY = "more than 5,000"


library = library_of(Document("".join(map(LINE.format, range(LINES))), "Bees", "bees.txt"), scope="module")
address = address_of("module")


def opened(page: Any, line: int) -> None:
    """Open the document at a line, and the search."""
    place = {"kind": "quote", "start": LENGTH * line, "end": LENGTH * line + 20}
    page.evaluate(  # at once: the list may be drawn again at any time
        """at => { const button = document.querySelector('#qw-library .qw-open');
             Object.assign(button.dataset, at); button.click(); }""",
        place,
    )
    page.wait_for_selector("#qw-target", state="visible")
    page.keyboard.press("f")


def stands_at(page: Any, line: int) -> None:
    """Wait until the match that a reader stands at is in this line."""
    page.wait_for_function(
        """([line]) => { const [range] = CSS.highlights.get("qw-found-here") ?? []; if (!range) return false;
             const text = range.startContainer.textContent.slice(0, range.startOffset + 5);
             return text.split("\\n").at(-1).startsWith(line); }""",
        arg=[f"{line:05}"],
    )


def press(page: Any, key: str, times: int = 1, shift: bool = False) -> None:
    page.evaluate(
        """([key, times, shiftKey]) => { for (let n = 0; n < times; n++) document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key, shiftKey, bubbles: true, cancelable: true })); }""",
        [key, times, shift],
    )


def first_in_view(page: Any) -> int:
    return int(
        page.evaluate(
            """() => { const view = document.querySelector("#qw-source .qw-text").getBoundingClientRect();
              for (let y = view.top + 2; ; y += 4) { const spot = document.caretRangeFromPoint(view.left + 60, y);
                const text = spot?.startContainer.textContent.slice(0, spot.startOffset + 30).match(/[0-9]{5}/g);
                if (text) return Number(text.at(-1)); } }"""
        )
    )


def test_a_search_begins_where_the_reader_stands_and_goes_on_from_there(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page, 12_000)
    line = first_in_view(page)
    sought(page, "bee", MANY)
    page.wait_for_function("CSS.highlights.get('qw-found-here')?.size === 1")
    found = page.evaluate(
        """() => { const [range] = CSS.highlights.get("qw-found-here");
          const before = range.startContainer.textContent.slice(0, range.startOffset);
          return Number(before.split("\\n").at(-1).slice(0, 5)); }"""
    )
    assert abs(found - line) < 60, "not the first of the document"
    press(page, "Enter")
    stands_at(page, found + 1)
    press(page, "Enter", 2, shift=True)
    stands_at(page, found - 1)
    press(page, "Enter", 2_700)  # past the last of those that the page holds
    stands_at(page, found + 2_699)
    wait_for(page, ".qw-count", MANY)
    press(page, "Enter", 2_800, shift=True)
    stands_at(page, found - 101)
    assert set(marked_places(page)) == {"bee"}


def test_a_search_goes_round_the_document_at_both_ends(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page, 0)
    sought(page, "bee", MANY)
    stands_at(page, 0)
    press(page, "Enter", shift=True)
    stands_at(page, LINES - 1)
    assert shown_range(page)[1] == LENGTH * LINES
    press(page, "Enter")
    stands_at(page, 0)
    sought(page, "19999 a bee", "1 of 1")
    stands_at(page, LINES - 1)
    sought(page, "hive. 00003", "1 of 1")
    stands_at(page, 2)


def test_a_search_in_vain_among_many_says_so(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page, 12_000)
    sought(page, "bee", MANY)
    sought(page, "wasp", "not found")
    press(page, "Enter", 3)
    assert marked_places(page) == [] == marked_places(page, "qw-found-here")
