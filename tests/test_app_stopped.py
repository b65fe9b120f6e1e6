"""A question that was stopped or interrupted, in a real browser: it still says which documents it was asked of."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import app
from index import Document, Index
from qa.answer import answering
from tests.chat import serving
from tests.fakes import BEES, HashEmbedder, KnowingReader
from tests.page import ANSWERED, LEFT, put
from tests.test_app_filter import among, asking, pick

pytestmark = pytest.mark.slow
QUEEN = "How long does a queen live?"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Index]:
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        index.add_documents([Document(BEES, "Bees", "bees.md"), Document("The wizard is old.", "Wizards", "w.txt")])
        yield index


@pytest.fixture
def address(library: Index) -> Iterator[str]:
    with serving(library) as url:
        yield url


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
