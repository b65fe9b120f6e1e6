"""A question that a passage answers into one that it does not: a name, number, word or sense of it is exchanged.

The kinds are those that the crowd workers of SQuAD 2.0 used (Rajpurkar et al. 2018, table 2): entity swap, antonym,
negation, and words that make the question about something else. Every exchanged word is taken from the same article, so
that the question stays on the subject and looks like a question somebody would ask.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_NAME = re.compile(r"(?<=[a-z,;] )(?:[A-Z][\w’'-]*)(?: (?:of |the |de )?[A-Z][\w’'-]*)*")
_NUMBER = re.compile(r"\b\d[\d,.]*\d\b|\b\d\b")
_AUXILIARY = re.compile(r"\b(is|are|was|were|did|does|do|has|have|had|could|would|should)\b", re.IGNORECASE)

_COMMON = (
    "what when where which who whom whose why how that this these those there their they them then than with "
    "from into were was does have been being would could should about many much long often kind type name "
    "called some other after before during between because according used most more less least first last"
)
_WORD = re.compile(rf"\b(?!(?:{'|'.join(_COMMON.split())})\b)[a-z]{{4,}}\b")

_OPPOSITES = (
    "first/last before/after north/south east/west northern/southern eastern/western largest/smallest "
    "larger/smaller highest/lowest higher/lower high/low oldest/newest older/younger old/young old/new most/least "
    "more/fewer more/less best/worst better/worse longest/shortest longer/shorter long/short early/late "
    "earlier/later earliest/latest increase/decrease increased/decreased increasing/decreasing rise/fall "
    "rose/fell gain/lose gained/lost win/lose won/lost begin/end began/ended start/stop started/stopped "
    "founded/abolished created/destroyed built/demolished male/female men/women man/woman father/mother "
    "son/daughter brother/sister husband/wife king/queen boys/girls allow/forbid allowed/forbidden accept/reject "
    "accepted/rejected support/oppose supported/opposed join/leave joined/left enter/exit entered/left "
    "import/export imports/exports buy/sell bought/sold arrive/depart arrived/departed love/hate liked/disliked "
    "same/different similar/different common/rare popular/unpopular strong/weak stronger/weaker rich/poor "
    "public/private major/minor positive/negative legal/illegal upper/lower inside/outside above/below "
    "include/exclude included/excluded including/excluding always/never internal/external modern/ancient "
    "domestic/foreign local/national urban/rural winter/summer morning/evening day/night cause/prevent "
    "caused/prevented majority/minority maximum/minimum success/failure successful/unsuccessful help/hinder "
    "praised/criticized attack/defend attacked/defended agreed/disagreed known/unknown able/unable "
    "possible/impossible likely/unlikely beginning/end ally/enemy allies/enemies friend/enemy hot/cold warm/cool "
    "light/dark black/white left/right open/closed opened/closed full/empty fast/slow faster/slower heavy/light "
    "hard/soft wet/dry safe/dangerous"
)


def _antonyms() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for pair in _OPPOSITES.split():
        one, other = pair.split("/")
        found.setdefault(one, []).append(other)
        found.setdefault(other, []).append(one)
    return found


ANTONYMS = _antonyms()
_OPPOSED = re.compile(rf"\b(?:{'|'.join(ANTONYMS)})\b")


@dataclass(frozen=True, slots=True)
class Pool:
    """What an article's questions talk about: names, numbers and words to exchange."""

    names: tuple[str, ...]
    numbers: tuple[str, ...]
    words: tuple[str, ...]


def pool(questions: Sequence[str]) -> Pool:
    """Collect what the questions of one article talk about."""
    return Pool(
        names=tuple(sorted({name for question in questions for name in _NAME.findall(question)})),
        numbers=tuple(sorted({number for question in questions for number in _NUMBER.findall(question)})),
        words=tuple(sorted({word for question in questions for word in _WORD.findall(question)})),
    )


def unanswerable(question: str, passage: str, article: Pool, rng: random.Random) -> str | None:
    """Exchange one thing in the question so that the passage no longer answers it; None where nothing can be."""
    ways = list(WAYS)
    while ways:
        way = rng.choices(ways, [way.share for way in ways])[0]
        ways.remove(way)
        places = list(way.what.finditer(question))
        for place in rng.sample(places, len(places)):
            offers = [offer for offer in way.offers(place.group(), article, rng) if offer not in question]
            inside = [offer for offer in offers if offer in passage] if way.from_the_passage else []
            if offers:
                offer = rng.choice(inside if inside and rng.random() < 0.5 else offers)
                return question[: place.start()] + offer + question[place.end() :]
    return None


Offers = Callable[[str, Pool, random.Random], Sequence[str]]
"""Gives what may stand in the place of a word."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to change a question: what is exchanged, for what, how often, and whether preferably for the passage's."""

    what: re.Pattern[str]
    offers: Offers
    share: float
    from_the_passage: bool = False


def _near(number: str, rng: random.Random) -> str:
    return str(int(number) + rng.choice([-10, -2, -1, 1, 2, 3, 10])) if number.isdecimal() else number


def _negated(auxiliary: str, rng: random.Random) -> str:
    return auxiliary + rng.choice(["n't", " not", " never"])


WAYS = (
    Way(_NAME, lambda _, article, __: article.names, 0.3, from_the_passage=True),
    Way(_WORD, lambda word, article, _: [other for other in article.words if other[-2:] == word[-2:]], 0.3),
    Way(_OPPOSED, lambda word, _, __: ANTONYMS[word], 0.2),
    Way(_NUMBER, lambda number, article, rng: (*article.numbers, *[_near(number, rng)] * 3), 0.14, True),
    Way(_AUXILIARY, lambda auxiliary, _, rng: [_negated(auxiliary, rng)], 0.06),
)
