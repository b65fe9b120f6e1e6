"""A span among all spans of some passages into the signs that it is right: what the calibration weighs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from index import Hit
from index.sentences import sentences_round

from .best_spans import Span

GIVEN = 1.0
"""The score of a hit that no search found: its text was given with the question."""

UNKNOWN = 0.5
"""What *behind* is where there is nothing that a passage could be behind of."""

MOST_LEAD = 12.0
"""A lead that counts as full; a larger one mostly says that one passage was read, whose best spans are all near.

With 5 / 7 / 9 / 12 / 16 / 25 the log loss was .253 / .251 / .251 / .253 / .254 / .253 on the questions that the
calibration is fitted on, and .353 / .349 / .347 / .344 / .344 / .343 in the mean of three other sources; but where the
paragraph is given, AUROC of answerable against not was .870 / .869 / .869 / .869 / .868 / .862.
"""


SIGNS = ("score", "lead", "behind", "given", "given score", "given lead", "bias")
"""What the weights of a calibration are called, in its file."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What speaks for a span: its `score`, its sentence's `lead`, and whether its passage is `behind` or was `given`.

    The lead is how much more the model gives to the spans of this sentence than to all others, as a logarithm. What
    else stands in the sentence is no rival: "a 'reckless' assault would be a 'grave mistake'" answers twice, and where
    in it an answer ends is open more often than whether it is there. Behind is 1 for a passage that is not the best
    hit, 0 for the one that is, and a half where there is only one, or others are as good, so that nothing is known.
    Given is 1 where no search found the passages, which would have left out what a question has nothing to do with;
    the score and the lead weigh something else then, for in one passage a lead says less.
    """

    score: float
    lead: float
    behind: float = UNKNOWN
    given: float = 0.0

    @property
    def weighed(self) -> tuple[float, ...]:
        """What a calibration weighs, in the order of `SIGNS`; the last is the same for all."""
        its = self.given * self.score, self.given * self.lead
        return (self.score, self.lead, self.behind, self.given, *its, 1.0)

    def after(self, best: Signs) -> Signs:
        """Give the signs of a span that another one is better than: it leads nothing, and is behind by their scores."""
        return replace(self, lead=self.score - best.score)


def signs(span: Span, spans: Sequence[Span], hits: Sequence[Hit]) -> Signs:
    """Give the signs of a span among all `spans` of the hits' passages."""
    fits = next((hit.score for hit in hits if hit.passage == span.passage), 0.0)
    others = max((hit.score for hit in hits if hit.passage != span.passage), default=fits)
    behind = UNKNOWN + 0.5 * float(np.sign(others - fits))
    return Signs(span.score, _lead(span, spans), behind, float(all(hit.score == GIVEN for hit in hits)))


def _lead(span: Span, spans: Sequence[Span]) -> float:
    """Compare what is in the span's sentence with what is quite outside of it, by place in the documents."""
    first, last = sentences_round(span.passage.text, span.start, span.end)
    sentence = Span(span.passage, first, last, 0.0)
    inside = [other.score for other in spans if _within(other, sentence)]
    outside = [other.score for other in spans if not other.overlaps(sentence)]
    return min(MOST_LEAD, _together(inside) - _together(outside)) if inside and outside else MOST_LEAD


def _within(span: Span, sentence: Span) -> bool:
    """Say whether a span lies wholly in a sentence, as another passage may hold it, too."""
    mine, theirs = span.passage, sentence.passage
    return (
        mine.document_id == theirs.document_id
        and theirs.start + sentence.start <= mine.start + span.start
        and mine.start + span.end <= theirs.start + sentence.end
    )


def _together(scores: Sequence[float]) -> float:
    """Add up what several spans have, in logarithms."""
    most = max(scores)
    return most + math.log(sum(math.exp(score - most) for score in scores))
