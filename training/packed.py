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


class Packed:
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
        self._device = device
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

    def in_order(self, chosen: NDArray[np.int64], tokens: int) -> Iterator[Batch]:
        """Give each group once."""
        some = chosen[np.argsort(self.longest[chosen], kind="stable")]
        cuts = self._cuts(some, tokens)
        for start, end in pairwise(cuts):
            yield self.batch(some[start:end])

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
        chosen = torch.from_numpy(windows).to(self._device)
        starts, lengths = self._starts[chosen], self._lengths[chosen]
        place = torch.arange(width, device=self._device)[None]
        first = lengths[:, :1] + 2  # of the text, behind [CLS], the question and [SEP]
        last = first + lengths[:, 1:]
        in_question, in_text = (place >= 1) & (place < first - 1), (place >= first) & (place < last)
        source = torch.where(in_text, starts[:, 1:] + place - first, starts[:, :1] + place - 1)
        ids = torch.where(in_question | in_text, self._ids[source.clamp(0, len(self._ids) - 1)].long(), 0)
        ids = torch.where(place == 0, CLS, ids)
        ids = torch.where((place == first - 1) | (place == last), SEP, ids)
        answers = torch.from_numpy(self._answers_of(windows)).to(self._device)
        answers[:, 1:] += first[answers[:, 0]]
        return Batch(
            ids=ids,
            kinds=((place >= first) & (place <= last)).long(),
            mask=place <= last,
            allowed=in_text,
            groups=torch.from_numpy(np.repeat(np.arange(len(groups)), counts)).to(self._device),
            count=len(groups),
            answers=answers,
            part=int(self.groups[groups[0], 1]),
            numbers=groups,
        )

    def _answers_of(self, windows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Give the answers of windows: the window's place among these, and the first and last token of its text."""
        starts, ends = self._first_answer[windows], self._first_answer[windows + 1]
        held = np.concatenate([np.arange(start, end) for start, end in zip(starts, ends, strict=True)])
        rows = np.repeat(np.arange(len(windows)), ends - starts)
        return np.column_stack([rows, self._answers[held, 1:]])
