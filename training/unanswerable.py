"""A question that a passage answers into one that it does not: a name, number, word or sense of it is exchanged.

The kinds are those that the crowd workers of SQuAD 2.0 used (Rajpurkar et al. 2018, table 2): entity swap, antonym,
negation, an impossible condition, and words that make the question about something else. What is put in is preferably
something that the passage speaks of, or a word of like meaning, so that the question looks like one that could be
answered there: the twin of a question (`reader_data.groups`) then differs from it by what matters only.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import torch
from transformers import BertModel

from index.embed import packaged_folder
from qa.span_model import load_tokenizer
from qa.words import stem

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


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question in which `gone` was exchanged for `put`; an added condition or negation takes nothing away."""

    question: str
    gone: str
    put: str


def unanswerable(question: str, passage: str, article: Pool, rng: random.Random) -> Exchange | None:
    """Exchange one thing in the question so that the passage no longer answers it; None where nothing can be."""
    ways = list(WAYS)
    while ways:
        way = rng.choices(ways, [way.share for way in ways])[0]
        ways.remove(way)
        places = list(way.what.finditer(question))
        for place in rng.sample(places, len(places)):
            offers = way.offers(Place(place.group(), question, passage, article), rng)
            offers = [offer for offer in offers if offer.strip() and offer.strip().lower() not in question.lower()]
            if offers:
                put = rng.choice(offers)
                changed = question[: place.start()] + put + question[place.end() :]
                return Exchange(changed, place.group() if way.replaces else "", put)
    return None


@dataclass(frozen=True, slots=True)
class Place:
    """A word or words of a question that may be exchanged, with what lies round them."""

    words: str
    question: str
    passage: str
    article: Pool


Offers = Callable[[Place, random.Random], Sequence[str]]
"""Gives what may stand in a place."""


@dataclass(frozen=True, slots=True)
class Way:
    """A way to change a question: what is exchanged, for what, how often, and whether another thing takes its place."""

    what: re.Pattern[str]
    offers: Offers
    share: float
    replaces: bool = True


@lru_cache(maxsize=1)
def _vocabulary() -> tuple[dict[str, int], list[str], torch.Tensor]:
    """Give the encoder's whole words, by place and in order, with their unit vectors, shape (words, 384)."""
    folder = str(packaged_folder())
    numbers = load_tokenizer(folder).get_vocab()
    spelt = sorted(word for word in numbers if word.isalpha() and word.isascii() and len(word) > 2)
    encoder = BertModel.from_pretrained(folder, add_pooling_layer=False)
    vectors = encoder.embeddings.word_embeddings.weight.detach().float()[[numbers[word] for word in spelt]]
    unit = torch.nn.functional.normalize(vectors - vectors.mean(0), dim=1)
    return {word: i for i, word in enumerate(spelt)}, spelt, unit


@lru_cache(maxsize=100_000)
def alike(word: str) -> tuple[str, ...]:
    """Give words of like meaning and form, nearest first, without the very nearest, which often mean the same."""
    places, spelt, unit = _vocabulary()
    if word.lower() not in places:
        return ()
    near = (unit @ unit[places[word.lower()]]).topk(60).indices.tolist()
    found = [spelt[i] for i in near if stem(spelt[i]) != stem(word) and _form(spelt[i]) == _form(word)]
    return tuple(other.capitalize() if word[0].isupper() else other for other in found[3:25])


def _form(word: str) -> str:
    """Give the ending that tells verbs, adjectives and plurals apart, roughly."""
    endings = ("ing", "ed", "ly", "ion", "al", "ic", "ous", "ive", "est", "s")
    return next((ending for ending in endings if word.endswith(ending)), "")


def _nearest(word: str, offers: Sequence[str]) -> list[str]:
    """Keep the five words of those offered that are most like one in meaning, of its form, and no form of it."""
    places, _, unit = _vocabulary()
    if word.lower() not in places:
        return []
    fitting = {o for o in offers if o in places and _form(o) == _form(word) and stem(o) != stem(word)}
    likeness = {offer: float(unit[places[word.lower()]] @ unit[places[offer]]) for offer in fitting}
    return sorted(likeness, key=lambda offer: (-likeness[offer], offer))[:5]


def _either(rng: random.Random, *offers: Sequence[str]) -> Sequence[str]:
    """Take one of several lists that is not empty, the earlier ones rather."""
    for some in offers:
        if some and rng.random() < 0.6:
            return some
    return next((some for some in offers if some), ())


def _names_in(text: str) -> list[str]:
    return [name for name in _NAME.findall(text) if len(name) > 3]


def _names(place: Place, rng: random.Random) -> Sequence[str]:
    inside = [name for name in _names_in(place.passage) if name.split()[-1] not in place.question]
    return _either(rng, inside, alike(place.words), place.article.names)


def _words(place: Place, rng: random.Random) -> Sequence[str]:
    inside = _nearest(place.words, _WORD.findall(place.passage))
    return _either(rng, inside, alike(place.words), _nearest(place.words, place.article.words))


def _numbers(place: Place, rng: random.Random) -> Sequence[str]:
    inside = [number for number in _NUMBER.findall(place.passage) if len(number) == len(place.words)]
    near = []
    if place.words.isdecimal():
        near = [str(abs(int(place.words) + step)) for step in (-100, -10, -3, -2, -1, 1, 2, 3, 10, 100)]
    return _either(rng, inside, near, place.article.numbers)


def _conditions(place: Place, rng: random.Random) -> Sequence[str]:
    """Put a condition at the end that the passage knows nothing of, or that it speaks of in another matter."""
    when = [f" {rng.choice(('in', 'before', 'after'))} {n}" for n in place.article.numbers if len(n) == 4]
    where = [f" {rng.choice(('in', 'for', 'besides'))} {name}" for name in place.article.names if len(name) > 3]
    inside = [f" {rng.choice(('in', 'with', 'for', 'by'))} {name}" for name in _names_in(place.passage)]
    return [words + place.words for words in _either(rng, when, inside, where)]


def _negated(place: Place, rng: random.Random) -> Sequence[str]:
    return [place.words + rng.choice(["n't", " not", " never", " no longer"])]


WAYS = (
    Way(_NAME, _names, 0.27),
    Way(_WORD, _words, 0.35),
    Way(_OPPOSED, lambda place, _: ANTONYMS[place.words], 0.2),
    Way(_NUMBER, _numbers, 0.08),
    Way(re.compile(r"\?$"), _conditions, 0.05, replaces=False),
    Way(_AUXILIARY, _negated, 0.05, replaces=False),
)
