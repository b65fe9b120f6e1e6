"""Scores into measures of how well they part right from wrong, and into probabilities."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def auroc(high: Any, low: Any) -> float:
    """Compute the probability that a score of `high` is above one of `low`; ties count half, and nothing gives nan."""
    if not len(high) or not len(low):
        return math.nan
    both = np.concatenate([np.asarray(high), np.asarray(low)])
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    return float((ranks[: len(high)].sum() - len(high) * (len(high) + 1) / 2) / (len(high) * len(low)))


def calibration_error(scores: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> float:
    """Compute the expected calibration error over bins of equal width (Guo et al. 2017)."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    parts = [places == b for b in range(bins)]
    return float(sum(p.mean() * abs(scores[p].mean() - right[p].mean()) for p in parts if p.any()))


def risk_coverage(
    scores: NDArray[np.float64], right: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the share that is answered, surest first, and the share of wrong answers among them."""
    wrong = ~right[np.argsort(-scores, kind="stable")]
    count = np.arange(1, len(wrong) + 1)
    return count / len(wrong), np.cumsum(wrong) / count


def logistic_fit(matrix: Any, right: Any, ridge: Any = 1.0, counts: Any = 1.0) -> Any:
    """Fit a logistic regression by Newton's steps: rows of features and whether each is right into weights.

    `ridge` is the penalty of each weight's square, or one for all of them; `counts` is how often each row counts.
    """
    weights = np.zeros(matrix.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(matrix @ weights, -50, 50)))
        bend = np.diag(np.broadcast_to(ridge, len(weights)))
        curvature = (matrix * (counts * p * (1 - p))[:, None]).T @ matrix + bend
        weights += np.linalg.solve(curvature, matrix.T @ (counts * (right - p)) - ridge * weights)
    return weights
