"""Several wordings of one question into hits, and the choice between them by what the documents hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from index import Hit, Index

from .pronouns import refers_inside
from .retrieve import retrieve, retrieve_each
from .words import words

DEPTH = 20
"""Hits of each wording that are put together."""

OWN = 0.25
"""What the ranking of a question's own wording counts beside each with a topic, which holds its words too."""

SURE = 0.5
"""The probability that a question's own best passage is relevant from which it needs no topic.

Of SQuAD's questions that stand in the middle of a conversation, put to all articles or to their own, 426 of 617 are
answered rightly by their own words, 414 with a topic, and 422 with this rule; of 583 without an answer 349, 354 and
353 are refused. Of 343 of CANARD's follow-ups as many are answered rightly with the rule as without it, and one less
wrongly; there as here, .4 and .7 give the same within two questions.
"""

SPOKEN_OF, SHARE = 3, 0.75
"""Words, and the share of its words, that a question has in common with a passage at least if it means what it says."""


class Found(NamedTuple):
    """What was found, and the words of earlier turns that changed it ("" where none did)."""

    hits: list[Hit]
    about: str


def search(
    question: str, wordings: Sequence[str], k: int, index: Index, documents: Collection[str] | None = None
) -> Found:
    """Give the k passages that best fit a question; the first wording is its own, the others name a topic beside it.

    A wording that comes again counts again, and so does the own one, of which a topic is then no part. A question whose
    words, as it was asked, are `SURE` of their best passage is about that one. The words of the topic are told where
    another passage is the best by them.
    """
    counts = Counter(wordings)
    if len(counts) == 1:
        return Found(retrieve(wordings[0], k, index, documents), "")
    rankings = retrieve_each(list(counts), max(k, DEPTH), index, documents)
    own, as_asked = rankings[0], question == wordings[0]
    if as_asked and own and own[0].score > SURE:
        return Found(own[:k], "")
    weights = [OWN + counts[wordings[0]] - 1, *list(counts.values())[1:]]
    hits = together(rankings, weights, as_asked and names_something(question))[:k]
    best = [hit.passage.id for hit in hits[:1]]
    return Found(hits, "" if best == [hit.passage.id for hit in own[:1]] else about(wordings))


def together(rankings: Sequence[Sequence[Hit]], weights: Sequence[float], named: bool = False) -> list[Hit]:
    """Put the ranking of a question and those with a topic into one, by the weighted mean of their log-odds.

    Where the question, as it was asked, names what it is about (`named`), a topic counts only if its best passage
    scores higher than the question's own best one: else the question is about something else. A passage that is missing
    in a ranking gets what the last one has there.
    """
    own = rankings[0]
    least = own[0].score if named and own else -1.0
    places = [0, *(n for n, other in enumerate(rankings) if n and other and own and other[0].score > least)]
    if len(places) == 1:
        return list(own)
    joined, shares = [rankings[n] for n in places], [weights[n] for n in places]
    scores = [{hit.passage.id: _log_odds(hit.score) for hit in ranking} for ranking in joined]
    hits = [
        Hit(passage, _probability(_mean([s.get(i, min(s.values())) for s in scores], shares)))
        for i, passage in {hit.passage.id: hit.passage for ranking in joined for hit in ranking}.items()
    ]
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))


def about(wordings: Sequence[str]) -> str:
    """Give the words that the further wordings of a question add to its own, each once."""
    own, *others = wordings
    seen, added = {word.stem for word in words(own)}, []
    for word in (word for other in others for word in words(other)):
        if word.stem not in seen and not word.stops:
            seen.add(word.stem)
            added.append(word.text)
    return " ".join(added)


def names_something(question: str) -> bool:
    """Say whether a question has a name in it: `Where is Athens?`."""
    return any(word.capitalised and word.start > 0 and not word.stops for word in words(question))


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


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _log_odds(probability: float) -> float:
    probability = min(max(probability, 1e-9), 1 - 1e-9)
    return math.log(probability / (1 - probability))


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
