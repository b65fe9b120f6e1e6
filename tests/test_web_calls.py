"""Programs that ask over the API or MCP are counted as people are: what is less urgent waits for them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from gradio_client import Client

import app
import web.api
from index import Document, Index
from qa import retrieve
from qa.types import Answer
from tests.chat import ask, serving
from tests.fakes import BEES
from tests.fixtures import library_of
from tests.test_app_mcp import call, text
from web.asking import Asking

QUESTION = "How long does a worker bee live?"


class Held:
    """`ask` or `retrieve` that begins and does not end before it may."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.began, self.goes_on = threading.Event(), threading.Event()

    def __call__(self, *given: Any, **named: Any) -> Any:
        self.began.set()
        assert self.goes_on.wait(60)
        return self._function(*given, **named)


library = library_of(Document(BEES, "Bees", "bees.md"), scope="module")


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking()


@pytest.fixture(scope="module")
def address(library: Index, asking: Asking) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "Asking", lambda: asking)
        with serving(library, mcp=True) as url:
            yield url


@pytest.mark.parametrize("by", ["api", "mcp"])
@pytest.mark.parametrize("what", ["ask", "retrieve"])
def test_whoever_asks_is_waited_for(
    address: str, asking: Asking, what: str, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held({"ask": ask, "retrieve": retrieve}[what])
    monkeypatch.setattr(web.api, what, held)
    with ThreadPoolExecutor(1) as thread:
        if by == "api":
            answered = thread.submit(Client(address, verbose=False).predict, QUESTION, api_name=f"/{what}")
        else:
            answered = thread.submit(lambda: text(call(f"{address}/gradio_api/mcp", what, question=QUESTION)))
        try:
            assert held.began.wait(60)
            assert not asking.quiet()
        finally:
            held.goes_on.set()
        assert "six weeks" in str(answered.result(60))
    assert asking.quiet(10)


def test_those_who_wait_for_their_turn_and_those_who_are_refused_are_counted_once(
    address: str, asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, held = Client(address, verbose=False), Held(ask)
    monkeypatch.setattr(web.api, "ask", held)
    jobs = [client.submit(QUESTION, api_name="/ask") for _ in range(6)]
    jobs.append(client.submit("", [5], api_name="/ask"))
    assert held.began.wait(60)
    assert not asking.quiet()
    held.goes_on.set()
    for job in jobs[:-1]:
        assert "six weeks" in str(job.result(60))
    assert jobs[-1].exception(60) is not None
    assert asking.quiet(10)


@pytest.mark.slow
def test_suggestions_wait_for_a_program_that_asks(library: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    held, verified = Held(ask), threading.Event()

    def asked(question: str, **options: Any) -> Answer:
        if question == "Is everything loaded?":
            assert held.began.wait(60)  # loading ends when a program is waiting already
        else:
            verified.set()
        return ask(question, **options)

    monkeypatch.setattr(app, "ask", asked)
    monkeypatch.setattr(web.api, "ask", held)
    monkeypatch.setattr("web.warming.PATIENCE", 0.0)
    with serving(library) as url:
        job = Client(url, verbose=False).submit(QUESTION, api_name="/ask")
        assert held.began.wait(60)
        assert not verified.wait(1.5), "a suggestion was verified before the program had its answer"
        held.goes_on.set()
        assert "six weeks" in str(job.result(60))
        assert verified.wait(30)
