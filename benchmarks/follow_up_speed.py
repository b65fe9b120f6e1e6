"""A conversation into the time that it takes to search for its follow-ups: their wordings together, and one by one.

    python -m benchmarks.follow_up_speed [--library FOLDER]

Both ways are timed in turns on the same wordings, warm, so that they see the same machine; `answer` is a whole `ask` in
the conversation. Without a library of its own the seed article is asked.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from benchmarks.askers import QUESTIONS
from benchmarks.page import CONVERSATION, measures
from benchmarks.speed import seconds
from index import Hit, Index
from qa import Answer, ask
from qa.choose import search, together
from qa.follow_up import candidates
from qa.retrieve import retrieve
from qa.settings import SEEDS, open_library

DEPTH = 20
"""Hits of each wording, as `qa.choose` takes."""


def main() -> None:
    """Time the searches, then the answers, and print the measures in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="a library to ask (default: one with the seed article)")
    parser.add_argument("--rounds", type=int, default=10, help="times that each conversation is held")
    options = parser.parse_args()
    with ExitStack() as opened:
        folder = options.library or Path(opened.enter_context(tempfile.TemporaryDirectory()))
        index = opened.enter_context(open_library(folder))
        if not len(index):
            index.add(SEEDS)
        print(json.dumps(timed(index, options.rounds), indent=2))


def timed(index: Index, rounds: int) -> dict[str, dict[str, float]]:
    """Hold the conversation so many times, after once that is not counted."""
    times: dict[str, list[float]] = {"one by one": [], "together": [], "answer": []}
    for turn in range(rounds + 1):
        history: list[Answer] = []
        for question in QUESTIONS[:CONVERSATION]:
            wordings = candidates(question, history, index.embedder)
            ways: dict[str, Callable[[], object]] = {
                "one by one": partial(one_by_one, wordings, index),
                "together": partial(search, question, wordings, DEPTH, index),
                "answer": partial(ask, question, index, history),
            }
            for name, call in ways.items():
                if turn and history:
                    times[name].append(1000 * seconds(call))
            history = [*history, ask(question, index, history)]
    return {name: measures(values) for name, values in times.items()}


def one_by_one(wordings: Sequence[str], index: Index) -> list[Hit]:
    """Search for each wording by itself."""
    rankings = [retrieve(wording, DEPTH, index) for wording in dict.fromkeys(wordings)]
    return together(rankings, [1.0] * len(rankings))


if __name__ == "__main__":
    main()
