"""Windows of several questions that are computed at once."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows padded to one length, shape (windows, tokens), and which of `count` groups each is of.

    `allowed` says where an answer may be; `answers` are rows of a window and the first and last token of its answer,
    none for a window that holds none. `part` is that of the paragraphs, as `pack.py` tells them apart; `numbers` are
    those of the groups in what was packed; `told` is what another made of the batch, as `span_losses.scores` gives it.
    """

    ids: Tensor
    kinds: Tensor
    mask: Tensor
    allowed: Tensor
    groups: Tensor
    count: int
    answers: Tensor
    part: int = 0
    numbers: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))
    told: Tensor | None = None
