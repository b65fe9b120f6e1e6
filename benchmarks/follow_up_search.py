"""Conversations with human rewrites into a table: how near a follow-up's passages come to those of a person's wording.

    python -m benchmarks.follow_up_search --shared FOLDER [--cache FOLDER] [--passages 8000] [--questions 400]

One library holds a sample of real passages and, a document a dialogue, the answers of CANARD's conversations. It is
searched with the question as it was asked (raw), as Quotewise resolves it (wording), as Quotewise searches for it
(ours: the wording, and the conversation's topic beside it), and as a person wrote it (human). `nDCG@10` and `overlap@5`
compare a ranking with the one that the human wording gets, its first hit being worth 10 and its tenth 1: so human is 1
by definition, and the gap that is closed is a lower bound of sorts, since another ranking need not be a worse one.
`answer@5` is the share of CANARD's questions whose answer stands in one of the first five passages. Over the questions
that a person rewrote; `kept` says of the others, asked later in a conversation, how many are worded as they were.

Weights and defaults were chosen on half of the dialogues (`benchmarks.follow_up.fitted_on`): the `held` lines are about
the other half. Where the library does not speak of what is asked, the human wording's ranking is noise, and nothing but
that wording comes near it. So the `spoken of` lines repeat both for the questions whose human wording has a passage as
near (by cosine) as it has for all but a twentieth of CANARD's questions whose answer was found.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import random
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.files import read_rows
from benchmarks.follow_up import FollowUp, canard, conversation, fitted_on, mean, tokens, trec
from index import Document, Hit, Index
from qa import retrieve
from qa.answer import NEAREST
from qa.choose import search
from qa.evaluate import ndcg
from qa.follow_up import candidates, earlier
from qa.settings import open_library
from qa.subject import fitting

DEPTH = 10
"""Hits of the human wording that count as right."""

LEAST_ANSWER = 12
"""Characters of an answer that is looked for; `yes` stands everywhere."""

WAYS = ("raw", "wording", "ours", "human")


@dataclass(frozen=True, slots=True)
class Searched:
    """One question: its measures by the way of searching, whether it needs rewriting, whether its words were kept."""

    ndcg: dict[str, float]
    overlap: dict[str, float]
    answered: dict[str, bool]
    needy: bool
    kept: bool
    held: bool
    nearest: float


def main() -> None:
    """Measure both data sets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    parser.add_argument("--passages", type=int, default=8_000, help="real passages beside those of CANARD")
    parser.add_argument("--questions", type=int, default=400, help="later questions that are taken of each set")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir(), "quotewise-follow-up"), help="where the library goes"
    )
    options = parser.parse_args()
    folder = options.shared / "data" / "followup"
    answers = list(canard_answers(folder))
    sets = {
        "TREC CAsT 2019-20": [(follow_up, "") for follow_up in trec(folder)],
        "CANARD dev": list(zip(canard(folder), answers, strict=True)),
    }
    print(f"{'':20}{'way':>10}{'nDCG@10':>10}{'gap':>7}{'overlap@5':>11}{'gap':>7}{'answer@5':>10}{'gap':>7}")
    with library(options.shared / "data", options.cache, options.passages) as index:
        rows = {name: list(sample(index, questions, options.questions)) for name, questions in sets.items()}
    found = [row.nearest for row in rows["CANARD dev"] if row.answered.get("human")]
    least = statistics.quantiles(found, n=20)[0]
    for name, measured in rows.items():
        report(name, measured)
        report(f"{name}, held", [row for row in measured if row.held])
        near = [row for row in measured if row.nearest >= least]
        report(f"{name}, spoken of (from {least:.2f})", near)
        report(f"{name}, spoken of, held", [row for row in near if row.held])


def sample(index: Index, questions: Sequence[tuple[FollowUp, str]], count: int) -> Iterator[Searched]:
    """Search for some of the later questions, with their answers where those are known."""
    later = [pair for pair in questions if pair[0].turns]
    random.Random(3).shuffle(later)
    return (searched(index, *pair) for pair in later[:count])


def library(data: Path, cache: Path, count: int) -> Index:
    """Open the library, filled once: a sample of passages, and the answers of CANARD's dialogues under their titles."""
    index = open_library(cache)
    if not len(index):
        rows = [row for row in read_rows(data / "scale" / "passages.jsonl.gz") if row["src"] != "novels"]
        random.Random(7).shuffle(rows)
        sample = (
            Document(row["text"], row["doc"].replace("_", " ") if row["src"] == "squad_train" else "", row["id"])
            for row in rows[:count]
        )
        index.add_documents(itertools.chain(sample, dialogues(data / "followup")))
    return index


def dialogues(folder: Path) -> Iterator[Document]:
    """Put the answers of each CANARD dialogue into a document under its article's title and section."""
    found: dict[str, tuple[str, list[str]]] = {}
    for turn in rows_of(folder):
        title, section, *spoken = turn["History"]
        _, answers = found.setdefault(turn["QuAC_dialog_id"], (f"{title}: {section}", []))
        answers += [answer for answer in spoken[1::2] if answer not in answers and "know" not in answer]
    for name, (title, answers) in found.items():
        if answers:
            yield Document("\n\n".join(answers), title, name)


def canard_answers(folder: Path) -> Iterator[str]:
    """Give the answer to each question of CANARD: the next turn's history ends with it; "" where it is not known."""
    rows = rows_of(folder)
    following = {(turn["QuAC_dialog_id"], turn["Question_no"]): turn["History"] for turn in rows}
    for turn in rows:
        history = following.get((turn["QuAC_dialog_id"], turn["Question_no"] + 1), [])
        answer = history[-1] if len(history) == len(turn["History"]) + 2 else ""
        yield answer if len(answer) >= LEAST_ANSWER and "know" not in answer else ""


def rows_of(folder: Path) -> list[dict[str, Any]]:
    """Read CANARD's lines."""
    with gzip.open(folder / "canard_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def searched(index: Index, follow_up: FollowUp, answer: str) -> Searched:
    """Search for one question in every way."""
    history = conversation(follow_up)
    wordings = candidates(follow_up.question, history, index.embedder)
    wordings = fitting(follow_up.question, wordings, earlier(history), index.embedder)
    rankings = {
        "raw": retrieve(follow_up.question, DEPTH, index),
        "wording": retrieve(wordings[0], DEPTH, index),
        "ours": search(follow_up.question, wordings, DEPTH, index).hits,
        "human": retrieve(follow_up.rewrite, DEPTH, index),
    }
    gains = {hit.passage.id: float(DEPTH - place) for place, hit in enumerate(rankings["human"])}
    best = set(ids(rankings["human"])[:NEAREST])
    return Searched(
        ndcg={
            way: ndcg([gains.get(i, 0.0) for i in ids(hits)], DEPTH, list(gains.values()))
            for way, hits in rankings.items()
        },
        overlap={way: len(best.intersection(ids(hits)[:NEAREST])) / len(best) for way, hits in rankings.items()},
        answered={way: holds(hits[:NEAREST], answer) for way, hits in rankings.items()} if answer else {},
        needy=tokens(follow_up.question) != tokens(follow_up.rewrite),
        kept=wordings[0] == follow_up.question,
        held=not fitted_on(follow_up),
        nearest=index.dense(follow_up.rewrite, 1)[0].score,
    )


def ids(hits: Sequence[Hit]) -> list[int]:
    """Name the passages of a ranking."""
    return [hit.passage.id for hit in hits]


def holds(hits: Sequence[Hit], answer: str) -> bool:
    """Say whether an answer's beginning stands in one of the passages, which may end in the middle of it."""
    return any(answer[:60].strip() in hit.passage.text for hit in hits)


def report(name: str, rows: Sequence[Searched]) -> None:
    """Print a line for each way of searching, and the share of the gap between raw and human that it closes."""
    needy = [row for row in rows if row.needy]
    kept = mean([row.kept for row in rows if not row.needy])
    known = [row for row in needy if row.answered]
    print(f"{name}: {len(needy)} rewritten by a person, {len(known)} with a known answer; ", end="")
    print(f"{len(rows) - len(needy)} others, kept {kept:.3f}")
    values = [
        {way: mean([row.ndcg[way] for row in needy]) for way in WAYS},
        {way: mean([row.overlap[way] for row in needy]) for way in WAYS},
        {way: mean([row.answered[way] for row in known]) for way in WAYS},
    ]
    for way in WAYS:
        print(f"{'':20}{way:>10}", end="")
        for value, width in zip(values, (10, 11, 10), strict=True):
            gap = value["human"] - value["raw"]
            print(f"{value[way]:{width}.3f}{(value[way] - value['raw']) / gap if gap else 0:7.0%}", end="")
        print()


if __name__ == "__main__":
    main()
