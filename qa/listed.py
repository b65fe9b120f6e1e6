"""An answer into the things that it lists, and words such as "the second one" into one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .types import Answer
from .words import Word, words

LONGEST_LISTED = 8
"""Words of a listed thing at most; a longer answer is a statement."""

LEAST_OTHER = 0.05
"""The probability from which another answer is shown, and so can be meant."""

_BETWEEN = re.compile(r"\s*[,;]\s*(?:and |or )?|\s+(?:and|or)\s+")
_PLACES = {
    "first": 0,
    "former": 0,
    "second": 1,
    "latter": 1,
    "other": 1,
    "third": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
}


def listed(answer: Answer) -> tuple[str, ...]:
    """List what an answer named, in order: the parts of `Phobos and Deimos`, else the answer and those beside it."""
    parts = tuple(part.strip(" .:!?\"“”'") for part in _BETWEEN.split(" ".join(answer.short.split())))
    if len(parts) > 1 and all(_is_short(part) for part in parts):
        return parts
    others = (other.short for other in answer.others if other.score >= LEAST_OTHER)
    return tuple(text for text in (answer.short, *others) if _is_short(text))


def ordinal(tokens: Sequence[Word], i: int) -> tuple[int, int] | None:
    """Read `the second one` at word `i`: where it ends (exclusive) and which it means, from 0; -1 is the last."""
    lower = [token.text.lower() for token in tokens[i : i + 3]]
    if lower[:1] not in (["the"], ["that"]) or len(lower) < 2 or lower[1] not in _PLACES:
        return None
    named = lower[2:] in (["one"], ["ones"])
    ends = i + 2 == len(tokens) and lower[1] not in ("last", "other")
    return (i + 2 + named, _PLACES[lower[1]]) if named or ends or lower[1] in ("former", "latter") else None


def pick(things: Sequence[str], place: int) -> str:
    """Give the thing at a place, or "" where so many were not listed."""
    return things[place] if len(things) > 1 and place < len(things) else ""


def _is_short(text: str) -> bool:
    return 0 < len(words(text)) <= LONGEST_LISTED
