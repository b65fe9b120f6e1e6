"""A text and the words that somebody looks for into the ranges where they stand, whatever their case.

Capital and small letters are the same, and so are straight and curly quotation marks, any white space, and a ligature
and its letters. Words without accents are found with and without them; words with accents are found only so.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from .fold import Folded, has_accents

MOST_FOUND = 5_000
"""Ranges that are given at a time: nobody steps through more at once, and a page holds them easily."""

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """Where a text says what was looked for: ranges in order that do not overlap, and whether there are others."""

    ranges: list[Range]
    before: bool = False
    after: bool = False


def find(text: str, query: str, most: int = MOST_FOUND) -> list[Range]:
    """Find where a text says what is looked for: ranges in order that do not overlap, the first `most` of them.

    >>> find("Straße, STRASSE", "strasse")
    [(0, 6), (8, 15)]
    """
    return find_near(text, query, 0, most).ranges


def find_near(text: str, query: str, here: int, most: int = MOST_FOUND) -> Found:
    """Find what is looked for around a place of the text: where it is there more than `most` times, half after it."""
    accents = has_accents(query)
    wanted = Folded(query.strip(), accents).text.strip()
    if not wanted:
        return Found([])
    folded = Folded(text, accents, spaces=" " in wanted)
    kept: deque[int] = deque(maxlen=most)
    begin, count, ahead, after = folded.place_of(here), 0, 0, False
    for place in _places(folded, wanted):
        after = count >= most and ahead >= most // 2
        if after:
            break
        kept.append(place)
        count += 1
        ahead += place >= begin
    return Found([folded.range_of(place, place + len(wanted)) for place in kept], count > len(kept), after)


def _places(folded: Folded, wanted: str) -> Iterator[int]:
    """Find where a folded text has a folded word, and tears no character; in linear time, whatever they are."""
    text, torn, period = folded.text, folded.torn, _period(wanted)
    place = text.find(wanted)
    while place >= 0:
        end = place + len(wanted)
        if not (torn[place] or torn[end]):
            yield place
            place = text.find(wanted, end)
        elif text.startswith(wanted[-period:], end):  # it is there again, as soon as it can be
            place += period
        else:
            place = text.find(wanted, place + 1)


def _period(word: str) -> int:
    """Say by how many places a word has to be moved before it can lie on itself (Knuth, Morris and Pratt 1977).

    >>> _period("banana"), _period("ana"), _period("aaa")
    (6, 2, 1)
    """
    borders = [0]
    for char in word[1:]:
        border = borders[-1]
        while border and char != word[border]:
            border = borders[border - 1]
        borders.append(border + (char == word[border]))
    return len(word) - borders[-1]
