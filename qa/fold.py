"""A text into how it is compared when words are looked for in it, and places in that back into places of the text.

Characters are folded in blocks of arrays, so that five million of them take no longer than the page can wait.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right

import numpy as np
from numpy.typing import NDArray

MARKS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
MARKS += "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""The marks at a letter that its readers can do without, as a class of a pattern: accents, and points for vowels in
Hebrew and Arabic. Vowel signs of Indian scripts and the voicing marks of Japanese are none: they make another word."""

BLOCK = 1 << 20  # characters that are folded at a time
_MARK = re.compile(f"[{MARKS}]")
_SOME_MARKS = re.compile(f"[{MARKS}]*")
_SEVERAL_MARKS = re.compile(f"[{MARKS}]{{2,}}")
_BETWEEN_MARKS = re.compile(f"([{MARKS}])")
_IOTA = "\u0345"  # a mark below a letter, which is a letter of its own where case does not count
_HIDDEN = dict.fromkeys(map(ord, "\u00ad\u200b\u2060\ufeff"))  # soft hyphens and the like, which nobody sees
_SAME = {0x2018: "'", 0x2019: "'", 0x201A: "'", 0x201B: "'", 0x201C: '"', 0x201D: '"', 0x201E: '"', 0x201F: '"'}
_SAME |= {0x2010: "-", 0x2011: "-"}
_POINTS = 0x110000
_UNKNOWN = 255

Codes = NDArray[np.uint32]
Places = NDArray[np.int64]


def has_accents(text: str) -> bool:
    """Say whether a text has accents, on its letters or beside them."""
    return _MARK.search(unicodedata.normalize("NFD", text)) is not None


def folded_character(char: str, accents: bool) -> str:
    """Fold one character: to none, to one, or to several, with each of its accents behind it or without them.

    >>> folded_character("É", accents=False), folded_character("ß", accents=False)
    ('e', 'ss')
    """
    if char.isspace():
        return " "
    parts = unicodedata.normalize("NFD", char.translate(_SAME).translate(_HIDDEN))
    plain = unicodedata.normalize("NFD", "".join(part if part == _IOTA else part.casefold() for part in parts))
    kept = _BETWEEN_MARKS.split(plain if accents else _MARK.sub(lambda mark: mark[0] * (mark[0] == _IOTA), plain))
    return "".join(unicodedata.normalize("NFC", part) for part in kept)


class Folded:
    """A text as it is compared (`text`), with the way back; `torn[place]` says that a place cuts a character.

    Nearly all characters become one character. The others (a mark, an ß, the second of two spaces) are noted, so that
    a place is its distance from the last of them before it.
    """

    def __init__(self, text: str, accents: bool, spaces: bool = True) -> None:
        """Fold a text with its accents or without; `spaces`: and several white spaces into one."""
        self._original = text
        table = _Table(accents)
        parts, torn, others, widths = [], [], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for first in range(0, len(text), BLOCK):
            block = _Block(text[first : first + BLOCK], text[first - 1 : first], table, spaces)
            parts.append(block.text)
            torn.append(block.torn)
            others.append(block.others + first)
            widths.append(block.widths[block.others].astype(np.int64))
        self._others, self._widths = np.concatenate(others), np.concatenate(widths)
        self._begins = self._others + np.cumsum(self._widths - 1) - (self._widths - 1)
        self.torn = b"".join([*torn, b"\0"])
        folded = "".join(parts)
        if accents:
            folded = _SEVERAL_MARKS.sub(lambda marks: unicodedata.normalize("NFD", marks[0]), folded)
        self.text = folded.replace(_IOTA, "ι")

    def range_of(self, start: int, end: int) -> tuple[int, int]:
        """Give the range of the text that a folded range was made of, with the marks at its last letter."""
        last = _SOME_MARKS.match(self._original, self._character(end - 1) + 1)
        return self._character(start), last.end() if last else end

    def place_of(self, offset: int) -> int:
        """Give where a place of the text is in the folded text."""
        at = bisect_left(self._others, offset) - 1
        if at < 0:
            return offset
        return int(self._begins[at] + self._widths[at] + offset - self._others[at] - 1)

    def _character(self, place: int) -> int:
        """Give the character of the text that a folded one was made of."""
        at = bisect_right(self._begins, place) - 1
        if at < 0:
            return place
        return int(self._others[at] + max(0, 1 + place - self._begins[at] - self._widths[at]))


class _Table:
    """What each character becomes; a character is looked up where it is first met."""

    def __init__(self, accents: bool) -> None:
        self._accents = accents
        self._pool: list[int] = []
        self.begins = np.zeros(_POINTS, np.int32)
        self.widths = np.full(_POINTS, _UNKNOWN, np.uint8)
        self.spaces, self.marks = np.zeros(_POINTS, bool), np.zeros(_POINTS, bool)
        self.pool: Codes = np.zeros(0, np.uint32)

    def meet(self, codes: Codes) -> None:
        """Look up the characters of a text that were not met before."""
        there = np.zeros(_POINTS, bool)
        there[codes] = True
        for point in np.flatnonzero(there & (self.widths == _UNKNOWN)).tolist():
            folded = folded_character(chr(point), self._accents)
            self.begins[point], self.widths[point] = len(self._pool), len(folded)
            self.spaces[point], self.marks[point] = chr(point).isspace(), _MARK.match(chr(point)) is not None
            self._pool += map(ord, folded)
        self.pool = np.array(self._pool, np.uint32)


class _Block:
    """Some of a text, folded: the text, where a cut would tear a character, and which became none or several."""

    def __init__(self, text: str, before: str, table: _Table, single: bool) -> None:
        codes = _codes(before + text)
        table.meet(codes)
        spaces = table.spaces[codes]
        again = np.zeros(len(codes), bool)  # whether it is a white space behind another
        again[1:] = spaces[1:] & spaces[:-1] & single
        at_letter = np.zeros(len(codes), bool)  # whether it is a mark that belongs to what is before it
        at_letter[1:] = table.marks[codes[1:]] & ~spaces[:-1]
        mine = slice(len(before), None)
        self.widths = np.where(again, 0, table.widths[codes])[mine]
        self.others: Places = np.flatnonzero(self.widths != 1)
        begins, at_letter = table.begins[codes[mine]], at_letter[mine]
        if not self.others.size:
            self.text, self.torn = _string(table.pool[begins]), at_letter.tobytes()
            return
        ends = np.cumsum(self.widths, dtype=np.int64)
        firsts = ends - self.widths
        total = int(ends[-1])
        torn = np.ones(total + 1, bool)
        torn[firsts[self.widths > 0]] = False
        torn[firsts[at_letter & (self.widths > 0)]] = True
        self.torn = torn[:total].tobytes()
        self.text = _string(table.pool[np.arange(total) + np.repeat(begins - firsts, self.widths)])


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")


def _string(codes: Codes) -> str:
    return codes.tobytes().decode("utf-32-le", "surrogatepass")
