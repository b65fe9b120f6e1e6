"""Several wordings of one question into hits, and the choice between them by what the documents hold."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from index import Hit, Index

from .pronouns import refers_inside
from .retrieve import retrieve
from .words import words

DEPTH = 20
"""Hits of each wording that are put together."""

SPOKEN_OF, SHARE = 3, 0.75
"""Words, and the share of its words, that a question has in common with a passage at least if it means what it says."""


def search(wordings: Sequence[str], k: int, index: Index, documents: Collection[str] | None = None) -> list[Hit]:
    """Give the k passages that best fit a question; the first wording is its own, the others name a topic beside it."""
    if len(wordings) == 1:
        return retrieve(wordings[0], k, index, documents)
    return together([retrieve(wording, max(k, DEPTH), index, documents) for wording in wordings])[:k]


def together(rankings: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Put the ranking of a question and those with a topic into one, by the mean of their log-odds.

    A topic counts only where its best passage scores higher than the question's own best one: else the question is
    about something else. A passage that is missing in a ranking gets what the last one has there.
    """
    own, *others = rankings
    joined = [own, *(other for other in others if other and own and other[0].score > own[0].score)]
    if len(joined) == 1:
        return list(own)
    scores = [{hit.passage.id: _log_odds(hit.score) for hit in ranking} for ranking in joined]
    hits = [
        Hit(passage, _probability(sum(s.get(i, min(s.values())) for s in scores) / len(scores)))
        for i, passage in {hit.passage.id: hit.passage for ranking in joined for hit in ranking}.items()
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def stands_alone(question: str, hits: Sequence[Hit]) -> bool:
    """Say whether a question with a pronoun means what it says itself, since one of its hits has most of its words.

    `Who would be arrested if they returned to Rome?` can be about those who return; `How old is she?` never is,
    whatever is found.
    """
    if not refers_inside(question):
        return False
    own = {word.stem for word in words(question) if not word.stops}
    shared = (len(own & {word.stem for word in words(hit.passage.text)}) for hit in hits)
    return max(shared, default=0) >= max(SPOKEN_OF, SHARE * len(own))


def _log_odds(probability: float) -> float:
    probability = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
