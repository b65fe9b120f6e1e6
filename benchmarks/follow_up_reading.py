"""Questions in the middle of a conversation into answers, by whether the raw or the resolved question is read.

    python -m benchmarks.follow_up_reading --shared FOLDER [--questions 1500]

Two kinds of questions that `qa.follow_up` rewords. *Stand-alone* ones are SQuAD 2.0's, put after up to three others and
their answers, of the same article or of another one: they mean what they say, so the raw question should be read, and a
rewording of it is a mistake. *Follow-ups* are CANARD's, of which those count that a person rewrote: the resolved
question should be read. An answer is right where it overlaps the gold answer (SQuAD) or lies in what was said (CANARD);
where there is none, an abstention is. Those that keep their words (`kept`) are read by what is found with the
conversation's topic (`resolved`, as shipped) and by what their own words find (`raw`).

Ways: `resolved`, `raw`; `refused`, as shipped: the raw question where the resolved one is refused and the raw one may
stand alone (`qa.choose.stands_alone`); and the `higher` probability of both, where raw leads by a margin, for every
question or only for those that `may` mean what they say (a pronoun that follows in a later clause, or none).
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.files import read_json
from benchmarks.follow_up import FollowUp, canard, conversation, fitted_on, mean, tokens
from benchmarks.follow_up_search import canard_answers, library
from benchmarks.reader import is_right
from index import Document, Index
from qa import Answer, retrieve
from qa.answer import NEAREST, READ
from qa.choose import search, stands_alone
from qa.follow_up import candidates, earlier
from qa.pronouns import refers, refers_inside
from qa.settings import open_library, reader_for
from qa.subject import fitting

BEFORE = 3
"""Questions at most that are asked before one of SQuAD's."""

MARGINS = (0.0, 0.1, 0.2, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question after others, and its answers; none means that it has none."""

    follow_up: FollowUp
    golds: tuple[str, ...]
    fitted: bool


@dataclass(frozen=True, slots=True)
class Read:
    """What reading one wording gave: the probability, whether it was answered, and whether that is right."""

    score: float
    answered: bool
    right: bool


@dataclass(frozen=True, slots=True)
class Both:
    """A question that was read in both wordings, whether it has an answer, and what can be told of its raw wording."""

    resolved: Read
    raw: Read
    answerable: bool
    may: bool
    alone: bool
    fitted: bool


def main() -> None:
    """Read both kinds of questions and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, required=True, help="the folder that holds data/")
    parser.add_argument("--questions", type=int, default=1_500, help="questions of each kind that are looked at")
    parser.add_argument(
        "--cache", type=Path, default=Path(tempfile.gettempdir(), "quotewise-follow-up"), help="CANARD's library"
    )
    options = parser.parse_args()
    data, rng = options.shared / "data", random.Random(5)
    with tempfile.TemporaryDirectory() as folder, open_library(folder) as index:
        articles = read_json(data / "reader" / "squad2_dev_tune.json.gz")["data"]
        index.add_documents(
            Document(p["context"], a["title"].replace("_", " ")) for a in articles for p in a["paragraphs"]
        )
        asked = list(squad(articles, rng))[: options.questions]
        report("stand-alone", read_both(index, asked, inside=False))
        report("stand-alone, kept", read_both(index, asked, inside=False, reworded=False))
    with library(data, options.cache, 8_000) as index:
        spoken = list(follow_ups(data / "followup"))
        rng.shuffle(spoken)
        report("follow-ups", read_both(index, spoken[: options.questions], inside=True))
        report("follow-ups, kept", read_both(index, spoken[: options.questions], inside=True, reworded=False))


def squad(
    articles: Sequence[dict[str, list[dict[str, list[dict[str, object]]]]]], rng: random.Random
) -> Iterator[Asked]:
    """Put questions of SQuAD after questions and answers of an article, in random order."""
    asked = [[_golds(qa) for p in article["paragraphs"] for qa in p["qas"]] for article in articles]
    known = [[(question, golds[0]) for question, golds in article if golds] for article in asked]
    every = [(place, question, golds) for place, article in enumerate(asked) for question, golds in article]
    rng.shuffle(every)
    for place, question, golds in every:
        before = known[place] if rng.random() < 0.5 else rng.choice(known)
        turns = rng.sample([turn for turn in before if turn[0] != question], rng.randint(1, BEFORE))
        yield Asked(FollowUp(tuple(turns), question, question), golds, place % 2 == 0)


def _golds(qa: dict[str, object]) -> tuple[str, tuple[str, ...]]:
    answers = qa["answers"]
    texts = [answer["text"] for answer in answers] if isinstance(answers, list) else []
    return str(qa["question"]), tuple(dict.fromkeys(texts))


def follow_ups(folder: Path) -> Iterator[Asked]:
    """Give CANARD's later questions that a person rewrote and whose answer is known."""
    for follow_up, answer in zip(canard(folder), canard_answers(folder), strict=True):
        if answer and tokens(follow_up.question) != tokens(follow_up.rewrite):
            yield Asked(follow_up, (answer,), fitted_on(follow_up))


def read_both(index: Index, questions: Sequence[Asked], inside: bool, reworded: bool = True) -> list[Both]:
    """Read those of the questions that are reworded in both wordings; right is what lies `inside` a gold answer.

    Or read those that keep their words, by what is found with the conversation's topic and by what they find alone.
    """
    reader, found = reader_for(index.embedder), []
    for asked in questions:
        question, history = asked.follow_up.question, conversation(asked.follow_up)
        wordings = fitting(question, candidates(question, history, index.embedder), earlier(history), index.embedder)
        if (wordings[0] != question) != reworded:
            continue
        raw_hits = retrieve(question, READ, index)
        judge = partial(judged, asked.golds, inside)
        found.append(
            Both(
                resolved=judge(reader.read(wordings[0], search(question, wordings, READ, index).hits)),
                raw=judge(reader.read(question, raw_hits)),
                answerable=bool(asked.golds),
                may=refers_inside(question) or not refers(question),
                alone=stands_alone(question, raw_hits[:NEAREST]),
                fitted=asked.fitted,
            )
        )
    return found


def judged(golds: Sequence[str], inside: bool, answer: Answer) -> Read:
    """Say whether an answer is right."""
    short = answer.short
    near = any(short in gold for gold in golds) if inside else is_right(short, golds)
    return Read(answer.score, not answer.abstained, answer.abstained if not golds else not answer.abstained and near)


def ways() -> Iterator[tuple[str, Callable[[Both], Read]]]:
    """Give each way of choosing between the two."""
    yield "resolved", lambda both: both.resolved
    yield "raw", lambda both: both.raw
    yield (
        "refused",
        lambda both: both.raw if both.alone and not both.resolved.answered and both.raw.answered else both.resolved,
    )
    for margin in MARGINS:
        yield f"higher, {margin}", partial(higher, margin, False)
        yield f"may, {margin}", partial(higher, margin, True)


def higher(margin: float, only_may: bool, both: Both) -> Read:
    """Take the raw question's answer where its probability leads by a margin."""
    leads = both.raw.score > both.resolved.score + margin and (both.may or not only_may)
    return both.raw if leads and both.raw.answered else both.resolved


def report(name: str, rows: Sequence[Both]) -> None:
    """Print how many answers are right and wrong, of the questions that have one and of those that have none."""
    for half, chosen in (("fitted on", [r for r in rows if r.fitted]), ("held", [r for r in rows if not r.fitted])):
        known, others = [r for r in chosen if r.answerable], [r for r in chosen if not r.answerable]
        print(f"{name}, {half}: {len(known)} with an answer, {len(others)} without")
        print(f"{'':16}{'right':>8}{'wrong':>8}{'abstained where there is none':>32}")
        for way, choose in ways():
            taken = [choose(row) for row in known]
            right, answered = mean([t.right for t in taken]), mean([t.answered for t in taken])
            print(f"{way:16}{right:8.3f}{answered - right:8.3f}{mean([choose(row).right for row in others]):32.3f}")


if __name__ == "__main__":
    main()
