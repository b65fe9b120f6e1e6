"""The chat in a real browser: asking, quoting, opening, abstaining, by mouse and by keyboard; nothing leaves."""

from __future__ import annotations

import re
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

import app
from index import Document, Index
from tests.chat import ask, free_port
from tests.fakes import BEES, NASTY, ROOT, SEED, UNANSWERABLE, HashEmbedder
from tests.page import ANSWERED, LEFT, is_in_view, put, worst_contrast

pytestmark = pytest.mark.slow


def test_a_citation_opens_at_the_quoted_words(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    answer = ask("What did Nikki Haley urge?", index=library)
    turn = put(page, "What did Nikki Haley urge?")
    assert turn.query_selector("mark").text_content() == answer.short
    quote = turn.query_selector("blockquote").text_content()
    assert quote == answer.citations[0].quote and "chemical weapons" in quote
    button = turn.query_selector("figure .qw-open")
    assert button.inner_text().split() == ["[1]", "Strikes", "in", "Idlib", SEED.name]
    button.click()
    page.wait_for_selector("#qw-target", state="visible")
    assert page.locator("#qw-source mark").all_text_contents() == [quote]
    assert page.locator("#qw-source .qw-words").text_content() == library.documents()[0].text
    assert is_in_view(page, "#qw-source mark", "#qw-source .qw-text", middle=True)
    page.keyboard.press("Escape")
    page.wait_for_selector("#qw-source", state="hidden")
    assert page.evaluate("document.activeElement.className") == "qw-open"
    page.keyboard.press("Enter")
    page.wait_for_selector("#qw-source", state="visible")


def test_the_whole_chat_can_be_used_with_the_keyboard(visit: Callable[..., Any]) -> None:
    page = visit()
    page.locator("h1").click()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.insert_text("How long does")
    page.keyboard.press("Shift+Enter")
    page.keyboard.insert_text("a worker bee live?")
    assert page.input_value("textarea") == "How long does\na worker bee live?"
    page.keyboard.press("Enter")
    page.wait_for_selector(ANSWERED.format(1))
    assert page.input_value("textarea") == ""
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("!!document.activeElement.closest('figure')"):
            break
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_selector("#qw-target", state="visible")
    assert "Bees" in page.locator("#qw-source header").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("!!document.activeElement.closest('figure')")


def test_what_is_not_there_is_said_with_the_nearest_passages_folded(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, "How long does a worker bee live?")
    turn = put(page, UNANSWERABLE, 2)
    assert "Not in these documents." in turn.inner_text()
    assert not turn.query_selector("mark") and not turn.query_selector("blockquote")
    assert not page.locator(".qw-passage-text").first.is_visible()
    page.click("summary")
    assert page.locator(".qw-passage-text").first.is_visible()
    page.locator("details .qw-open").first.click()
    page.wait_for_selector("#qw-target", state="visible")
    assert page.locator("#qw-source .qw-framed").count() == 1 and page.locator("#qw-source mark").count() == 0
    put(page, "How long does a queen live?", 3)
    assert page.locator("details").first.get_attribute("open") is not None


def test_what_a_quote_can_hardly_answer_says_what_to_ask_and_keywords_show_where_they_are(
    visit: Callable[..., Any],
) -> None:
    page = visit()
    turn = put(page, "Did anybody urge Syria?")
    assert "No quote answers this." in turn.inner_text() and "yes or no" in turn.inner_text()
    assert not page.locator(".qw-passage-text").first.is_visible()
    turn = put(page, "chemical weapons", 2)
    assert "ask what you want to know" in turn.inner_text() and not turn.query_selector("mark")
    assert "chemical weapons" in turn.query_selector(".qw-passage-text").inner_text()
    turn = put(page, "Thanks!", 3)
    assert "Ask for something that your documents say" in turn.inner_text() and not turn.query_selector("details")
    page.reload()
    page.wait_for_selector(".qw-turn:nth-of-type(3)")
    shown = page.locator(".qw-advice").all_inner_texts()
    assert [text.split()[0] for text in shown] == ["A", "The"], "what is recalled says the same"


def test_nothing_moves_when_the_source_opens_and_closes(visit: Callable[..., Any]) -> None:
    page = visit(viewport={"width": 1440, "height": 860})
    put(page, "Who is Maria Santos?")
    put(page, UNANSWERABLE, 2)
    page.click("summary")
    page.locator("details .qw-open").nth(1).click()
    page.wait_for_selector("#qw-target", state="visible")
    page.keyboard.press("Escape")
    button = put(page, "What did Nikki Haley urge?", 3).query_selector("figure .qw-open")
    top = button.bounding_box()["y"]
    button.click()
    page.wait_for_selector("#qw-target", state="visible")
    assert abs(button.bounding_box()["y"] - top) < 3
    page.keyboard.press("Escape")
    assert abs(button.bounding_box()["y"] - top) < 3


def test_a_follow_up_is_understood_and_says_how(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    put(page, "Who is Maria Santos?")
    turn = put(page, "What did she say?", 2)
    first = ask("Who is Maria Santos?", index=library)
    second = ask("What did she say?", index=library, history=[first])
    assert second.asked_as != second.question
    assert f"asked as: {second.asked_as}" in turn.inner_text()


def test_two_browsers_have_conversations_of_their_own(visit: Callable[..., Any]) -> None:
    one, other = visit(), visit()
    put(one, "Who is Maria Santos?")
    assert "asked as" not in put(other, "What did she say?").inner_text()
    assert one.locator(".qw-turn").count() == other.locator(".qw-turn").count() == 1


def test_the_documents_are_listed_and_open(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    listed = page.locator("#qw-library .qw-open").all_inner_texts()
    assert [text.split("\n")[0] for text in listed][:2] == ["Strikes in Idlib", "Bees"]
    assert f"{SEED.name} · {library.summaries()[0].passages}\N{NO-BREAK SPACE}passages" in listed[0]
    page.locator("#qw-library .qw-open").nth(1).click()
    page.wait_for_selector("#qw-source .qw-words", state="visible")
    assert page.locator("#qw-source .qw-words").text_content() == BEES
    page.click(".qw-close")
    page.wait_for_selector("#qw-source", state="hidden")


def test_suggested_questions_are_answered(visit: Callable[..., Any]) -> None:
    page = visit()
    page.wait_for_selector(".qw-example")
    suggested = page.locator(".qw-example").all_inner_texts()
    for number, question in enumerate(suggested, 1):
        page.click(".qw-new")
        page.locator(".qw-example").nth(number - 1).click()
        turn = page.wait_for_selector(ANSWERED.format(1))
        assert question in turn.inner_text() and turn.query_selector("mark")
        assert not page.locator(".qw-example").first.is_visible()


def test_nothing_of_documents_titles_names_or_questions_runs(visit: Callable[..., Any], library: Index) -> None:
    page = visit()
    turn = put(page, f"Where does the wizard Zantar live? {NASTY}")
    assert NASTY in turn.inner_text()
    turn = put(page, "Where does the wizard Zantar live?", 2)
    page.locator("#qw-library .qw-open").nth(2).click()
    page.wait_for_selector("#qw-source .qw-words", state="visible")
    assert page.locator("#qw-source .qw-words").text_content() == library.documents()[2].text
    assert NASTY in page.locator("#qw-source").inner_text() and NASTY in page.locator("#qw-library").inner_text()
    put(page, NASTY, 3)
    page.wait_for_timeout(300)
    assert page.locator("#qw img, #qw script, #qw a, #qw iframe").count() == 0
    assert page.evaluate("window.pwned") is None


def test_what_goes_wrong_is_said_in_the_conversation(
    visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = visit()
    assert "ask in at most" in put(page, "x" * 100_000).inner_text()
    page.fill("textarea", "")  # it came back into the field

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(app, "answering", broken)
    assert "Something went wrong" in put(page, "Who?", 2).inner_text()
    monkeypatch.undo()
    assert "Maria Santos" in put(page, "Who is Maria Santos?", 3).inner_text()
    page.focus("textarea")
    page.keyboard.insert_text("   ")
    page.keyboard.press("Enter")
    page.evaluate("document.querySelector('#qw-library .qw-open').dataset.document = 'gone'")
    page.locator("#qw-library .qw-open").first.click()
    page.wait_for_selector("#qw-source .qw-failure", state="visible")
    assert page.locator(".qw-turn").count() == 3
    assert "secret" not in page.content() and page.locator(".toast-wrap *").count() == 0


@pytest.mark.parametrize("width", [360, 700])
def test_on_a_narrow_screen_there_is_one_place_at_a_time(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 640})
    fits = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
    assert page.evaluate(fits) and not page.locator("#qw-library").is_visible()
    page.click(".qw-library-toggle")
    assert page.locator("#qw-library").is_visible() and page.evaluate(fits)
    page.click(".qw-library-toggle")
    assert not page.locator("#qw-library").is_visible()
    put(page, "What did Nikki Haley urge?").query_selector("figure .qw-open").click()
    page.wait_for_selector("#qw-target", state="visible")
    assert page.locator("#qw-source").bounding_box()["width"] == width and page.evaluate(fits)
    assert is_in_view(page, "#qw-source mark", "#qw-source .qw-text")
    page.get_by_role("button", name="Back").click()
    assert not page.locator("#qw-source").is_visible() and page.locator(".qw-turn").is_visible()
    put(page, "W" * 300, 2)
    assert page.evaluate(fits)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read(visit: Callable[..., Any], scheme: str) -> None:
    page = visit(color_scheme=scheme)
    page.wait_for_selector(".qw-example")
    assert worst_contrast(page) >= 4.5
    put(page, UNANSWERABLE)
    page.click("summary")
    put(page, "What did Nikki Haley urge?", 2).query_selector("figure .qw-open").click()
    page.wait_for_selector("#qw-target", state="visible")
    assert worst_contrast(page) >= 4.5
    dark = page.evaluate("getComputedStyle(document.getElementById('qw')).backgroundColor")
    assert (dark == "rgb(27, 25, 22)") is (scheme == "dark")


def test_roles_and_labels_are_there_for_screen_readers(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, "What did Nikki Haley urge?").query_selector("figure .qw-open").click()
    page.wait_for_selector("#qw-target", state="visible")
    for role, name in [
        ("log", "Conversation"),
        ("textbox", "Your question"),
        ("navigation", "Documents"),
        ("region", "Source"),
        ("article", "What did Nikki Haley urge?"),
    ]:
        assert page.get_by_role(role, name=name, exact=True).count() == 1, (role, name)
    assert page.locator(".qw-turns").get_attribute("aria-live") == "polite"
    assert page.evaluate(
        "[...document.querySelectorAll('#qw button')].every(b => b.innerText.trim() || !b.checkVisibility())"
    )
    assert page.locator("footer").count() == 0 or not page.locator("footer").is_visible()


def test_an_empty_library_says_how_to_fill_it(
    visit: Callable[..., Any], serve: Callable[..., str], tmp_path: Path
) -> None:
    page = visit(serve(Index.open(tmp_path / "empty", HashEmbedder())))
    assert "There are none yet. Add some below." in page.locator("#qw-library").inner_text()
    assert "Not in these documents." in put(page, "Who?").inner_text()
    assert page.locator(".qw-example").count() == 0


SPY = """
import runpy, sys
log = open(sys.argv[1], "a", buffering=1)
sys.addaudithook(lambda name, args: log.write(f"{args[1:]}\\n") if name == "socket.connect" else None)
sys.addaudithook(lambda name, args: log.write(f"{args[:1]}\\n") if name == "socket.getaddrinfo" else None)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_the_program_starts_soon_and_connects_to_nothing_else(visit: Callable[..., Any], tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "connections"
    with Index.open(tmp_path / "library") as index:
        index.add_documents([Document(BEES, "Bees", "bees.md")])
    options = [str(ROOT / "app.py"), "--port", str(port), "--library", str(tmp_path / "library")]
    computed = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    program = subprocess.Popen([sys.executable, "-c", SPY, str(log), *options], stdout=subprocess.PIPE, text=True)
    try:
        assert program.stdout and f"http://127.0.0.1:{port}" in program.stdout.readline()
        assert "Quotewise" in httpx.get(f"http://127.0.0.1:{port}").text
        page = visit(f"http://127.0.0.1:{port}", expects=LEFT)
        assert "six weeks" in put(page, "How long does a worker bee live?").text_content()
        page.goto("about:blank")
    finally:
        program.terminate()
        program.wait(120)
    computed = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - computed
    assert computed < 45, "seconds, with the models and an answer"
    connections = log.read_text().splitlines()
    assert connections and not [line for line in connections if not re.search(r"127\.0\.0\.1|localhost|None", line)]
