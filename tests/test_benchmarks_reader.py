"""The reader's measures: what is fitted recovers what was put in, and the figures are those of brute force."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import passages_read
from benchmarks.measures import auroc, calibration_error, risk_coverage
from benchmarks.reader import (
    Reading,
    balanced,
    fit_calibration,
    probabilities,
    squad2_f1,
)
from qa.read import Calibration, SpanReader
from qa.signs import UNKNOWN, Signs
from qa.span_model import Window
from training.calibrate_reader import best_threshold, fit_given
from training.fit_no_answer import RIDGES, Read, cross_fitted_loss, fit

SCORES = st.lists(st.integers(-3, 3), min_size=1, max_size=12)


@given(SCORES, SCORES)
def test_auroc_counts_the_pairs_in_order_and_ties_half(high: list[int], low: list[int]) -> None:
    pairs = [(a > b) + (a == b) / 2 for a in high for b in low]
    assert auroc(high, low) == pytest.approx(sum(pairs) / len(pairs))


def test_the_calibration_error_is_the_mean_distance_of_bins() -> None:
    scores = np.array([0.05, 0.05, 0.95, 0.95])
    assert calibration_error(scores, np.array([False, False, True, True])) == pytest.approx(0.05)
    assert calibration_error(scores, np.array([True, True, False, False])) == pytest.approx(0.95)


def test_risk_grows_with_coverage_from_the_surest_on() -> None:
    coverage, risk = risk_coverage(np.array([0.1, 0.9, 0.5, 0.7]), np.array([False, True, False, True]))
    assert list(coverage) == [0.25, 0.5, 0.75, 1.0]
    assert list(risk) == pytest.approx([0, 0, 1 / 3, 1 / 2])


MADE_BY = (0.8, 0.3, -0.5, -0.7, -0.2, -0.1, -1.0)
"""What the signs of the readings below weigh."""


def readings(seed: int, count: int) -> list[Reading]:
    """Readings with log-odds of being right of 0.8 score + 0.3 lead - 0.5 if behind - 1; less of all where given."""
    rng = random.Random(seed)
    found = []
    for i in range(count):
        its = Signs(rng.gauss(0, 3), rng.uniform(0, 10), float(rng.random() < 0.4), float(rng.random() < 0.3))
        its = replace(its, behind=UNKNOWN) if its.given else its
        log_odds = float(np.dot(MADE_BY, its.weighed))
        right = rng.random() < 1 / (1 + np.exp(-log_odds))
        found.append(Reading(f"{i % 7}", right or rng.random() < 0.3, its, float(right), float(right)))
    return found


def test_the_calibration_that_is_fitted_is_the_one_that_made_the_data() -> None:
    some = readings(1, 40_000)
    fitted = fit_calibration(some)
    assert fitted.weights == pytest.approx(MADE_BY, abs=0.2)
    assert probabilities(fitted, some) == pytest.approx(probabilities(Calibration(MADE_BY), some), abs=0.05)
    right = np.array([r.right for r in some])
    assert calibration_error(probabilities(fitted, some), right) < 0.02


TOLD = np.array([1.0, -0.5, 0.0, 0.0, 0.25])
"""What the states below tell of being right, beside the score."""


def windows(seed: int, count: int) -> list[Read]:
    """Windows with log-odds of being right of 0.5 score + what the state tells - 1."""
    rng = np.random.default_rng(seed)
    scores, states = rng.normal(-2, 3, count), rng.normal(0.5, 1, (count, 5)).astype(np.float32)
    right = rng.random(count) < 1 / (1 + np.exp(1 - 0.5 * scores - states @ TOLD))
    return [Read(f"{i % 9}", float(scores[i]), states[i], bool(right[i])) for i in range(count)]


def test_what_a_state_tells_beside_the_score_is_taken_from_no_answer() -> None:
    sources = [windows(1, 20_000), windows(2, 2_000)]
    fitted = fit(sources, max(RIDGES))
    *weights, constant = fitted.added
    assert weights == pytest.approx(-TOLD / 0.5, abs=0.25)
    added = [float(read.state @ weights + constant) for source in sources for read in source]
    assert np.mean(added) == pytest.approx(0, abs=1e-6), "scores stay where they are in the mean"
    losses = [cross_fitted_loss(sources, ridge) for ridge in (0.0, *RIDGES)]
    assert losses == sorted(losses, reverse=True) and losses[0] > losses[-1] + 0.05


def test_states_that_tell_nothing_get_no_weight() -> None:
    some = [replace(read, state=other.state) for read, other in zip(windows(1, 9000), windows(3, 9000), strict=True)]
    assert fit([some], max(RIDGES)).added == pytest.approx([0.0] * 6, abs=0.15)
    assert fit([some], 0.0).added[:5] == [0.0] * 5
    assert cross_fitted_loss([some], max(RIDGES)) == pytest.approx(cross_fitted_loss([some], 0.0), abs=0.002)


def test_what_given_texts_weigh_is_fitted_beside_what_others_do() -> None:
    library = (0.5, 0.1, -0.9, 9.0, 9.0, 9.0, -2.0)
    some = [r for r in readings(5, 40_000) if r.signs.given]
    fitted = fit_given(Calibration(library), some)
    assert fitted.weights[:3] == library[:3] and fitted.weights[-1] == library[-1]
    made = probabilities(Calibration(MADE_BY), some)
    assert probabilities(fitted, some) == pytest.approx(made, abs=0.05)


def test_the_answerable_are_repeated_until_they_are_half() -> None:
    some = readings(2, 1000)
    has = [r for r in some if r.answerable]
    none = [r for r in some if not r.answerable]
    mixed = balanced(has[:20] + none[:60])
    assert sum(r.answerable for r in mixed) == sum(not r.answerable for r in mixed) == 60
    assert set(mixed) == set(has[:20] + none[:60])
    assert balanced(has[:5]) == has[:5]


def test_the_threshold_parts_what_is_answerable_from_what_is_not() -> None:
    right, wrong = Signs(4.0, 5.0), Signs(-2.0, 1.0)
    own = [("own", Reading("a", True, right, 1.0, 1.0))] * 50 + [("own", Reading("a", False, wrong, 0.0, 0.0))] * 50
    strangers = [("stranger", Reading("b", False, Signs(-4.0, 1.0), 0.0, 0.0))] * 50
    calibration = Calibration((0.5, *[0.0] * 6))
    threshold = best_threshold(calibration, [own + strangers])
    assert calibration.probability(wrong) < threshold <= calibration.probability(right)


def test_squad2_f1_rewards_abstaining_only_where_there_is_no_answer() -> None:
    its = Signs(1.0, 1.0)
    some = [Reading("a", True, its, 0.0, 0.6), Reading("a", False, its, 0.0, 0.0), Reading("a", True, its, 1.0, 1.0)]
    assert squad2_f1(some, np.array([0.9, 0.1, 0.1]), 0.5) == pytest.approx((0.6 + 1 + 0) / 3)
    assert squad2_f1(some, np.array([0.9, 0.9, 0.9]), 0.5) == pytest.approx((0.6 + 0 + 1) / 3)


def test_what_reading_so_many_passages_gives_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    sure, unsure = Signs(3.0, 0.0), Signs(-3.0, 0.0)
    made = [
        Reading("a", True, sure, 1.0, 1.0),
        Reading("a", True, unsure, 1.0, 1.0),
        Reading("a", True, sure, 0.0, 0.0),
        Reading("a", False, sure, 0.0, 0.0),
        Reading("a", False, unsure, 0.0, 0.0),
    ]
    ways = len(passages_read.WAYS)
    questions = [[passages_read.Read(1 + n, one)] * ways for n, one in enumerate(made)]
    passages_read.report("some", SpanReader(lambda _, __: []), questions)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "some: 3 questions with an answer, 2 without"
    assert len(lines) == 1 + ways
    assert lines[1] == ("  5 up to 3 behind: 3.0 passages; best span right 2, and answered 1; in vain, and refused 1")


def test_a_text_is_read_once_for_a_question() -> None:
    read: list[tuple[str, str]] = []

    def windows(question: str, texts: Sequence[str]) -> list[Window]:
        read.extend((question, text) for text in texts)
        nothing = np.zeros(1, np.float32)
        return [Window(place, np.array([[0, 1]]), nothing, nothing, float(len(t))) for place, t in enumerate(texts)]

    remembered = passages_read.Remembered(windows)
    assert [(w.text, w.null) for w in remembered("?", ["a", "bb"])] == [(0, 1), (1, 2)]
    assert [(w.text, w.null) for w in remembered("?", ["bb", "ccc", "a"])] == [(0, 2), (1, 3), (2, 1)]
    remembered("!", ["a"])
    assert read == [("?", "a"), ("?", "bb"), ("?", "ccc"), ("!", "a")]


def test_each_source_counts_alike_in_the_calibration() -> None:
    some, others = readings(1, 4000), [replace(r, exact=0.0, f1=0.0) for r in readings(2, 4000)]
    alike = fit_calibration(some, others)
    assert fit_calibration(some, others * 3).weights == pytest.approx(alike.weights, abs=1e-3)
    assert fit_calibration(some + others * 3).weights != pytest.approx(alike.weights, abs=0.1)
