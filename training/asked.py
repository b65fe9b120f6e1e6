"""Questions into readings of a library that holds their article, one without their paragraph, and one without both."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.files import read_json
from benchmarks.reader import Example, Reading, library, reading
from index import Hit
from qa import retrieve
from qa.answer import READ
from qa.evaluate import normalised
from qa.read import SpanReader
from training.reader_data import apart

FILES = ("squad_train", "nq_train")
"""Files of which questions are asked that were held back from training; those of forums mostly mean their own post."""

OTHERS = 1500
"""Questions of other articles whose paragraphs stand in the library, too."""

DEPTH = 200
"""Hits among which those of other articles are looked for."""


def asked(reader: SpanReader, examples: Sequence[Example], every: Sequence[Example]) -> Iterator[tuple[str, Reading]]:
    """Read what `searched` finds."""
    for name, e, hits in searched(examples, every):
        yield name, reading(reader, e.article, e.question, hits, e.golds)


def searched(examples: Sequence[Example], every: Sequence[Example]) -> Iterator[tuple[str, Example, list[Hit]]]:
    """Search a library with the paragraphs of `every` example for questions, two or three times, for what is read.

    Yields ("own", …) for each as it is and ("stranger", …) as if its whole article were not there. Where people wrote
    no unanswerable questions, ("own", …) once more as if its paragraph and what else has the answer's words were not.
    What is given beside hits that hold no answer has none.
    """
    answerable = all(e.golds for e in every)
    with tempfile.TemporaryDirectory() as folder:
        index = library(Path(folder), every)
        for e in examples:
            hits = retrieve(e.question, DEPTH, index)
            yield "own", e, hits[:READ]
            without = [hit for hit in hits if not _tells(hit, e)] if answerable else []
            if without:
                yield "own", replace(e, golds=()), without[:READ]
            title = e.article.replace("_", " ")
            foreign = [hit for hit in hits if hit.passage.title != title]
            if foreign:
                yield "stranger", replace(e, golds=()), foreign[:READ]


def held_back(folder: Path, name: str, count: int) -> tuple[list[Example], list[Example]]:
    """Draw questions of the articles that training left out, and give all whose paragraphs are to be in the library."""
    examples = [
        (apart(entry["title"]), Example(entry["title"], qa["question"].strip(), paragraph["context"], golds))
        for entry in read_json(folder / f"{name}.json.gz")["data"]
        for paragraph in entry["paragraphs"]
        for qa in paragraph["qas"]
        if not any(x.get("answer_start_guessed") for x in (qa, *qa["answers"]))
        if (golds := tuple(answer["text"] for answer in qa["answers"]))
    ]
    left_out = [example for is_left_out, example in examples if is_left_out]
    others = [example for is_left_out, example in examples if not is_left_out]
    random.Random(3).shuffle(others)
    return random.Random(1).sample(left_out, min(count, len(left_out))), left_out + others[:OTHERS]


def _tells(hit: Hit, example: Example) -> bool:
    """Say whether a hit is of a question's own paragraph or has the words of its answer."""
    words = f" {normalised(hit.passage.text)} "
    own = hit.passage.text in example.paragraph
    return own or any(f" {normalised(gold)} " in words for gold in example.golds)
