"""A question and its hits into a draft answer: the best spans of all passages on one scale, or an abstention."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from index import Hit, Passage
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


@dataclass(frozen=True, slots=True)
class Reach:
    """Which hits are read: the `first` ones up to `near` log-odds behind the best, and more where none of them is sure.

    Where the best answer in those has a probability below `sure`, the others up to `far` behind are read, too, `most`
    passages in all. Of 560 questions to 56 documents such as people keep, the best span is right for 416 / 420 / 427 /
    429 / 431 where 5 up to 3, 5 up to 5, 8 up to 4, 10 up to 5 and 12 up to 5 behind are read, which are 3.2 / 4.0 /
    4.8 / 6.5 / 7.4 in the mean; of 333 to encyclopedias and of search engines for 239 / 239 / 239 / 237 / 236. Where
    the nearest ones are sure, the others change no answer (`benchmarks/passages_read.py`).
    """

    first: int = 5
    near: float = 3.0
    most: int = 10
    far: float = 5.0
    sure: float = 0.8


REACH = Reach()

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

    weights: tuple[float, ...] = (1.0, *[0.0] * (len(SIGNS) - 1))
    threshold: float = 0.5

    def probability(self, signs: Signs) -> float:
        """Estimate the probability that a span is right."""
        log_odds = sum(weight * sign for weight, sign in zip(self.weights, signs.weighed, strict=True))
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))

    @staticmethod
    def parse(record: str) -> Calibration:
        """Read a calibration from its JSON; raises ModelError if it is none. All but score, lead and bias may lack."""
        try:
            read = dict.fromkeys(SIGNS[2:-1], 0.0) | json.loads(record)
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
        self.windows = windows
        self.calibration = calibration
        self.threshold = calibration.threshold if threshold is None else threshold
        self.reach = REACH

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
        """Give the distinct spans of the passages with their signs, confirmed in their sentences, best first."""
        nearest, others = self._within_reach(hits)
        spans = self.spans(question, nearest)
        found = self._ranked(question, spans, hits)
        if others and not (found and self.calibration.probability(found[0][1]) >= self.reach.sure):
            spans = _best_first([*spans, *self.spans(question, others)])
            found = self._ranked(question, spans, hits)
        return found

    def _ranked(self, question: str, spans: Sequence[Span], hits: Sequence[Hit]) -> list[tuple[Span, Signs]]:
        best = confirmed(question, distinct(spans), self.windows)
        ranked = distinct([settled(span, spans) for span in best])
        found = [(span, signs(span, spans, hits)) for span in ranked]
        return [(span, its.after(found[0][1]) if place else its) for place, (span, its) in enumerate(found)]

    def _within_reach(self, hits: Sequence[Hit]) -> tuple[list[Near], list[Near]]:
        """Part the hits into those that are read at once, and those that are read where these do not suffice."""
        nearest, others = [], []
        near = [Near(hit.passage, behind) for hit, behind in zip(hits, behind_the_best(hits), strict=True)]
        for place, one in enumerate(sorted(near, key=lambda one: one.behind)[: self.reach.most]):
            if place < LEAST_READ or (place < self.reach.first and one.behind <= self.reach.near):
                nearest.append(one)
            elif one.behind <= self.reach.far:
                others.append(one)
        return nearest, others

    def spans(self, question: str, near: Sequence[Near]) -> list[Span]:
        """Give the best spans of every passage, all on one scale, best first."""
        texts = [in_context(one.passage) for one in near]
        found: list[Span] = []
        for window in self.windows(question, texts):
            passage, behind = near[window.text]
            before = len(texts[window.text]) - len(passage.text)
            parts = sentences(passage.text)
            starts = [before + start for start, _ in parts]
            without = [(before + a, before + b) for a, b in parts if repeats(question, passage.text[a:b])]
            found += (
                Span(passage, *phrase(passage.text, start - before, end - before), score - PRIOR * behind)
                for start, end, score in best_ranges(window, before, starts, without=without)
            )
        return _best_first(span for span in found if span.text.strip())


class Near(NamedTuple):
    """A passage, and how far it is behind the best hit, in log-odds of relevance."""

    passage: Passage
    behind: float


def _best_first(spans: Iterable[Span]) -> list[Span]:
    return sorted(spans, key=lambda span: -span.score)


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
