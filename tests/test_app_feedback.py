"""Thumbs up and down in a real browser: given, changed, taken back, there after a reload, by mouse and by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from index import Document, Index
from qa.feedback import take_back, verdicts
from tests.fakes import BEES, NASTY, UNANSWERABLE
from tests.fixtures import address_of, library_of
from tests.page import LEFT, put

pytestmark = pytest.mark.slow
ONE = Document(BEES, "Bees", "bees.md")
library, address = library_of(ONE, scope="module"), address_of("module")
own = library_of(ONE)  # for a test that changes it
QUESTION = "How long does a worker bee live?"


@pytest.fixture(autouse=True)
def _unjudged(library: Index) -> None:
    for verdict in verdicts(library):
        take_back(library, verdict.key)


def pressed(page: Any, turn: int = 0) -> list[str]:
    thumbs = page.locator(".qw-turn").nth(turn).locator(".qw-thumb")
    return [thumbs.nth(i).get_attribute("aria-pressed") for i in range(thumbs.count())]


def click(page: Any, verdict: str, expected: str = "true") -> None:
    """Press a thumb of the first turn and wait until it is kept."""
    page.hover(".qw-turn")
    page.click(f".qw-thumb[data-verdict={verdict}]")
    page.wait_for_selector(f".qw-thumb[data-verdict={verdict}][aria-pressed={expected}]")


def test_a_verdict_is_given_changed_and_taken_back(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    put(page, QUESTION)
    assert pressed(page) == ["false", "false"]
    click(page, "up")
    assert [(v.up, v.word, v.short) for v in verdicts(library)] == [(True, "", "about six weeks")]
    click(page, "down")
    assert pressed(page) == ["false", "true"]
    assert page.evaluate("document.activeElement.placeholder") == "What would be right?"
    page.keyboard.insert_text(f"42 days {NASTY[:60]}")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-said")
    assert page.locator(".qw-said").inner_text() == f"42 days {NASTY[:60]}"
    assert [(v.up, v.word) for v in verdicts(library)] == [(False, f"42 days {NASTY[:60]}")]
    click(page, "down", "false")
    assert verdicts(library) == [] and page.locator(".qw-word, .qw-said").count() == 0


def test_it_is_shown_again_after_a_reload_and_is_of_this_browser(visit: Callable[..., Any], library: Index) -> None:
    page, other = visit(expects=LEFT), visit()
    for one in (page, other):
        put(one, QUESTION)
        put(one, UNANSWERABLE, 2)
    page.locator(".qw-turn").nth(1).locator(".qw-thumb").first.click()
    page.wait_for_selector(".qw-turn:nth-child(2) .qw-thumb[aria-pressed=true]")
    put(page, "How long does a queen live?", 3)
    assert pressed(page, 1) == ["true", "false"]
    page.reload()
    page.wait_for_selector(".qw-turn:nth-child(3) .qw-thumb")
    assert [pressed(page, turn) for turn in range(3)] == [["false"] * 2, ["true", "false"], ["false"] * 2]
    assert pressed(other, 1) == ["false", "false"]
    assert [(v.asked_as, v.gold) for v in verdicts(library)] == [(UNANSWERABLE, ())]


def test_it_is_given_with_the_keyboard(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    put(page, QUESTION)
    assert page.get_by_role("button", name="This is right", exact=True).count() == 1
    page.focus(".qw-thumb[data-verdict=down]")
    assert page.locator(".qw-thumb").first.evaluate("thumb => getComputedStyle(thumb).opacity") == "1"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.className === 'qw-word-field'")
    page.keyboard.press("Escape")
    page.wait_for_selector(".qw-word", state="detached")
    assert page.evaluate("document.activeElement.dataset.verdict") == "down"
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-thumb[data-verdict=down][aria-pressed=false]")
    assert verdicts(library) == []


def test_what_cannot_be_kept_is_said(visit: Callable[..., Any], serve: Callable[..., str], own: Index) -> None:
    page = visit(serve(own))
    put(page, QUESTION)
    own.remove(own.summaries()[0].id)
    page.hover(".qw-turn")
    page.click(".qw-thumb[data-verdict=up]")
    page.wait_for_selector(".qw-verdict-told:not(:empty)")
    assert "no longer in the library" in page.locator(".qw-verdict-told").inner_text()
    assert pressed(page) == ["false", "false"]


def test_a_garbled_storage_does_no_harm(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    for number, stored in enumerate(["{", "[]", "null", '{"x": 3}'], 1):
        page.evaluate("text => localStorage.setItem('quotewise-verdicts', text)", stored)
        put(page, QUESTION, number)
        assert pressed(page, number - 1) == ["false", "false"]
    click(page, "up")
    assert len(verdicts(library)) == 1 and pressed(page, 3) == ["true", "false"], "the same answer to the same question"


@pytest.mark.parametrize("width", [360, 1280])
def test_the_field_fits(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    put(page, QUESTION)
    click(page, "down")
    box = page.locator(".qw-word").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_library_that_is_only_shown_is_not_judged(
    visit: Callable[..., Any], serve: Callable[..., str], library: Index
) -> None:
    page = visit(serve(library, read_only=True))
    put(page, QUESTION)
    assert page.locator(".qw-thumb").count() == 0
