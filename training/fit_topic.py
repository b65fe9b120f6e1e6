"""Conversations with human rewrites into the weights that tell which words a question leaves out (`qa/topic.json`).

    python -m training.fit_topic --shared FOLDER [--write]

A logistic regression over the words of earlier turns: does a person's rewriting of the question have the word? It is
fitted twice, for the features of a word alone and for these with its vector, on half of the dialogues of TREC CAsT and
CANARD dev (`benchmarks.follow_up.fitted_on`); CAsT's, which has half as many words, count twice. It is reported on five
parts of that half, each told by the fit to the four others (`apart`: what is chosen is chosen by it), and on the other
half (`held`): AUROC, and precision and recall of the words that are taken.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from benchmarks.follow_up import FollowUp, canard, conversation, fitted_on, trec
from benchmarks.measures import auroc, logistic_fit
from index import load_embedder
from qa import topic
from qa.follow_up import earlier
from qa.topic import LEAST
from qa.words import stem, words

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEIGHTS = Path(topic.__file__).parent / "topic.json"

PARTS = 5
"""Parts of the half that is fitted on, of which each is told by the others."""

RIDGE, VECTOR_RIDGE = 1.0, 200.0
"""Penalties of the weights of a feature and of a number of a vector; with 100 and 400 it is the same within .002."""

SETS = ("TREC CAsT", "CANARD")


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """Words of earlier turns, a row each: features, vector, whether a person's rewriting has it, and where it is from.

    `part` is one of `PARTS`, the same for a whole dialogue, and -1 in the half that is held back.
    """

    names: list[str]
    features: Matrix
    vectors: Matrix
    wanted: Flags
    cast: Flags
    part: NDArray[np.int64]


def main() -> None:
    """Fit, report, and write the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/followup")
    parser.add_argument("--write", action="store_true", help="write the weights to qa/topic.json")
    options = parser.parse_args()
    folder = options.shared / "data" / "followup"
    told = words_of([list(trec(folder)), list(canard(folder))])
    center = told.vectors[told.part >= 0].mean(axis=0)
    alone, beside = told.features, np.hstack([told.features, told.vectors - center])
    weights = [fitted(matrix, told, told.part >= 0) for matrix in (alone, beside)]
    report("features alone", alone, weights[0], told)
    report("with vectors", beside, weights[1], told)
    if options.write:
        WEIGHTS.write_text(json.dumps(weights_of(told, center, *weights)) + "\n")


def words_of(sets: Sequence[Sequence[FollowUp]]) -> Words:
    """Tell what is told of every word of the history of these questions, CAsT's first."""
    embedder = load_embedder()
    rows: list[tuple[list[float], NDArray[np.float32], bool, bool, int]] = []
    names: list[str] = []
    for number, follow_up in ((n, follow_up) for n, of_set in enumerate(sets) for follow_up in of_set):
        turns = earlier(conversation(follow_up))
        if not (features := topic.told(follow_up.question, turns)):
            continue
        vectors = topic.word_vectors(follow_up.question, turns, embedder)
        rewritten = {word.stem for word in words(follow_up.rewrite)}
        part = crc32(follow_up.turns[0][0].encode()) // 2 % PARTS if fitted_on(follow_up) else -1
        for word, row in features.items():
            names = list(row)
            rows.append((list(row.values()), vectors[stem(word)], stem(word) in rewritten, number == 0, part))
    of_words, vectors_of_words, wanted, cast, parts = zip(*rows, strict=True)
    return Words(
        names, np.array(of_words), np.array(vectors_of_words, float), np.array(wanted), np.array(cast), np.array(parts)
    )


def fitted(matrix: Matrix, told: Words, on: Flags) -> Matrix:
    """Fit the weights of a matrix's columns to some of its rows, those of CAsT twice."""
    rows = np.concatenate([np.flatnonzero(on), np.flatnonzero(on & told.cast)])
    ridge = np.where(np.arange(matrix.shape[1]) < len(told.names), RIDGE, VECTOR_RIDGE)
    weights: Matrix = logistic_fit(matrix[rows], told.wanted[rows].astype(float), ridge)
    return weights


def report(name: str, matrix: Matrix, weights: Matrix, told: Words) -> None:
    """Print how well words are told without having been fitted to: those held back by the weights, others by parts."""
    scores = matrix @ weights
    for part in range(PARTS):
        scores[told.part == part] = matrix[told.part == part] @ fitted(
            matrix, told, (told.part >= 0) & (told.part != part)
        )
    for half, rows in (("apart", told.part >= 0), ("held", told.part < 0)):
        for data_set, of_set in zip(SETS, (told.cast, ~told.cast), strict=True):
            gold, its = told.wanted[rows & of_set], scores[rows & of_set]
            taken = its > np.log(LEAST / (1 - LEAST))
            found = float((taken & gold).sum())
            print(f"{name}, {half}, {data_set}: {len(gold)} words, AUROC {auroc(its[gold], its[~gold]):.3f}, ", end="")
            print(f"precision {found / taken.sum():.3f}, recall {found / gold.sum():.3f}")


def weights_of(told: Words, center: Matrix, alone: Matrix, beside: Matrix) -> dict[str, Any]:
    """Put the weights down as `qa.topic` reads them; the vectors' mean goes into the constant."""
    count = len(told.names)
    vector = beside[count:]
    features = dict(zip(told.names, beside[:count], strict=True))
    features["constant"] -= float(center @ vector)
    return {
        "alone": {name: round(float(weight), 3) for name, weight in zip(told.names, alone, strict=True)},
        "beside": {name: round(float(weight), 3) for name, weight in features.items()},
        "vector": [round(float(weight), 4) for weight in vector],
    }


if __name__ == "__main__":
    main()
