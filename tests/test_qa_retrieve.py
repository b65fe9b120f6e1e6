"""Fusion by numbers worked out by hand, and questions that cannot be asked."""

from __future__ import annotations

import math

import pytest

from index import Hit, Index, Passage
from index.errors import QuotewiseError
from qa import ask, ask_text, retrieve
from qa.errors import QuestionError
from qa.retrieve import BIAS, DENSE_SLOPE, FITTED_ON, LEXICAL_SLOPE, MAX_QUESTION, fuse


def ranking(**scores: float) -> list[Hit]:
    return [Hit(Passage(ord(name), "d", 0, 1, name), score) for name, score in scores.items()]


def log_odds(hit: Hit) -> float:
    return math.log(hit.score / (1 - hit.score))


def test_a_fused_score_is_the_sum_of_log_odds() -> None:
    fused = fuse(ranking(a=0.9, b=0.8, d=0.5), ranking(b=8.0, c=5.0), size=FITTED_ON)
    dense, lexical = {"a": 0.9, "b": 0.8, "c": 0.5, "d": 0.5}, {"b": 8.0, "c": 5.0}
    expected = {n: DENSE_SLOPE * dense[n] + LEXICAL_SLOPE * lexical.get(n, 0.0) + BIAS for n in dense}
    assert {hit.passage.text: log_odds(hit) for hit in fused} == pytest.approx(expected)
    assert [hit.passage.text for hit in fused] == sorted(expected, key=lambda n: -expected[n])


def test_a_ranking_that_was_cut_off_gives_the_others_what_its_last_hit_has() -> None:
    cut, whole = (fuse(ranking(a=0.5, b=0.5), ranking(b=8.0, c=5.0), depth=depth) for depth in (2, 3))
    by_name = [{hit.passage.text: log_odds(hit) for hit in hits} for hits in (cut, whole)]
    assert by_name[0]["a"] - by_name[1]["a"] == pytest.approx(5.0 * LEXICAL_SLOPE)
    assert by_name[0]["b"] == by_name[1]["b"]


def test_bm25_is_worth_more_a_point_in_a_smaller_library() -> None:
    small, large = (fuse([], ranking(a=4.0, b=2.0), size=size) for size in (159, FITTED_ON))
    ratio = (log_odds(small[0]) - BIAS) / (log_odds(large[0]) - BIAS)
    assert ratio == pytest.approx(math.log(FITTED_ON) / math.log(159))
    assert fuse([], ranking(a=4.0), size=0)[0].score > 0


def test_one_empty_ranking_leaves_the_order_of_the_other() -> None:
    for fused in (fuse(ranking(a=0.9, b=0.5), []), fuse([], ranking(a=3.0, b=1.0))):
        assert [hit.passage.text for hit in fused] == ["a", "b"]
    assert fuse([], []) == []


def test_scores_lie_between_0_and_1_best_first(index: Index) -> None:
    hits = retrieve("Does the black cat bark at night?", k=3, index=index)
    scores = [hit.score for hit in hits]
    assert len(hits) == 3
    assert scores == sorted(scores, reverse=True)
    assert 0 <= scores[-1] <= scores[0] <= 1
    assert retrieve("Does the black cat bark at night?", k=1, index=index) == hits[:1]


@pytest.mark.parametrize("question", ["", "  \n\t", "x" * 100_000, "\u200b" * (MAX_QUESTION + 1)])
def test_a_question_that_cannot_be_asked_is_one_sentence(index: Index, question: str) -> None:
    for way in (
        lambda: ask(question, index=index),
        lambda: retrieve(question, index=index),
        lambda: ask_text(question, "x"),
    ):
        with pytest.raises(QuestionError) as error:
            way()
        assert str(error.value).endswith(".")
        assert len(str(error.value)) < 200


@pytest.mark.parametrize("k", [0, -1])
def test_no_passages_cannot_be_asked_for(index: Index, k: int) -> None:
    with pytest.raises(QuotewiseError, match="at least one"):
        retrieve("cat", k=k, index=index)


@pytest.mark.parametrize(
    "question",
    [
        "猫はどこ?",
        "Где кошка?",
        "أين القط؟",
        "?!",
        "🐈",
        "\ud800",
        "<script>alert(1)</script>",
        "a" * MAX_QUESTION,
        '"',
        "AND OR NOT +-*/\\:^~()[]{}",
    ],
)
def test_any_other_question_is_answered_or_abstained_from(index: Index, question: str) -> None:
    answer = ask(question, index=index)
    assert answer.abstained or answer.citations[0].quote in {d.text for d in index.documents()} or answer.short
    assert all(hit.score <= 1 for hit in answer.hits)


def test_an_empty_library_abstains(tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.fakes import HashEmbedder

    with Index.open(tmp_path_factory.mktemp("empty"), HashEmbedder()) as empty:
        assert retrieve("Where is the cat?", index=empty) == []
        assert ask("Where is the cat?", index=empty).abstained
