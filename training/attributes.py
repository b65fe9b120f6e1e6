"""A passage into a question that people ask of every person, place or body, and that this passage says nothing of.

People ask their documents how old somebody is, who leads a town and how many live there, whether or not it is told;
crowd workers, who had to find the answer in their paragraph, asked it only where it is. Which words would tell it is
known for each question: where one of them stands in the passage, the question is not made.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][\w’'-]+)(?: (?:of |the |de |al-)?[A-Z][\w’'-]+)*")
_PERSON = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|President|Minister|General|Professor|actor|singer|writer|worker|officer|leader)\.? )"
    r"(?P<name>[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)*)"
)


@dataclass(frozen=True, slots=True)
class Attribute:
    """Ways to ask for something, and the words one of which a passage that tells it would hold."""

    asked: tuple[str, ...]
    told_by: re.Pattern[str]


def _attribute(told_by: str, *asked: str) -> Attribute:
    return Attribute(asked, re.compile(told_by, re.IGNORECASE))


_OF_PERSONS = (
    _attribute(r"\b(?:age|aged|old|born|birth|years?)\b|\b\d\d\b", "How old is {}?", "What is the age of {}?"),
    _attribute(r"\bborn|birth|\b1[5-9]\d\d\b", "When was {} born?", "Where was {} born?"),
    _attribute(r"wife|husband|spouse|marri|wed", "Who is {} married to?", "What is the name of {}'s wife?"),
    _attribute(r"child|son\b|sons\b|daughter|father|mother", "How many children does {} have?", "Who is {}'s father?"),
    _attribute(r"universit|college|school|educat|stud", "Where did {} go to school?", "What did {} study?"),
    _attribute(r"\bliv|home|resid|house|from\b", "Where does {} live?", "Where is {} from?"),
    _attribute(r"died|death|dead|kill|\bdie", "When did {} die?", "How did {} die?"),
    _attribute(r"earn|paid|pay|salar|wage|\$", "How much does {} earn?", "What is {}'s salary?"),
)
_OF_NAMES = (
    _attribute(
        r"population|inhabit|people|resid|\bliv", "What is the population of {}?", "How many people live in {}?"
    ),
    _attribute(
        r"president|leader|leads?\b|led\b|head|king|queen|minister|mayor|governor|chair|rule|chief|director",
        "Who is the president of {}?",
        "Who leads {}?",
        "Who is the head of {}?",
        "Who is the mayor of {}?",
    ),
    _attribute(
        r"found|establish|creat|built|start|began|form|open|\b1\d\d\d\b|\b20\d\d\b",
        "Who founded {}?",
        "When was {} founded?",
        "When did {} begin?",
    ),
    _attribute(r"\bown|belong|property|bought|acquire", "Who owns {}?"),
    _attribute(r"cost|price|\$|£|€|worth|expens|paid|fee", "How much did {} cost?", "What is the price of {}?"),
    _attribute(r"employ|work|staff|member|job", "How many people work for {}?", "How many members does {} have?"),
    _attribute(r"capital|city", "What is the capital of {}?"),
    _attribute(r"\barea|square|acre|hectare|size|large|\bkm|mile", "What is the area of {}?", "How large is {}?"),
    _attribute(r"name|call|mean|stand|abbrev|known", "What does {} stand for?", "What does the name {} mean?"),
)


def asked_in_vain(passage: str, rng: random.Random) -> str | None:
    """Make a question about a name in the passage whose answer the passage does not tell; None where none is sure."""
    persons = sorted({match["name"] for match in _PERSON.finditer(passage)})
    names = sorted({match.group() for match in _NAME.finditer(passage)} - set(persons))
    offers = [(name, attribute) for name in persons for attribute in _OF_PERSONS]
    if names and (not offers or rng.random() < 0.6):
        offers = [(name, attribute) for name in names for attribute in _OF_NAMES]
    offers = [(name, attribute) for name, attribute in offers if not attribute.told_by.search(passage)]
    if not offers:
        return None
    name, attribute = rng.choice(offers)
    return rng.choice(attribute.asked).format(name)
