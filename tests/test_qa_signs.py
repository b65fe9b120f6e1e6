"""What speaks for a span: its sentence's lead by hand-made numbers, whatever passages hold it, and the hit it is in."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document, Hit
from qa.best_spans import Span
from qa.signs import GIVEN, MOST_LEAD, Signs, signs
from tests.fakes import hits

TEXT = 'He called a "reckless" assault a "grave mistake". Idlib fell in 2018. Nobody won.'
DOCUMENT = Document(TEXT)
WHOLE, LATER = hits(DOCUMENT, (0, len(TEXT)), (TEXT.index("Idlib"), len(TEXT)))


def span(words: str, score: float, hit: Hit = WHOLE) -> Span:
    start = hit.passage.text.index(words)
    return Span(hit.passage, start, start + len(words), score)


def test_another_answer_in_the_same_sentence_is_no_rival() -> None:
    reckless, mistake, year = span("reckless", 2.0), span("grave mistake", 1.9), span("2018", -3.0)
    alone = signs(reckless, [reckless, year], [WHOLE])
    assert (alone.score, alone.behind) == (2.0, 0.5) and alone.lead == pytest.approx(5.0)
    both = signs(reckless, [reckless, mistake, year], [WHOLE])
    assert both.lead == pytest.approx(math.log(math.exp(2.0) + math.exp(1.9)) + 3.0)
    assert signs(reckless, [reckless, span("2018", 1.9)], [WHOLE]).lead == pytest.approx(0.1)


def test_several_rivals_weigh_together() -> None:
    reckless = span("reckless", 2.0)
    rivals = [span("2018", 1.0), span("Idlib", 1.0)]
    assert signs(reckless, [reckless, *rivals], [WHOLE]).lead == pytest.approx(1.0 - math.log(2))


def test_the_sentence_in_another_passage_is_the_same_sentence() -> None:
    here, there = span("2018", 2.0), span("2018", 2.0, LATER)
    assert signs(here, [here, there, span("Nobody", 0.0)], [WHOLE, LATER]).lead == pytest.approx(2.0 + math.log(2))


def test_what_only_reaches_into_the_sentence_is_neither_for_it_nor_against() -> None:
    year, across = span("2018", 2.0), span("in 2018. Nobody", 5.0)
    assert signs(year, [year, across], [WHOLE]).lead == MOST_LEAD
    assert signs(year, [year, across, span("reckless", 1.0)], [WHOLE]).lead == pytest.approx(1.0)


def test_a_lead_is_full_at_some_point_and_without_rivals() -> None:
    far = span("reckless", 50.0)
    assert signs(far, [far], [WHOLE]).lead == signs(far, [far, span("2018", 0.0)], [WHOLE]).lead == MOST_LEAD


def test_a_span_is_behind_where_another_hit_fits_better() -> None:
    year = span("2018", 1.0, LATER)
    assert signs(year, [year], [replace(WHOLE, score=0.9), replace(LATER, score=0.8)]).behind == 1
    assert signs(year, [year], [replace(WHOLE, score=0.8), replace(LATER, score=0.8)]).behind == 0.5
    assert signs(year, [year], [LATER]).behind == 0.5
    assert signs(year, [year], [replace(WHOLE, score=0.7), replace(LATER, score=0.8)]).behind == 0


def test_a_span_is_of_a_given_text_where_no_search_found_it() -> None:
    year = span("2018", 1.0, LATER)
    assert signs(year, [year], [replace(LATER, score=GIVEN)]).given == 1
    assert signs(year, [year], [replace(WHOLE, score=GIVEN), replace(LATER, score=GIVEN)]).given == 1
    assert signs(year, [year], [replace(LATER, score=0.999)]).given == 0
    assert signs(year, [year], [replace(WHOLE, score=GIVEN), replace(LATER, score=0.8)]).given == 0


def test_what_comes_after_the_best_leads_nothing() -> None:
    assert Signs(1.0, 9.0, 1.0).after(Signs(3.5, 9.5)) == Signs(1.0, -2.5, 1.0)


@given(st.lists(st.tuples(st.sampled_from(TEXT.split()), st.floats(-60, 60)), max_size=8), st.floats(-60, 60))
def test_leads_are_finite_and_rise_with_the_score(others: list[tuple[str, float]], score: float) -> None:
    spans = [span(words, one) for words, one in others]
    first, second = (signs(best, [best, *spans], [WHOLE]) for best in (span("Idlib", score), span("Idlib", score + 1)))
    assert math.isfinite(first.lead) and first.lead <= second.lead <= MOST_LEAD
