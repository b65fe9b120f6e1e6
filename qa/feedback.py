"""Thumbs up and down on answers into notes of the library, and those into a question file for `quotewise eval`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from index import Index
from index.draft import written_whole

from .errors import FeedbackError
from .types import Answer

PREFIX = "verdict/"
"""What the names of the notes begin with."""

LONGEST_WORD = 500
"""Characters of the word that a person may add."""

_KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a person thinks of an answer or an abstention.

    `word` is what would have been right (for a thumb down), or a remark (for a thumb up); `short` is the answer that
    was given, "" for an abstention, and `places` are those of its quotes: document id, start, end. `when` is UTC, and
    `among` says that only chosen documents were asked.
    """

    key: str
    question: str
    asked_as: str
    up: bool
    word: str
    short: str
    places: tuple[tuple[str, int, int], ...]
    score: float
    when: str
    among: bool = False  # verdicts of earlier versions do not say

    @property
    def gold(self) -> tuple[str, ...] | None:
        """The right answers, () for an abstention that was right, None where this verdict does not tell.

        That chosen documents hold no answer does not tell that the library holds none.
        """
        right = self.short if self.up else self.word
        if right:
            return (right,)
        return () if self.up and not self.among else None


def keep_verdict(index: Index, key: str, answer: Answer, up: bool, word: str = "") -> Verdict:
    """Keep a verdict in the library; one with the same key is replaced. Raises FeedbackError for a word too long."""
    word = _storable(" ".join(word.split()))
    if len(word) > LONGEST_WORD:
        raise FeedbackError(f"That is too long ({len(word):,} characters); say it in at most {LONGEST_WORD}.")
    places = tuple((citation.document_id, citation.start, citation.end) for citation in answer.citations)
    when = datetime.now(UTC).isoformat(timespec="milliseconds")
    question, asked_as = _storable(answer.question), _storable(answer.asked_as or answer.question)
    among, score = bool(answer.documents), round(answer.score, 4)
    verdict = Verdict(key, question, asked_as, up, word, answer.short, places, score, when, among)
    index.keep_note(_name(key), json.dumps(asdict(verdict)))
    return verdict


def take_back(index: Index, key: str) -> None:
    """Forget a verdict, if there is one with this key."""
    index.drop_note(_name(key))


def verdicts(index: Index) -> list[Verdict]:
    """Give every verdict, oldest first."""
    found = [json.loads(text) for text in index.notes(PREFIX).values()]
    read = [
        Verdict(**{**record, "places": tuple((i, start, end) for i, start, end in record["places"])})
        for record in found
    ]
    return sorted(read, key=lambda verdict: (verdict.when, verdict.key))


def question_lines(given: Iterable[Verdict]) -> list[str]:
    """Write verdicts, oldest first, as the lines of a question file, one for each question that an answer is known to.

    A question stands there as it was understood, since a follow-up has no conversation around it there. What several
    verdicts hold right is right; where one of them says that there is no answer, the latest counts.
    """
    gold: dict[str, tuple[str, ...]] = {}
    for verdict in given:
        right = verdict.gold
        if right is not None:
            before = gold.get(verdict.asked_as, ())
            gold[verdict.asked_as] = tuple(dict.fromkeys(before + right)) if before and right else right
    return [
        json.dumps({"turns": [{"question": question, "answers": list(answers)}]}, ensure_ascii=False)
        for question, answers in gold.items()
    ]


def write_questions(file: Path, lines: Iterable[str]) -> None:
    """Write lines into a new question file, whole or not at all; FeedbackError where there is a file already."""
    draft = file.parent / f".{file.name}.new"
    try:
        if file.is_symlink() or file.exists():
            raise FeedbackError(f"{file} is there already; choose another name, so that nothing is written over.")
        with written_whole(file, draft) as out:
            out.writelines(f"{line}\n".encode() for line in lines)
    except OSError as error:
        raise FeedbackError(f"{file} cannot be written ({error.strerror}); choose another place.") from error


def _name(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise FeedbackError("A verdict needs a key of up to 64 letters, digits and hyphens.")
    return PREFIX + key


def _storable(text: str) -> str:
    """Write lone surrogates, which no file holds, as question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
