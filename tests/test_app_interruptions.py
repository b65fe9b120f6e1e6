"""Answers that do not come, in a real browser: stopped by a person, or the server killed and started again."""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.process import BaseProcess
from typing import Any

import httpx
import pytest

import app
from index import Document, Hit, Index
from qa import Answer
from qa.answer import answering
from tests.chat import free_port
from tests.fakes import BEES, HashEmbedder, KnowingReader
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, LEFT, put
from web.server import Server

pytestmark = pytest.mark.slow
library = library_of(Document(BEES, "Bees", "bees.md"), scope="module")
address = address_of("module")
WORKER, QUEEN = "How long does a worker bee live?", "How long does a queen live?"
BUSY = '.qw-turn[aria-busy="true"]'


def chat(location: str, port: int, seconds: float) -> None:
    """Serve a library, whose reader takes so many seconds over a question about queens."""

    class Slow(KnowingReader):
        def read(self, question: str, hits: Sequence[Hit]) -> Answer:
            time.sleep(seconds if "queen" in question else 0)
            return super().read(question, hits)

    vars(app).update(answering=partial(answering, reader=Slow()))
    app.serve([Index.open(location, HashEmbedder())], Server(port=port))


class Patient(KnowingReader):
    """A reader that reads for as long as it is told to."""

    def __init__(self) -> None:
        self.goes_on = threading.Event()
        self.read_to_the_end = threading.Event()

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        assert self.goes_on.wait(60)
        answer = super().read(question, hits)
        self.read_to_the_end.set()
        return answer


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Patient]:
    reader = Patient()
    monkeypatch.setattr(app, "answering", partial(answering, reader=reader))
    yield reader
    reader.goes_on.set()


def begin(page: Any, question: str) -> None:
    page.focus("textarea")
    page.keyboard.insert_text(question)
    page.keyboard.press("Enter")
    page.wait_for_selector(BUSY)


def ask_and_leave(page: Any, slow: Patient) -> None:
    """Begin a question in a conversation about bees, and show another one, about Maria Santos, meanwhile."""
    slow.goes_on.set()
    put(page, "Who is Maria Santos?")
    page.click(".qw-new")
    page.wait_for_function("document.querySelectorAll('.qw-turn').length === 0")
    put(page, WORKER)
    slow.goes_on.clear()
    begin(page, QUEEN)
    page.click("[data-menu=earlier]")
    page.locator(".qw-choice", has_text="Maria").click()
    page.wait_for_function("document.querySelector('.qw-question').innerText === 'Who is Maria Santos?'")


def test_a_question_is_stopped_and_asked_again(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit()
    send = page.locator(".qw-send")
    assert send.inner_text() == "Ask"
    begin(page, WORKER)
    assert send.inner_text() == "Stop"
    send.click()
    turn = page.wait_for_selector(ANSWERED.format(1))
    assert WORKER in turn.inner_text() and "Stopped." in turn.inner_text()
    assert not slow.read_to_the_end.is_set() and send.inner_text() == "Ask" and send.is_enabled()
    slow.goes_on.set()
    slow.read_to_the_end.wait(20)
    page.wait_for_timeout(500)
    assert "six weeks" not in page.locator(".qw-turns").inner_text(), "what was read to the end is not shown"
    page.click(".qw-again")
    page.wait_for_selector(".qw-short")
    assert page.locator(".qw-turn").count() == 1 and "about six weeks" in page.locator(".qw-turn").inner_text()
    assert "up to five years" in put(page, QUEEN, 2).inner_text()


def test_a_stopped_question_stands_between_others_and_is_gone_after_a_reload(
    visit: Callable[..., Any], slow: Patient
) -> None:
    page = visit(expects=LEFT)
    slow.goes_on.set()
    put(page, "Who is Maria Santos?")
    slow.goes_on.clear()
    begin(page, WORKER)
    page.click(".qw-send")
    page.wait_for_selector(".qw-again")
    slow.goes_on.set()
    assert "What did Maria Santos say?" in put(page, "What did she say?", 3).inner_text()
    page.reload()
    page.wait_for_selector(ANSWERED.format(2))
    assert page.locator(".qw-turn").count() == 2 and page.locator(".qw-again").count() == 0


def test_a_page_that_is_loaded_again_meanwhile_offers_the_question(visit: Callable[..., Any], slow: Patient) -> None:
    page = visit(expects=LEFT)
    begin(page, WORKER)
    page.focus("textarea")
    page.keyboard.insert_text("And the qu")
    page.reload()
    page.wait_for_selector(".qw-again")
    assert "not answered" in page.locator(".qw-turn").inner_text()
    assert page.input_value("textarea") == "And the qu"
    slow.goes_on.set()
    page.click(".qw-again")
    page.wait_for_selector(".qw-short")
    assert page.locator(".qw-turn").count() == 1


def test_an_answer_that_comes_while_another_conversation_is_shown_is_kept_in_its_own(
    visit: Callable[..., Any], slow: Patient
) -> None:
    page = visit(expects=LEFT)
    ask_and_leave(page, slow)
    assert page.locator(".qw-send").inner_text() == "Stop", "one question at a time"
    slow.goes_on.set()
    page.wait_for_function("document.querySelector('.qw-send').innerText === 'Ask'")
    assert page.locator(".qw-question").all_inner_texts() == ["Who is Maria Santos?"]
    assert "asked as: What did Maria Santos say?" in put(page, "What did she say?", 2).inner_text()
    page.click("[data-menu=earlier]")
    page.locator(".qw-choice", has_text="worker").click()
    page.wait_for_function("document.querySelector('.qw-question').innerText.includes('worker')")
    assert page.locator(".qw-question").all_inner_texts() == [WORKER, QUEEN]
    assert "up to five years" in page.locator(".qw-turn").last.inner_text()


def test_an_answer_that_comes_while_its_conversation_is_fetched_again_is_kept(
    visit: Callable[..., Any], slow: Patient
) -> None:
    page = visit()
    ask_and_leave(page, slow)
    held: list[Any] = []
    page.route("**/library/conversation", lambda route: held.append(route), times=1)
    page.click("[data-menu=earlier]")
    page.locator(".qw-choice", has_text="worker").click()
    slow.goes_on.set()
    page.wait_for_function("document.querySelector('.qw-send').innerText === 'Ask'")
    for request in held:
        request.continue_()
    page.wait_for_function("document.querySelectorAll('.qw-turn').length === 2")
    assert page.locator(".qw-question").all_inner_texts() == [WORKER, QUEEN]
    page.reload()
    page.wait_for_function("document.querySelectorAll('.qw-turn').length === 2")
    assert "up to five years" in page.locator(".qw-turn").last.inner_text()


def test_of_two_conversations_asked_for_at_once_the_second_is_shown(visit: Callable[..., Any]) -> None:
    page = visit()
    for question in (WORKER, QUEEN, "Who is Maria Santos?"):
        put(page, question)
        page.click(".qw-new")
        page.wait_for_selector(".qw-welcome")
    page.click("[data-menu=earlier]")
    page.evaluate("document.querySelectorAll('.qw-choice').forEach((choice) => choice.click())")
    page.wait_for_selector(".qw-question")
    page.wait_for_timeout(500)
    assert page.locator(".qw-question").all_inner_texts() == [WORKER], "the last of them"


Program = Callable[..., BaseProcess]


@pytest.fixture
def program(library: Index) -> Iterator[Program]:
    """Serve the library by a process of its own, on a port that is given.

    It is forked from one that has imported the chat, which takes seconds.
    """
    started: list[BaseProcess] = []
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload([__name__])

    def start(port: int, seconds: float = 0) -> BaseProcess:
        process = processes.Process(target=chat, args=(str(library.location), port, seconds))
        process.start()
        started.append(process)
        for _ in range(600):
            with suppress(httpx.TransportError):
                httpx.get(f"http://127.0.0.1:{port}", timeout=60)
                return process
            process.join(0.2)
        raise TimeoutError

    yield start
    for process in started:
        kill(process)


def kill(process: BaseProcess) -> None:
    process.kill()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL


def test_a_server_killed_in_the_middle_of_an_answer(visit: Callable[..., Any], program: Program) -> None:
    port = free_port()
    served = program(port, seconds=60)
    page = visit(f"http://127.0.0.1:{port}", expects=".*")
    put(page, WORKER)
    begin(page, QUEEN)
    page.focus("textarea")
    page.keyboard.insert_text("half a quest")
    kill(served)
    page.wait_for_selector(".qw-gone", state="visible")
    assert "goes on by itself" in page.locator(".qw-gone").inner_text()
    assert not any(toast.is_visible() for toast in page.locator(".toast-wrap, .toast-body").all())
    program(port)
    page.wait_for_selector(".qw-turn:nth-child(2) .qw-short")
    assert page.locator(".qw-gone").is_hidden() and page.locator(".qw-send").inner_text() == "Ask"
    assert page.locator(".qw-question").all_inner_texts() == [WORKER, QUEEN]
    assert "about six weeks" in page.locator(".qw-turn").first.inner_text()
    assert "up to five years" in page.locator(".qw-turn").nth(1).inner_text()
    assert page.input_value("textarea") == "half a quest"


def test_a_question_that_the_server_dies_of_is_asked_once_more_and_then_offered(
    visit: Callable[..., Any], program: Program
) -> None:
    port = free_port()
    served = program(port, seconds=60)
    page = visit(f"http://127.0.0.1:{port}", expects=".*")
    begin(page, QUEEN)
    for _ in range(2):
        page.wait_for_function("!document.querySelector('.qw-stage')?.innerText.includes('Interrupted')")
        kill(served)
        page.wait_for_selector(".qw-gone", state="visible")
        served = program(port, seconds=60)
    page.wait_for_selector(".qw-again")
    assert page.locator(".qw-gone").is_hidden() and page.locator(".qw-send").inner_text() == "Ask"
    assert page.locator(".qw-question").all_inner_texts() == [QUEEN]


def test_a_server_killed_and_back_between_two_questions(visit: Callable[..., Any], program: Program) -> None:
    port = free_port()
    served = program(port)
    page = visit(f"http://127.0.0.1:{port}", expects=".*")
    put(page, "Who is Maria Santos?")
    kill(served)
    program(port)
    page.focus("textarea")
    page.keyboard.insert_text("What did she say?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-turn:nth-child(2) mark")
    assert "asked as: What did Maria Santos say?" in page.locator(".qw-turn").nth(1).inner_text()
    assert page.locator(".qw-turn").count() == 2 and page.locator(".qw-gone").is_hidden()


def test_a_question_put_to_a_server_that_is_gone_is_answered_when_it_is_back(
    visit: Callable[..., Any], program: Program
) -> None:
    port = free_port()
    served = program(port)
    page = visit(f"http://127.0.0.1:{port}", expects=".*")
    kill(served)
    page.focus("textarea")
    page.keyboard.insert_text(WORKER)
    page.keyboard.press("Enter")
    page.wait_for_selector(".qw-gone", state="visible")
    program(port)
    page.wait_for_selector(".qw-short")
    assert page.locator(".qw-question").all_inner_texts() == [WORKER]


def test_a_source_of_a_server_that_is_gone_is_not_opened_and_opens_when_it_is_back(
    visit: Callable[..., Any], program: Program
) -> None:
    port = free_port()
    served = program(port)
    page = visit(f"http://127.0.0.1:{port}", expects=".*")
    put(page, WORKER)
    kill(served)
    page.click("figure .qw-open")
    page.wait_for_selector(".qw-gone", state="visible")
    assert not page.locator("#qw-source").is_visible()
    program(port)
    page.wait_for_selector(".qw-gone", state="hidden")
    page.click("figure .qw-open")
    page.wait_for_selector("#qw-target", state="visible")
    assert page.locator(".qw-send").inner_text() == "Ask" and page.locator(".qw-send").is_enabled()
