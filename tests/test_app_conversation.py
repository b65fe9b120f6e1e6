"""Conversations in a real browser: kept across reloads, several of them, edited, exported, and after a restart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index import Index
from tests.chat import free_port, serving
from tests.fakes import NASTY, UNANSWERABLE
from tests.page import ANSWERED, CONVERSATIONS, LEFT, put

pytestmark = pytest.mark.slow


def questions(page: Any, count: int) -> list[str]:
    """Wait until so many turns are shown, and give their questions."""
    page.wait_for_function("count => document.querySelectorAll('.qw-turn').length === count", arg=count)
    return [str(text) for text in page.locator(".qw-question").all_inner_texts()]


def test_a_conversation_is_there_again_after_a_reload(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    put(page, "Who is Maria Santos?")
    put(page, UNANSWERABLE, 2)
    before = page.locator(".qw-turns").inner_text()
    page.reload()
    assert questions(page, 2) == ["Who is Maria Santos?", UNANSWERABLE]
    assert page.locator(".qw-turns").inner_text() == before
    page.locator("figure .qw-open").first.click()
    page.wait_for_selector("#qw-target", state="visible")
    assert page.locator("#qw-target").inner_text() == page.locator("figure blockquote").inner_text()
    page.click(".qw-close")
    turn = put(page, "What did she say?", 3)
    assert "asked as: What did Maria Santos say?" in turn.inner_text()
    page.reload()
    assert len(questions(page, 3)) == 3


def test_of_a_very_long_conversation_the_latest_turns_are_shown_and_nothing_is_lost(
    visit: Callable[..., Any], tmp_path: Path
) -> None:
    page = visit(expects=LEFT)
    put(page, "Who is Maria Santos?")
    page.evaluate(
        """name => { const all = JSON.parse(localStorage[name]);
             const [talk] = Object.values(all); const [record] = talk.records;
             talk.records = Array.from({ length: 130 }, (_, n) => ({ ...record, question: `Question ${n}?` }));
             localStorage[name] = JSON.stringify(all); }""",
        page.evaluate(CONVERSATIONS),
    )
    page.reload()
    assert questions(page, 100)[0] == "Question 30?"
    put(page, "What did she say?", 102)  # the hundred, the button above them, and itself
    page.reload()
    assert questions(page, 100)[-1] == "What did she say?"
    page.click("[data-menu=export]")
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    download.value.save_as(tmp_path / "file")
    assert len(json.loads((tmp_path / "file").read_text(encoding="utf-8"))) == 131
    page.get_by_role("button", name="Show 31 earlier questions").click()
    assert questions(page, 131)[0] == "Question 0?"
    assert page.get_by_text("Question 31?").is_visible() and page.locator(".qw-older").count() == 0
    top = page.locator(".qw-turn").nth(31).bounding_box()["y"]
    assert abs(top - page.locator("#qw-conversation").bounding_box()["y"]) < 5, "the reader stays where she was"
    assert "asked as" in put(page, "What did she say?", 132).inner_text()


def test_there_are_several_conversations(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    page.click("[data-menu=earlier]")
    assert "no earlier conversation" in page.locator(".qw-menu").inner_text()
    put(page, "How long does a queen live?")
    assert not page.locator(".qw-menu").is_visible()
    page.click(".qw-new")
    page.wait_for_selector(".qw-welcome")
    put(page, "Who is Maria Santos?")
    page.click("[data-menu=earlier]")
    assert "How long does a queen live?" in page.locator(".qw-choice").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-question >> text=How long does a queen live?")
    page.click("[data-menu=earlier]")
    page.keyboard.press("Escape")
    assert not page.locator(".qw-menu").is_visible()
    page.click("[data-menu=earlier]")
    page.get_by_role("button", name="Delete: Who is Maria Santos?").click()
    page.keyboard.press("Escape")
    page.reload()
    assert questions(page, 1) == ["How long does a queen live?"]
    page.click("[data-menu=earlier]")
    assert "no earlier conversation" in page.locator(".qw-menu").inner_text()


def test_a_question_is_edited_and_asked_again(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, "How long does a queen live")
    page.hover(".qw-turn")
    page.click(".qw-edit")
    assert page.input_value("textarea") == "How long does a queen live"
    page.keyboard.insert_text("?")
    page.keyboard.press("Enter")
    assert "up to five years" in page.wait_for_selector(ANSWERED.format(2)).inner_text()


def test_a_conversation_is_exported_and_opens_again(visit: Callable[..., Any], tmp_path: Path, browser: Any) -> None:
    page = visit()
    page.click("[data-menu=export]")
    assert "nothing to export" in page.locator(".qw-menu").inner_text()
    page.keyboard.press("Escape")
    put(page, "Who is Maria Santos?")
    put(page, UNANSWERABLE, 2)
    saved = {}
    for name in ("Markdown", "Web page", "JSON"):
        page.click("[data-menu=export]")
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        saved[name] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[name])
    assert [path.name for path in saved.values()] == ["conversation.md", "conversation.html", "conversation.json"]
    assert "> Maria Santos, director of the apiary" in saved["Markdown"].read_text(encoding="utf-8")
    records = json.loads(saved["JSON"].read_text(encoding="utf-8"))
    assert [record["short"] for record in records] == ["director of the apiary", ""]
    alone = browser.new_page()
    alone.goto(saved["Web page"].as_uri())
    alone.click("a")
    assert alone.locator("section:target mark").is_visible()
    assert "director of the apiary" in alone.locator("section:target mark").inner_text()
    alone.close()


def test_a_server_that_was_started_again_takes_the_conversation_up(
    visit: Callable[..., Any], serve: Callable[..., str], library: Index
) -> None:
    port = free_port()
    with serving(library, port=port) as url:
        page = visit(url, expects=".*")
        put(page, "Who is Maria Santos?")
    serve(library, port=port)
    page.reload()
    assert questions(page, 1) == ["Who is Maria Santos?"]
    assert "asked as: What did Maria Santos say?" in put(page, "What did she say?", 2).inner_text()


@pytest.mark.parametrize("stored", ["{", "[]", "null", '{"x": 3}', '{"x": {"when": 1, "records": [{"question": 3}]}}'])
def test_a_garbled_storage_does_no_harm(visit: Callable[..., Any], stored: str) -> None:
    page = visit(expects=LEFT)
    page.evaluate("text => localStorage.setItem('quotewise-conversations', text)", stored)
    page.reload()
    page.wait_for_selector(".qw-welcome")
    put(page, "How long does a queen live?")
    page.reload()
    assert questions(page, 1) == ["How long does a queen live?"]


def test_nothing_in_the_storage_runs(visit: Callable[..., Any]) -> None:
    page = visit(expects=LEFT)
    put(page, "How long does a queen live?")
    page.evaluate(
        """([name, nasty]) => {
            const all = JSON.parse(localStorage.getItem(name));
            for (const talk of Object.values(all)) for (const record of talk.records) {
                record.question = nasty; record.asked_as = nasty; record.citations[0][0] = nasty;
            }
            all[nasty] = {when: 1, records: [{question: nasty}]};
            localStorage.setItem(name, JSON.stringify(all));
        }""",
        [page.evaluate(CONVERSATIONS), NASTY],
    )
    page.reload()
    assert questions(page, 1) == [NASTY]
    assert "no longer in the library" in page.locator(".qw-failure").inner_text()
    page.click("[data-menu=earlier]")
    assert "<script>" in page.locator(".qw-menu").inner_text()
    assert page.locator("#qw img, #qw script, #qw a, #qw iframe").count() == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_the_menus_fit(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    put(page, "W" * 200)
    page.click(".qw-new")
    page.wait_for_selector(".qw-welcome")
    page.click("[data-menu=earlier]")
    box = page.locator(".qw-menu").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
