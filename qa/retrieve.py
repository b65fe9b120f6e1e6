"""A question into ranked passages: dense and lexical hits, fused."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from index import Hit, Index

from .errors import QuestionError
from .settings import open_library

MAX_QUESTION = 2_000
"""Characters of a question at most, about twice what the embedding model reads of it."""

DEPTH = 200
"""Hits taken from each ranking before they are fused."""

DENSE_SLOPE, LEXICAL_SLOPE, BIAS = 19.5, 0.219, -15.2
"""The log-odds of relevance that a point of nearness and a point of BM25 are worth, and those of a passage with none.

The lexical slope is a logistic regression over the hits of SciFact's training queries (`benchmarks/retrieval.py` fits
it again, and 15.9 for the dense one); questions to documents such as people keep are found best with 18 to 22 for the
dense one (`benchmarks/own_search.py`), and 19.5 finds what SciFact's queries mean as often as their own does. The bias
gives a question's best hit the probability, in the mean, that it had before sentences counted, as it was fitted then.
"""

FITTED_ON = 25_295
"""Passages of the library that the slopes were fitted on. BM25 grows with the logarithm of a library's size, and its
slope is scaled by that; unscaled, SQuAD's recall@5 is .970 instead of .974."""


def retrieve(
    question: str, k: int = 5, index: Index | None = None, documents: Collection[str] | None = None
) -> list[Hit]:
    """Give the k passages of a library that best fit a question, best first, with scores from 0 to 1.

    Without `index` the default library is searched; `documents` names by their ids those that are searched, None for
    all. Raises QuestionError for a question that is empty or too long, UnknownDocument where one of those is not there,
    and NothingChosen where there are none.
    """
    return retrieve_each([question], k, index, documents)[0]


def retrieve_each(
    questions: Sequence[str], k: int = 5, index: Index | None = None, documents: Collection[str] | None = None
) -> list[list[Hit]]:
    """Give what `retrieve` gives for each of a few questions, which are embedded together."""
    questions = [stripped(question) for question in questions]
    if k < 1:
        raise QuestionError(f"k is {k}; ask for at least one passage.")
    index = open_library() if index is None else index
    depth, size = max(DEPTH, k), len(index)
    return [
        fuse(dense, index.lexical(question, depth, documents), size, depth)[:k]
        for question, dense in zip(questions, index.dense_each(questions, depth, documents), strict=True)
    ]


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], size: int = FITTED_ON, depth: int = DEPTH) -> list[Hit]:
    """Merge two rankings by adding up the log-odds of relevance that they give; a score is the probability.

    `size` counts the library's passages. A passage that is not among the `depth` hits of one ranking gets what the last
    of them has there, which is the most that it can be worth. Measured beside reciprocal rank fusion and convex
    combinations in `benchmarks/retrieval.py`.
    """
    slope = LEXICAL_SLOPE * math.log(FITTED_ON) / math.log(max(2, size))
    near = {hit.passage.id: hit.score for hit in dense}
    bm25 = {hit.passage.id: hit.score for hit in lexical}
    least_near = min(near.values(), default=0.0)
    last_bm25 = min(bm25.values()) if len(bm25) >= depth else 0.0
    hits = [
        Hit(passage, _probability(near.get(i, least_near), slope * bm25.get(i, last_bm25)))
        for i, passage in {hit.passage.id: hit.passage for hit in (*dense, *lexical)}.items()
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def stripped(question: str) -> str:
    """Give a question without the space round it, or raise QuestionError where there is nothing to ask."""
    question = question.encode("utf-16", "surrogatepass").decode("utf-16", "replace").strip()
    if not question:
        raise QuestionError("The question is empty; type what you want to know.")
    if len(question) > MAX_QUESTION:
        raise QuestionError(
            f"The question has {len(question):,} characters; ask in at most {MAX_QUESTION:,}. "
            "To search in a long text, add it as a document."
        )
    return question


def _probability(nearness: float, lexical_log_odds: float) -> float:
    return 1 / (1 + math.exp(-(DENSE_SLOPE * nearness + lexical_log_odds + BIAS)))
