"""Conversations with human rewrites into a table: how near a resolved follow-up comes to what a person wrote.

    python -m benchmarks.follow_up --shared FOLDER [--json FILE]

`unchanged` is the share of questions that need no rewriting and are left as they are; `rewritten` the share of the
others that are changed; `raw` and `resolved` the mean token F1 with the human rewrite, before and after, over the
questions that need rewriting.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index import Passage
from qa.follow_up import resolve
from qa.types import Answer, Citation


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question, the turns before it as (question, answer), oldest first, and what a person made of it."""

    turns: tuple[tuple[str, str], ...]
    question: str
    rewrite: str


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured on one data set."""

    name: str
    questions: int
    stand_alone: int
    unchanged: float
    rewritten: float
    raw: float
    resolved: float


def main() -> None:
    """Measure both data sets and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/followup")
    parser.add_argument("--json", type=Path, help="also write the table to this file")
    parser.add_argument("--show", type=int, default=0, help="print this many rewritten questions of each set")
    options = parser.parse_args()
    folder = options.shared / "data" / "followup"
    sets = {"TREC CAsT 2019-20": list(trec(folder)), "CANARD dev": list(canard(folder))}
    rows = [measure(name, follow_ups, options.show) for name, follow_ups in sets.items()]
    print(f"{'':20}{'questions':>10}{'alone':>8}{'unchanged':>11}{'rewritten':>11}{'raw F1':>8}{'resolved F1':>13}")
    for row in rows:
        print(f"{row.name:20}{row.questions:10}{row.stand_alone:8}{row.unchanged:11.3f}{row.rewritten:11.3f}", end="")
        print(f"{row.raw:8.3f}{row.resolved:13.3f}")
    if options.json:
        options.json.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n")


def trec(folder: Path) -> Iterator[FollowUp]:
    """Read TREC CAsT: earlier turns are questions only."""
    with gzip.open(folder / "trec_cast_2019_2020.jsonl.gz", "rt", encoding="utf-8") as lines:
        for turn in map(json.loads, lines):
            yield FollowUp(tuple((question, "") for question in turn["history"]), turn["question"], turn["rewrite"])


def canard(folder: Path) -> Iterator[FollowUp]:
    """Read CANARD: the article's title opens the conversation, then questions and answers take turns."""
    with gzip.open(folder / "canard_dev.jsonl.gz", "rt", encoding="utf-8") as lines:
        for turn in map(json.loads, lines):
            title, _, *spoken = ("" if text == "I don't know." else text for text in turn["History"])
            pairs = zip(spoken[::2], [*spoken[1::2], ""], strict=False)
            yield FollowUp(((f"Tell me about {title}.", ""), *pairs), turn["Question"], turn["Rewrite"])


def fitted_on(follow_up: FollowUp) -> bool:
    """Say whether a dialogue, told by how it opens, is of the half on which weights and defaults are chosen."""
    opening = follow_up.turns[0][0] if follow_up.turns else follow_up.question
    return zlib.crc32(opening.encode()) % 2 == 0


def replay(follow_up: FollowUp) -> str:
    """Resolve a question after resolving each question before it, as in a conversation."""
    return resolve(follow_up.question, conversation(follow_up))


def conversation(follow_up: FollowUp) -> list[Answer]:
    """Hold the conversation before a question: its turns as answers, each question resolved after those before it."""
    history: list[Answer] = []
    for question, answer in follow_up.turns:
        history.append(said(question, resolve(question, history), answer))
    return history


def said(question: str, asked_as: str, answer: str) -> Answer:
    """Make an earlier answer whose short answer is the whole text, or an abstention where there is none."""
    if not answer.strip():
        return Answer(question=question, asked_as=asked_as)
    passage = Passage(0, "history", 0, len(answer), answer)
    return Answer(question=question, asked_as=asked_as, citations=(Citation(passage, 0, len(answer)),))


def measure(name: str, follow_ups: Sequence[FollowUp], show: int = 0) -> Row:
    """Compare with the human rewrites."""
    resolved = [replay(follow_up) for follow_up in follow_ups]
    pairs = list(zip(follow_ups, resolved, strict=True))
    alone = [p for p in pairs if tokens(p[0].question) == tokens(p[0].rewrite)]
    needy = [p for p in pairs if tokens(p[0].question) != tokens(p[0].rewrite)]
    for follow_up, text in pairs[:: max(len(pairs) // show, 1)] if show else []:
        print(f"  {follow_up.question}\n    ours:  {text}\n    human: {follow_up.rewrite}")
    return Row(
        name=name,
        questions=len(pairs),
        stand_alone=len(alone),
        unchanged=mean([text == f.question for f, text in alone]),
        rewritten=mean([text != f.question for f, text in needy]),
        raw=mean([f1(f.question, f.rewrite) for f, _ in needy]),
        resolved=mean([f1(text, f.rewrite) for f, text in needy]),
    )


def tokens(text: str) -> list[str]:
    """Cut into lower-case words, without possessive endings."""
    return re.findall(r"\w+", re.sub(r"['’]s?\b", "", text.lower()))


def f1(text: str, rewrite: str) -> float:
    """Compute the F1 of the words of two questions."""
    ours, theirs = tokens(text), tokens(rewrite)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


def mean(values: Sequence[float]) -> float:
    """Average, 0 for nothing."""
    return sum(values) / len(values) if values else 0.0


if __name__ == "__main__":
    main()
