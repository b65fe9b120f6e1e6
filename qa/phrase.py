"""A range of a text into the one that a person would mark there: whole words, numbers and addresses, closed quotes."""

from __future__ import annotations

import re
import unicodedata

_PAIRS = {'"': '"', "“": "”", "«": "»", "(": ")", "[": "]", "‘": "’"}
_MARKS = tuple(".,;:!?…")
"""What may stand before a closing quote or bracket."""

_UNITS_BEFORE, _UNITS_AFTER = "$£€¥#", "%°‰"
_JOINS = ".,:/-'’"
"""What holds a number together between two digits: 8.5, 1,000, 12:30, 2017/18, 1914-18, 5'11."""

_NUMBER = re.compile(r"""(?<![^\s(\[:=/|“"'])(?:[-−+±~≈≤≥]|[<>]=?)?(?:[A-Z]{0,3}[$£€¥₹])?[-−+±]?\.?\d""")
"""What a number may begin with: a sign, its currency, a decimal point: -5, <7.5, HK$500, -$3, .5."""

_LONGEST_BEFORE = 8
"""Characters that it has at most before its first digit."""

_INCHES = ('"', "″", "′")
"""What may stand behind a number for inches, feet or minutes; the first of them may also close a quotation."""

_SIGNS = "#|*=~>•·"
"""What stands beside words where a text is marked up: alone between spaces, it is none of them."""

_ANSWER = re.compile(r"(?:A|Ans|Answer):\s+(?=\S)")
"""What stands before the answers of a list of questions."""

_ADDRESS = re.compile(r"[\w+~-]+(?:(?:://|[/.@\\])[\w+~-]+)+")
"""Words that could be a file's name or an address; those are that hold `://`, `@`, or a dot within lower case."""

_IS_ADDRESS = re.compile(r"://|@|[A-Za-z0-9_]\.[a-z]")
_LONGEST_ADDRESS = 200
"""Characters on either side of a cut in which an address is looked for."""

_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Burmese, Khmer, Japanese and Chinese letters: no space is written between their words."""


def phrase(text: str, start: int, end: int) -> tuple[int, int]:
    """Give the range round `text[start:end]` that cuts no word, number, address, sign or quotation.

    The empty range `(start, start)` where the range holds nothing but space. Scripts that write no spaces (Chinese,
    Thai) are left as they are marked.

    >>> phrase("some 1,000.50 people", 7, 10)
    (5, 13)
    """
    start, end = max(0, start), min(len(text), end)
    start, end = _stripped(text, start, end)
    if start >= end:
        return start, start
    while _joined(text, start):
        start -= 1
    while _joined(text, end):
        end += 1
    start, end = _uncut(text, start)[0], _uncut(text, end)[1]
    if start and text[start - 1] in _UNITS_BEFORE and text[start] not in _UNITS_BEFORE:
        start -= 1
    if end < len(text) and text[end] in _UNITS_AFTER and text[end - 1] not in _UNITS_AFTER:
        end += 1
    inner = _stripped(text, *_closed(text, start, end))
    start, end = inner if inner[0] < inner[1] else (start, end)
    return _with_sign(text, start), _with_inches(text, end)


def _with_sign(text: str, start: int) -> int:
    """Take in what the number at a place begins with."""
    for place in range(max(0, start - _LONGEST_BEFORE), start):
        if (found := _NUMBER.match(text, place)) and found.end() > start:
            return place
    return start


def _with_inches(text: str, end: int) -> int:
    """Take in the sign of inches or feet behind a number, where it closes no quotation."""
    if text[end : end + 1] not in _INCHES or not text[end - 1].isdigit():
        return end
    return end + (text[end] != '"' or not _quoted(text, end))


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out spaces at both ends, what says that an answer follows, and signs of a markup where words are left."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    opens = _ANSWER.match(text, start, end)
    if opens and not text[:start].rpartition("\n")[2].strip():
        return _stripped(text, opens.end(), end)
    parts = text[start:end].split(maxsplit=1)
    if len(parts) == 2 and not parts[0].strip(_SIGNS):
        return _stripped(text, start + len(parts[0]), end)
    parts = text[start:end].rsplit(maxsplit=1)
    if len(parts) == 2 and not parts[1].strip(_SIGNS):
        return _stripped(text, start, end - len(parts[1]))
    return start, end


def _uncut(text: str, place: int) -> tuple[int, int]:
    """Give the range of the file's name or address that a cut at this place would go through, else only the place."""
    if text[place - 1 : place].isspace() or text[place : place + 1].isspace():
        return place, place
    low, high = max(0, place - _LONGEST_ADDRESS), place + _LONGEST_ADDRESS
    for found in _ADDRESS.finditer(text, low, min(len(text), high)):
        if found.start() < place < found.end() and _IS_ADDRESS.search(found.group()):
            return found.span()
    return place, place


def _joined(text: str, place: int) -> bool:
    """Say whether a cut at this place would go through a word, a number, or a sign of several characters."""
    if not 0 < place < len(text):
        return False
    before, after = text[place - 1], text[place]
    if before.isspace() or after.isspace():
        return False
    if after in "\u200d\ufe0f" or before == "\u200d" or unicodedata.category(after)[0] == "M":
        return True
    if after in _JOINS and before.isdigit() and text[place + 1 : place + 2].isdigit():
        return True
    if before in _JOINS and after.isdigit() and text[place - 2 : place - 1].isdigit():
        return True
    return _letter(before) and _letter(after)


def _letter(character: str) -> bool:
    return (character.isalnum() or character == "_") and not _UNSPACED.match(character)


def _closed(text: str, start: int, end: int) -> tuple[int, int]:
    """Take in a quote or bracket that follows, also behind a mark, or leave out one whose other is elsewhere."""
    if '"' in text[start:end] and text[start - 1 : start] == '"' and _quoted(text, start):
        start -= 1
    inside = text[start:end]
    for opening, closing in _PAIRS.items():
        opened, closed = inside.count(opening), inside.count(closing)
        if opened % 2 == 0 if opening == closing else opened == closed:
            continue
        if opened > closed or opening == closing:
            if text[end : end + 1] == closing:
                return start, end + 1
            if inside[0] == opening and len(inside) > 1 and (opened == 1 or opening != closing):
                return start + 1, end
            if text[end : end + 1] in _MARKS and text[end + 1 : end + 2] == closing:
                return start, end + 2
        if inside[-1] == closing and len(inside) > 1:
            return (start - 1, end) if start and text[start - 1] == opening else (start, end - 1)
    return start, end


def _quoted(text: str, place: int) -> bool:
    """Say whether a place stands between straight quotes, by those before it in its line."""
    return text.count('"', text.rfind("\n", 0, place) + 1, place) % 2 == 1
