"""Documents into questions that they answer, for a person who does not know yet what to ask."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

from .types import Answer

LOOKED_AT = 40_000
"""Characters at the beginning of a document from which questions are made: enough for three, and quick."""

_NO_NAME = (
    "But And For The This That When While As If After Before With Of In On At By From To Since "
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday "
    "January February March April May June July August September October November December"
)
_NAME = (
    rf"(?:(?P<the>[Tt]he )|\b)(?!(?:{'|'.join(_NO_NAME.split())})\b)"
    r"(?P<name>[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|of|for|al|de|van|von))* [A-Z][\w’'-]+)"
)
_SAYING = {
    "announced": "announce",
    "claimed": "claim",
    "described": "describe",
    "discovered": "discover",
    "found": "find",
    "promised": "promise",
    "proposed": "propose",
    "recorded": "record",
    "reported": "report",
    "said": "say",
    "urged": "urge",
    "warned": "warn",
    "wrote": "write",
}
_NUMBER = (
    r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens|hundreds|thousands)"
    r"(?: (?:hundred|thousand|million|billion))?"
)
_TOO_PLAIN = "second minute hour day week month year decade centurie time percent mile kilometer kilometre metre dollar"
_SENTENCE = re.compile(r"[A-Z][^.!?\n]{30,400}[.!?]")
_SAID = re.compile(rf"{_NAME} (?P<verb>{'|'.join(_SAYING)}) (?=\w+ \w+ \w+)")
_COUNTED = re.compile(rf"\b{_NUMBER} (?P<things>(?:[a-z]+ )?(?!{'|'.join(_TOO_PLAIN.split())})[a-z]{{3,}}s)\b")
_ROLE = (
    "analyst author chairman chairwoman chair chief director editor founder governor head leader mayor member minister "
    "physicist president professor researcher scientist secretary senator spokesman spokeswoman teacher writer"
)
_INTRODUCED = re.compile(rf"{_NAME}, (?:an? |the )?(?:[a-z]+ ){{0,3}}(?:{'|'.join(_ROLE.split())})\b")


def candidate_questions(text: str) -> Iterator[tuple[str, str]]:
    """Make questions from the names and numbers of a text, each with the sentence that it was made from."""
    for found in _SENTENCE.finditer(text):
        sentence = found.group()
        if introduced := _INTRODUCED.search(sentence):
            yield f"Who is {introduced['name']}?", sentence
        if said := _SAID.search(sentence):
            the = "the " if said["the"] else ""
            yield f"What did {the}{said['name']} {_SAYING[said['verb']]}?", sentence
        counted = _COUNTED.search(sentence)
        if counted and not sentence[: counted.start()].endswith(("and ", "or ", "to ")):
            yield f"How many {counted['things']} were there?", sentence


def suggested_questions(
    texts: Iterable[str], answer: Callable[[str], Answer], most: int = 3, seconds: float = 5.0
) -> list[str]:
    """Choose questions that are answered with the very sentence that they were made from, at most one a sentence.

    Texts are visited in turn, so that several documents have their say. Stops at `most` questions or after `seconds`.
    """
    until = time.monotonic() + seconds
    made = [candidate_questions(text[:LOOKED_AT]) for text in texts]
    chosen: dict[str, str] = {}
    while made and len(chosen) < most:
        for candidates in list(made):
            question, sentence = next(candidates, ("", ""))
            if not question:
                made.remove(candidates)
            elif len(chosen) < most and sentence not in chosen.values() and _answers(answer(question), sentence):
                chosen[question] = sentence
            if time.monotonic() > until:
                return list(chosen)
    return list(chosen)


def _answers(answer: Answer, sentence: str) -> bool:
    """Say whether an answer's first quote is from this sentence."""
    quote = answer.citations[0].quote.strip() if answer.citations else ""
    return bool(quote) and (quote in sentence or sentence in quote)
