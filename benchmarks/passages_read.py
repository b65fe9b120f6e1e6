"""Questions to libraries into what reading more or fewer of their passages gives: how `qa.read.Reach` was chosen.

    python -m benchmarks.passages_read --shared FOLDER [--questions 300]

Each question is asked of a library with the paragraphs of its own source, or of one with the documents of our own that
are calibrated by. A line says how many of the nearest passages are read and how many log-odds behind the best one they
may be, at first, and then where the answer in these is not so sure; how many that are in the mean; of how many
questions with an answer the best span is right, and is answered; and how many of the others are refused. Probabilities
are those of the calibration that is set, which was fitted on what is read as shipped.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.reader import (
    Example,
    Reading,
    library,
    own_documents,
    probabilities,
    read_examples,
    reading,
    sampled,
    set_reader,
)
from index import Index
from index.context import in_context
from qa import retrieve
from qa.confirm import Windows
from qa.read import Reach, SpanReader
from qa.span_model import Window
from training.asked import held_back
from training.written_questions import CALIBRATED

WAYS = (
    *(Reach(most, far, most, far) for most, far in ((5, 3.0), (5, 5.0), (8, 4.0), (10, 4.0), (10, 5.0), (12, 5.0))),
    *(Reach(5, 3.0, most, far, sure) for most, far in ((8, 4.0), (10, 5.0), (12, 5.0)) for sure in (0.6, 0.8)),
)
"""All that is read at once, and read on where the nearest ones do not suffice."""


class Remembered:
    """Windows of a model, each of which is read once as long as the question is the same; `asked` are all texts."""

    def __init__(self, windows: Windows) -> None:
        self._windows, self._question = windows, ""
        self._read: dict[str, list[Window]] = {}
        self.asked: set[str] = set()

    def __call__(self, question: str, texts: Sequence[str]) -> list[Window]:
        """Read those texts that were not."""
        if question != self._question:
            self._question, self._read = question, {}
        self.asked.update(texts)
        if new := [text for text in dict.fromkeys(texts) if text not in self._read]:
            self._read |= {text: [] for text in new}
            for window in self._windows(question, new):
                self._read[new[window.text]].append(window)
        return [replace(window, text=place) for place, text in enumerate(texts) for window in self._read[text]]


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of a question in one of the `WAYS`, and of how many passages."""

    passages: int
    reading: Reading


def main() -> None:
    """Ask all sources and print what each way gives."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/reader")
    parser.add_argument("--questions", type=int, default=300, help="questions of each source at most")
    options = parser.parse_args()
    data, reader = options.shared / "data" / "reader", set_reader()
    own, tune = own_documents(CALIBRATED), read_examples(data / "squad2_dev_tune.json.gz")
    real, every = held_back(data, "nq_train", options.questions)
    sources = (
        ("documents_calibrated", sampled(own, options.questions), own),
        ("squad2_dev_tune", sampled(tune, options.questions), tune),
    )
    for name, some, whole in (*sources, ("nq_train", real, every)):
        with tempfile.TemporaryDirectory() as folder:
            report(name, reader, list(asked(reader, some, library(Path(folder), whole))))


def asked(reader: SpanReader, examples: Sequence[Example], index: Index) -> Iterator[list[Read]]:
    """Ask each question and read what is found in each of the `WAYS`."""
    windows = Remembered(reader.windows)
    own = SpanReader(windows, reader.calibration)
    for example in examples:
        hits = retrieve(example.question, max(way.most for way in WAYS), index)
        texts = {in_context(hit.passage) for hit in hits}
        found = []
        for own.reach in WAYS:
            windows.asked.clear()
            made = reading(own, example.article, example.question, hits, example.golds)
            found.append(Read(len(windows.asked & texts), made))
        yield found


def report(name: str, reader: SpanReader, questions: Sequence[Sequence[Read]]) -> None:
    """Print a line for each way."""
    answerable = sum(one[0].reading.answerable for one in questions)
    print(f"{name}: {answerable} questions with an answer, {len(questions) - answerable} without")
    for way, done in zip(WAYS, zip(*questions, strict=True), strict=True):
        answered = probabilities(reader.calibration, [one.reading for one in done]) >= reader.threshold
        right = np.array([one.reading.right for one in done])
        refused = ~answered & np.array([not one.reading.answerable for one in done])
        print(
            f"  {_named(way)}: {np.mean([one.passages for one in done]):.1f} passages; best span right {right.sum()}, "
            f"and answered {(right & answered).sum()}; in vain, and refused {refused.sum()}",
            flush=True,
        )


def _named(way: Reach) -> str:
    at_first = f"{way.first} up to {way.near:g} behind"
    whole = (way.first, way.near) == (way.most, way.far)
    return at_first if whole else f"{at_first}, below {way.sure:g} {way.most} up to {way.far:g}"


if __name__ == "__main__":
    main()
