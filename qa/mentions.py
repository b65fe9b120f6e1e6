"""An earlier turn into the things that it spoke of: its answer, and the noun phrases of its question."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from .noun_phrases import (
    HAVE,
    ends_like_verb,
    happens,
    inverted,
    is_body,
    is_noun,
    is_plural,
    is_verb,
    judges,
    name_runs,
    noun_end,
    subject_end,
)
from .question import ask
from .words import Word, word_set, words

_BEFORE_NOUNS = word_set("of about on with between and for in")
_BE = word_set("is are was were")
_INTRODUCING = re.compile(
    r"(?:.{1,20}[.!,] )?(?:(?:and|so|but|now|ok|okay|please),? )?"
    r"(?:(?:(?:can|could) you )?(?:tell me|talk) (?:more |something |a bit )?about|describe|explain|"
    r"(?:what|who)(?:['’]s| is| are| was| were)|(?:what|how) about|"
    r"i(?:['’]d| would) like to (?:know|learn) (?:more )?about) "
    r"(?P<phrase>.+)",
    re.IGNORECASE | re.DOTALL,
)
_NEXT_CLAUSE = re.compile(r",|\band (?:why|how|what|when|where|who)\b", re.IGNORECASE)
OWNED = word_set("most more own other first second third last only many few two three")
"""Stop words that may stand before what is somebody's: `her most famous book`."""
_DESCRIBED = re.compile(
    r"(?i:what(?:['’]s| is| was)) (?:[A-Z][\w .-]*['’]s?|(?i:his|her|its|their|the)) [a-z]|(?i:is|are|was|were) there\b"
)
"""What asks for a name: `What is the largest planet?` The answer is spoken of then, more than the planet."""
LONGEST_INTRODUCED = 4
"""Words of something that a question introduces."""
_TITLES = re.compile(
    r"(?:mr|mrs|ms|dr|president|minister|general|king|queen|pope|senator|professor|sir|lady|prince|princess|chancellor|"
    r"ambassador|secretary|judge|captain|colonel|saint)$",
    re.IGNORECASE,
)
_KIN = {
    "he": word_set("father son brother husband uncle nephew grandfather grandson"),
    "she": word_set("mother daughter sister wife aunt niece grandmother"),
}
_BEING = {
    "he": _KIN["he"] | word_set("mr sir lord king prince emperor man"),
    "she": _KIN["she"] | word_set("mrs ms miss lady queen princess empress widow woman"),
}
_COUNTRIES = word_set(
    """afghanistan albania algeria andorra angola argentina armenia australia austria azerbaijan bahrain bangladesh
    barbados belarus belgium belize benin bhutan bolivia bosnia botswana brazil britain brunei bulgaria burundi cambodia
    cameroon canada chile china colombia congo croatia cuba cyprus czechia denmark djibouti dominica ecuador egypt
    england eritrea estonia eswatini ethiopia fiji finland france gabon gambia germany ghana greece grenada guatemala
    guinea guyana haiti honduras hungary iceland india indonesia iran iraq ireland israel italy jamaica japan kazakhstan
    kenya kiribati kosovo kuwait kyrgyzstan laos latvia lebanon lesotho liberia libya liechtenstein lithuania luxembourg
    madagascar malawi malaysia maldives mali malta mauritania mauritius mexico micronesia moldova monaco mongolia
    montenegro morocco mozambique myanmar namibia nauru nepal netherlands nicaragua niger nigeria norway oman pakistan
    palau palestine panama paraguay peru philippines poland portugal qatar romania russia rwanda samoa scotland senegal
    serbia seychelles singapore slovakia slovenia somalia spain sudan suriname sweden switzerland syria taiwan
    tajikistan tanzania thailand togo tonga tunisia turkey turkmenistan tuvalu uganda ukraine uruguay uzbekistan vanuatu
    venezuela vietnam wales yemen zambia zimbabwe africa america asia europe antarctica"""
)
"""Countries of one word, which nobody means by `she`; Jordan, Georgia and Chad may be somebody, and are not here."""


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn: the question as it was understood, its short answer ("" where it abstained), what it listed, and
    the question as it was `said`.
    """

    question: str
    short: str
    listed: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was spoken of, and what can be told of it: a `person`, many (`plural`), a `place`."""

    text: str
    person: bool = False
    plural: bool = False
    place: bool = False
    name: bool = False


@lru_cache(maxsize=1024)
def mentions(turn: Turn) -> tuple[Mention, ...]:
    """Give what a turn spoke of, its subject first: the answer where the asking word was the subject."""
    asked = ask(turn.question)
    found = tuple(_phrases(turn.question))
    tokens = words(turn.short)
    name = any(token.capitalised and not token.stops for token in tokens)
    named = name and bool(_DESCRIBED.match(turn.question)) and not any(token.numeric for token in tokens)
    if asked.kind in ("date", "number", "amount", "measure", "reason", "manner") or not tokens or happens(tokens):
        return found
    if (asked.kind == "describe" and not named) or turn.question.lower().startswith("who or what "):
        return found
    answer = Mention(
        turn.short,
        person=name and (asked.kind == "person" or bool(being(turn.short))) and not is_body(tokens),
        plural=is_plural(tokens),
        place=asked.kind == "place" and name,
        name=name,
    )
    first = asked.subject or named or asked.kind in ("person", "which") or asked.focus
    return (answer, *found) if first else (*found, answer)


def being(text: str) -> str:
    """Say which pronoun somebody is called by for being that: *he* for `her brother Thomas`; "" where it is open."""
    said = {word.text.lower() for word in words(text)}
    told = [pronoun for pronoun, nouns in _BEING.items() if said & nouns]
    return told[0] if len(told) == 1 else ""


def introduced(question: str) -> tuple[int, int]:
    """Say where the thing stands that a question is wholly about: `blue whales` in `Tell me about the blue whales.`

    Gives its start and end in the question, without an article, twice 0 where a question asks for more than what
    something is.
    """
    asked = _INTRODUCING.fullmatch(question.rstrip("?!. "))
    if not asked:
        return 0, 0
    tokens = words(_NEXT_CLAUSE.split(asked["phrase"])[0])
    if tokens and tokens[0].text.lower() in ("the", "a", "an", "some"):
        tokens = tokens[1:]
    stops = [token.text.lower() for token in tokens if token.stops]
    named = 0 < len(tokens) <= LONGEST_INTRODUCED and not tokens[0].stops and not set(stops) - {"of", "and", "the"}
    if not named or judges(tokens[0]) or tokens[-1].text.lower().endswith("ed"):
        return 0, 0
    return asked.start("phrase") + tokens[0].start, asked.start("phrase") + tokens[-1].end


def _phrases(question: str) -> Iterator[Mention]:
    """Yield the noun phrases of a question that can be told without grammar: names, and nouns after an article.

    After `What is the history of ragu?`, `it` is ragu: what something is asked of comes before what is asked of it, and
    a subject without an article (`What do zoos say about the lions?`) after what is asked about.
    """
    tokens = words(question)
    asked = ask(question)
    runs = {first: last for first, last in name_runs(tokens) if not tokens[first].numeric}
    runs |= _introduced(question, tokens)
    yield from filter(None, (_counted(tokens), _relative(tokens)))
    later: list[Mention] = []
    i = 0
    while i < len(tokens):
        before = tokens[i - 1].text.lower() if i else ""
        article = before in ("the", "a", "an")
        last = runs.get(i, -1)
        subject = inverted(tokens, i - 1 if article else i)
        opens = article or (before in _BEFORE_NOUNS and i > 1) or (before in _BE and i == 2) or subject
        if last >= 0 and article and not subject and is_noun(tokens, last + 1) and not is_verb(tokens[last + 1].text):
            last += 1  # "the Astana agreement"
        if last < 0 and opens and is_noun(tokens, i) and (article or not ends_like_verb(tokens[i].text)):
            last = subject_end(tokens, i) if subject else noun_end(tokens, i)
        if last >= 0:
            mention = _mention(question, tokens, i, last, article, asked.kind)
            asked_of = [token.text.lower() for token in tokens[last + 1 : last + 2]] == ["of"]
            if (asked_of or (subject and not article)) and not mention.name:
                later.append(mention)
            else:
                yield mention
            if owned := _owned(question, tokens, i, last):
                yield owned
            owner = next((k for k in range(i, last) if tokens[k].text.endswith(("'s", "’s"))), -1)
            if owner >= 0 and tokens[i].capitalised:
                yield _mention(question, tokens, i, owner, article, "")
            i = last
        i += 1
    yield from later


def _relative(tokens: list[Word]) -> Mention | None:
    """Give somebody's relative where a question is whether there is one: `Did Ann Lee have a brother?`."""
    lower = [token.text.lower() for token in tokens]
    runs = list(name_runs(tokens))
    has = (
        lower[-2:-1] in (["a"], ["an"]) and any(lower[-1] in kin for kin in _KIN.values()) and HAVE.intersection(lower)
    )
    if len(runs) != 1 or not has:
        return None
    name = " ".join(token.text for token in tokens[runs[0][0] : runs[0][1] + 1])
    return Mention(f"{name}'s {lower[-1]}", person=True)


def _owned(question: str, tokens: list[Word], first: int, last: int) -> Mention | None:
    """Give what is somebody's, behind the name: `Ada's most famous book`."""
    at = last + 1
    while at < len(tokens) and (tokens[at].text in OWNED or judges(tokens[at])):
        at += 1
    if not tokens[last].text.endswith(("'s", "’s")) or at >= len(tokens) or tokens[at].stops:
        return None
    text = question[tokens[first].start : tokens[noun_end(tokens, at)].end]
    return Mention(text, person=bool(being(text)))


def _counted(tokens: list[Word]) -> Mention | None:
    """Give what a question counts: `How many employees took part?` speaks of employees."""
    lower = [token.text.lower() for token in tokens[:3]]
    things = lower[:2] == ["how", "many"] and len(lower) == 3 and not tokens[2].stops
    return Mention(f"the {tokens[2].text}", plural=True) if things else None


def _introduced(question: str, tokens: list[Word]) -> dict[int, int]:
    """Give the first and the last word of what a question introduces, where it is one noun phrase."""
    start, end = introduced(question)
    inside = [i for i, token in enumerate(tokens) if start <= token.start < end]
    return {inside[0]: inside[-1]} if inside and not any(tokens[i].stops for i in inside) else {}


def _mention(question: str, tokens: list[Word], first: int, last: int, article: bool, kind: str) -> Mention:
    run = tokens[first : last + 1]
    before = tokens[first - 1].text.lower() if first else ""
    name = run[0].capitalised
    start = tokens[first - 1].start if article else run[0].start
    text = re.sub(r"['’]s?$", "", question[start : run[-1].end])
    defined = kind == "describe" and tokens[0].text.lower() in ("who", "who's")
    country = len(run) == 1 and name and run[0].text.lower() in _COUNTRIES
    befallen = before == "to" and tokens[max(first - 2, 0)].text.lower() in ("happened", "happen", "happens")
    placed = country or (before in ("in", "at", "near", "from", "to") and name and not befallen)
    titled = any(_TITLES.match(token.text) for token in run) and not is_body(run)
    full = 2 <= len(run) <= 4 and all(token.capitalised for token in run) and not article and not is_body(run)
    alone = len(run) == 1 and name and not article and not run[0].text.isupper()
    thing = kind == "describe" and tokens[0].text.lower() in ("what", "what's") and first == 2
    person = name and (defined or titled or ((full or alone) and not placed and not thing))
    asked_who = tokens[0].text.lower() in ("who", "who's") and first - article == 2 and tokens[1].text.lower() in _BE
    person = person or bool(being(text)) or (asked_who and not is_body(run))
    return Mention(text, person=person, plural=is_plural(run), place=placed, name=name)
