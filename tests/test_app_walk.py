"""Walking quickly in a real browser: a step that comes before the last one is drawn is not lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import pytest

import app
import qa
from index import Document, Hit
from qa import Answer, Citation
from qa.answer import answering
from tests.fixtures import address_of, library_of
from tests.page import put
from tests.test_app_source import MARK, marked_places, sought, wait_for

pytestmark = pytest.mark.slow
STEP = ".qw-step"


class SevenReader:
    """A reader that gives every sentence about a bee as an answer."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        answers = []
        for hit in hits:
            for sentence in hit.passage.text.split("\n\n"):
                start = hit.passage.text.index(sentence) + hit.passage.start
                quote = Citation(hit.passage, start, start + len(sentence))
                answers.append(Answer(question, 0.8, (quote,), quote))
        answers.sort(key=lambda answer: answer.citations[0].start)
        return Answer(question, 0.8, answers[0].citations, answers[0].span, others=tuple(answers[1:]))


SENTENCES = [f"Bee number {number} lives in the hive." for number in range(1, 8)]


@pytest.fixture(scope="module", autouse=True)
def _knowing() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "ask", partial(qa.ask, reader=SevenReader()))
        patch.setattr(app, "answering", partial(answering, reader=SevenReader()))
        yield


library, address = (
    library_of(Document("\n\n".join(SENTENCES), "Bees", "bees.txt"), scope="module"),
    address_of("module"),
)


def opened(page: Any) -> None:
    """Open the first of seven citations."""
    put(page, "Where do the bees live?").query_selector("figure .qw-open").click()
    wait_for(page, STEP, "1 of 7")


def press(page: Any, *keys: str) -> None:
    """Press keys at once: none of them waits for what the one before it does."""
    page.evaluate(
        """keys => { for (const key of keys) document.activeElement.dispatchEvent(
             new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }""",
        list(keys),
    )


@pytest.mark.parametrize(
    ("keys", "place"), [("nnnnn", 6), ("nnnnnnnn", 2), ("pp", 6), ("nnp", 2), ("np", 1), ("nnnppp", 1)]
)
def test_quick_steps_from_citation_to_citation_all_count(visit: Callable[..., Any], keys: str, place: int) -> None:
    page = visit()
    opened(page)
    press(page, *keys)
    wait_for(page, MARK, SENTENCES[place - 1])
    wait_for(page, STEP, f"{place} of 7")
    page.wait_for_timeout(500)  # what was asked for on the way comes too late to be drawn
    assert page.locator(MARK).text_content() == SENTENCES[place - 1]
    assert page.locator(STEP).text_content() == f"{place} of 7"
    press(page, "n")
    wait_for(page, MARK, SENTENCES[place % 7])


def test_a_source_that_is_closed_while_it_is_drawn_stays_closed(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page)
    press(page, "n", "n", "Escape")
    page.wait_for_selector("#qw-source", state="hidden")
    page.wait_for_timeout(500)
    assert not page.locator("#qw-source").is_visible()
    page.locator("#qw-conversation .qw-open").first.click()
    wait_for(page, MARK, SENTENCES[0])


def test_quick_steps_from_match_to_match_all_count(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page)
    page.click(".qw-search")
    sought(page, "hive", "1 of 7")
    press(page, *["Enter"] * 5)
    wait_for(page, ".qw-count", "6 of 7")
    assert marked_places(page, "qw-found-here") == ["hive"]


def test_steps_before_the_matches_are_there_count_too(visit: Callable[..., Any]) -> None:
    page = visit()
    opened(page)
    page.click(".qw-search")
    page.fill(".qw-sought", "hive")
    press(page, *["Enter"] * 6)  # the first begins the search
    wait_for(page, ".qw-count", "6 of 7")
