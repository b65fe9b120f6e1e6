"""What was understood of a follow-up, in a real browser: shown, changed in place, and asked again with those words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import NASTY
from tests.page import ANSWERED, LEFT, put

pytestmark = pytest.mark.slow


def follow(page: Any) -> Any:
    """Ask a question and its follow-up, whose stand-alone question is then shown."""
    put(page, "Who is Maria Santos?")
    put(page, "What did she say?", 2)
    assert page.locator(".qw-asked span").inner_text() == "What did Maria Santos say?"
    return page


@pytest.fixture
def followed(visit: Callable[..., Any]) -> Any:
    return follow(visit())


def reword(page: Any, text: str) -> None:
    """Open the field of the follow-up and write something else into it."""
    page.click(".qw-turn:nth-child(2) .qw-reword")
    assert page.evaluate("document.activeElement.value") == "What did Maria Santos say?"
    page.keyboard.insert_text(text)


def test_what_was_understood_is_changed_and_asked_as_a_new_turn(visit: Callable[..., Any]) -> None:
    followed = follow(visit(expects=LEFT))
    reword(followed, "Who is Maria Santos?")
    followed.keyboard.press("Enter")
    followed.wait_for_selector(ANSWERED.format(3))
    turn = followed.locator(".qw-turn:nth-child(3)")
    assert turn.locator(".qw-question").inner_text() == "What did she say?"
    assert turn.locator(".qw-asked span").inner_text() == "Who is Maria Santos?"
    assert "director of the apiary" in turn.locator("mark").inner_text()
    assert followed.locator(".qw-turn:nth-child(2) .qw-asked span").inner_text() == "What did Maria Santos say?"
    followed.reload()
    followed.wait_for_selector(ANSWERED.format(3))
    assert followed.locator(".qw-turn:nth-child(3) .qw-asked span").inner_text() == "Who is Maria Santos?"


def test_escape_leaves_what_was_understood_as_it_was(followed: Any) -> None:
    followed.click("figure .qw-open >> nth=0")
    followed.wait_for_selector("#qw-target", state="visible")
    reword(followed, "Nothing of this")
    followed.keyboard.press("Escape")
    assert followed.locator(".qw-asked span").inner_text() == "What did Maria Santos say?"
    assert followed.locator("#qw-target").is_visible(), "Escape shuts the field and not the source"
    assert followed.evaluate("document.activeElement.className") == "qw-reword"
    assert followed.locator(".qw-asked input").count() == 0


def test_nothing_is_asked_with_an_empty_field(followed: Any) -> None:
    reword(followed, " ")
    followed.keyboard.press("Enter")
    followed.wait_for_timeout(300)
    assert followed.locator(".qw-turn").count() == 2
    assert followed.locator(".qw-asked input").is_visible()


def test_the_field_is_reached_and_used_by_keyboard_alone(followed: Any) -> None:
    followed.focus(".qw-turn:nth-child(2) .qw-edit")
    followed.keyboard.press("Tab")
    assert followed.evaluate("document.activeElement.className") == "qw-reword"
    followed.keyboard.press("Enter")
    field = followed.get_by_role("textbox", name="Ask again as")
    assert field.evaluate("field => document.activeElement === field")
    followed.keyboard.press("/")
    assert field.input_value() == "/", "a slash in the field is a slash"


def test_what_is_put_into_the_field_is_text(followed: Any) -> None:
    reword(followed, NASTY)
    followed.keyboard.press("Enter")
    followed.wait_for_selector(ANSWERED.format(3))
    assert followed.locator(".qw-turn:nth-child(3) .qw-asked span").inner_text() == NASTY
    followed.click(".qw-turn:nth-child(3) .qw-reword")
    assert followed.get_by_role("textbox", name="Ask again as").input_value() == NASTY


def test_the_field_fits_a_narrow_page(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 360, "height": 640})
    put(page, "Who is Maria Santos?")
    put(page, "What did she say?", 2)
    page.click(".qw-reword")
    box = page.locator(".qw-asked input").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and box["width"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_topic_that_joined_the_search_is_shown_and_goes_into_the_field(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, "Who is Maria Santos?")
    put(page, "What is the job?", 2)
    turn = page.locator(".qw-turn:nth-child(2)")
    about = turn.locator(".qw-about").inner_text()
    assert about.startswith("(about: Maria Santos")
    page.click(".qw-turn:nth-child(2) .qw-reword")
    assert page.evaluate("document.activeElement.value") == f"What is the job {about.replace('about: ', '')}?"
    assert not turn.locator(".qw-about").is_visible()
    page.keyboard.press("Escape")
    assert turn.locator(".qw-about").is_visible()
    page.reload()
    page.wait_for_selector(ANSWERED.format(2))
    assert page.locator(".qw-turn:nth-child(2) .qw-about").inner_text() == about
