"""What a person does while something else is under way, in a real browser: nothing is lost, overwritten or mixed up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.chat import free_port, serving
from tests.fakes import BEES, TOWER
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, LEFT, put, titles, told
from tests.test_app_interruptions import BUSY, QUEEN, WORKER, Patient, begin, slow
from tests.test_app_lost_places import FAILED, remove
from tests.test_app_rename import begin as rename

pytestmark = pytest.mark.slow
__all__ = ["slow"]  # the fixture
library = library_of(
    Document(TOWER, "Wizards", "wizards.txt"),
    Document(BEES, "Of bees", "bees.txt"),
    Document("Mars has two small moons.", "Mars", "mars.txt"),
)
address = address_of()
NARROW = {"viewport": {"width": 360, "height": 640}}
ABOUT_ZANTAR = "Who is Zantar?"


def questions(page: Any) -> list[str]:
    return [str(text) for text in page.locator(".qw-question").all_inner_texts()]


def shows(page: Any, *asked: str) -> None:
    """Wait until a conversation shows these questions."""
    page.wait_for_function(
        "asked => JSON.stringify([...document.querySelectorAll('.qw-question')].map(q => q.innerText)) === asked",
        arg=json.dumps(asked, separators=(",", ":")),
    )


def earlier(page: Any, words: str) -> None:
    page.click("[data-menu=earlier]")
    page.locator(".qw-choice", has_text=words).click()


def opening(page: Any) -> Any:
    """Ask, open a citation, and give the request for its source, which waits."""
    put(page, QUEEN)
    held: list[Any] = []
    page.route("**/library/source", lambda route: held.append(route))
    page.locator(".qw-turn .qw-open").first.click()
    page.wait_for_timeout(300)
    return held[0]


# --- questions without an answer ---


def test_a_question_that_was_stopped_unseen_is_offered_where_it_was_asked(
    visit: Callable[..., Any], slow: Patient
) -> None:
    page = visit(expects=LEFT)
    slow.goes_on.set()
    put(page, ABOUT_ZANTAR)
    slow.goes_on.clear()
    begin(page, QUEEN)
    page.click(".qw-new")
    shows(page)
    page.click(".qw-send")
    page.wait_for_selector(".qw-send >> text=Ask")
    earlier(page, ABOUT_ZANTAR)
    shows(page, ABOUT_ZANTAR, QUEEN)
    slow.goes_on.set()
    page.click(".qw-again")
    page.wait_for_selector(".qw-turn:nth-child(2) .qw-short")
    page.reload()
    shows(page, ABOUT_ZANTAR, QUEEN)
    assert page.locator(".qw-again").count() == 0


def test_a_conversation_of_nothing_but_an_unanswered_question_is_found_again(
    visit: Callable[..., Any], slow: Patient
) -> None:
    page = visit(expects=LEFT)
    begin(page, QUEEN)
    page.reload()
    page.wait_for_selector(".qw-again")
    slow.goes_on.set()
    page.click(".qw-new")
    shows(page)
    put(page, ABOUT_ZANTAR)
    earlier(page, QUEEN)
    page.click(".qw-again")
    page.wait_for_selector(".qw-short")
    shows(page, QUEEN)


def test_a_changed_wording_is_asked_again_as_it_was_changed(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit(expects=LEFT)
    slow.goes_on.set()
    put(page, "Who is Maria Santos?")
    put(page, "What did she say?", 2)
    slow.goes_on.clear()
    page.click(".qw-turn:nth-child(2) .qw-reword")
    page.fill(".qw-asked input", WORKER)
    page.keyboard.press("Enter")
    page.wait_for_selector(BUSY)
    page.reload()
    page.wait_for_selector(".qw-again")
    slow.goes_on.set()
    page.click(".qw-again")
    assert "about six weeks" in page.wait_for_selector(".qw-turn:last-child .qw-short").inner_text()


def test_what_is_still_being_asked_cannot_be_reworded(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit(expects=LEFT)
    slow.goes_on.set()
    put(page, "Who is Maria Santos?")
    slow.goes_on.clear()
    begin(page, "What did she say?")
    page.wait_for_selector(f"{BUSY} .qw-asked")
    assert not page.locator(f"{BUSY} .qw-reword").is_visible()
    slow.goes_on.set()
    page.wait_for_selector(ANSWERED.format(2))
    assert page.locator(".qw-turn:nth-child(2) .qw-reword").is_visible()


def test_a_conversation_that_was_deleted_stays_deleted(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit(expects=LEFT)
    slow.goes_on.set()
    put(page, ABOUT_ZANTAR)
    slow.goes_on.clear()
    begin(page, QUEEN)
    page.click(".qw-new")
    page.click("[data-menu=earlier]")
    page.click(".qw-forget")
    slow.goes_on.set()
    page.wait_for_selector(".qw-send >> text=Ask")
    page.keyboard.press("Escape")
    page.click("[data-menu=earlier]")
    page.wait_for_selector(".qw-menu >> text=There is no earlier conversation")


# --- buttons that change under the mouse ---


def test_a_double_click_on_ask_asks(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit()
    page.fill("textarea", QUEEN)
    page.dblclick(".qw-send")
    page.wait_for_selector(BUSY)
    slow.goes_on.set()
    assert "five years" in page.wait_for_selector(ANSWERED.format(1)).inner_text()


def test_a_click_on_stop_that_comes_too_late_asks_nothing(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit()
    begin(page, QUEEN)
    page.fill("textarea", "And the wor")
    page.evaluate(
        """() => new MutationObserver((_, all) => {
            const send = document.querySelector(".qw-send");
            if (send.textContent !== "Ask") return;
            all.disconnect();
            send.dispatchEvent(new MouseEvent("click", { detail: 1, bubbles: true, cancelable: true }));
        }).observe(document.querySelector(".qw-send"), { childList: true })"""
    )
    slow.goes_on.set()
    page.wait_for_selector(ANSWERED.format(1))
    page.wait_for_timeout(400)
    assert questions(page) == [QUEEN] and page.input_value("textarea") == "And the wor"


def test_a_draft_comes_back_after_an_edit(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, QUEEN)
    page.focus("textarea")
    page.keyboard.insert_text("Half a question")
    page.hover(".qw-turn")
    page.click(".qw-edit")
    assert page.input_value("textarea") == QUEEN
    page.keyboard.press("Control+z")
    assert page.input_value("textarea") == "Half a question"


# --- titles ---


def test_a_title_is_typed_on_while_the_list_is_drawn_again(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    rename(page, "Of bees")
    page.keyboard.type("Of the hi")
    library.add_documents([Document("Moths fly at night.", "Moths", "moths.txt")])
    page.evaluate("document.querySelector('.qw-narrow').dispatchEvent(new Event('input'))")
    titles(page, 4)
    page.keyboard.type("ve")
    assert page.input_value(".qw-retitle") == "Of the hive"


def test_two_titles_are_changed_one_after_the_other_by_touch(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    page.evaluate("document.querySelectorAll('.qw-rename')[0].click()")
    page.keyboard.type("Old men")
    page.evaluate("document.querySelectorAll('.qw-rename')[1].click()")  # in one task, as a tap does
    told(page, "It is called Old men now.")
    page.wait_for_selector(".qw-retitle")
    assert page.locator(".qw-retitle").count() == 1 and page.input_value(".qw-retitle") == "Of bees"
    page.keyboard.press("End")
    page.keyboard.type(" and more")
    page.keyboard.press("Enter")
    told(page, "It is called Of bees and more now.")
    assert [summary.title for summary in library.summaries()] == ["Old men", "Of bees and more", "Mars"]


# --- the library ---


def test_nothing_is_suggested_of_what_was_removed_while_a_conversation_was_shown(visit: Callable[..., Any]) -> None:
    page = visit()
    page.wait_for_selector(".qw-example")
    put(page, "How many moons does Mars have?")
    for title in ("Of bees", "Mars"):
        remove(page, title)
        page.wait_for_timeout(600)
    page.click(".qw-new")
    page.wait_for_function("document.querySelectorAll('.qw-turn').length === 0")
    page.wait_for_timeout(1500)
    shown = " ".join(page.locator(".qw-example").all_inner_texts())
    assert "Maria" not in shown and "Mars" not in shown and "bee" not in shown


def test_files_that_come_after_stop_are_added(visit: Callable[..., Any], tmp_path: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.txt").write_text(f"Text {name}. " * 3000)  # each is sent alone
    page = visit()
    held: list[Any] = []
    page.route("**/library/add?*", lambda route: held.append(route) if not held else route.continue_())
    page.set_input_files(".qw-files", [tmp_path / "a.txt", tmp_path / "b.txt"])
    told(page, "Adding a.txt (1 of 2)")
    page.click(".qw-stop")
    told(page, "Stopping after")
    page.set_input_files(".qw-files", [tmp_path / "c.txt", tmp_path / "d.txt"])
    held[0].continue_()
    assert "3 documents added" in told(page, "added") and "stopped" not in page.locator(".qw-told").inner_text()
    assert titles(page, 6)[3:] == ["a", "c", "d"] or len(titles(page, 6)) == 6


def test_files_that_were_not_sent_are_counted(visit: Callable[..., Any], tmp_path: Path) -> None:
    for n in range(5):
        (tmp_path / f"{n}.txt").write_text(f"Text {n}. " * 3000)
    page = visit(expects=FAILED)
    page.route("**/library/add?*", lambda route: route.fulfill(status=502, body="<html>nginx</html>"))
    page.set_input_files(".qw-files", [tmp_path / f"{n}.txt" for n in range(5)])
    assert "1 file could not be added; 4 files not sent." in told(page, "could not be added")


def test_another_library_at_the_address_of_an_open_page_is_not_asked(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    port = free_port()
    with serving(library, port=port) as url:
        page = visit(url, expects=".*")
        put(page, ABOUT_ZANTAR)
    with Index.open(tmp_path / "other", library.embedder) as other, serving(other, port=port):
        other.add_documents([Document("Zantar is a horse.", "Horses", "horses.txt")])
        page.focus("textarea")
        page.keyboard.insert_text(QUEEN)
        page.keyboard.press("Enter")
        turn = page.wait_for_selector(ANSWERED.format(2))
        assert "Another library is served at this address now." in turn.inner_text()
        assert "Load the page again" in page.locator(".qw-gone").inner_text()
        (tmp_path / "moths.txt").write_text("Moths fly at night.")
        page.set_input_files(".qw-files", tmp_path / "moths.txt")
        told(page, "Another library is served at this address now.")
        assert [document.title for document in other.documents()] == ["Horses"]
    with serving(library, port=port):
        page.goto(url)
        page.wait_for_selector(ANSWERED.format(1))
        assert questions(page) == [ABOUT_ZANTAR]


# --- the source, and places that are covered ---


def test_a_source_that_was_given_up_does_not_open(visit: Callable[..., Any]) -> None:
    page = visit()
    waiting = opening(page)
    page.keyboard.press("Escape")
    waiting.continue_()
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.dataset.qwSource") == "closed"


def test_a_source_that_comes_late_leaves_the_keyboard_where_it_is(visit: Callable[..., Any]) -> None:
    page = visit()
    waiting = opening(page)
    page.focus("textarea")
    waiting.continue_()
    page.wait_for_selector("#qw-target")
    page.keyboard.type("no")
    assert page.input_value("textarea") == "no"


def test_what_is_covered_is_not_walked_through(visit: Callable[..., Any]) -> None:
    page = visit(**NARROW)
    put(page, QUEEN)
    walked = """() => [...document.querySelectorAll('#qw button, #qw textarea, #qw input')].filter(one =>
        one.checkVisibility({ visibilityProperty: true })).map(one => one.closest('[id^=qw-]').id)"""
    page.locator(".qw-turn .qw-open").first.click()
    page.wait_for_selector("#qw-target")
    assert set(page.evaluate(walked)) == {"qw-source"}
    page.click(".qw-close")
    page.wait_for_function("document.activeElement.matches('.qw-open')")
    page.click(".qw-library-toggle")
    assert set(page.evaluate(walked)) == {"qw-bar", "qw-library", "qw-adding"}
    page.click("#qw-library .qw-open >> nth=1")
    page.wait_for_selector("#qw-source h2")
    page.click(".qw-close")
    assert page.evaluate("document.documentElement.dataset.qwLibrary") == "open"
    page.wait_for_function("document.activeElement.matches('#qw-library .qw-open')")


def test_what_becomes_of_files_is_seen_where_one_place_is_shown(visit: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "moths.txt").write_text("Moths fly at night.")
    page = visit(**NARROW)
    page.set_input_files(".qw-files", tmp_path / "moths.txt")
    told(page, "1 document added")
    assert page.locator(".qw-told").is_visible()
    page.set_viewport_size({"width": 1100, "height": 700})
    page.locator("#qw-library .qw-open").first.click()
    page.wait_for_selector("#qw-source h2")
    (tmp_path / "bats.txt").write_text("Bats fly at night, too.")
    page.set_input_files(".qw-files", tmp_path / "bats.txt")
    page.wait_for_selector(".qw-told >> text=1 document added")
    assert page.locator(".qw-told").is_visible()
