"""What the benchmark of the page measures is what happens there: by known numbers, and in a real browser."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from benchmarks import page
from index import Index
from qa.settings import SEEDS
from tests.chat import serving
from tests.fakes import HashEmbedder
from tests.fixtures import CHROMIUM


def test_measures_are_those_of_known_numbers() -> None:
    assert page.measures([float(number) for number in range(100, 0, -1)]) == {"median": 50.5, "p95": 95.0, "times": 100}
    assert page.measures([3.0]) == {"median": 3.0, "p95": 3.0, "times": 1}


def test_the_table_says_what_was_to_be_reached() -> None:
    record = {page.WORDS: page.measures([120.0, 130.0]), page.SHIFT: page.measures([0.0, 0.0])}
    first, second = page.table(record).splitlines()[2:]
    assert first == "| Enter to first words of the answer | 125 ms | 130 ms | < 150 ms | 2 |"
    assert second == "| layout shift of an answer | 0 | 0 | 0 | 2 |"


def test_the_long_document_is_long_and_opens_without_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LONG_TEXT", 50_000)
    with Index.open(page.make_long(str(tmp_path / "long"))) as index:
        (summary,) = index.summaries()
        assert 40_000 < summary.characters <= 55_000
        assert index.document(summary.id).text.startswith("Part 0.\n\n")


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        index.add(SEEDS)
        with serving(index) as url:
            yield url


@pytest.mark.slow
@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_each_moment_is_seen_in_its_order(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "QUESTIONS", ["What did Nikki Haley urge?"])
    figures: page.Figures = defaultdict(list)

    def measured() -> None:
        with page.browsing(CHROMIUM) as browser:
            page.ask_and_open(browser, address, 2, figures)
            page.ask_late(browser, address, 2, figures)

    with ThreadPoolExecutor(1) as apart:  # in this thread another driver of a browser may run
        apart.submit(measured).result()
    assert len(figures[page.LATE]) == 2 and min(figures[page.LATE]) > 0
    for number in range(2):
        sent, stage, words, whole = (figures[name][number] for name in (page.SENT, page.STAGE, page.WORDS, page.WHOLE))
        assert sent > 0 and 0 < stage <= words <= whole < 60_000
        assert 0 <= figures[page.SERVER][number] <= whole
        assert figures[page.SOURCE][number] > 0 and figures[page.SHIFT][number] == 0
