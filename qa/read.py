"""A question and its hits into a draft answer: the best spans of all passages on one scale, or an abstention."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index import Hit
from index.context import in_context
from index.errors import ModelError
from index.sentences import sentences

from .best_spans import Span, best_ranges, distinct, quoted
from .confirm import Windows, confirmed
from .extent import settled
from .phrase import phrase
from .signs import SIGNS, Signs, signs
from .span_model import DAMAGED
from .types import Answer
from .words import words

PRIOR = 0.5
"""What a point of a hit's log-odds of relevance is worth beside a point of a span's score. Of 593 questions to four
libraries (SQuAD 2.0, SQuAD, Natural Questions, documents of our own), the best span in five passages was right for
417 / 421 / 426 / 430 / 434 / 435 with .1 / .2 / .3 / .4 / .5 / .6."""


FAR = 3.0
"""Log-odds behind the best hit from which a passage is not read. Of the same questions the best span was right for
431 / 433 / 433 / 434 with 2 / 3 / 4 / 5, and 2.7 / 3.1 / 3.4 / 3.7 passages were read."""

LEAST_READ = 2
"""Passages that are read all the same: in one alone nothing has the lead over anything, which says how sure to be."""

_LABEL = re.compile(r"^(?:Q|Question)[.:]\s+")
"""What stands before the questions of a list of questions and answers."""


class Reader(Protocol):
    """Turns a question and its hits into an answer or an abstention."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Read the answer out of the hits' passages; never raises on any text."""
        ...


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores into the probability that the best span is right: a logistic regression, and where to abstain below it.

    `weights` are those of the span's signs (`SIGNS`) and the bias (Platt 1999).
    """

    weights: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 0.0)
    threshold: float = 0.5

    def probability(self, signs: Signs) -> float:
        """Estimate the probability that a span is right."""
        log_odds = sum(weight * sign for weight, sign in zip(self.weights, signs.weighed, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))

    @staticmethod
    def parse(record: str) -> Calibration:
        """Read a calibration from its JSON; raises ModelError if it is none. "behind" and "given" may be missing."""
        try:
            read = {"behind": 0.0, "given": 0.0} | json.loads(record)
            *weights, threshold = (float(read[name]) for name in (*SIGNS, "threshold"))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(DAMAGED) from error
        return Calibration(tuple(weights), threshold)


UNCALIBRATED = Calibration()
"""For a model of which nothing was measured: the logits are taken as they are."""


class SpanReader:
    """A reader with a trained span model: exact words, the sentence round them, and a probability.

    Safe to share between threads.
    """

    def __init__(
        self, windows: Windows, calibration: Calibration = UNCALIBRATED, threshold: float | None = None
    ) -> None:
        """Read with a model's windows; `threshold` is the least probability that is answered (default: calibrated)."""
        self._windows = windows
        self.calibration = calibration
        self.threshold = calibration.threshold if threshold is None else threshold
        self.far = FAR

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Quote the sentence round the best span, or abstain below the threshold."""
        ranked = self.answers(question, hits)
        best = ranked[0] if ranked else Answer(question)
        if best.score < self.threshold or best.abstained:
            return Answer(question, score=best.score, hits=tuple(hits))
        return Answer(question, best.score, best.citations, best.span, tuple(hits), others=tuple(ranked[1:]))

    def answers(self, question: str, hits: Sequence[Hit]) -> list[Answer]:
        """Rank the distinct answers, best first, each with its probability and without regard to the threshold."""
        found = []
        for span, its in self.ranked(question, hits):
            citation, short = quoted(span)
            found.append(Answer(question, self.calibration.probability(its), (citation,), short))
        return found

    def ranked(self, question: str, hits: Sequence[Hit]) -> list[tuple[Span, Signs]]:
        """Give the distinct spans of all passages with their signs, confirmed in their sentences, best first."""
        spans = self.spans(question, hits)
        best = confirmed(question, distinct(spans), self._windows)
        ranked = distinct([settled(span, spans) for span in best])
        found = [(span, signs(span, spans, hits)) for span in ranked]
        return [(span, its.after(found[0][1]) if place else its) for place, (span, its) in enumerate(found)]

    def spans(self, question: str, hits: Sequence[Hit]) -> list[Span]:
        """Give the best spans of every passage that is not far behind, all on one scale, best first."""
        gaps = behind_the_best(hits)
        most = max([self.far, *sorted(gaps)[1:LEAST_READ]])
        near = [(hit.passage, gap) for hit, gap in zip(hits, gaps, strict=True) if gap <= most]
        texts = [in_context(passage) for passage, _ in near]
        found: list[Span] = []
        for window in self._windows(question, texts):
            passage, behind = near[window.text]
            before = len(texts[window.text]) - len(passage.text)
            parts = sentences(passage.text)
            starts = [before + start for start, _ in parts]
            without = [(before + a, before + b) for a, b in parts if repeats(question, passage.text[a:b])]
            found += (
                Span(passage, *phrase(passage.text, start - before, end - before), score - PRIOR * behind)
                for start, end, score in best_ranges(window, before, starts, without=without)
            )
        return sorted((span for span in found if span.text.strip()), key=lambda span: -span.score)


def repeats(question: str, sentence: str) -> bool:
    """Say whether a sentence asks with no word but the question's, as in a list of questions: it answers nothing.

    One that has a word of its own may: titles of forum posts are questions, and of 1,963 questions about those ten are
    answered by one that has six tenths of its words from the question.
    """
    if not sentence.endswith("?"):
        return False
    asked = {word.stem for word in words(question)}
    told = words(_LABEL.sub("", sentence))
    return bool(told) and all(word.stops or word.stem in asked for word in told)


def behind_the_best(hits: Sequence[Hit]) -> list[float]:
    """Say how far each hit is behind the best one, in log-odds of relevance."""
    likely = [min(max(hit.score, 1e-6), 1 - 1e-6) for hit in hits]
    log_odds = [math.log(p / (1 - p)) for p in likely]
    best = max(log_odds, default=0.0)
    return [best - one for one in log_odds]
