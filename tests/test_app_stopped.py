"""A question that was stopped or interrupted, in a real browser: it still says which documents it was asked of."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

import app
from index import Document
from qa.answer import answering
from tests.fakes import BEES, KnowingReader
from tests.fixtures import address_of, library_of
from tests.page import ANSWERED, LEFT, put
from tests.test_app_filter import among, asking, pick

pytestmark = pytest.mark.slow
QUEEN = "How long does a queen live?"


library = library_of(Document(BEES, "Bees", "bees.md"), Document("The wizard is old.", "Wizards", "w.txt"))
address = address_of()


def test_a_question_that_was_stopped_says_what_it_was_asked_of(
    visit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on = threading.Event()

    class Slow(KnowingReader):
        def read(self, *given: Any) -> Any:
            goes_on.wait(60)
            return super().read(*given)

    page = visit(expects=LEFT)
    put(page, "What is there?")
    monkeypatch.setattr(app, "answering", partial(answering, reader=Slow()))
    pick(page, "Bees")
    asking(page, "Asking 1 of 2 documents")
    page.fill("textarea", QUEEN)
    page.press("textarea", "Enter")
    page.wait_for_selector('.qw-turn[aria-busy="true"] >> text=Reading the nearest')
    page.locator(".qw-send", has_text="Stop").click()
    page.wait_for_selector(f"{ANSWERED.format(2)} .qw-failure >> text=Stopped.")
    assert among(page) == ["in: Bees"]
    page.click(".qw-again")
    page.wait_for_selector('.qw-turn[aria-busy="true"] >> text=Reading the nearest')
    page.reload()
    page.wait_for_selector(".qw-failure >> text=This was not answered")
    assert among(page) == ["in: Bees"]
    goes_on.set()
