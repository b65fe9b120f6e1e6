"""Judged queries into a table: lexical, dense and fused rankings on SciFact, Cranfield and SQuAD paragraphs.

    python -m benchmarks.retrieval --shared FOLDER

Each collection becomes a library of its own (kept in --cache between runs), searched through `Index` as everywhere; a
document's score is that of its best passage. SciFact and Cranfield are reported as nDCG@10, the paragraphs of
`squad2_dev_tune` as recall@5 of the paragraph that the question was written for. The ways of fusing: reciprocal rank
fusion (Cormack et al. 2009, c = 60); convex combination of scores that are min-max-normalised over the hits, or from
the least possible score (Bruch et al. 2023, "theoretical"); the sum of each ranking's log-odds of relevance, fitted on
SciFact's training queries.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.files import read_json, read_rows
from index import Document, Hit, Index
from qa.evaluate import ndcg
from qa.retrieve import DEPTH, fuse

WEIGHTS = (0.3, 0.4, 0.5, 0.6, 0.7)
Rankings = tuple[list[Hit], list[Hit]]
Scores = dict[int, float]


@dataclass(frozen=True, slots=True)
class Query:
    """A query with the gains of the documents (by source) that are relevant to it."""

    text: str
    gains: dict[str, float]


@dataclass(frozen=True, slots=True)
class Collection:
    """A library with judged queries, and what is measured on it."""

    name: str
    index: Index
    queries: list[Query]
    training: list[Query]
    measure: Callable[[Sequence[str], dict[str, float]], float]


def main() -> None:
    """Build the libraries, rank, fuse, and print the table and JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/retrieval")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir(), "quotewise-retrieval"), help="where the libraries go"
    )
    parser.add_argument("--json", type=Path, help="write the table here, too")
    options = parser.parse_args()
    collections = [
        judged(options.shared / "data" / "retrieval" / "scifact", options.cache),
        judged(options.shared / "data" / "retrieval" / "cranfield", options.cache),
        paragraphs(options.shared / "data" / "reader" / "squad2_dev_tune.json.gz", options.cache),
    ]
    log_odds = fit_log_odds(collections[0])
    table = {collection.name: measures(collection, log_odds) for collection in collections}
    print_table(table)
    if options.json:
        options.json.write_text(json.dumps(table, indent=2))


def judged(folder: Path, cache: Path) -> Collection:
    """Load a collection in BEIR's form."""
    rows = read_rows(folder / "corpus.jsonl.gz")
    documents = (Document(row["text"], title=row.get("title", ""), source=str(row["_id"])) for row in rows)
    texts = {str(row["_id"]): row["text"] for row in read_rows(folder / "queries.jsonl.gz")}
    return Collection(
        f"{folder.name} nDCG@10",
        library(cache / folder.name, documents),
        judgements(folder / "qrels" / "test.tsv", texts),
        judgements(folder / "qrels" / "train.tsv", texts),
        lambda ranking, gains: ndcg([gains.get(source, 0.0) for source in ranking], 10, list(gains.values())),
    )


def judgements(file: Path, texts: dict[str, str]) -> list[Query]:
    """Read relevance judgements; queries without a relevant document are left out."""
    gains: dict[str, dict[str, float]] = {}
    for line in file.read_text().splitlines()[1:] if file.exists() else []:
        query, source, gain = line.split("\t")
        if float(gain) > 0:
            gains.setdefault(query, {})[source] = float(gain)
    return [Query(texts[query], relevant) for query, relevant in gains.items() if query in texts]


def paragraphs(file: Path, cache: Path) -> Collection:
    """Make each paragraph of SQuAD a document with its article's title; only answerable questions are asked."""
    documents, queries = [], []
    for a, article in enumerate(read_json(file)["data"]):
        for p, paragraph in enumerate(article["paragraphs"]):
            source = f"{a}-{p}"
            documents.append(Document(paragraph["context"], title=article["title"].replace("_", " "), source=source))
            answerable = (qa for qa in paragraph["qas"] if not qa.get("is_impossible"))
            queries += [Query(qa["question"], {source: 1.0}) for qa in answerable]
    index = library(cache / "squad", documents)
    return Collection(
        "SQuAD recall@5", index, queries, [], lambda ranking, gains: float(bool({*ranking[:5]} & {*gains}))
    )


def library(folder: Path, documents: Any) -> Index:
    """Index the documents, or go on with what is there."""
    index, since = Index.open(folder), time.perf_counter()
    report = index.add_documents(documents)
    print(f"{folder.name}: {len(report)} documents, {len(index)} passages, {time.perf_counter() - since:.0f} s")
    return index


def measures(collection: Collection, log_odds: Callable[[Rankings], Scores]) -> dict[str, float]:
    """Measure every way of ranking on one collection."""
    ways: dict[str, Callable[[Rankings], Scores]] = {
        "lexical": lambda rankings: scores_of(rankings[1]),
        "dense": lambda rankings: scores_of(rankings[0]),
        "hybrid, as shipped": lambda rankings: scores_of(fuse(*rankings, size=len(collection.index))),
        "reciprocal rank": reciprocal_rank,
        "log-odds": log_odds,
    }
    for weight in WEIGHTS:
        ways[f"convex, min-max, {weight} dense"] = partial(convex, weight=weight)
        ways[f"convex, theoretical, {weight} dense"] = partial(convex, weight=weight, floors=(-1.0, 0.0))
    totals: dict[str, list[float]] = {way: [] for way in ways}
    for query in collection.queries:
        rankings = rank(collection.index, query)
        sources = {hit.passage.id: hit.passage.source for hit in (*rankings[0], *rankings[1])}
        for way, fused in ways.items():
            totals[way].append(collection.measure(by_document(fused(rankings), sources), query.gains))
    return {way: statistics.fmean(values) for way, values in totals.items()}


def rank(index: Index, query: Query) -> Rankings:
    """Rank passages in both ways."""
    return index.dense(query.text, DEPTH), index.lexical(query.text, DEPTH)


def scores_of(hits: Sequence[Hit]) -> Scores:
    """Give the scores of a ranking by passage id."""
    return {hit.passage.id: hit.score for hit in hits}


def by_document(scores: Scores, sources: dict[int, str]) -> list[str]:
    """Rank documents by their best passage."""
    ranking = sorted(scores, key=lambda i: -scores[i])
    return list(dict.fromkeys(sources[i] for i in ranking))


def reciprocal_rank(rankings: Rankings, c: int = 60) -> Scores:
    """Fuse by 1 / (c + rank)."""
    scores: Scores = {}
    for hits in rankings:
        for place, hit in enumerate(hits, 1):
            scores[hit.passage.id] = scores.get(hit.passage.id, 0.0) + 1 / (c + place)
    return scores


def convex(rankings: Rankings, weight: float, floors: tuple[float, float] | None = None) -> Scores:
    """Fuse by a weighted sum of normalised scores, 0 being the least score among the hits, or the floors given."""
    dense = normalised(scores_of(rankings[0]), floors and floors[0])
    lexical = normalised(scores_of(rankings[1]), floors and floors[1])
    return {i: weight * dense.get(i, 0.0) + (1 - weight) * lexical.get(i, 0.0) for i in {*dense, *lexical}}


def normalised(scores: Scores, floor: float | None) -> Scores:
    """Scale scores so that the best is 1 and the floor 0."""
    low = min(scores.values(), default=0.0) if floor is None else floor
    high = max(scores.values(), default=0.0)
    return {i: (score - low) / (high - low) if high > low else 1.0 for i, score in scores.items()}


def fit_log_odds(collection: Collection) -> Callable[[Rankings], Scores]:
    """Fit each ranking's log-odds of relevance on training queries; the fused score is their sum."""
    weights: list[tuple[float, float]] = []
    examples: list[list[tuple[float, bool]]] = [[], []]
    for query in collection.training:
        for side, hits in enumerate(rank(collection.index, query)):
            examples[side] += [(hit.score, hit.passage.source in query.gains) for hit in hits]
    for pairs in examples:
        scores, relevant = np.array([[score] for score, _ in pairs]), [label for _, label in pairs]
        model = LogisticRegression(C=1e6, max_iter=1000).fit(scores, relevant)
        weights.append((float(model.coef_[0, 0]), float(model.intercept_[0])))

    pairs = [pair for side in examples for pair in side]
    share = sum(label for _, label in pairs) / len(pairs)
    bias = sum(bias for _, bias in weights) - math.log(share / (1 - share))
    print(f"fitted: dense slope {weights[0][0]:.3g}, lexical slope {weights[1][0]:.3g}, bias {bias:.3g}")

    def fused(rankings: Rankings) -> Scores:
        sides = [scores_of(hits) for hits in rankings]
        floors = [min(side.values(), default=0.0) for side in sides]
        return {
            i: sum(
                slope * side.get(i, floor) + bias
                for side, floor, (slope, bias) in zip(sides, floors, weights, strict=True)
            )
            for i in {*sides[0], *sides[1]}
        }

    return fused


def print_table(table: dict[str, dict[str, float]]) -> None:
    """Print a row a way, a column a collection, best mean first below the single rankings."""
    names = list(table)
    ways = list(table[names[0]])
    means = {way: statistics.fmean(table[name][way] for name in names) for way in ways}
    print(f"\n{'':34}" + "".join(f"{name:>20}" for name in [*names, "mean"]))
    for way in ways[:3] + sorted(ways[3:], key=lambda way: -means[way]):
        print(f"{way:34}" + "".join(f"{table[name][way]:20.3f}" for name in names) + f"{means[way]:20.3f}")


if __name__ == "__main__":
    main()
