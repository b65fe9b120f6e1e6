"""Groups of texts into padded batches of token ids, with the place of each answer among the tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import PreTrainedTokenizerFast

from qa.best_spans import LONGEST_SPAN
from qa.span_model import STRIDE, WINDOW
from training.batch import Batch
from training.texts import Group


@dataclass(frozen=True, slots=True)
class Row:
    """One window as token ids; `answer` is the first and last token of the answer, (0, 0) for none."""

    ids: list[int]
    kinds: list[int]
    answer: tuple[int, int]
    first: int


def tokenized(tokenizer: PreTrainedTokenizerFast, groups: list[Group], rng: random.Random) -> list[list[Row]]:
    """Tokenize groups; of a text that is longer than a window, take the window with the answer, or any.

    An answer of more tokens than the reader gives is not learned: search engines' whole tables are no short answers.
    """
    if not groups:
        return []
    questions = [g.question for g in groups for _ in g.texts]
    texts = [text for g in groups for text in g.texts]
    encoded = in_windows(tokenizer, questions, [text.text for text in texts])
    windows: list[list[int]] = [[] for _ in texts]
    for i, text in enumerate(encoded["overflow_to_sample_mapping"]):
        windows[text].append(i)
    rows = [_row(encoded, windows[i], text.start, text.end, rng) for i, text in enumerate(texts)]
    found, at = [], 0
    for g in groups:
        found.append([row for row in rows[at : at + len(g.texts)] if row])
        at += len(g.texts)
    return [some for some in found if some]


def in_windows(tokenizer: PreTrainedTokenizerFast, questions: Sequence[str], texts: Sequence[str]) -> Any:
    """Tokenize texts beside a question each, in windows such as the reader reads, not yet padded."""
    return tokenizer(
        [question[:400] for question in questions],
        list(texts),
        truncation="only_second",
        max_length=WINDOW,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding=False,
    )


def tokens_of(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """Give the first and last token of a range of characters; None where tokens with such offsets do not hold it."""
    inside = [i for i, (first, last) in enumerate(offsets) if first < end and last > start]
    if inside and offsets[inside[0]][0] <= start and offsets[inside[-1]][1] >= end:
        return inside[0], inside[-1]
    return None


def _row(encoded: Any, windows: list[int], start: int, end: int, rng: random.Random) -> Row | None:
    rng.shuffle(windows)
    for window in windows:
        ids, kinds = encoded["input_ids"][window], encoded["token_type_ids"][window]
        first = kinds.index(1)
        if start == end:
            return Row(ids, kinds, (0, 0), first)
        offsets = encoded["offset_mapping"][window][first:-1]
        if place := tokens_of(offsets, start, end):
            answer = (place[0] + first, place[1] + first)
            return Row(ids, kinds, answer, first) if place[1] - place[0] < LONGEST_SPAN else None
    return None


def batch(groups: list[list[Row]]) -> Batch:
    """Pad the windows of some groups."""
    rows = [row for rows in groups for row in rows]
    width = max(len(row.ids) for row in rows)
    ids = torch.zeros(len(rows), width, dtype=torch.long)
    kinds = torch.zeros_like(ids)
    mask, allowed = torch.zeros_like(ids, dtype=torch.bool), torch.zeros_like(ids, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        kinds[i, : len(row.ids)] = torch.tensor(row.kinds)
        mask[i, : len(row.ids)] = True
        allowed[i, row.first : len(row.ids) - 1] = True
    answers = [(i, *row.answer) for i, row in enumerate(rows) if row.answer != (0, 0)]
    return Batch(
        ids,
        kinds,
        mask,
        allowed,
        groups=torch.tensor([i for i, rows in enumerate(groups) for _ in rows]),
        count=len(groups),
        answers=torch.tensor(answers, dtype=torch.long).reshape(-1, 3),
    )


def batches(groups: list[list[Row]], tokens: int, rng: random.Random) -> list[list[list[Row]]]:
    """Put groups of like length together, so that little is spent on padding; in random order."""
    longest = sorted(groups, key=lambda rows: (max(len(row.ids) for row in rows), rng.random()))
    found: list[list[list[Row]]] = [[]]
    for rows in longest:
        width = max(len(row.ids) for row in rows)
        if found[-1] and width * (sum(map(len, found[-1])) + len(rows)) > tokens:
            found.append([])
        found[-1].append(rows)
    rng.shuffle(found)
    return found
