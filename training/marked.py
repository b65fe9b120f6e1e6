"""Questions with their paragraphs into what a reader of an earlier run marks there: right answers and tempting ones.

    python -m training.marked --data $SHARED/data/reader --weights WEIGHTS --out FILE

The next run learns from it to check an answer (`train_reader --marked FILE`): that has to be learned from such answers
as a reader gives. All questions in vain are read and the shares below of the others. What a FILE holds that is there
is not read again, so an interrupted run goes on when the same command is given again.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
from transformers import PreTrainedTokenizerFast

from index.draft import written_whole
from index.embed import native_dtype, packaged_folder
from qa.span_model import load_tokenizer
from training.encoders import Weights, logits
from training.reader_batches import in_windows
from training.reader_data import Article, Marks, key, load_articles, load_documents, overlap
from training.train_reader import new_weights

PLACES, LONGEST = 12, 30
"""Tokens that are looked at as starts and as ends, and those of an answer at most. `best_ranges` looks at all of them
and at longer answers: of 800 questions another one would be the best for 6 %."""

MARKED = 3
"""Ranges that are kept of each question; none shares a character with a better one."""

TOLD = 5_000
"""Questions after which it is told how many are read, and written what was marked."""

CHARACTERS = 16_000
"""Characters of paragraphs that are read at once, with some for each question."""


def main() -> None:
    """Mark what is not marked yet, and write everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the question files")
    parser.add_argument("--weights", required=True, help="the weights of the earlier run")
    parser.add_argument("--out", type=Path, required=True, help="where it is written, and gone on from")
    parser.add_argument("--found", type=float, default=0.15, help="the share of the data sets' questions that is read")
    parser.add_argument("--written", type=float, default=0.4, help="that of written questions with an answer")
    given = parser.parse_args()
    marks: Marks = json.loads(given.out.read_text()) if given.out.exists() else {}
    articles = [*load_articles(given.data, held_back=False), *load_documents()]
    asked = dict(_asked(articles, given.found, given.written))
    left = {name: pair for name, pair in asked.items() if name not in marks}
    print(f"Questions to read: {len(left)}", flush=True)
    for done, (name, ranges) in enumerate(marked(given.weights, left), start=1):
        marks[name] = ranges
        if done % TOLD == 0 or done == len(left):
            print(f"{done} read", flush=True)
            with written_whole(given.out, given.out.with_suffix(".new")) as out:
                out.write(json.dumps(marks).encode())


def _asked(articles: Sequence[Article], found: float, written: float) -> Iterator[tuple[str, tuple[str, str]]]:
    """Give the questions to read by their keys, each with its paragraph; always the same ones."""
    rng = random.Random(3)
    for article in articles:
        some = [question for question in article.questions if question.id and rng.random() < found]
        some += [question for question in article.written if not question.answers or rng.random() < written]
        for question in some:
            paragraph = article.paragraphs[question.paragraph]
            yield key(paragraph, question.text), (question.text, paragraph)


def marked(weights: str, asked: dict[str, tuple[str, str]]) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Read questions with their paragraphs, those of like length at once, and give the best ranges of each key."""
    tokenizer = load_tokenizer(str(packaged_folder()))
    reader = {name: weight.to(native_dtype()) for name, weight in new_weights(weights).items()}
    shortest_first = sorted(asked, key=lambda name: len(asked[name][1]))
    for _, some in groupby(_numbered(shortest_first, asked), key=lambda pair: pair[0]):
        names = [name for _, name in some]
        yield from zip(names, _read(reader, tokenizer, [asked[name] for name in names]), strict=True)


def _numbered(names: Sequence[str], asked: dict[str, tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Number the batches that texts go in, each of about so many characters."""
    total = 0
    for name in names:
        total += len(asked[name][1]) + 120
        yield total // CHARACTERS, name


def _read(
    reader: Weights, tokenizer: PreTrainedTokenizerFast, pairs: Sequence[tuple[str, str]]
) -> list[list[tuple[int, int]]]:
    encoded = in_windows(tokenizer, [question for question, _ in pairs], [paragraph for _, paragraph in pairs])
    names = ("input_ids", "token_type_ids", "attention_mask")
    padded = tokenizer.pad({name: encoded[name] for name in names}, return_tensors="pt")
    ids, kinds, mask = (padded[name] for name in names)
    with torch.inference_mode():
        found = logits(reader, ids, kinds, mask.bool())
    starts, ends = found.numpy().transpose(2, 0, 1)
    spans: list[list[tuple[float, int, int]]] = [[] for _ in pairs]
    for row, pair in enumerate(encoded["overflow_to_sample_mapping"]):
        inside = np.array([place for place, part in enumerate(encoded.sequence_ids(row)) if part == 1])
        offsets = np.array(encoded["offset_mapping"][row])[inside]
        ours = starts[row, inside] - starts[row, 0], ends[row, inside] - ends[row, 0]
        first, last = (np.argsort(-logits)[:PLACES].tolist() for logits in ours)
        spans[pair] += [
            (float(ours[0][i] + ours[1][j]), int(offsets[i, 0]), int(offsets[j, 1]))
            for i in first
            for j in last
            if i <= j < i + LONGEST
        ]
    return [_apart(sorted(some, reverse=True)) for some in spans]


def _apart(spans: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """Give the best ranges that share no character."""
    kept: list[tuple[int, int]] = []
    for _, start, end in spans:
        if len(kept) < MARKED and not any(overlap((start, end), other) for other in kept):
            kept.append((start, end))
    return kept


if __name__ == "__main__":
    main()
