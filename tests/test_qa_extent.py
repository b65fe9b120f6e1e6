"""Where an answer begins and ends: compared with F1 worked out word by word, and inside its sentence whatever comes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import Document
from index.sentences import sentences_round
from qa.best_spans import Span
from qa.evaluate import f1
from qa.extent import AFTER_A_COMMA, settled
from tests.fakes import hits

TEXT = (
    "Nine deaths in Idlib were counted. A photograph showed a boy being carried from the rubble, his head cut. "
    "No one won."
)
DOCUMENT = Document(TEXT)
[HIT] = hits(DOCUMENT, (0, len(TEXT)))


def span(words: str, score: float) -> Span:
    start = TEXT.index(words)
    return Span(HIT.passage, start, start + len(words), score)


def test_the_range_between_is_taken_where_shorter_and_longer_share_what_the_model_gives() -> None:
    some = [span("Nine", 2.0), span("Nine deaths in Idlib", 1.9), span("Nine deaths", 1.8)]
    chosen = settled(some[0], some)
    assert (chosen.text, chosen.score) == ("Nine deaths", 2.0)


def test_a_span_that_is_far_better_than_all_others_stays() -> None:
    some = [span("Nine", 9.0), span("Nine deaths in Idlib", 1.9), span("Nine deaths", 1.8)]
    assert settled(some[0], some) == some[0]
    assert settled(some[0], []) == settled(some[0], some[:1]) == some[0]


def test_it_is_the_range_with_the_best_expected_f1() -> None:
    words = ["Nine", "Nine deaths", "deaths in Idlib", "Nine deaths in Idlib were counted", "Idlib"]
    some = [span(one, score) for one, score in zip(words, (2.0, 1.2, 1.9, 0.7, 1.5), strict=True)]
    over = [one for one in some if one.overlaps(some[2])]
    expected = [sum(math.exp(other.score) * f1(one.text, other.text) for other in over) for one in over]
    assert settled(some[2], some).text == over[expected.index(max(expected))].text


def test_what_follows_a_comma_is_left_out_where_the_model_is_nearly_as_sure_without_it() -> None:
    long = span("a boy being carried from the rubble, his head cut", 5.0)
    assert settled(long, [long, span("a boy being carried from the rubble", 5.1 - AFTER_A_COMMA)]).text.endswith(
        "rubble"
    )
    assert settled(long, [long, span("a boy being carried from the rubble", 4.9 - AFTER_A_COMMA)]) == long
    assert settled(long, [long, span("a boy being carried", 4.9)]) == long, "only at a comma"


def test_spans_elsewhere_say_nothing() -> None:
    boy = span("a boy", 2.0)
    assert settled(boy, [boy, span("No one", 9.0), span("his head", 5.0)]) == boy
    across = span("rubble, his head cut. No one", 9.0)
    cut = span("his head cut", 1.0)
    assert settled(cut, [across, cut]) == cut, "no answer goes over the end of its sentence"


@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.floats(-30, 30)), min_size=1, max_size=9
    )
)
def test_a_range_stays_in_its_sentence_and_keeps_its_score(edges: list[tuple[int, int, float]]) -> None:
    spans = [
        Span(HIT.passage, min(a, b), max(a, b), score) for a, b, score in edges if TEXT[min(a, b) : max(a, b)].strip()
    ]
    for one in spans:
        chosen = settled(one, sorted(spans, key=lambda other: -other.score))
        first, last = sentences_round(TEXT, one.start, one.end)
        assert first <= chosen.start < chosen.end <= last and chosen.score == one.score
        assert chosen.overlaps(one)


@pytest.mark.parametrize("mark", ["!", "—"])
def test_ranges_without_a_word_are_no_error(mark: str) -> None:
    text = f"{mark} {mark}"
    [hit] = hits(Document(text), (0, len(text)))
    some = [Span(hit.passage, 0, 1, 1.0), Span(hit.passage, 0, 3, 0.5)]
    assert settled(some[0], some) == some[0]
