"""A model in training and held-back articles into how exact its spans are, and how well it tells none from some."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerFast

from benchmarks.measures import auroc
from qa.best_spans import best_ranges
from qa.span_model import Window
from training.batch import Batch
from training.reader_batches import Row, batch, tokenized
from training.reader_data import Article, Recipe, groups
from training.texts import Group

Scores = Callable[[Batch], Tensor]
"""Gives the logits of a batch, shape (windows, tokens, 2)."""


def held_back(
    logits: Scores, tokenizer: PreTrainedTokenizerFast, articles: list[Article], negatives: dict[str, str], count: int
) -> dict[str, float]:
    """Measure on held-back articles: exact match and token F1 of the best span, and how well none is told from some."""
    rng = random.Random(7)
    asked = [(a, q) for a in articles for q in a.questions]
    asked = rng.sample(asked, min(count, len(asked)))
    bare = Recipe(checked=0.0, negative=0.0, left_out=0.0, in_vain=0.0)
    plain = replace(bare, whole_paragraph=0.5, twin=1.0, other_side=0.0, question_mark=1.0)
    made = [groups(a, q, None, articles, plain, rng) for a, q in asked]
    with_answer, changed = [some[0] for some in made], [other for some in made for other in some[1:]]
    beside = replace(bare, sentence=0.0, negative=1.0, twin=0.0)
    pairs = [groups(a, q, negatives.get(q.id), articles, beside, rng)[0] for a, q in asked]
    refused = [Group(pair.question, pair.texts[1:]) for pair in pairs if len(pair.texts) == 2]
    results: dict[str, list[tuple[float, float, float]]] = {}
    alone = replace(bare, sentence=0.0, whole_paragraph=1.0, twin=0.0)
    written = [groups(a, q, None, articles, alone, rng)[0] for a in articles for q in a.written]
    tempting = [group for group in written if not group.texts[0].end]
    telling = [group for group in written if group.texts[0].end]
    kinds = {"answer": with_answer, "negative": refused, "changed": changed, "written": tempting, "told": telling}
    for name, some in kinds.items():
        rows = tokenized(tokenizer, some, rng)
        results[name] = _spans(logits, rows)
    scores = [s for s, _, _ in results["answer"]]
    return {
        "em": _mean([em for _, em, _ in results["answer"]]),
        "f1": _mean([f1 for _, _, f1 in results["answer"]]),
        "auroc negative": round(auroc(scores, [s for s, _, _ in results["negative"]]), 4),
        "auroc changed": round(auroc(scores, [s for s, _, _ in results["changed"]]), 4),
        "auroc written": round(auroc(*([s for s, _, _ in results[name]] for name in ("told", "written"))), 4),
    }


def _spans(logits_of: Scores, rowed: list[list[Row]]) -> list[tuple[float, float, float]]:
    """Score, exact match and F1 (over tokens) of the best span in each group's first window."""
    found = []
    firsts = sorted((rows[0] for rows in rowed), key=lambda row: len(row.ids))
    for at in range(0, len(firsts), 32):
        rows = firsts[at : at + 32]
        some = batch([[row] for row in rows])
        with torch.no_grad():
            logits = logits_of(some)
        scores = logits - logits[:, :1]
        for i, row in enumerate(rows):
            last = len(row.ids) - 1
            places = np.arange(row.first, last)
            starts, ends = scores[i, row.first : last].numpy().T
            window = Window(0, np.stack([places, places + 1], axis=1), starts, ends, null=0.0)
            start, after, best = best_ranges(window, count=1)[0]
            shared = max(0, min(after, row.answer[1] + 1) - max(start, row.answer[0]))
            length = (after - start) + (row.answer[1] - row.answer[0] + 1)
            found.append((best, float((start, after - 1) == row.answer), 2 * shared / length))
    return found


def _mean(values: list[float]) -> float:
    return round(sum(values) / len(values), 4) if values else math.nan
