"""Questions to documents such as people keep into the share whose answer is in the first passages that are found.

    python -m benchmarks.own_search

The documents are those that the reader learned from (`training/written`), on which nothing of the search was fitted but
what is named in `docs/measurements.md`. Sixteen of them make a library, as somebody might have, and each is asked what
was written for it as its owner would ask. Found is a passage that holds the whole answer where it was written for.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator

import numpy as np

from index import Document, Hit, Index, nearness
from qa.retrieve import DEPTH, fuse
from training.written_questions import WrittenDocument, of_documents

TOGETHER = 16
"""Documents of a library."""

PLACES = (1, 3, 5, 10, 20)

SHARES = (0.0, 0.35, 0.5, 0.65, 0.8, 1.0)
"""What the nearest sentence may count in a passage's score."""


def main() -> None:
    """Build the libraries, ask, and print a row for each way of ranking."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--libraries", type=int, default=12, help="libraries of sixteen documents")
    options = parser.parse_args()
    documents = sorted(of_documents(), key=lambda document: document.title)
    random.Random(1).shuffle(documents)
    places: dict[str, list[int]] = {}
    for first in range(0, min(len(documents), options.libraries * TOGETHER), TOGETHER):
        for way, place in asked(documents[first : first + TOGETHER]):
            places.setdefault(way, []).append(place)
    print(f"{'':32}" + "".join(f"{f'recall@{k}':>12}" for k in PLACES))
    for way, found in places.items():
        print(f"{way:32}" + "".join(f"{np.mean([place < k for place in found]):12.3f}" for k in PLACES))
    print(f"{len(found)} questions")


def asked(documents: list[WrittenDocument]) -> Iterator[tuple[str, int]]:
    """Ask a library of some documents everything, and give each way of ranking with the place of the answer."""
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add_documents([Document(d.text, title=d.title, source=str(i)) for i, d in enumerate(documents)])
        shipped = nearness.SENTENCE
        for question, wanted in posed(documents):
            lexical = index.lexical(question, DEPTH)
            yield "lexical", place_of(wanted, lexical)
            for share in SHARES:
                nearness.SENTENCE = share
                dense = index.dense(question, DEPTH)
                yield f"dense, sentence {share}", place_of(wanted, dense)
                yield f"hybrid, sentence {share}", place_of(wanted, fuse(dense, lexical, len(index)))
            nearness.SENTENCE = shipped


def posed(documents: list[WrittenDocument]) -> Iterator[tuple[str, tuple[str, int, int]]]:
    """Give every question that has an answer, with the source and the range where that stands."""
    for number, document in enumerate(documents):
        for written in document.questions:
            if written.answer:
                start = document.text.index(written.answer)
                yield written.question, (str(number), start, start + len(written.answer))


def place_of(wanted: tuple[str, int, int], hits: list[Hit]) -> int:
    """Give the place of the first passage that holds a range of a document, beyond all where none does."""
    source, start, end = wanted
    holding = (n for n, hit in enumerate(hits) if hit.passage.source == source and _holds(hit, start, end))
    return next(holding, DEPTH)


def _holds(hit: Hit, start: int, end: int) -> bool:
    return hit.passage.start <= start and end <= hit.passage.end


if __name__ == "__main__":
    main()
