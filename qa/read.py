"""A question and its hits into a draft answer: the best spans of all passages on one scale, or an abstention."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from index import Hit, Passage
from index.context import in_context
from index.errors import ModelError
from index.sentences import sentences

from .phrase import phrase
from .span_model import Window
from .types import Answer, Citation

LONGEST_SPAN = 40
"""Tokens of a short answer at most; longer ones are not trained on."""

KEPT_SPANS = 20
"""Best spans of a window that are looked at; those that say the same are then put together."""

PRIOR = 0.2
"""What a point of a hit's log-odds of relevance is worth beside a point of a span's score. With it, the best span in
five passages was exact for 70.0 % of 500 questions on all paragraphs of `squad2_dev_tune`, without it for 68.8 %."""

OTHERS = 4
"""Further answers that are given beside the best one."""


Windows = Callable[[str, Sequence[str]], Sequence[Window]]
"""Reads texts beside a question: `SpanModel.windows`."""


class Reader(Protocol):
    """Turns a question and its hits into an answer or an abstention."""

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Read the answer out of the hits' passages; never raises on any text."""
        ...


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate for the short answer: `passage.text[start:end]`, and how far it is ahead of "no answer" there.

    `score` is the sum of the start's and the end's logit less those of the model's place for "no answer", and less what
    the passage is behind the best hit. Nothing in it depends on the other tokens of the passage, so that spans of
    different passages compare (Clark and Gardner 2018).
    """

    passage: Passage
    start: int
    end: int
    score: float

    @property
    def text(self) -> str:
        """The span's words."""
        return self.passage.text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Say whether two spans share a character of a document."""
        mine, theirs = self.passage, other.passage
        return mine.document_id == theirs.document_id and (
            mine.start + self.start < theirs.start + other.end and theirs.start + other.start < mine.start + self.end
        )


@dataclass(frozen=True, slots=True)
class Calibration:
    """Scores into the probability that the best span is right: a logistic regression, and where to abstain below it.

    `weights` are those of the best span's score and of its lead over the next answer, and the bias (Platt 1999).
    """

    weights: tuple[float, float, float] = (1.0, 0.0, 0.0)
    threshold: float = 0.5

    def probability(self, score: float, lead: float) -> float:
        """Estimate the probability that a span is right."""
        of_score, of_lead, bias = self.weights
        log_odds = of_score * score + of_lead * lead + bias
        return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))

    @staticmethod
    def parse(record: str) -> Calibration:
        """Read a calibration from its JSON; raises ModelError if it is none."""
        try:
            read = json.loads(record)
            score, lead, bias, threshold = (float(read[name]) for name in ("score", "lead", "bias", "threshold"))
        except (ValueError, KeyError, TypeError) as error:
            raise ModelError(
                "The reader's calibration.json is damaged; fit it again, or install Quotewise again."
            ) from error
        return Calibration((score, lead, bias), threshold)


UNCALIBRATED = Calibration()
"""For a model of which nothing was measured: the logits are taken as they are."""

MOST_LEAD = 10.0
"""A lead over the next answer that counts as full."""


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

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Quote the sentence round the best span, or abstain below the threshold."""
        ranked = self.answers(question, hits)
        best = ranked[0] if ranked else Answer(question)
        if best.score < self.threshold or best.abstained:
            return Answer(question, score=best.score, hits=tuple(hits))
        return Answer(question, best.score, best.citations, best.span, tuple(hits), others=tuple(ranked[1:]))

    def answers(self, question: str, hits: Sequence[Hit]) -> list[Answer]:
        """Rank the distinct answers, best first, each with its probability and without regard to the threshold."""
        ranked = distinct(self.spans(question, hits))
        found = []
        for span in ranked:
            ahead = lead(ranked) if span is ranked[0] else span.score - ranked[0].score
            citation, short = quoted(span)
            found.append(Answer(question, self.calibration.probability(span.score, ahead), (citation,), short))
        return found

    def spans(self, question: str, hits: Sequence[Hit]) -> list[Span]:
        """Give the best spans of every passage, all on one scale, best first."""
        texts = [in_context(hit.passage) for hit in hits]
        priors = behind_the_best(hits)
        found: list[Span] = []
        for window in self._windows(question, texts):
            passage = hits[window.text].passage
            before = len(texts[window.text]) - len(passage.text)
            starts = [before + start for start, _ in sentences(passage.text)]
            found += (
                Span(passage, *phrase(passage.text, start - before, end - before), score - priors[window.text])
                for start, end, score in best_ranges(window, before, starts)
            )
        return sorted((span for span in found if span.text.strip()), key=lambda span: -span.score)


def behind_the_best(hits: Sequence[Hit]) -> list[float]:
    """Say how far each hit is behind the best one, in log-odds times `PRIOR`."""
    likely = [min(max(hit.score, 1e-6), 1 - 1e-6) for hit in hits]
    log_odds = [math.log(p / (1 - p)) for p in likely]
    best = max(log_odds, default=0.0)
    return [PRIOR * (best - one) for one in log_odds]


def best_ranges(
    window: Window, first: int = 0, cuts: Sequence[int] = (), count: int = KEPT_SPANS
) -> list[tuple[int, int, float]]:
    """Give the best-scored ranges of a window: start and end in its text, from `first` on, and the score.

    No range goes over one of the `cuts`, the places where sentences start.
    """
    usable = (window.offsets[:, 0] >= first) & (window.offsets[:, 1] > window.offsets[:, 0])
    offsets, starts, ends = window.offsets[usable], window.starts[usable], window.ends[usable]
    if not len(offsets):
        return []
    sentence = np.searchsorted(np.array(cuts), offsets[:, 0], side="right")
    last = np.arange(len(offsets))[:, None] + np.arange(min(LONGEST_SPAN, len(offsets)))[None]
    inside = np.minimum(last, len(offsets) - 1)
    allowed = (last < len(offsets)) & (sentence[inside] == sentence[:, None])
    scores = np.where(allowed, starts[:, None] + ends[inside] - window.null, -np.inf)
    found = []
    for place in np.argsort(-scores, axis=None, kind="stable")[:count]:
        i, length = divmod(int(place), scores.shape[1])
        if np.isfinite(scores[i, length]):
            found.append((int(offsets[i, 0]), int(offsets[i + length, 1]), float(scores[i, length])))
    return found


def distinct(ranked: Sequence[Span]) -> list[Span]:
    """Keep the best of the spans that overlap or that say the same, and no more than are given as answers."""
    kept: list[Span] = []
    for span in ranked:
        said = _said(span.text)
        if not any(span.overlaps(other) or said == _said(other.text) for other in kept):
            kept.append(span)
        if len(kept) > OTHERS:
            break
    return kept


def lead(ranked: Sequence[Span]) -> float:
    """Say how far the best of some distinct spans is ahead of the next one: the calibration's second feature."""
    return min(ranked[0].score - ranked[1].score, MOST_LEAD) if len(ranked) > 1 else MOST_LEAD


def _said(text: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in text.casefold()).split()) or text


def quoted(span: Span) -> tuple[Citation, Citation]:
    """Cite the whole sentences that a span lies in, and the span."""
    passage = span.passage
    around = [r for r in sentences(passage.text) if r[0] < span.end and span.start < r[1]]
    start = min([span.start, *(r[0] for r in around)])
    end = max([span.end, *(r[1] for r in around)])
    return (
        Citation(passage, passage.start + start, passage.start + end),
        Citation(passage, passage.start + span.start, passage.start + span.end),
    )
