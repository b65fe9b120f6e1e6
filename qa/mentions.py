"""An earlier turn into the things that it spoke of: its answer, and the noun phrases of its question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .question import ask
from .words import Word, word_set, words

_BEFORE_NOUNS = word_set("of about is are was were on with between and for in")
_TITLES = re.compile(
    r"(?:mr|mrs|ms|dr|president|minister|general|king|queen|pope|senator|professor|sir|lady|prince|princess|chancellor|"
    r"ambassador|secretary|judge|captain|colonel|saint)$",
    re.IGNORECASE,
)
_BODIES = word_set(
    """university party group council nations union observatory city river states state province company
    corporation institute museum party league team church bank army war battle act treaty empire kingdom republic
    island sea ocean mountain lake college school government commission committee association organization
    organisation agency"""
)


@dataclass(frozen=True, slots=True)
class Turn:
    """An earlier turn: the question as it was understood, its short answer ("" where it abstained), what it listed."""

    question: str
    short: str
    listed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Something that was spoken of, and what can be told of it: a `person`, many (`plural`), a `place`."""

    text: str
    person: bool = False
    plural: bool = False
    place: bool = False
    name: bool = False


def mentions(turn: Turn) -> list[Mention]:
    """List what a turn spoke of, its subject first: the answer where the asking word was the subject."""
    asked = ask(turn.question)
    found = list(_phrases(turn.question))
    if not turn.short or asked.kind in ("describe", "date", "number", "amount", "measure", "reason", "manner"):
        return found
    tokens = words(turn.short)
    name = any(token.capitalised and not token.stops for token in tokens)
    answer = Mention(
        turn.short,
        person=asked.kind == "person" and name and not _is_body(tokens),
        plural=_is_plural(tokens),
        place=asked.kind == "place" and name,
        name=name,
    )
    first = asked.subject or asked.kind in ("person", "which") or asked.focus
    return [answer, *found] if first else [*found, answer]


def _phrases(question: str) -> Iterator[Mention]:
    """Yield the noun phrases of a question that can be told without grammar: names, and nouns after an article.

    After `What is the history of ragu?`, `it` is ragu: what something is asked of comes before what is asked of it.
    """
    tokens = words(question)
    asked = ask(question)
    runs = {first: last for first, last in name_runs(tokens) if not tokens[first].numeric}
    asked_of: list[Mention] = []
    i = 0
    while i < len(tokens):
        before = tokens[i - 1].text.lower() if i else ""
        article = before in ("the", "a", "an")
        last = runs.get(i, -1)
        if last < 0 and not tokens[i].stops and (article or (before in _BEFORE_NOUNS and i > 1)):
            last = _noun_end(tokens, i)
        if last >= 0:
            mention = _mention(question, tokens, i, last, article, asked.kind)
            if not mention.name and [token.text.lower() for token in tokens[last + 1 : last + 2]] == ["of"]:
                asked_of.append(mention)
            else:
                yield mention
            i = last
        i += 1
    yield from asked_of


def _noun_end(tokens: list[Word], i: int) -> int:
    """Say which word ends the noun phrase that starts at word `i`: three words at most, none of them like a verb."""
    last = i
    while (
        last + 1 < len(tokens) and last - i < 2 and not tokens[last + 1].stops and not tokens[last].text.endswith("s")
    ):
        if tokens[last + 1].text.lower().endswith(("ed", "ing")):
            break
        last += 1
    return last


def _mention(question: str, tokens: list[Word], first: int, last: int, article: bool, kind: str) -> Mention:
    run = tokens[first : last + 1]
    before = tokens[first - 1].text.lower() if first else ""
    name = run[0].capitalised
    start = tokens[first - 1].start if article else run[0].start
    text = re.sub(r"['’]s?$", "", question[start : run[-1].end])
    defined = kind == "describe" and tokens[0].text.lower() in ("who", "who's")
    placed = before in ("in", "at", "near", "from", "to") and name
    titled = any(_TITLES.match(token.text) for token in run) and not _is_body(run)
    full = 2 <= len(run) <= 4 and all(token.capitalised for token in run) and not article and not _is_body(run)
    alone = len(run) == 1 and name and not article and not run[0].text.isupper()
    person = name and (defined or titled or ((full or alone) and not placed))
    return Mention(text, person=person, plural=not name and _is_plural(run), place=placed, name=name)


def _is_plural(run: Sequence[Word]) -> bool:
    head = run[-1].text.lower() if run else ""
    return any(word.text.lower() == "and" for word in run) or (head.endswith("s") and not head.endswith("ss"))


def _is_body(run: Sequence[Word]) -> bool:
    return any(word.text.lower() in _BODIES or (word.text.isupper() and len(word.text) > 1) for word in run)


def name_runs(tokens: list[Word]) -> Iterator[tuple[int, int]]:
    """Yield first and last word of each name or number, leaving out the word that opens the question."""
    first = -1
    for i, token in enumerate(tokens):
        names = i > 0 and (token.capitalised or token.numeric) and not token.stops
        if names and first < 0:
            first = i
        joins = token.text.lower() in ("of", "the", "de", "al", "for") and i + 1 < len(tokens)
        joins = joins and tokens[i + 1].capitalised and first >= 0
        if first >= 0 and not names and not joins:
            yield first, i - 1
            first = -1
    if first >= 0:
        yield first, len(tokens) - 1
