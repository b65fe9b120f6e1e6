"""The passages nearest to a query by their own vectors into the same, ordered by their sentences' as well.

The vector of a passage says what all of it is about. Who asks means one sentence of it, as a rule.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .embed import Vectors
from .rows import Sentences

NEAREST = 200
"""Passages whose sentences are looked at; what is nearer by one of them and not among these is not found by it."""

SENTENCE = 0.5
"""What the nearest sentence counts in a passage's score, beside its own vector. Questions to documents such as people
keep find their answer's passage first in 72 to 73 % of cases with .35 to .8, and in 70 % without it
(`benchmarks/own_search.py`); searches for a subject (Cranfield) lose a little by more: nDCG@10 .413 / .409 / .403 with
0 / .5 / .65.
"""


def nearness(own: float, sentence: float) -> float:
    """Weigh a query's inner product with a passage and that with the nearest of its sentences."""
    return (1 - SENTENCE) * own + SENTENCE * sentence


def by_sentences(query: Vectors, ranking: Sequence[tuple[int, float]], its: Sentences) -> list[tuple[int, float]]:
    """Weigh what passages have of their own with what their sentences have, where there are some, and order anew."""
    firsts = np.cumsum([0, *its.counts[:-1]])
    best: Sequence[float] = np.maximum.reduceat(its.vectors @ query, firsts).tolist() if its.ids else []
    nearest = dict(zip(its.ids, best, strict=True))
    scored = [(i, nearness(own, nearest.get(i, own))) for i, own in ranking]
    return sorted(scored, key=lambda one: -one[1])
