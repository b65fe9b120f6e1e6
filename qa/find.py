"""A text and the words that somebody looks for into the ranges where they stand, whatever their case.

Capital and small letters are the same, and so are straight and curly quotation marks, any white space, and a ligature
and its letters. Words without accents are found with and without them; words with accents are found only so.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

MOST_FOUND = 5_000
"""Ranges that are given at most: nobody steps through more, and a page holds them easily."""

_MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
_MARKS += "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""The marks at a letter that its readers can do without, as a class of a pattern: accents, and points for vowels in
Hebrew and Arabic. Vowel signs of Indian scripts and the voicing marks of Japanese are none: they make another word."""

_MARK = re.compile(f"[{_MARKS}]")
_SPACES = re.compile(r"\s\s+")
_HIDDEN = "\u00ad\u200b\u2060\ufeff"  # soft hyphens and the like, which nobody sees
_SAME = {0x2018: "'", 0x2019: "'", 0x201A: "'", 0x201B: "'", 0x201C: '"', 0x201D: '"', 0x201E: '"', 0x201F: '"'}
_SAME |= {0x2010: "-", 0x2011: "-"}


def find(text: str, query: str, most: int = MOST_FOUND) -> list[tuple[int, int]]:
    """Find where a text says what is looked for: ranges in order that do not overlap, `most` of them at most.

    >>> find("Straße, STRASSE", "strasse")
    [(0, 6), (8, 15)]
    """
    accents = _MARK.search(unicodedata.normalize("NFD", query)) is not None
    wanted = _Folded(query.strip(), accents, spaces=True).text.strip()
    if not wanted:
        return []
    folded = _Folded(text, accents, spaces=" " in wanted)
    found: list[tuple[int, int]] = []
    place = folded.text.find(wanted)
    while place >= 0 and len(found) < most:
        range_ = folded.range_of(place, place + len(wanted))
        if range_:
            found.append(range_)
        place = folded.text.find(wanted, place + (len(wanted) if range_ else 1))
    return found


def fold(text: str, accents: bool = False) -> str:
    """Give a short text as it is compared, with or without its accents."""
    return _Folded(text, accents, spaces=True).text


class _Folded:
    """A text as it is compared, and the way back from places in it to places in the text.

    Nearly all characters are compared as one character. The others (a letter with a mark after it, ß, several spaces)
    are noted, so that a place is its distance from the last of them before it.
    """

    def __init__(self, text: str, accents: bool, spaces: bool) -> None:
        self._spans = _others(text, accents, spaces)
        self._starts: list[int] = []  # where each of the others begins in the folded text, and where it ends there
        self._ends: list[int] = []
        table = _Table(accents)
        parts: list[str] = []
        done = length = 0
        for start, end in self._spans:
            folded = _folded(text[start:end], accents)
            parts += (text[done:start].translate(table), folded)
            self._starts.append(length + start - done)
            self._ends.append(length := length + start - done + len(folded))
            done = end
        parts.append(text[done:].translate(table))
        self.text = "".join(parts)

    def range_of(self, start: int, end: int) -> tuple[int, int] | None:
        """Give the range of the text that a folded range was made of, None where it would cut a character."""
        first, last = self._original_of(start), self._original_of(end - 1)
        return (first[2], last[3]) if first[0] == start and last[1] == end else None

    def _original_of(self, place: int) -> tuple[int, int, int, int]:
        """Give what a folded character belongs to: its range in the folded text, and in the original."""
        at = bisect_right(self._starts, place) - 1
        if at < 0:
            return place, place + 1, place, place + 1
        if place < self._ends[at]:
            return self._starts[at], self._ends[at], *self._spans[at]
        original = self._spans[at][1] + place - self._ends[at]
        return place, place + 1, original, original + 1


class _Table(dict[int, str]):
    """Characters into one character each, which is found where it is first met."""

    def __init__(self, accents: bool) -> None:
        super().__init__()
        self._accents = accents

    def __missing__(self, point: int) -> str:
        folded = _folded(chr(point), self._accents)
        self[point] = folded = folded if len(folded) == 1 else chr(point)
        return folded


def _folded(characters: str, accents: bool) -> str:
    """Fold a character with the marks after it, or a run of white space."""
    if characters[0].isspace():
        return " "
    plain = unicodedata.normalize("NFD", characters.translate(_SAME).strip(_HIDDEN)).casefold()
    decomposed = unicodedata.normalize("NFD", plain)
    return unicodedata.normalize("NFC", decomposed if accents else _MARK.sub("", decomposed))


def _others(text: str, accents: bool, spaces: bool) -> list[tuple[int, int]]:
    """Find what is not compared as one character: a letter with marks after it, a ligature, a run of white space."""
    found = []
    for other in _unequal(accents).finditer(text) if not text.isascii() else ():
        start, end = other.span()
        marks_a_letter = start > 0 and _MARK.match(text, start) and not text[start - 1].isspace()
        found.append((start - 1 if marks_a_letter else start, end))
    return sorted([*found, *(run.span() for run in _SPACES.finditer(text))]) if spaces else found


@lru_cache(maxsize=2)
def _unequal(accents: bool) -> re.Pattern[str]:
    """Make the pattern of marks, and of characters that fold to none or to several, with the marks after them."""
    points = [*range(0x80, 0x3000), *range(0xFB00, 0xFF00)]  # elsewhere only a few signs of music, left as they are
    singles = "".join(re.escape(chr(point)) for point in points if len(_folded(chr(point), accents)) != 1)
    return re.compile(f"[{singles}{_MARKS}][{_MARKS}]*")
