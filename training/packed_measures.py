"""Questions that `pack.py --measured` packed into how well weights read them, quickly and on any device."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.measures import auroc
from training.batch import Batch
from training.encoders import Weights, logits
from training.packed import Packed
from training.span_losses import scores

LONGEST = 40
"""Tokens of the longest answer."""

TOKENS = 60_000
"""Tokens that are read at once, with padding."""

SOURCES = ("squad2_dev_tune", "Natural Questions", "SQuAD", "written")
"""What is measured with, as `pack.py --measured` numbers it."""


Span = tuple[int, int, int]
"""A window of a batch, and the first and last token of a span in it."""


@torch.no_grad()
def measure(weights: Weights, packed: Packed) -> dict[str, dict[str, float]]:
    """Read everything; gives by source how exact the best spans are, and how well none is told from some.

    Exact match and F1 are over tokens, without abstaining. Where some have no answer, *best F1* is that of SQuAD 2.0 at
    the threshold that is best for it.
    """
    every = np.arange(len(packed.groups))
    rows = [row for some in packed.in_order(every, TOKENS) for row in _read(weights, some)]
    number, score, has, exact, f1 = np.array(sorted(rows)).T
    sources = packed.groups[number.astype(int), 2]
    found = {}
    for source in np.unique(sources):
        its = sources == source
        answerable = has[its] > 0
        figures = {"exact": exact[its][answerable].mean(), "f1": f1[its][answerable].mean()}
        if not answerable.all():
            figures["best F1"] = _best_f1(score[its], answerable, f1[its])
            figures["AUROC"] = auroc(score[its][answerable], score[its][~answerable])
        found[SOURCES[source]] = {name: round(float(value), 4) for name, value in figures.items()}
    return found


def _read(weights: Weights, some: Batch) -> Iterator[tuple[float, ...]]:
    """Give each group's number, its best span's score, whether it has an answer, and how right the span is."""
    of = scores(some, logits(weights, some.ids, some.kinds, some.mask))
    best: dict[int, tuple[float, Span]] = {}
    for group, scored in zip(some.groups.tolist(), _best_spans(of), strict=True):
        best[group] = max(best.get(group, scored), scored)
    golds: dict[int, list[Span]] = {group: [] for group in best}
    for window, first, last in some.answers.tolist():
        golds[int(some.groups[window])].append((window, first, last))
    for group, (score, span) in best.items():
        its = golds[group]
        yield some.numbers[group], score, bool(its), span in its, max((_f1(span, gold) for gold in its), default=0.0)


def _best_spans(of: Tensor) -> Iterator[tuple[float, Span]]:
    """Give the best span of each window, with the sum of its two scores."""
    length = of.shape[1]
    pairs = of[:, :, None, 0] + of[:, None, :, 1]
    inside = torch.ones(length, length, dtype=torch.bool, device=of.device).triu().tril(LONGEST - 1)
    highest, places = pairs.masked_fill(~inside, -1e9).flatten(1).max(1)
    for window, (score, place) in enumerate(zip(highest.tolist(), places.tolist(), strict=True)):
        yield score, (window, *divmod(place, length))


def _f1(one: Span, other: Span) -> float:
    shared = max(0, min(one[2], other[2]) - max(one[1], other[1]) + 1) if one[0] == other[0] else 0
    return 2 * shared / (one[2] - one[1] + other[2] - other[1] + 2)


def _best_f1(score: NDArray[np.float64], answerable: NDArray[np.bool_], f1: NDArray[np.float64]) -> float:
    """Answer ever more questions, the surest first, and give the highest F1 on the way."""
    gained = np.cumsum(np.where(answerable, f1, -1.0)[np.argsort(-score)])
    return float((max(gained.max(), 0.0) + (~answerable).sum()) / len(score))
