"""A paragraph into questions that it answers for certain: who people are, what they said, how they described things.

People ask these of their own documents all the time, and crowd workers, who were shown one paragraph of an
encyclopedia, hardly ever did. Each pattern is narrow rather than complete: a question that is made must be answered by
the very words that it was made from.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAME = r"(?:(?:Mr|Mrs|Dr|St)\. )?[A-Z][\w’'-]+(?: (?:[A-Z][\w’'-]+|[A-Z]\.|of|de|al|van|von))* [A-Z][\w’'-]+"
_SPEAKER = r"(?P<name>(?:(?:Mr|Mrs|Dr|Miss|Sir|Lady|Captain)\.? )?[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
_VERBS = {
    "said": "say",
    "says": "say",
    "claimed": "claim",
    "argued": "argue",
    "warned": "warn",
    "announced": "announce",
    "stated": "state",
    "suggested": "suggest",
    "believed": "believe",
    "reported": "report",
    "declared": "declare",
    "proposed": "propose",
    "noted": "note",
    "concluded": "conclude",
    "wrote": "write",
    "replied": "reply",
    "answered": "answer",
}
_QUOTED = r"[“\"](?P<answer>[^“”\".!?]{12,160})[,.!?][”\"]"
_VERB = rf"(?P<verb>{'|'.join(_VERBS)})"
_NO_NAMES = (
    "He She It They We I You This That These Those There Who One Some Many The A An In On At For But And When While "
    "As If Here It's By From With"
)
_NOT_NAMES = frozenset(_NO_NAMES.split())
_CLAUSE = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|does|do|did|can|could|may|might|will|would|shall|should)\b"
)
_PERSONS = re.compile(
    r"\b(?:actor|actress|adviser|advisor|admiral|agent|ambassador|analyst|anthropologist|archaeologist|architect|artist|"
    r"astronomer|attorney|author|banker|biographer|biologist|bishop|brother|captain|chair|chairman|chairwoman|chancellor|"
    r"chef|chemist|chief|clergyman|coach|co-founder|colonel|columnist|commander|comedian|composer|conductor|cousin|critic|"
    r"daughter|dean|deputy|designer|diplomat|director|doctor|economist|editor|engineer|executive|explorer|farmer|father|"
    r"filmmaker|founder|friend|general|geologist|governor|grandson|guitarist|head|historian|husband|inventor|journalist|"
    r"judge|king|lawyer|leader|linguist|manager|mathematician|mayor|member|merchant|minister|missionary|monk|mother|"
    r"musician|nephew|novelist|officer|owner|painter|philosopher|photographer|physician|physicist|pianist|pilot|player|"
    r"playwright|poet|politician|president|priest|prince|princess|principal|producer|professor|psychologist|publisher|"
    r"queen|reporter|researcher|scholar|scientist|sculptor|secretary|senator|servant|singer|sister|sociologist|soldier|son|"
    r"songwriter|spokesman|spokesperson|spokeswoman|student|surgeon|teacher|theologian|treasurer|uncle|widow|wife|worker|"
    r"writer)$"
)
_DESCRIPTION = r"(?:(?:US|[a-z][\w’'-]+) ){0,5}(?:US|[a-z][\w’'-]+)(?: (?:of|for|to|from|at|in) [^,.;()“”\"]{3,60})?"

_SPEECH = (
    re.compile(rf"{_QUOTED} {_VERB} {_SPEAKER}\b"),
    re.compile(rf"{_QUOTED} {_SPEAKER} {_VERB}\b"),
    re.compile(rf"(?<![\w’'] ){_SPEAKER} {_VERB}[,:] {_QUOTED}"),
    re.compile(rf"(?<![\w’'] ){_SPEAKER} {_VERB} that (?P<answer>[^.;\n“”\"]{{15,160}})[.;]"),
)
_DESCRIBED = re.compile(
    rf"{_SPEAKER} (?:has |had |later |once )?described (?P<what>(?!himself|herself|itself)[^.,;“”\"]{{3,50}}) as "
    r"(?:an? |the )?[“\"]?(?P<answer>[^.;,“”\"]{8,100}[^.;,“”\"\s])[.,;”\"]"
)
_WHO = (
    re.compile(rf"(?P<name>{_NAME}), (?:an?|the) (?P<answer>{_DESCRIPTION}),(?! (?:and|or)\b)"),
    re.compile(rf"(?<!, )\b[Tt]he (?P<answer>{_DESCRIPTION}), (?P<name>{_NAME}),(?! (?:and|or)\b)"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """A question with the range of its answer in the paragraph."""

    question: str
    start: int
    end: int


def made_questions(paragraph: str) -> list[Made]:
    """Make questions of a paragraph; what two places of it would answer is left out."""
    found: dict[str, list[Made]] = {}
    for made in _all(paragraph):
        found.setdefault(made.question, []).append(made)
    return [many[0] for many in found.values() if len(many) == 1]


def _all(paragraph: str) -> Iterator[Made]:
    for pattern in _SPEECH:
        for match in pattern.finditer(paragraph):
            if match["name"].split()[0] not in _NOT_NAMES and _speaks_once(paragraph, match["name"]):
                yield _made(f"What did {match['name']} {_VERBS[match['verb']]}?", match)
    for match in _DESCRIBED.finditer(paragraph):
        if match["name"].split()[0] not in _NOT_NAMES:
            yield _made(f"How did {match['name']} describe {match['what']}?", match)
    for pattern in _WHO:
        for match in pattern.finditer(paragraph):
            head = re.split(r" (?:of|for|to|from|at|in) ", match["answer"])[0]
            if match["name"].split()[0] in _NOT_NAMES or _CLAUSE.search(match["answer"]):
                continue
            if _PERSONS.search(head):
                verb = random.Random(match["name"]).choice(("is", "is", "was"))
                yield _made(f"Who {verb} {match['name']}?", match)


def _made(question: str, match: re.Match[str]) -> Made:
    return Made(question, *match.span("answer"))


def _speaks_once(paragraph: str, name: str) -> bool:
    """Say whether only one thing that somebody of this name said can be meant."""
    last = re.escape(name.split()[-1])
    verbs = "|".join(_VERBS)
    return len(re.findall(rf"\b{last} (?:{verbs})\b|\b(?:{verbs}) (?:[A-Z][\w.’'-]+ )*{last}\b", paragraph)) == 1
