"""A file of golden questions into measures: retrieval, answers, abstention, citations and latency."""

from __future__ import annotations

import gzip
import json
import math
import re
import statistics
import string
import time
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from index import Hit, Index

from .answer import ask
from .errors import QuestionError, QuestionFileError
from .retrieve import retrieve, stripped
from .types import Answer

RIGHT_F1 = 0.5
"""Overlap with a gold answer from which an answer counts as right."""

_APART = str.maketrans(string.punctuation, " " * len(string.punctuation))

DEPTH = 100
"""Hits among which the passages that hold a gold answer are looked for."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One golden question with the answers that are right; none means that abstaining is right."""

    question: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one golden question. `relevant` says of each hit whether it holds a gold answer."""

    turn: Turn
    answer: Answer
    seconds: float
    retrieve_seconds: float
    relevant: tuple[bool, ...]
    exact_match: float
    f1: float
    cited: bool
    literal: bool

    @property
    def right(self) -> bool:
        """Whether the short answer is one of the gold answers, or overlaps with one, or abstained where it should."""
        if not self.turn.answers or self.answer.abstained:
            return not self.turn.answers and self.answer.abstained
        return self.exact_match == 1 or self.f1 >= RIGHT_F1


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The measures over a question file; shares are between 0 and 1 (nan where nothing was asked of that kind)."""

    questions: int
    answerable: int
    right: float
    cited: float
    right_and_cited: float
    exact_match: float
    f1: float
    abstained_right: float
    abstention_precision: float
    abstention_recall: float
    citations_literal: float
    recall_at_1: float
    recall_at_5: float
    recall_at_10: float
    mrr: float
    ndcg_at_10: float
    ask_median_ms: float
    ask_p95_ms: float
    retrieve_median_ms: float
    retrieve_p95_ms: float

    def record(self) -> dict[str, float | None]:
        """Give the measures as plain JSON, null for those that nothing was asked for."""
        return {name: None if value != value else value for name, value in asdict(self).items()}


def read_questions(file: str | Path) -> list[list[Turn]]:
    """Read conversations, one a line: `{"turns": [{"question": "…", "answers": ["…"]}]}`, gzip where it ends in .gz."""
    try:
        raw = Path(file).read_bytes()
        text = (gzip.decompress(raw) if str(file).endswith(".gz") else raw).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise QuestionFileError(
            f"{file} cannot be read as a question file ({error}); give a JSON Lines file."
        ) from error
    conversations = [_conversation(file, i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]
    if not conversations:
        raise QuestionFileError(f"{file} has no questions; write one conversation a line.")
    return conversations


def outcomes(conversations: Sequence[Sequence[Turn]], index: Index) -> Iterator[Outcome]:
    """Ask every question in its conversation; the first asks of a process also load the models, so warm them before."""
    for conversation in conversations:
        history: list[Answer] = []
        for turn in conversation:
            since = time.perf_counter()
            answer = ask(turn.question, index=index, history=tuple(history))
            asked = time.perf_counter()
            hits = retrieve(answer.asked_as, DEPTH, index)
            yield _outcome(turn, answer, hits, asked - since, time.perf_counter() - asked, index)
            history.append(answer)


def evaluate(results: Sequence[Outcome]) -> Evaluation:
    """Sum outcomes up."""
    answerable = [o for o in results if o.turn.answers]
    unanswerable = [o for o in results if not o.turn.answers]
    abstained = [o for o in results if o.answer.abstained]
    found = [o for o in answerable if any(o.relevant)]
    milliseconds = sorted(o.seconds * 1000 for o in results)
    retrieve_milliseconds = sorted(o.retrieve_seconds * 1000 for o in results)
    quoting = [o for o in results if o.answer.citations]
    return Evaluation(
        questions=len(results),
        answerable=len(answerable),
        right=_mean([o.right for o in answerable]),
        cited=_mean([o.cited for o in answerable]),
        right_and_cited=_mean([o.right and o.cited for o in answerable]),
        exact_match=_mean([o.exact_match for o in answerable]),
        f1=_mean([o.f1 for o in answerable]),
        abstained_right=_mean([o.right for o in unanswerable]),
        abstention_precision=_mean([not o.turn.answers for o in abstained]),
        abstention_recall=_mean([o.answer.abstained for o in unanswerable]),
        citations_literal=_mean([o.literal for o in quoting]),
        recall_at_1=_mean([any(o.relevant[:1]) for o in answerable]),
        recall_at_5=_mean([any(o.relevant[:5]) for o in answerable]),
        recall_at_10=_mean([any(o.relevant[:10]) for o in answerable]),
        mrr=_mean([1 / (o.relevant.index(True) + 1) if o in found else 0.0 for o in answerable]),
        ndcg_at_10=_mean([ndcg([float(r) for r in o.relevant], 10) for o in answerable]),
        ask_median_ms=statistics.median(milliseconds) if milliseconds else math.nan,
        ask_p95_ms=_percentile(milliseconds, 0.95),
        retrieve_median_ms=statistics.median(retrieve_milliseconds) if results else math.nan,
        retrieve_p95_ms=_percentile(retrieve_milliseconds, 0.95),
    )


def outcome_record(outcome: Outcome) -> dict[str, Any]:
    """Give one outcome as plain JSON."""
    answer = outcome.answer
    return {
        "question": outcome.turn.question,
        "asked_as": answer.asked_as,
        "gold": list(outcome.turn.answers),
        "short": answer.short,
        "text": answer.text,
        "score": answer.score,
        "abstained": answer.abstained,
        "right": outcome.right,
        "cited": outcome.cited,
        "exact_match": outcome.exact_match,
        "f1": outcome.f1,
        "seconds": outcome.seconds,
    }


def normalised(text: str) -> str:
    """Lower case without punctuation, articles and spare space, as SQuAD's script compares answers."""
    text = "".join(character for character in text.lower() if character not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def exact_match(short: str, gold: str) -> float:
    """Compare two answers: 1 if they are equal after SQuAD's normalisation."""
    return float(normalised(short) == normalised(gold))


def f1(short: str, gold: str) -> float:
    """Compare two answers by the words that they share, after SQuAD's normalisation (Rajpurkar et al. 2016)."""
    ours, theirs = normalised(short).split(), normalised(gold).split()
    if not ours or not theirs:
        return float(ours == theirs)
    shared = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * shared / (len(ours) + len(theirs))


def ndcg(gains: Sequence[float], k: int, ideal: Sequence[float] | None = None) -> float:
    """Normalised discounted cumulative gain at k; `ideal` holds all gains there are, if the ranking does not."""
    best = sorted(gains if ideal is None else ideal, reverse=True)[:k]
    return _dcg(gains[:k]) / _dcg(best) if any(best) else 0.0


def _dcg(gains: Sequence[float]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains))


def _outcome(
    turn: Turn, answer: Answer, hits: Sequence[Hit], seconds: float, retrieve_seconds: float, index: Index
) -> Outcome:
    golds = () if answer.abstained else turn.answers  # one such as "A" has no words either
    return Outcome(
        turn=turn,
        answer=answer,
        seconds=seconds,
        retrieve_seconds=retrieve_seconds,
        relevant=tuple(_holds(hit.passage.text, turn.answers) for hit in hits),
        exact_match=max((exact_match(answer.short, gold) for gold in golds), default=0.0),
        f1=max((f1(answer.short, gold) for gold in golds), default=0.0),
        cited=any(_holds(citation.quote, turn.answers) for citation in answer.citations),
        literal=all(index.document(c.document_id).text[c.start : c.end] == c.quote for c in answer.citations),
    )


def _holds(text: str, answers: Sequence[str]) -> bool:
    """Say whether a text has the words of a right answer in a row; "Britain-based" and "Britain's" have "Britain"."""
    apart = text.translate(_APART)
    return any(
        f" {normalised(part)} " in f" {normalised(words)} "
        for answer in answers
        for words, part in ((text, answer), (apart, answer.translate(_APART)))
    )


def _conversation(file: str | Path, number: int, line: str) -> list[Turn]:
    try:
        turns = [_turn(turn["question"], turn["answers"]) for turn in json.loads(line)["turns"]]
    except QuestionError as error:
        raise QuestionFileError(f"{file}, line {number}: {error}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise QuestionFileError(
            f'{file}, line {number}, is not {{"turns": [{{"question": "…", "answers": ["…"]}}]}}; mend the line.'
        ) from error
    return turns


def _turn(question: Any, answers: Any) -> Turn:
    """Make a question of what a file says.

    Raises TypeError where the answers are no list, or anything is no string, and QuestionError where nothing is asked.
    """
    if not isinstance(answers, list) or not all(isinstance(text, str) for text in [question, *answers]):
        raise TypeError("a question is a string, and its answers are a list of strings")
    stripped(question)
    return Turn(question, tuple(answers))


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values) if values else math.nan


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)] if ordered else math.nan
