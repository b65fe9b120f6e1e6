"""Which passage size is best: how often an answer lies whole in what is read, for the same number of tokens read.

    python -m benchmarks.passages --shared FOLDER

Joins the paragraphs of each article of `squad2_dev_tune` to one document, splits the documents with each size, ranks
the passages of all of them for each answerable question by the cosine of the packaged model (brute force), and asks
whether a gold span lies whole, by its offsets, in one of the passages read: the first, the first five, and as many
from the top as 640 tokens hold.
"""

from __future__ import annotations

import argparse
import gzip
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from index.embed import Embedder, Vectors, load_embedder
from index.split import split
from index.tokens import count_tokens, load_encoding
from index.types import Document, Passage

SIZES = (64, 96, 128, 160, 200)
TOKENS_READ = 640
BETWEEN_PARAGRAPHS = "\n\n"


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the document that answers it and every annotator's span in it."""

    text: str
    document_id: str
    spans: frozenset[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured for one size; the three shares are of all questions."""

    size: int
    passages: int
    mean_tokens: float
    read: float
    recall_at_1: float
    recall_at_5: float
    seconds: float


def main() -> None:
    """Measure each size and print a table, or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--shared", type=Path, required=True, help="the shared folder, which has data/reader")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="tokens a passage at most")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    arguments = parser.parse_args()

    documents, questions = read_articles(arguments.shared / "data" / "reader" / "squad2_dev_tune.json.gz")
    embedder = load_embedder()
    queries = embedder.embed_passages([question.text for question in questions])
    rows = [measure(size, documents, questions, queries, embedder) for size in arguments.sizes]
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows]))
        return
    print(f"{len(documents)} documents, {len(questions)} answerable questions")
    print(f"size  passages  tokens  in {TOKENS_READ} tokens  recall@1  recall@5  seconds")
    for row in rows:
        shares = f"{row.read:13.3f}  {row.recall_at_1:8.3f}  {row.recall_at_5:8.3f}"
        print(f"{row.size:4}  {row.passages:8}  {row.mean_tokens:6.1f}  {shares}  {row.seconds:7.1f}")


def read_articles(path: Path) -> tuple[list[Document], list[Question]]:
    """Read each article as one document, and its answerable questions with their spans in that document."""
    documents, questions = [], []
    with gzip.open(path, "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    for article in articles:
        contexts = [paragraph["context"] for paragraph in article["paragraphs"]]
        document = Document(BETWEEN_PARAGRAPHS.join(contexts), title=article["title"])
        documents.append(document)
        offset = 0
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                starts = ((offset + answer["answer_start"], answer["text"]) for answer in asked["answers"])
                spans = frozenset((start, start + len(text)) for start, text in starts)
                if spans and not asked["is_impossible"]:
                    questions.append(Question(asked["question"], document.id, spans))
            offset += len(paragraph["context"]) + len(BETWEEN_PARAGRAPHS)
    return documents, questions


def measure(
    size: int, documents: list[Document], questions: list[Question], queries: Vectors, embedder: Embedder
) -> Row:
    """Split, embed and rank with one size."""
    since = time.perf_counter()
    encoding = load_encoding()
    passages = [passage for document in documents for passage in split(document, size, fits=embedder.fits)]
    tokens = np.array([count_tokens(passage.text, encoding) for passage in passages])
    scores = queries @ embedder.embed_passages([passage.text for passage in passages]).T
    found = []
    for question, order in zip(questions, np.argsort(-scores, axis=1, kind="stable"), strict=True):
        holds = [has_answer(passages[place], question) for place in order[:TOKENS_READ]]
        read = int(np.searchsorted(np.cumsum(tokens[order]), TOKENS_READ, side="right"))
        found.append((any(holds[:read]), holds[0], any(holds[:5])))
    read_share, first, five = np.mean(found, axis=0)
    seconds = time.perf_counter() - since
    return Row(size, len(passages), float(tokens.mean()), float(read_share), float(first), float(five), seconds)


def has_answer(passage: Passage, question: Question) -> bool:
    """Say whether a gold span lies whole in the passage."""
    mine = passage.document_id == question.document_id
    return mine and any(passage.start <= start and end <= passage.end for start, end in question.spans)


if __name__ == "__main__":
    main()
