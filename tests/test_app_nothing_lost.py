"""What a person has is not lost on the page: answers in two tabs, a long question, Undo, the keyboard's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.chat import free_port, serving
from tests.fakes import BEES, TOWER
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, CONVERSATIONS, LEFT, put, titles, told

pytestmark = pytest.mark.slow
library = library_of(Document(TOWER, "Wizards", "wizards.txt"), Document(BEES, "Of bees", "bees.txt"))
address = address_of()
KEPT = f"Object.values(JSON.parse(localStorage[{CONVERSATIONS}]))[0].records.map(record => record.question)"
FOCUSED = "document.activeElement.tagName"


def test_two_tabs_of_one_conversation_keep_each_others_answers(visit: Callable[..., Any]) -> None:
    first = visit(expects=LEFT)
    put(first, "How long does a queen live?")
    second = first.context.new_page()
    second.goto(first.url)
    second.click("[data-menu=earlier]")
    second.keyboard.press("Enter")
    second.wait_for_selector(ANSWERED.format(1))
    put(first, "How long does a worker bee live?", 2)
    put(second, "Where does the wizard Zantar live?", 2)
    put(second, "Who is Zantar?", 3)
    put(first, "What do drones do?", 3)
    assert first.evaluate(KEPT) == [
        "How long does a queen live?",
        "How long does a worker bee live?",
        "Where does the wizard Zantar live?",
        "Who is Zantar?",
        "What do drones do?",
    ]
    second.close()


def test_a_conversation_that_cannot_be_shown_once_is_not_lost(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    put(page, "How long does a queen live?")
    put(page, "Who is Zantar?", 2)
    failed = '<div class="qw-turns"><article class="qw-turn" aria-busy="false"><p>No.</p></article></div>'
    page.route("**/library/conversation", lambda route: route.fulfill(body=failed, content_type="text/html"))
    page.reload()
    page.wait_for_selector(".qw-turn >> text=No.")
    put(page, "How long does a worker bee live?", 2)
    page.unroute("**/library/conversation")
    page.reload()
    page.wait_for_selector(ANSWERED.format(3))
    assert len(page.evaluate(KEPT)) == 3


def test_another_library_at_the_same_address_shows_its_own_conversations(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    port = free_port()
    with serving(library, port=port) as url:
        page = visit(url, expects=".*")
        put(page, "Who is Zantar?")
    with Index.open(tmp_path / "other", library.embedder) as other:
        other.add_documents([Document("Mars has two small moons.", "Mars", "mars.txt")])
        with serving(other, port=port):
            page.goto(url)
            page.wait_for_selector(".qw-welcome")
    with serving(library, port=port):
        page.goto(url)
        page.wait_for_selector(ANSWERED.format(1))


def test_conversations_that_an_earlier_version_kept_are_taken_over(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    put(page, "Who is Zantar?")
    page.evaluate(
        """name => { localStorage["quotewise-conversations"] = localStorage[name]; delete localStorage[name]; }""",
        page.evaluate(CONVERSATIONS),
    )
    page.reload()
    page.wait_for_selector(ANSWERED.format(1))


def test_a_question_that_is_too_long_comes_back_whole_into_the_field(visit: Callable[..., Any]) -> None:
    page = visit()
    question = "How long does a queen live, " * 90
    page.focus("textarea")
    page.keyboard.insert_text(question)
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-failure")
    assert page.input_value("textarea") == question


def test_undo_stays_while_files_are_added_and_leaving_asks_first(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "moons.txt").write_text("Mars has two small moons.")
    page = visit()
    held: list[Any] = []
    page.route("**/library/add?*", lambda route: held.append(route))
    page.set_input_files(".qw-files", tmp_path / "moons.txt")
    told(page, "Adding moons.txt")
    leave = "() => !dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    assert page.evaluate(leave)
    page.locator("#qw-library li").nth(1).hover()
    page.get_by_role("button", name="Remove Of bees").click()
    assert "Adding moons.txt" in told(page, "Removed Of bees.")
    page.click(".qw-stop")
    assert "Removed Of bees." in told(page, "Stopping after this file")
    held[0].continue_()
    assert "Removed Of bees." in told(page, "1 document added")
    assert not page.evaluate(leave)
    page.click(".qw-dismiss")
    page.click(".qw-undo")
    told(page, "Of bees is back.")
    assert len(titles(page, 3)) == 3


def test_the_keyboard_has_its_place_after_what_goes_away(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    page.wait_for_selector(".qw-example")
    page.focus(".qw-example")
    page.keyboard.press("Enter")
    page.wait_for_selector(ANSWERED.format(1))
    assert page.evaluate(FOCUSED) == "TEXTAREA"
    for question in ("How long does a queen live?", "Who is Zantar?"):
        page.click(".qw-new")
        page.wait_for_selector(".qw-welcome")
        put(page, question)
    page.click("[data-menu=earlier]")
    for others in (1, 0):
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("n => document.querySelectorAll('.qw-earlier').length === n", arg=others)
        if others:
            assert page.evaluate("document.activeElement.className") == "qw-forget"
            page.keyboard.press("Shift+Tab")
    assert page.evaluate(FOCUSED) == "TEXTAREA"
