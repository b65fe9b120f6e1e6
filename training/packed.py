"""Questions that `pack.py` packed into batches, put together on the device that learns."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from training.batch import Batch
from training.encoders import CLS, SEP

CHUNK = 60_000
"""Groups among which those of like length are put together."""

ALIGNED = 8
"""What the length of a batch is a multiple of, for the fast kernels of attention."""


class Data:
    """What was packed, on a device."""

    def __init__(self, path: Path, device: torch.device) -> None:
        with np.load(path) as arrays:
            self.groups = arrays["groups"].astype(np.int64)
            windows, lengths = arrays["windows"].astype(np.int64), arrays["lengths"].astype(np.int64)
            answers = arrays["answers"].astype(np.int64)
            ids = arrays["ids"].astype(np.int32)
        starts = np.concatenate([[0], np.cumsum(lengths)])[:-1]
        self.first = np.concatenate([[0], np.cumsum(self.groups[:, 0])])[:-1]
        self.width = -(-(lengths[windows].sum(1) + 3) // ALIGNED) * ALIGNED
        self.longest = np.maximum.reduceat(self.width, self.first)
        self.device = device
        self._ids = torch.from_numpy(ids).to(device)
        self._starts = torch.from_numpy(starts[windows]).to(device)
        self._lengths = torch.from_numpy(lengths[windows]).to(device)
        self._answers, self._first_answer = answers, np.searchsorted(answers[:, 0], np.arange(len(windows) + 1))

    def batches(self, chosen: NDArray[np.int64], tokens: int, seed: int, first: int = 0) -> Iterator[Batch]:
        """Give groups for ever in batches of so many tokens with padding, each group once before any comes again.

        Begins with the `first` one: the same batches come again for the same seed.
        """
        rng, number = np.random.default_rng(seed), 0
        while True:
            order = rng.permutation(chosen)
            for at in range(0, len(order), CHUNK):
                some = order[at : at + CHUNK]
                some = some[np.lexsort((rng.random(len(some)), self.longest[some]))]
                cuts = self._cuts(some, tokens)
                for i in rng.permutation(len(cuts) - 1):
                    if number >= first:
                        yield self.batch(some[cuts[i] : cuts[i + 1]])
                    number += 1

    def in_order(self, chosen: NDArray[np.int64], tokens: int) -> Iterator[tuple[NDArray[np.int64], Batch]]:
        """Give each group once, with its number."""
        some = chosen[np.argsort(self.longest[chosen], kind="stable")]
        cuts = self._cuts(some, tokens)
        for start, end in pairwise(cuts):
            yield some[start:end], self.batch(some[start:end])

    def _cuts(self, some: NDArray[np.int64], tokens: int) -> list[int]:
        """Cut groups that are sorted by length where a batch is full."""
        cuts, windows = [0], 0
        counts, longest = self.groups[some, 0].tolist(), self.longest[some].tolist()
        for i, (count, width) in enumerate(zip(counts, longest, strict=True)):
            if windows and (windows + count) * width > tokens:
                cuts.append(i)
                windows = 0
            windows += count
        return [*cuts, len(some)]

    def batch(self, groups: NDArray[np.int64]) -> Batch:
        """Put the windows of some groups together."""
        counts = self.groups[groups, 0]
        ends = np.cumsum(counts)
        windows = np.arange(ends[-1]) + np.repeat(self.first[groups] - ends + counts, counts)
        width = int(self.width[windows].max())
        held = np.concatenate(
            [np.arange(self._first_answer[w], self._first_answer[w + 1]) for w in windows] or [np.zeros(0, np.int64)]
        )
        rows = np.repeat(np.arange(len(windows)), self._first_answer[windows + 1] - self._first_answer[windows])
        to = self.device
        chosen = torch.from_numpy(windows).to(to)
        starts, lengths = self._starts[chosen], self._lengths[chosen]
        place = torch.arange(width, device=to)[None]
        asked, told = lengths[:, :1], lengths[:, 1:]
        first = asked + 2
        in_question, in_text = (place >= 1) & (place < first - 1), (place >= first) & (place < first + told)
        source = torch.where(in_text, starts[:, 1:] + place - first, starts[:, :1] + place - 1)
        ids = torch.where(in_question | in_text, self._ids[source.clamp(0, len(self._ids) - 1)].long(), 0)
        ids = torch.where(place == 0, CLS, ids)
        ids = torch.where((place == first - 1) | (place == first + told), SEP, ids)
        mask = place <= first + told
        answers = torch.from_numpy(np.stack([rows, *self._answers[held, 1:].T], 1)).to(to)
        answers[:, 1:] += first[answers[:, 0]]
        return Batch(
            ids=ids,
            kinds=((place >= first) & mask).long(),
            mask=mask,
            allowed=in_text,
            groups=torch.from_numpy(np.repeat(np.arange(len(groups)), counts)).to(to),
            count=len(groups),
            answers=answers,
            part=int(self.groups[groups[0], 1]),
        )
