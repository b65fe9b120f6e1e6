"""A sentence into the spans that could be what a question asks for, each with what speaks for and against it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from .question import BE, Ask
from .words import Word, word_set

_DATE = re.compile(
    r"(?:1\d|20)\d\d(?:s|[-/]\d+)?|(?:jan|febr)uary|march|april|june|july|august|(?:septem|octo|novem|decem)ber|"
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|century|centuries|today|yesterday|tomorrow|midnight|noon|"
    r"spring|summer|autumn|winter|decade|\d+(?:st|nd|rd|th)|year|years|bc|ad|bce",
    re.IGNORECASE,
)
_LEADING = word_set("more less about some over around nearly almost under up only at least")
_QUOTED = re.compile('["“”«»]')
_LONGEST = 30
"""The longest span in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate for the short answer: words `first` to `last` (inclusive) of a sentence, and what speaks for it."""

    first: int
    last: int
    features: Mapping[str, float]


def spans(text: str, tokens: list[Word], asked: Ask) -> Iterator[Span]:
    """Yield the spans of a sentence that could be the answer, each with the features that speak for or against it.

    A span starts and ends where a phrase could: beside a stop word, punctuation, the edge of a name, a number, or a
    word of the question.
    """
    if not tokens:
        return
    view = _View(text, tokens, asked)
    ends = [i for i in range(len(tokens)) if view.can_end(i)]
    for first in range(len(tokens)):
        if not view.can_start(first):
            continue
        for last in ends:
            if last < first:
                continue
            if last - first >= _LONGEST:
                break
            if tokens[first].stops and not view.hard[last + 1]:
                continue
            if view.new[last + 1] > view.new[first]:
                yield Span(first, last, _features(view, first, last))


_TYPES = {
    "person": ("name", "has name"),
    "place": ("name", "has name"),
    "number": ("number", "has number"),
    "amount": ("number", "has number"),
    "measure": ("number", "has number", "date"),
    "date": ("date", "number", "has number"),
}


def has_type(asked: Ask, span: Span) -> bool:
    """Say whether a span is of the type that is asked for; any span is where the question asks for no type."""
    types = _TYPES.get(asked.kind)
    return types is None or any(f"{asked.kind}: {name}" in span.features for name in types)


class _View:
    """A sentence as a question sees it, with what many of its spans need computed once."""

    def __init__(self, text: str, tokens: list[Word], asked: Ask) -> None:
        count = len(tokens)
        self.tokens = tokens
        self.asked = asked
        self.lower = [token.text.lower() for token in tokens]
        self.stops = [token.stops for token in tokens]
        self.names = [t.capitalised and not t.stops for t in tokens]
        self.numbers = [token.numeric for token in tokens]
        self.dates = [bool(_DATE.fullmatch(token.text)) for token in tokens]
        self.matched = [token.stem in asked.wanted for token in tokens]
        gaps = [text[: tokens[0].start]] + [text[a.end : b.start] for a, b in pairwise(tokens)]
        self.gaps = [*gaps, text[tokens[-1].end :]]
        self.hard = [True, *(bool(gap != "-" and gap.strip(" .’'")) for gap in self.gaps[1:-1]), True]
        self.new = [0]
        self.breaks = [0]
        for i in range(count):
            self.new.append(self.new[-1] + (not self.stops[i] and not self.matched[i]))
            self.breaks.append(self.breaks[-1] + self.hard[i])
        self.places = [(i, asked.wanted[t.stem], self.names[i]) for i, t in enumerate(tokens) if self.matched[i]]
        self.verbs = [i for i, t in enumerate(tokens) if t.stem in asked.verbs]
        self.total = sum(asked.wanted.values()) or 1.0

    def before_article(self, i: int) -> int:
        """Step over the article before word `i`."""
        return i - 1 if i and self.lower[i - 1] in ("a", "an", "the") and not self.hard[i] else i

    def can_start(self, i: int) -> bool:
        if i == 0 or self.hard[i]:
            return True
        if self.stops[i]:
            near = self.matched[i - 1] or (i > 1 and self.matched[i - 2] and self.stops[i - 1])
            return near or self.lower[i] in _LEADING
        return (
            self.stops[i - 1]
            or self.matched[i - 1]
            or self.numbers[i]
            or self.names[i] != self.names[i - 1]
            or self.lower[i - 1].endswith(("ed", "ing", "ly"))
        )

    def can_end(self, i: int) -> bool:
        if self.hard[i + 1]:
            return True
        if self.stops[i]:
            return False
        following = i + 1
        return (
            self.stops[following]
            or self.matched[following]
            or self.numbers[i]
            or self.names[i] != self.names[following]
            or self.lower[following].endswith(("ed", "ing", "ly", "s"))
        )


_BEFORE = word_set("in at on by from to as for of because with near called named than into until since")
_AFTER = word_set("of in and to is was were are who which that had has by for as on with")


def _features(view: _View, first: int, last: int) -> dict[str, float]:
    asked, kind = view.asked, view.asked.kind
    size = last - first + 1
    inside = range(first, last + 1)
    content = [i for i in inside if not view.stops[i]]
    features = {
        "log size": math.log(size),
        "in question": sum(view.matched[i] for i in inside) / size,
        "stop words": sum(view.stops[i] for i in inside) / size,
        "breaks": min(view.breaks[last + 1] - view.breaks[first + 1], 3) / 3,
    }
    size_class = "one" if size == 1 else "few" if size <= 4 else "some" if size <= 9 else "many"
    features[f"{kind}: {size_class} words"] = 1.0
    _add_type(features, view, content, kind)
    _add_edges(features, view, first, last, kind)
    _add_cuts(features, view, first, last)
    _add_words(features, view, first, last)
    _add_place(features, view, first, last, kind)
    for joint in ("of", "and"):
        if joint in view.lower[first : last + 1]:
            features[f"{joint} inside"] = 1.0
    if asked.focus:
        around = range(max(first - 2, 0), min(last + 3, len(view.tokens)))
        if view.tokens[last].stem in asked.focus:
            features["focus is head"] = 1.0
        elif any(view.tokens[i].stem in asked.focus for i in around):
            features["focus is near"] = 1.0
    return features


def _add_type(features: dict[str, float], view: _View, content: list[int], kind: str) -> None:
    if content and all(view.names[i] or view.numbers[i] for i in content) and any(view.names[i] for i in content):
        features[f"{kind}: name"] = 1.0
    elif any(view.names[i] for i in content):
        features[f"{kind}: has name"] = 1.0
    if any(view.dates[i] for i in content):
        features[f"{kind}: date"] = 1.0
    elif content and view.numbers[content[0]]:
        features[f"{kind}: number"] = 1.0
    elif any(view.numbers[i] for i in content):
        features[f"{kind}: has number"] = 1.0


def _add_edges(features: dict[str, float], view: _View, first: int, last: int, kind: str) -> None:
    start = view.before_article(first)
    before = view.lower[start - 1] if start else ""
    after = view.lower[last + 1] if last + 1 < len(view.tokens) else ""
    if start < first:
        features[f"{kind}: after an article"] = 1.0
    if view.stops[first]:
        features["starts with a stop word"] = 1.0
    if not start:
        features[f"{kind}: opens the sentence"] = 1.0
    elif view.hard[start]:
        features[f"{kind}: after punctuation"] = 1.0
    elif before in _BEFORE:
        features[f"{kind}: after {before}"] = 1.0
    elif not view.stops[start - 1] and not view.matched[start - 1]:
        features["cut before"] = 1.0
    if view.hard[last + 1]:
        features[f"{kind}: before punctuation"] = 1.0
    elif after in _AFTER:
        features[f"before {after}"] = 1.0
    elif not view.stops[last + 1] and not view.matched[last + 1]:
        features["cut after"] = 1.0


def _add_cuts(features: dict[str, float], view: _View, first: int, last: int) -> None:
    """Say whether a span cuts a name or a number in two."""
    for same, name in ((view.names, "cuts a name"), (view.numbers, "cuts a number")):
        if first and same[first] and same[first - 1] and not view.hard[first]:
            features[f"{name} before"] = 1.0
        if last + 1 < len(view.tokens) and same[last] and same[last + 1] and not view.hard[last + 1]:
            features[f"{name} after"] = 1.0


def _add_words(features: dict[str, float], view: _View, first: int, last: int) -> None:
    """Say what a span starts and ends with, and whether it is all that is quoted."""
    for side, i in (("starts", first), ("ends", last)):
        if view.matched[i]:
            features[f"{side} in the question"] = 1.0
        if not view.names[i]:
            for ending in ("ed", "ing", "ly"):
                if view.lower[i].endswith(ending):
                    features[f"{side} with -{ending}"] = 1.0
    if _QUOTED.search(view.gaps[first]) and _QUOTED.search(view.gaps[last + 1]):
        features[f"{view.asked.kind}: quoted"] = 1.0
    if first and not view.hard[first] and view.lower[first - 1] in ("more", "some", "about", "than", "nearly", "over"):
        features["leaves out an about"] = 1.0


def _add_place(features: dict[str, float], view: _View, first: int, last: int, kind: str) -> None:
    """Say where a span stands beside the words of the question."""
    near = verbs = before = after = 0.0
    apart = 3
    for i, value, name in view.places:
        if first <= i <= last:
            continue
        gap = first - i if i < first else i - last
        low, high = (i, first) if i < first else (last, i)
        apart = min(apart, view.breaks[high + 1] - view.breaks[low + 1])
        near += value / gap
        verbs += 0.0 if name else value / gap
        before += value if i < first else 0.0
        after += value if i > last else 0.0
    features["near the question's words"] = near / view.total
    features["near the question's verbs"] = verbs / view.total
    features["breaks between"] = apart / 3
    role = view.asked.role
    if before + after:
        features[f"{role}: after the question's words"] = before / (before + after)
        features[f"{kind}: after the question's words"] = before / (before + after)
    _add_verb(features, view, first, last)
    _add_touch(features, view, first, last, kind, role)


def _add_verb(features: dict[str, float], view: _View, first: int, last: int) -> None:
    """Say how a span stands to a verb of the question in its own clause: right beside it, or with words between."""
    role = view.asked.role
    for verb in view.verbs:
        if first <= verb <= last:
            features[f"{role}: holds the verb"] = 1.0
            continue
        low, high = (last + 1, verb) if last < verb else (verb + 1, first)
        if view.breaks[(verb if last < verb else first) + 1] - view.breaks[(last if last < verb else verb) + 1]:
            continue
        side = "before" if last < verb else "after"
        between = range(low, high)
        if all(view.stops[i] for i in between):
            features[f"{role}: right {side} the verb"] = 1.0
            if side == "after" and view.hard[last + 1]:
                features[f"{role}: all that follows the verb"] = 1.0
        else:
            features[f"{role}: {side} the verb"] = 1.0
        start = view.before_article(first)
        if side == "before" and (not start or view.hard[start]):
            features[f"{role}: opens the verb's clause"] = 1.0


def _add_touch(features: dict[str, float], view: _View, first: int, last: int, kind: str, role: str) -> None:
    """Say whether a span touches a word of the question: as its object, its subject or its apposition."""
    start = view.before_article(first)
    if start and view.matched[start - 1]:
        if not view.hard[start]:
            what = "name" if view.names[start - 1] else "word"
            features[f"{role}: right after a {what} of the question"] = 1.0
            features[f"{kind}: right after a {what} of the question"] = 1.0
        elif "," in view.gaps[start] or "(" in view.gaps[start]:
            features[f"{kind}: apposition after"] = 1.0
            if view.hard[last + 1] or view.lower[last + 1] in ("that", "which", "who"):
                features[f"{kind}: whole apposition after"] = 1.0
    if start > 1 and view.lower[start - 1] in BE and view.matched[start - 2]:
        features[f"{kind}: after is"] = 1.0
    _add_touch_after(features, view, start, last)


def _add_touch_after(features: dict[str, float], view: _View, start: int, last: int) -> None:
    """Say whether a word of the question follows a span."""
    kind, role = view.asked.kind, view.asked.role
    if last + 1 < len(view.tokens) and view.matched[last + 1]:
        if not view.hard[last + 1]:
            what = "name" if view.names[last + 1] else "word"
            features[f"{role}: right before a {what} of the question"] = 1.0
            features[f"{kind}: right before a {what} of the question"] = 1.0
            if not start or view.hard[start]:
                features[f"{role}: whole subject"] = 1.0
        else:
            features[f"{kind}: apposition before"] = 1.0
            if not start or view.hard[start]:
                features[f"{kind}: whole apposition before"] = 1.0
    elif last + 2 < len(view.tokens) and view.stops[last + 1] and view.matched[last + 2]:
        features[f"{role}: before a stop word and a word of the question"] = 1.0
