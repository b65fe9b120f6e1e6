"""Questions that were written for texts of the data sets and for documents of our own, with an answer and without.

Rules do not write what people write when they ask in vain: these were written one by one, many of them to look as if
their text answered them (`written/README.md` says how). The texts of the data sets are named by an id, not copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.files import read_rows

FOLDER = Path(__file__).parent / "written"
LEARNED, CALIBRATED, MEASURED = "learned", "calibrated", "measured"


@dataclass(frozen=True, slots=True)
class Written:
    """A question, and the words of its text that answer it; "" where nothing does."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A document of our own with the questions that were written for it."""

    title: str
    text: str
    questions: tuple[Written, ...]


def of_paragraphs() -> dict[str, list[Written]]:
    """Read what was written for paragraphs of the data sets, by the id of the paragraph's first question there."""
    found: dict[str, list[Written]] = {}
    for row in read_rows(FOLDER / "paragraphs.jsonl.gz"):
        found.setdefault(row["paragraph"], []).append(Written(row["question"], row["answer"]))
    return found


def of_documents(use: str = LEARNED) -> Iterator[WrittenDocument]:
    """Read the documents of our own with their questions: those to learn from, to calibrate on or to measure with."""
    for row in read_rows(FOLDER / f"documents_{use}.jsonl.gz"):
        asked = tuple(Written(one["question"], one["answer"]) for one in row["questions"])
        yield WrittenDocument(row["title"], row["text"], asked)
