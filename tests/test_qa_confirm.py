"""A span is read again in its sentence alone: what that reading says counts half, in its own place of the document."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from index import Document
from qa.best_spans import Span
from qa.confirm import CONFIRMATION, CONFIRMED, DOUBTED, confirmed
from qa.span_model import Window
from tests.fakes import hits

TEXT = "Nine deaths were counted. Idlib fell in 2018, it is said. Nobody won."


def words(text: str) -> list[tuple[int, int]]:
    places, at = [], 0
    for word in text.split():
        at = text.index(word, at)
        places.append((at, at + len(word)))
        at += len(word)
    return places


class Model:
    """A model that scores whole words by a table, 0 for others, and keeps what it was shown."""

    def __init__(self, scores: dict[str, float]) -> None:
        self.scores, self.shown = scores, list[str]()

    def windows(self, _: str, texts: Sequence[str]) -> list[Window]:
        self.shown += texts
        found = []
        for i, text in enumerate(texts):
            places = words(text)
            half = np.array([self.scores.get(text[start:end], 0.0) / 2 for start, end in places], dtype=np.float32)
            found.append(Window(i, np.array(places).reshape(-1, 2), half, half, 0.0))
        return found


def span(word: str, score: float, title: str = "") -> Span:
    document = Document(TEXT, title=title)
    [hit] = hits(document, (0, len(TEXT)))
    return Span(hit.passage, TEXT.index(word), TEXT.index(word) + len(word), score)


def test_a_span_that_its_sentence_does_not_bear_out_falls_behind() -> None:
    model = Model({"Nine": -6.0, "2018,": 4.0})
    ranked = confirmed("?", [span("Nine", 5.0), span("2018", 4.0)], model.windows)
    assert [one.text for one in ranked] == ["2018", "Nine"]
    assert model.shown == ["Nine deaths were counted.", "Idlib fell in 2018, it is said."]
    assert ranked[0].score == (1 - CONFIRMATION) * 4.0 + CONFIRMATION * 4.0
    assert ranked[1].score < (1 - CONFIRMATION) * 5.0


def test_the_title_above_a_sentence_is_read_and_offsets_stay_the_sentence_s_own() -> None:
    model = Model({"2018,": 6.0, "2018": 40.0})
    [one] = confirmed("?", [span("2018", 4.0, title="The year 2018")], model.windows)
    assert model.shown == ["The year 2018\nIdlib fell in 2018, it is said."]
    assert one.score == (1 - CONFIRMATION) * 4.0 + CONFIRMATION * 6.0


def test_two_spans_of_a_sentence_read_it_once_and_count_apart() -> None:
    model = Model({"Idlib": -3.0, "fell": -50.0, "in": -50.0, "2018,": 5.0})
    ranked = confirmed("?", [span("Idlib", 4.0), span("2018", 4.0)], model.windows)
    assert len(model.shown) == 1
    assert [one.text for one in ranked] == ["2018", "Idlib"]


def test_only_the_best_are_read_again_and_the_others_stay_behind_them() -> None:
    model = Model({"Nine": -9.0, "2018,": -8.0, "Nobody": 90.0})
    ranked = confirmed("?", [span("Nine", 5.0), span("2018", 4.5), span("Nobody", 4.0)], model.windows)
    assert [one.text for one in ranked] == ["2018", "Nine", "Nobody"]
    assert len(model.shown) == CONFIRMED == 2 and ranked[2].score == ranked[1].score


def test_what_is_far_behind_is_not_read_again_and_stays_behind() -> None:
    model = Model({"Nine": -9.0, "2018,": 90.0})
    ranked = confirmed("?", [span("Nine", 5.0), span("2018", 5.0 - DOUBTED - 0.1)], model.windows)
    assert [one.text for one in ranked] == ["Nine", "2018"]
    assert model.shown == ["Nine deaths were counted."]
    assert ranked[1].score == ranked[0].score < 2.0


def test_no_spans_are_none() -> None:
    assert confirmed("?", [], Model({}).windows) == []


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(words(TEXT)), st.floats(-20, 20)), max_size=6), st.integers(0, 99))
def test_spans_keep_their_places_and_come_best_first(found: list[tuple[tuple[int, int], float]], seed: int) -> None:
    table = {word: float(i * seed % 13) - 6 for i, word in enumerate(TEXT.split())}
    document = Document(TEXT)
    [hit] = hits(document, (0, len(TEXT)))
    spans = [Span(hit.passage, start, end, score) for (start, end), score in sorted(found, key=lambda one: -one[1])]
    ranked = confirmed("?", spans, Model(table).windows)
    assert sorted((one.start, one.end) for one in ranked) == sorted((one.start, one.end) for one in spans)
    assert [one.score for one in ranked] == sorted((one.score for one in ranked), reverse=True)
