"""Questions to libraries into what reading fewer of the passages found would lose: how `qa.read.FAR` was chosen.

    python -m benchmarks.passages_read --shared FOLDER [--questions 700]

Each question is asked of a library with the paragraphs of its own source, and all passages found are read. A line says
how many passages are no farther than so many log-odds behind the best one, of how many questions the best span is right
and in one that is farther, and of how many it is wrong, there, and answered.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.reader import Example, library, read_examples, sampled, set_reader
from qa import retrieve
from qa.answer import READ
from qa.evaluate import exact_match
from qa.read import SpanReader, behind_the_best
from training.asked import held_back

LIMITS = (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


@dataclass(frozen=True, slots=True)
class Read:
    """A question: how far behind its passages are, and that with the best span; is it right, and would it be said."""

    behind: tuple[float, ...]
    best: float
    answerable: bool
    right: bool
    answered: bool


def main() -> None:
    """Ask both sources and print what each limit would lose."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/reader")
    parser.add_argument("--questions", type=int, default=700, help="questions of each source at most")
    options = parser.parse_args()
    data, reader = options.shared / "data" / "reader", set_reader()
    reader.far = math.inf
    tune = read_examples(data / "squad2_dev_tune.json.gz")
    real, every = held_back(data, "nq_train", options.questions)
    for name, some, whole in (("squad2_dev_tune", sampled(tune, options.questions), tune), ("nq_train", real, every)):
        report(name, list(asked(reader, some, whole)))


def asked(reader: SpanReader, examples: Sequence[Example], every: Sequence[Example]) -> Iterator[Read]:
    """Ask each question, read all that is found, and say where the best span stands."""
    with tempfile.TemporaryDirectory() as folder:
        index = library(Path(folder), every)
        for example in examples:
            hits = retrieve(example.question, READ, index)
            behind = behind_the_best(hits)
            ranked = reader.ranked(example.question, hits)
            if not ranked:
                continue
            span, signs = ranked[0]
            best = next(far for hit, far in zip(hits, behind, strict=True) if hit.passage == span.passage)
            right = any(exact_match(span.text, gold) for gold in example.golds)
            answered = reader.calibration.probability(signs) >= reader.threshold
            yield Read(tuple(behind), best, bool(example.golds), right, answered)


def report(name: str, questions: Sequence[Read]) -> None:
    """Print a line for each limit."""
    answerable = [one for one in questions if one.answerable]
    print(f"{name}: {len(questions)} questions, {len(answerable)} with an answer")
    for limit in LIMITS:
        count = np.mean([sum(far <= limit for far in one.behind) for one in questions])
        right = np.mean([one.right and one.best > limit for one in answerable])
        wrong = np.mean([not one.right and one.answered and one.best > limit for one in questions])
        print(f"  up to {limit:g}: {count:.1f} passages; lost: {right:.1%} right, {wrong:.1%} answered wrongly")


if __name__ == "__main__":
    main()
