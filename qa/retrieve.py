"""A question into ranked passages: dense and lexical hits, fused."""

from __future__ import annotations

from collections.abc import Sequence

from index import Hit, Index

from .errors import QuestionError
from .settings import open_default_index

MAX_QUESTION = 2_000
"""Characters of a question at most, about twice what the embedding model reads of it."""

DEPTH = 200
"""Hits taken from each ranking before they are fused."""

DENSE_WEIGHT = 0.6
"""The dense ranking's share of the fused score."""


def retrieve(question: str, k: int = 5, index: Index | None = None) -> list[Hit]:
    """Give the k passages of a library that best fit a question, best first, with scores from 0 to 1.

    Without `index` the default library is searched. Raises QuestionError for an empty or an endless question.
    """
    question = stripped(question)
    if k < 1:
        raise QuestionError(f"k is {k}; ask for at least one passage.")
    index = open_default_index() if index is None else index
    depth = max(DEPTH, k)
    return fuse(index.dense(question, depth), index.lexical(question, depth))[:k]


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], weight: float = DENSE_WEIGHT) -> list[Hit]:
    """Merge two rankings by the convex combination of their min-max-normalised scores.

    Bruch, Gai & Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval" (2023). A passage that only one ranking
    holds gets nothing from the other.
    """
    passages = {hit.passage.id: hit.passage for hit in (*dense, *lexical)}
    dense_scores, lexical_scores = _normalised(dense), _normalised(lexical)
    scores = {i: weight * dense_scores.get(i, 0.0) + (1 - weight) * lexical_scores.get(i, 0.0) for i in passages}
    return [Hit(passages[i], scores[i]) for i in sorted(scores, key=lambda i: (-scores[i], i))]


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


def _normalised(hits: Sequence[Hit]) -> dict[int, float]:
    if not hits:
        return {}
    low, high = min(hit.score for hit in hits), max(hit.score for hit in hits)
    return {hit.passage.id: (hit.score - low) / (high - low) if high > low else 1.0 for hit in hits}
