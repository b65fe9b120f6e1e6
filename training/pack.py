"""Questions with their passages into one file of token ids, to train from where there is a GPU (`distil.py`).

    python -m training.pack --data $SHARED/data/reader --groups 2000000 --out groups.npz

A GPU learns faster than texts are tokenized. What is measured with is packed likewise, with `--measured`; and what was
written last alone, with `--documents`.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks.reader import Example, read_examples
from index.embed import packaged_folder
from qa.span_model import load_tokenizer
from training.asked import held_back
from training.reader_batches import Row, in_windows, tokenized, tokens_of
from training.reader_data import (
    Article,
    Recipe,
    groups,
    load_articles,
    load_documents,
    load_hard_negatives,
    load_learned,
)
from training.train_reader import of_several_passages, posed

POOLED = 4096
"""Questions of which the groups are made at once."""

AHEAD = 8
"""Pools that processes may make before it is looked whether there are enough."""


class Windows(NamedTuple):
    """The windows of one question: its token ids, those of each text, and each text's answer in tokens of it.

    `part` is 0 or 1, the same for all questions to a paragraph; `source` says of what a measured question is.
    """

    question: tuple[int, ...]
    texts: list[tuple[int, ...]]
    answers: list[list[tuple[int, int]]]
    part: int = 0
    source: int = 0


class Packing:
    """Token ids that occur more than once are kept once: each question, and each text."""

    def __init__(self) -> None:
        self._pieces: dict[tuple[int, ...], int] = {}
        self._groups: list[tuple[int, int, int]] = []
        self._windows: list[tuple[int, int]] = []
        self._answers: list[tuple[int, int, int]] = []

    def add(self, some: Windows) -> None:
        """Take a question with its windows."""
        question = self._piece(some.question)
        self._groups.append((len(some.texts), some.part, some.source))
        for text, answers in zip(some.texts, some.answers, strict=True):
            self._answers += [(len(self._windows), first, last) for first, last in answers]
            self._windows.append((question, self._piece(text)))

    def _piece(self, ids: tuple[int, ...]) -> int:
        return self._pieces.setdefault(ids, len(self._pieces))

    def __len__(self) -> int:
        return len(self._groups)

    def write(self, path: Path) -> None:
        """Write everything as arrays: ids of all pieces, their lengths, and rows of windows, answers and groups.

        A window is a question's and a text's number; an answer is a window's number and the first and last token of
        the text; a group is how many windows it has, its part and its source.
        """
        np.savez(
            path,
            ids=np.array([i for piece in self._pieces for i in piece], np.uint16),
            lengths=np.array([len(piece) for piece in self._pieces], np.uint16),
            windows=np.array(self._windows, np.uint32).reshape(-1, 2),
            answers=np.array(self._answers, np.uint32).reshape(-1, 3),
            groups=np.array(self._groups, np.uint8).reshape(-1, 3),
        )


class Drawn:
    """Groups of windows drawn from all questions that are learned from, pool by pool."""

    def __init__(
        self, articles: list[Article], negatives: dict[str, str], written: float, seed: int, recipe: Recipe
    ) -> None:
        self._articles, self._negatives = articles, negatives
        self._others = of_several_passages(self._articles)
        self._written, self._seed, self._recipe = written, seed, recipe
        self._tokenizer = load_tokenizer(str(packaged_folder()))

    def pool(self, number: int) -> list[Windows]:
        """Give the windows of a pool: always the same for a number."""
        rng = random.Random(f"{self._seed} pack {number}")
        found: list[Windows] = []
        for article, question in next(posed(self._articles, POOLED, self._written, self._seed, number)):
            part = sha256(article.paragraphs[question.paragraph].encode()).digest()[0] % 2
            made = groups(article, question, self._negatives.get(question.id), self._others, self._recipe, rng)
            found += [_windows(rows, part) for rows in tokenized(self._tokenizer, made, rng)]
        return found


def _windows(rows: list[Row], part: int) -> Windows:
    question = tuple(rows[0].ids[1 : rows[0].first - 1])
    texts = [tuple(row.ids[row.first : -1]) for row in rows]
    answers = [[(row.answer[0] - row.first, row.answer[1] - row.first)] if row.answer != (0, 0) else [] for row in rows]
    return Windows(question, texts, answers, part)


def measured(data: Path, each: int) -> Iterator[Windows]:
    """Give what is measured with: `squad2_dev_tune`, and of what is held back from training so many of each source.

    Sources are numbered in this order; each question is read in its paragraph.
    """
    rng = random.Random(5)
    written = [
        Example(article.title, question.text, paragraph, tuple(paragraph[a:b] for a, b in question.answers))
        for article in load_articles(data, held_back=True)
        for question in article.written
        for paragraph in (article.paragraphs[question.paragraph],)
    ]
    sources: tuple[Iterable[Example], ...] = (
        read_examples(data / "squad2_dev_tune.json.gz"),
        held_back(data, "nq_train", each)[0],
        held_back(data, "squad_train", each)[0],
        rng.sample(written, min(2 * each, len(written))),
    )
    tokenizer = load_tokenizer(str(packaged_folder()))
    for source, examples in enumerate(sources):
        for example in examples:
            encoded = in_windows(tokenizer, [example.question], [example.paragraph])
            first = encoded["token_type_ids"][0].index(1)
            texts, answers = [], []
            for ids, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True):
                texts.append(tuple(ids[first:-1]))
                answers.append(_places(example, offsets[first:-1]))
            yield Windows(tuple(encoded["input_ids"][0][1 : first - 1]), texts, answers, 0, source)


def _places(example: Example, offsets: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give where a window has the words of each answer, as its first and last token."""
    found = set()
    for gold in example.golds:
        start = example.paragraph.find(gold)
        while start >= 0:
            if place := tokens_of(offsets, start, start + len(gold)):
                found.add(place)
            start = example.paragraph.find(gold, start + 1)
    return sorted(found)


_DRAWN: list[Drawn] = []
"""What the processes that tokenize share, for they are forked."""


def _pool(number: int) -> list[Windows]:
    return _DRAWN[0].pool(number)


def main() -> None:
    """Pack what is named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder with the question files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--groups", type=int, default=2_000_000)
    parser.add_argument("--written", type=float, default=0.65, help="the share of written questions")
    parser.add_argument("--marked", default="", help="what an earlier run's reader marked (marked.py)")
    parser.add_argument("--documents", type=int, default=0, help="pack the questions to so many documents written last")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--measured", type=int, default=0, help="pack what is measured with: so many of each source")
    given = parser.parse_args()
    packed = Packing()
    if given.measured:
        for some in measured(given.data, given.measured):
            packed.add(some)
    else:
        recipe = Recipe(checked=0.0, negative=0.6, left_out=0.2)
        if given.documents:
            _DRAWN.append(Drawn(load_documents(given.documents), {}, 1.0, given.seed, recipe))
        else:
            articles, negatives = load_learned(given.data, given.marked), load_hard_negatives(given.data)
            _DRAWN.append(Drawn(articles, negatives, given.written, given.seed, recipe))
        with get_context("fork").Pool() as processes:
            for first in count(0, AHEAD):
                for pool in processes.imap(_pool, range(first, first + AHEAD)):
                    for some in pool:
                        packed.add(some)
                print(json.dumps({"pools": first + AHEAD, "groups": len(packed)}), flush=True)
                if len(packed) >= given.groups:
                    break
    packed.write(given.out)


if __name__ == "__main__":
    main()
