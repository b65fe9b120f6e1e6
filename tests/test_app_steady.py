"""Nothing moves under a reader's eyes in a real browser while an answer appears; one before the models says so."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import app
from index import Index
from qa.answer import answering
from tests.chat import ask
from tests.fakes import DOCUMENTS, UNANSWERABLE, KnowingReader
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, put

pytestmark = pytest.mark.slow
library, address = library_of(*DOCUMENTS[:2]), address_of()
SHIFTS = """
    window.shifts = [];
    new PerformanceObserver(list => {
        for (const shift of list.getEntries()) if (!shift.hadRecentInput) // what a key moved is the person's doing
            window.shifts.push([shift.value, ...shift.sources.map(one => one.node?.className || one.node?.nodeName)]);
    }).observe({ type: "layout-shift", buffered: false });
"""


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_shifts_while_answers_appear(visit: Callable[..., Any], width: int) -> None:
    page = visit(viewport={"width": width, "height": 700})
    page.wait_for_selector(".qw-example")
    page.evaluate(SHIFTS)
    for number, question in enumerate(["Who is Maria Santos?", UNANSWERABLE], 1):
        page.focus("textarea")
        page.keyboard.type(question)
        page.keyboard.press("Enter")
        page.wait_for_selector(ANSWERED.format(number))
        page.wait_for_timeout(300)
    assert page.evaluate("window.shifts") == []


def test_a_slow_answer_shifts_nothing_either(visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()

    class Slow(KnowingReader):
        def read(self, *given: Any) -> Any:
            goes_on.wait(30)
            return super().read(*given)

    page = visit()
    put(page, "Who is Maria Santos?")
    monkeypatch.setattr(app, "answering", partial(answering, reader=Slow()))
    page.focus("textarea")
    page.keyboard.insert_text("What did she say?")
    page.keyboard.press("Enter")
    page.wait_for_selector('.qw-turn[aria-busy="true"] >> text=Reading the nearest')
    understood = page.locator(".qw-turn:nth-child(2) .qw-asked span")  # comes first
    asked = understood.inner_text()
    page.wait_for_timeout(600)  # a shift within 500 ms of a key would not be counted
    heading = page.locator(".qw-question").last.bounding_box()
    page.evaluate(SHIFTS)
    goes_on.set()
    page.wait_for_selector(".qw-turn:nth-child(2) mark")
    page.wait_for_timeout(600)
    assert page.evaluate("window.shifts") == []
    assert page.locator(".qw-question").last.bounding_box() == heading
    assert understood.inner_text() == asked == "What did Maria Santos say?"


def test_what_is_selected_and_unfolded_in_earlier_turns_stays_so(visit: Callable[..., Any]) -> None:
    page = visit()
    put(page, UNANSWERABLE)
    page.click(".qw-nearest summary")
    page.focus("textarea")
    page.keyboard.insert_text("Who is Maria Santos?")
    page.keyboard.press("Enter")
    page.evaluate("getSelection().selectAllChildren(document.querySelector('.qw-passage-text'))")
    selected = page.evaluate("getSelection().toString()")
    page.wait_for_selector(ANSWERED.format(2))
    assert len(selected) > 20 and page.evaluate("getSelection().toString()") == selected
    assert page.locator(".qw-nearest").first.get_attribute("open") is not None


def test_a_question_before_the_models_are_there_says_that_they_are_loaded(
    visit: Callable[..., Any], serve: Callable[..., str], library: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = threading.Event()

    def when_loaded(call: Callable[..., Any]) -> Callable[..., Any]:
        def calls(*given: Any, **named: Any) -> Any:
            assert loaded.wait(60)
            return call(*given, **named)

        return calls

    monkeypatch.setattr(app, "answering", when_loaded(partial(answering, reader=KnowingReader())))
    monkeypatch.setattr(app, "ask", when_loaded(ask))
    page = visit(serve(library))
    page.focus("textarea")
    page.keyboard.insert_text("How long does a queen live?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-stage >> text=Loading the model …")
    assert page.locator(".qw-send").inner_text() == "Stop"
    loaded.set()
    page.wait_for_selector("mark")
