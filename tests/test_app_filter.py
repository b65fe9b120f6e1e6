"""Choosing documents for a question in a real browser: by mouse and keyboard, kept, shown in every turn, exported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Document, Index
from tests.fakes import BEES, NASTY, TOWER
from tests.fixtures import address_of, library_of
from tests.page import LEFT, put, titles, told

pytestmark = pytest.mark.slow
THREE = (
    Document(TOWER, "Wizards", "wizards.txt"),
    Document(BEES, "Bees", "notes/bees.md"),
    Document(f"Some text of {NASTY}", NASTY, "nasty.txt"),
)
library, address = library_of(*THREE, scope="module"), address_of("module")
own = library_of(*THREE)  # for a test that changes it
QUEEN = "How long does a queen live?"


def pick(page: Any, *names: str) -> None:
    for name in names:
        page.locator("#qw-library li", has_text=name).first.locator(".qw-pick").click()


def asking(page: Any, text: str) -> None:
    page.wait_for_function("text => document.querySelector('.qw-asking')?.innerText.startsWith(text)", arg=text)


def among(page: Any) -> list[str]:
    return [str(text) for text in page.locator(".qw-among").all_inner_texts()]


def test_a_question_goes_to_the_chosen_documents_and_every_turn_says_so(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    assert "Not in these" not in put(page, QUEEN).inner_text()
    pick(page, "Wizards")
    asking(page, "Asking 1 of 3 documents")
    assert "Not in these documents." in put(page, QUEEN, 2).inner_text()
    pick(page, "Bees")
    asking(page, "Asking 2 of 3 documents")
    page.wait_for_function("document.querySelector('.qw-chosen').innerText.includes('2 of 3 chosen')")
    assert "up to five years" in put(page, QUEEN, 3).inner_text()
    page.locator(".qw-asking .qw-ask-all").click()
    asking(page, "")
    put(page, "Who is Maria Santos?", 4)
    assert among(page) == ["in: Wizards", "in: Wizards, Bees"]
    assert page.locator(".qw-turn").nth(3).locator(".qw-among").count() == 0
    page.reload()
    page.wait_for_function("document.querySelectorAll('.qw-turn').length === 4")
    assert among(page) == ["in: Wizards", "in: Wizards, Bees"]


def test_the_choice_is_kept_in_the_tab_and_not_in_others(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    pick(page, "Bees")
    page.reload()
    asking(page, "Asking 1 of 3 documents")
    assert page.locator(".qw-pick:checked").count() == 1
    put(page, "Who is Maria Santos?")
    assert "asked as: What did Maria Santos say?" in put(page, "What did she say?", 2).inner_text()
    assert among(page) == ["in: Bees", "in: Bees"]
    other = page.context.new_page()
    other.goto(page.url)
    other.wait_for_selector(".qw-pick", state="attached")
    assert not other.locator(".qw-asking").is_visible()


def test_a_document_that_is_removed_drops_out_and_old_turns_say_that_it_is_gone(
    visit: Callable[..., Any], serve: Callable[..., str], own: Index
) -> None:
    page = visit(serve(own), expects=LEFT)
    pick(page, "Bees", "Wizards")
    put(page, "Where does the wizard Zantar live?")
    page.locator("#qw-library li", has_text="Bees").hover()
    page.get_by_role("button", name="Remove Bees").click()
    told(page, "Removed Bees.")
    asking(page, "Asking 1 of 2 documents")
    own.remove(own.at("wizards.txt").pop())  # by somebody else
    put(page, "Where does the wizard Zantar live?", 2)
    assert "1 of the documents that you chose is no longer in the library" in page.locator(".qw-failure").inner_text()
    page.wait_for_function("document.querySelector('.qw-asking').hidden")
    assert titles(page, 1) == [NASTY]
    page.click(".qw-undo")
    told(page, "Bees is back.")
    page.reload()
    page.wait_for_selector(".qw-failure")
    assert "no longer in the library" in page.locator(".qw-failure").inner_text()


def test_titles_that_were_chosen_run_nothing_and_are_exported(visit: Callable[..., Any], tmp_path: Path) -> None:
    page = visit()
    pick(page, "Wizards", "<script>")
    put(page, "Where does the wizard Zantar live?")
    assert among(page) == [f"in: Wizards, {' '.join(NASTY.split())}"]
    for name, shown in (("Markdown", "*in: Wizards, \\<script\\>"), ("Web page", "in: Wizards, &lt;script&gt;")):
        page.click("[data-menu=export]")
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        download.value.save_as(tmp_path / "file")
        assert shown in (tmp_path / "file").read_text(encoding="utf-8")
    page.click("[data-menu=export]")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    download.value.save_as(tmp_path / "file")
    assert len(json.loads((tmp_path / "file").read_text(encoding="utf-8"))[0]["documents"]) == 2
    assert page.locator("#qw img, #qw script, #qw a, #qw iframe").count() == 0


@pytest.mark.parametrize(
    "stored", ["{", "{}", "null", "[3, null]", '[["nothing", "Gone"]]', f'[["{NASTY[:30]}", "x"]]']
)
def test_a_garbled_choice_does_no_harm(visit: Callable[..., Any], stored: str) -> None:
    page = visit(expects=LEFT)
    page.evaluate("text => sessionStorage.setItem('quotewise-choice', text)", stored)
    page.reload()
    page.wait_for_selector(".qw-choosing", state="attached")
    page.wait_for_function("document.querySelector('.qw-asking').hidden")
    assert "up to five years" in put(page, QUEEN).inner_text()


@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_done_by_keyboard_and_fits(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    if width < 960:
        page.click(".qw-library-toggle")
    page.focus(".qw-pick")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    assert "2 of 3 chosen" in page.locator(".qw-chosen").inner_text()
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Ask Bees"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.focus(".qw-chosen .qw-ask-all")
    page.keyboard.press("Enter")
    assert page.locator(".qw-pick:checked").count() == 0
    assert page.evaluate("document.activeElement.className") == "qw-pick"
    page.locator(".qw-pick").nth(2).click(modifiers=["Shift"])
    assert page.locator(".qw-pick:checked").count() == 2, "from the one that was picked last"
    page.keyboard.press("/")
    page.keyboard.insert_text("Where does the wizard Zantar live?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-among")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_words_find_a_document_in_a_long_list_of_a_read_only_library(
    visit: Callable[..., Any], serve: Callable[..., str], own: Index
) -> None:
    own.add_documents(Document(f"Note {n}.", f"Note {n}", f"notes/{n:04}.txt") for n in range(400))
    page = visit(serve(own, read_only=True))
    titles(page, 200)
    assert "1–200 of 403" in page.locator(".qw-documents").inner_text()
    assert page.locator(".qw-rename, .qw-remove").count() == 0
    pick(page, "Bees")
    page.focus(".qw-narrow")
    page.keyboard.type("NOTE 31", delay=30)
    assert titles(page, 14)[0] == "Note 31"
    assert page.evaluate("document.activeElement.className") == "qw-narrow"
    assert page.input_value(".qw-narrow") == "NOTE 31"
    page.get_by_role("button", name="Choose these 14").click()
    asking(page, "Asking 15 of 403 documents")
    page.fill(".qw-narrow", "0007.txt")
    assert titles(page, 1) == ["Note 7"]
    page.fill(".qw-narrow", "nowhere")
    page.wait_for_selector("text=No title and no source has these words.")
    page.press(".qw-narrow", "Escape")
    titles(page, 200)
    page.get_by_role("button", name="Choose these").wait_for(state="detached")
    page.fill(".qw-narrow", "note")
    page.get_by_role("button", name="Choose these").click()
    page.wait_for_selector("text=At most 200 can be chosen.")
