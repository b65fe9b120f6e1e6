"""The logits of a text's tokens into the spans that are the best answers, and a span into what is quoted of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import Passage
from index.sentences import sentences_round

from .span_model import Window
from .types import Citation

LONGEST_SPAN = 40
"""Tokens of a short answer at most; longer ones are not trained on."""

KEPT_SPANS = 20
"""Best spans of a window that are looked at; those that say the same are then put together."""

OTHERS = 4
"""Further answers that are given beside the best one."""


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


def best_ranges(
    window: Window,
    first: int = 0,
    cuts: Sequence[int] = (),
    count: int = KEPT_SPANS,
    without: Sequence[tuple[int, int]] = (),
) -> list[tuple[int, int, float]]:
    """Give the best-scored ranges of a window: start and end in its text, from `first` on, and the score.

    No range goes over one of the `cuts`, the places where sentences start, or over one of the ranges `without`.
    """
    usable = (window.offsets[:, 0] >= first) & (window.offsets[:, 1] > window.offsets[:, 0])
    for start, end in without:
        usable &= (window.offsets[:, 1] <= start) | (window.offsets[:, 0] >= end)
    offsets, starts, ends = window.offsets[usable], window.starts[usable], window.ends[usable]
    if not len(offsets):
        return []
    edges = np.array(sorted([*cuts, *(end for _, end in without)]))
    sentence = np.searchsorted(edges, offsets[:, 0], side="right")
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


_BETWEEN = re.compile(r"[^\w+#−-]|_|(?<=\w)-(?=\w)")
"""What stands between words; not the signs of `C++`, `O-` and `-5`, without which they say something else."""


def _said(text: str) -> str:
    parts = _BETWEEN.sub(" ", text.casefold()).split()
    return " ".join(part for part in parts if part.strip("+#−-")) or text


def quoted(span: Span) -> tuple[Citation, Citation]:
    """Cite the whole sentences that a span lies in, and the span."""
    passage = span.passage
    start, end = sentences_round(passage.text, span.start, span.end)
    return (
        Citation(passage, passage.start + start, passage.start + end),
        Citation(passage, passage.start + span.start, passage.start + span.end),
    )
