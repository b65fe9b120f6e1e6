"""Conversations with human rewrites into the weights that tell which words a question leaves out (`qa/topic.json`).

    python -m training.fit_topic --shared FOLDER [--write]

A logistic regression over the words of earlier turns: does a person's rewriting of the question have the word? It is
fitted on half of the dialogues of TREC CAsT and CANARD dev (`benchmarks.follow_up.fitted_on`), CAsT's, which has half
as many words, twice, and reported on the other half: AUROC, and precision and recall of the words that are taken.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.follow_up import FollowUp, canard, fitted_on, said, trec
from benchmarks.measures import auroc, logistic_fit
from qa import topic
from qa.follow_up import earlier, resolve
from qa.topic import LEAST, told
from qa.types import Answer
from qa.words import words

WEIGHTS = Path(topic.__file__).parent / "topic.json"

Rows = tuple[list[str], list[list[float]], list[bool]]
"""The names of the features, and for each word their values and whether a person's rewriting has it."""


def main() -> None:
    """Fit, report, and write the weights where asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/followup")
    parser.add_argument("--write", action="store_true", help="write the weights to qa/topic.json")
    options = parser.parse_args()
    folder = options.shared / "data" / "followup"
    sets = {"TREC CAsT": list(trec(folder)), "CANARD": list(canard(folder))}
    twice = [*sets["TREC CAsT"], *sets["TREC CAsT"], *sets["CANARD"]]
    names, values, wanted = features([follow_up for follow_up in twice if fitted_on(follow_up)])
    weights = logistic_fit(np.array(values), np.array(wanted, float))
    for name, follow_ups in sets.items():
        _, held, right = features([f for f in follow_ups if not fitted_on(f)])
        scores = np.array(held) @ weights
        taken, gold = scores > np.log(LEAST / (1 - LEAST)), np.array(right)
        found = float((taken & gold).sum())
        print(f"{name}: {len(gold)} words, AUROC {auroc(scores[gold], scores[~gold]):.3f}, ", end="")
        print(f"precision {found / taken.sum():.3f}, recall {found / gold.sum():.3f}")
    if options.write:
        record = {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}
        WEIGHTS.write_text(json.dumps(record, indent=1) + "\n")


def features(follow_ups: Sequence[FollowUp]) -> Rows:
    """Tell what is told of every word of the history of these questions."""
    names: list[str] = []
    values: list[list[float]] = []
    wanted: list[bool] = []
    for follow_up in follow_ups:
        history: list[Answer] = []
        for question, short in follow_up.turns:
            history.append(said(question, resolve(question, history), short))
        rewritten = {word.stem for word in words(follow_up.rewrite)}
        for word, row in told(follow_up.question, earlier(history)).items():
            names = list(row)
            values.append(list(row.values()))
            wanted.append(words(word)[0].stem in rewritten)
    return names, values, wanted


if __name__ == "__main__":
    main()
