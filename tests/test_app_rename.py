"""Titles changed in place in a real browser: by mouse and keyboard, saved, given up, refused, and harmless."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from index import Document, Index
from index.rename import LONGEST_TITLE
from tests.fakes import BEES, NASTY, TOWER
from tests.fixtures import address_of, library_of
from tests.page import LEFT, put, titles, told

pytestmark = pytest.mark.slow
library = library_of(Document(TOWER, "Wizards", "wizards.txt"), Document(BEES, "Bees", "notes/bees.md"))
address = address_of()


def begin(page: Any, title: str) -> None:
    page.locator("#qw-library li", has_text=title).hover()
    page.get_by_role("button", name=f"Rename {title}").click()
    page.wait_for_selector(".qw-retitle")


def named(page: Any, *names: str) -> None:
    page.wait_for_function(
        """names => {
            const shown = [...document.querySelectorAll('#qw-library .qw-title')].map(title => title.textContent);
            return JSON.stringify(shown) === JSON.stringify(names);
        }""",
        arg=list(names),
    )


def test_a_title_is_changed_in_place(visit: Callable[..., Any], library: Index) -> None:
    page = visit(expects=LEFT)
    begin(page, "Bees")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Title of Bees"
    assert page.input_value(".qw-retitle") == "Bees"
    page.keyboard.type("Of the hive")
    page.keyboard.press("Enter")
    assert "It is called Of the hive now." in told(page, "now.")
    named(page, "Wizards", "Of the hive")
    assert [summary.title for summary in library.summaries()] == ["Wizards", "Of the hive"]
    page.wait_for_function("document.activeElement.innerText.startsWith('Of the hive')")
    assert "Of the hive" in put(page, "How long does a queen live?").inner_text()
    page.reload()
    named(page, "Wizards", "Of the hive")


def test_escape_gives_up_and_leaving_the_field_saves(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    page.focus("#qw-library li:nth-child(2) .qw-open")
    page.keyboard.press("F2")
    page.keyboard.type("Nonsense")
    page.keyboard.press("Escape")
    assert page.locator(".qw-retitle").count() == 0
    assert page.evaluate("document.activeElement.innerText").startswith("Bees")
    begin(page, "Bees")
    page.keyboard.press("Enter")
    assert page.locator(".qw-retitle").count() == 0, "nothing was changed"
    begin(page, "Bees")
    page.keyboard.type("Hives")
    page.click("textarea")
    named(page, "Wizards", "Hives")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    assert library.summaries()[1].title == "Hives"


def test_what_is_typed_stays_while_the_list_is_drawn_again(
    visit: Callable[..., Any], library: Index, tmp_path: Path
) -> None:
    page = visit()
    (tmp_path / "new.txt").write_text("A new text.")
    begin(page, "Bees")
    page.keyboard.type("Half a ti")
    page.set_input_files(".qw-files", tmp_path / "new.txt")
    titles(page, 3)
    page.wait_for_selector(".qw-retitle")
    assert page.input_value(".qw-retitle") == "Half a ti"
    page.focus(".qw-retitle")
    page.keyboard.press("End")
    page.keyboard.type("tle")
    page.keyboard.press("Enter")
    named(page, "Wizards", "Half a title", "A new text.")
    assert library.summaries()[1].title == "Half a title"


def test_odd_titles_are_refused_in_a_sentence_or_shown_as_they_are(visit: Callable[..., Any]) -> None:
    page = visit()
    begin(page, "Bees")
    page.fill(".qw-retitle", "   ")
    page.keyboard.press("Enter")
    assert "The title is empty; give it a word or two." in told(page, "empty")
    page.fill(".qw-retitle", NASTY)
    page.keyboard.press("Enter")
    named(page, "Wizards", NASTY)
    page.locator("#qw-library li:nth-child(2)").hover()
    page.locator(".qw-rename").nth(1).click()
    page.keyboard.insert_text("x" * 5_000)
    assert len(page.input_value(".qw-retitle")) <= LONGEST_TITLE
    page.keyboard.press("Escape")
    assert page.locator("#qw img, #qw script, #qw a, #qw iframe").count() == 0


def test_a_document_that_is_gone_cannot_be_renamed(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    begin(page, "Bees")
    library.remove(library.at("notes/bees.md").pop())
    page.keyboard.type("Hives")
    page.keyboard.press("Enter")
    assert "somebody has removed it" in told(page, "no longer in the library")


def test_it_fits_a_narrow_screen(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True)
    page.click(".qw-library-toggle")
    page.get_by_role("button", name="Rename Bees").tap()
    page.keyboard.type("B" * LONGEST_TITLE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    assert page.locator("#qw-library").is_visible(), "Escape ends the change and nothing else"


def test_a_read_only_library_keeps_its_titles(
    visit: Callable[..., Any], serve: Callable[..., str], library: Index
) -> None:
    url = serve(library, read_only=True)
    body = {"document": library.summaries()[0].id, "title": "New"}
    assert httpx.post(f"{url}/library/rename", json=body, headers={"x-quotewise": "1"}).status_code in (404, 405)
    page = visit(url)
    named(page, "Wizards", "Bees")
    page.focus("#qw-library .qw-open")
    page.keyboard.press("F2")
    assert page.locator(".qw-rename, .qw-retitle").count() == 0
    assert library.summaries()[0].title == "Wizards"
