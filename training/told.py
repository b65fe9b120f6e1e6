"""What a teacher makes of each batch before it learns from it, kept in a file, to learn from without the teacher.

Where there is no GPU, what takes the time is a teacher's own learning, which computes these scores in any case.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.batch import Batch
from training.packed import Packed

Told = tuple[NDArray[np.int64], NDArray[np.float16]]
"""The numbers of a batch's groups, and the scores of its windows, shape (windows, tokens, 2)."""


def keep_told(path: Path, some: Batch, of: Tensor) -> None:
    """Write what was made of a batch behind what is there."""
    with path.open("ab") as file:
        np.save(file, some.numbers)
        np.save(file, of.detach().cpu().to(torch.float16).numpy())


def cut_told(path: Path, batches: int) -> None:
    """Leave so many batches, for a run that goes on behind them and will write what follows once more."""
    if path.exists():
        with path.open("r+b") as file:
            for _ in islice(_read(file), batches):
                pass
            file.truncate()


def told_batches(path: Path, packed: Packed, seed: int, first: int = 0) -> Iterator[Batch]:
    """Give the batches of a file for ever with what was made of them, each once before any comes again.

    Begins with the `first` one: the same batches come again for the same seed.
    """
    with path.open("rb") as file:
        every = list(_read(file))
    if not every:
        sys.exit(f"{path} holds no whole batch; name a file that `distil teach --told` wrote.")
    rng, number = np.random.default_rng(seed), 0
    while True:
        for place in rng.permutation(len(every)):
            if number >= first:
                numbers, of = every[place]
                yield replace(packed.batch(numbers), told=torch.from_numpy(of).float())
            number += 1


def _read(file: BinaryIO) -> Iterator[Told]:
    """Read batches to the end, or to one that was not written whole."""
    while True:
        try:
            found = np.load(file), np.load(file)
        except (EOFError, ValueError):
            return
        yield found
