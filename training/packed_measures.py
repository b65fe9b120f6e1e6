"""Questions that `pack.py --measured` packed into how well weights read them, quickly and on any device."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from training.encoders import Weights, logits
from training.packed import Data
from training.span_losses import scores

LONGEST = 40
"""Tokens of the longest answer."""

SOURCES = ("squad2_dev_tune", "Natural Questions", "SQuAD", "written")
"""What is measured with, as `pack.py --measured` numbers it."""


@torch.no_grad()
def measure(weights: Weights, data: Data) -> dict[str, dict[str, float]]:
    """Read what was packed to measure with: exact match and F1 over tokens, and whether there is an answer at all."""
    best = np.zeros(len(data.groups))
    exact, f1, has = np.zeros_like(best), np.zeros_like(best), np.zeros(len(best), bool)
    for numbers, some in data.in_order(np.arange(len(data.groups)), 60_000):
        of = scores(some, logits(weights, some.ids, some.kinds, some.mask))
        windows, firsts, lasts, points = _best_spans(of)
        answers = some.answers.tolist()
        groups = some.groups.tolist()
        top: dict[int, tuple[float, int, int, int]] = {}
        for window, first, last, point in zip(windows, firsts, lasts, points, strict=True):
            group = groups[window]
            top[group] = max(top.get(group, (-1e9, 0, 0, 0)), (point, window, first, last))
        golds: dict[int, list[tuple[int, int, int]]] = {}
        for window, first, last in answers:
            golds.setdefault(groups[window], []).append((window, first, last))
        for group, (point, window, first, last) in top.items():
            number = numbers[group]
            best[number], has[number] = point, group in golds
            for where, start, end in golds.get(group, ()):
                shared = max(0, min(last, end) - max(first, start) + 1) if where == window else 0
                f1[number] = max(f1[number], 2 * shared / (last - first + end - start + 2))
                exact[number] = max(exact[number], (where, start, end) == (window, first, last))
    found = {}
    for source in np.unique(data.groups[:, 2]):
        its = data.groups[:, 2] == source
        answerable, points, right = has[its], best[its], np.where(has[its], f1[its], 0.0)
        figures = {"exact": exact[its][answerable].mean(), "f1": right[answerable].mean()}
        if not answerable.all():
            order = np.argsort(-points)
            gained = np.cumsum(np.where(answerable, right, -1.0)[order])
            ranks = np.argsort(np.argsort(points))
            positives = int(answerable.sum())
            figures["best F1"] = (max(gained.max(), 0) + (~answerable).sum()) / its.sum()
            u = ranks[answerable].sum() - positives * (positives - 1) / 2
            figures["AUROC"] = u / (positives * (len(ranks) - positives))
        found[SOURCES[source]] = {name: round(float(value), 4) for name, value in figures.items()}
    return found


def _best_spans(of: Tensor) -> tuple[range, list[int], list[int], list[float]]:
    """Give the best span of each window: its first and last token, and the sum of their scores."""
    length = of.shape[1]
    pairs = of[:, :, None, 0] + of[:, None, :, 1]
    inside = torch.ones(length, length, dtype=torch.bool, device=of.device).triu().tril(LONGEST - 1)
    points, places = pairs.masked_fill(~inside, -1e9).flatten(1).max(1)
    return range(len(of)), (places // length).tolist(), (places % length).tolist(), points.tolist()
