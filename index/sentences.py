"""Text into the offsets of its blocks (paragraphs, headings, tables, code) and of its sentences; linear time, no model.

A full stop is a sentence end unless what stands around it says otherwise: an abbreviation, an initial, an acronym or
a small letter after it. So is the end of a line that was ended on purpose, as in a form or under an unmarked heading.
What is not done: stops without a space after them ("end.Next"), which look just like the names of files and sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal, NamedTuple

Kind = Literal["heading", "lines", "text"]


class Block(NamedTuple):
    """A stretch of lines that belong together, from its first to its last non-space character.

    `kind` is "heading" for a Markdown heading, "lines" for a table or a fenced block, where each line stands for
    itself, else "text". `items` are the starts in a text of list items, and of lines that begin anew.
    """

    start: int
    end: int
    kind: Kind
    items: tuple[int, ...] = ()


class _Line(NamedTuple):
    """A line without the space around it, how far it is indented, and what its first characters make of it."""

    start: int
    end: int
    indent: int
    mark: Literal["", "text", "item", "heading", "lines", "fence", "bare fence", "rule"]


_HEADING = re.compile(r"#{1,6}(?:[ \t]|$)")
_MARKED_HEADING = re.compile(r"(#{1,6})(?!#)(.*)")
_ITEM = re.compile(r"(?:[-*+•‣◦]|\(?(?:\d{1,3}|[a-z])[.)])[ \t]")
_RULE = re.compile(r"(?:={3,}|-{3,})$")
_FIRST_OF_A_MARK = frozenset("#`~|=-*+•‣◦(0123456789abcdefghijklmnopqrstuvwxyz")

_STOPS_WITHOUT_SPACE = "。！？｡．"
_STOPS_WITHOUT_CAPITALS = "।॥؟۔։።။។"
_STOPS = ".!?…‽" + _STOPS_WITHOUT_SPACE + _STOPS_WITHOUT_CAPITALS
_CLOSERS = "\"'”’»›)]}*_」』）】"
_OPENERS = "\"'“‘„«‹([{*_¿¡「『（【"
_STOP = re.compile(
    rf"([{re.escape(_STOPS)}]++)([{re.escape(_CLOSERS)}]*+)(?:\[[\w ]{{1,16}}\]|:\d{{1,4}}(?:[-–]\d{{1,4}})?)*+"
)
_NEXT = re.compile(rf"\s*+[{re.escape(_OPENERS)}]{{0,4}}")
_LINE_WORDS = re.compile(r"[^\n]++")
_WORD = re.compile(r"[\w'’-]{1,24}")
_CAMEL = re.compile(r"[a-z]{1,2}[A-Z]")
_ENUMERATOR = re.compile(r"\d{1,3}|[A-Za-z]|[ivxIVX]{1,4}")
_DOTTED = re.compile(r"(?:\w{1,3}\.)+\w{1,3}")
_SPEECH = re.compile(
    r"(?:[\w.’'-]{1,24} ){1,3}(?:said|says|asked|asks|added|cried|wrote|replied|shouted|exclaimed|told|demanded)\b"
)

_FIELD = re.compile(r"[^\W\d_][^\n:.!?]{0,30}+:[ \t]")
_YEAR = re.compile(r"(?:1\d|20)\d\d\b")
_ROWS = (_FIELD, _YEAR)
"""How lines begin that are rows of a list where one is beside the other: fields of a form, years of a life."""

_UNSPACED = re.compile(r"\S++")
_GOES_ON = re.compile(
    r"""(?: [,;:&/([–—-] | \b(?: an? | the | of | and | or | but | to | in | on | at | by | for | from | with | as | is
    | are | was | were | be | that | which | who | not | his | her | their | its ) )\Z""",
    re.VERBOSE,
)
"""How a line ends whose sentence goes on in the next one."""

_WIDE = 0.9
"""The share of lines that are no longer than a text is taken to be wide."""

_ROOM = 0.75
"""The share of the width up to which a line and the next word had room for both, so that the line was ended on purpose.

Of 2,577 lines of SQuAD's paragraphs before a capital, set in a proportional type at 45, 60, 80 and 100 letters a line,
none is below .82 of the longest one; where all letters are equally wide, none can be below 1.
"""

_LOOK_BACK = 24
"""Characters that are looked at before a stop: more than the longest abbreviation."""

_LOOK_AHEAD = 80
"""Characters that are looked at after a stop: a name of three words and "said"."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE_NAMES = _words("""
    mr mrs ms mx dr prof rev fr hon gen col maj capt cmdr comdr lt sgt cpl pvt adm gov sen rep reps sens pres st ste
    messrs mme mlle supt insp amb atty vs cf viz approx ca eg ie e.g i.e esp incl resp pte brig
""")
"""Never at the end of a sentence: a name or more of the sentence follows."""

_BEFORE_NUMBERS = _words("""
    no nos nr fig figs eq eqs vol vols pp p ch chap sec sect art op ref refs ver bk v
    jan feb mar apr may jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun
""")
"""Inside a sentence where a number follows."""

_BEFORE_ANYTHING = _words("""
    inc ltd co corp bros plc llc llp jr sr esq etc al dept univ assn assoc ave blvd rd hwy mt ft est ed eds trans repr
    cent calif fla conn ariz ala ark colo ind kan minn mont neb nev okla penn tenn tex vt wis wyo ont que avg ext tel
    sq cu lb lbs oz km cm mm yrs hrs mins mfg intl natl govt sp spp subsp var syn gmbh jan feb apr aug sept oct nov dec
    fig figs vol vols pp eq
""")
"""Inside a sentence as well as at its end: the end only where a word follows that opens sentences."""

_OPENING_WORDS = _words("""
    the a an this that these those there here he she it we they i you his her its their our my your in on at by for
    from with to of as after before during when while where who what which why how if although though because since
    until unless despite however but and or nor so yet also then thus therefore meanwhile moreover furthermore instead
    some many most several all both each every no not one two three it's he's she's they're we're i'm such other
    another under over between among within without once only even perhaps today yesterday tomorrow later earlier
    nobody everybody somebody anybody everyone someone anyone nothing everything something others people
""")
"""Words that seldom have a capital inside a sentence."""

_AFTER_TIMES = _words("""
    monday tuesday wednesday thursday friday saturday sunday et est edt ct cst cdt mt mst mdt pt pst pdt gmt utc bst cet
""")
"""Words with a capital that belong to the time of day before them."""


def sentences(text: str) -> list[tuple[int, int]]:
    """Find the sentences of a text, as (start, end) without the space around them.

    Every non-space character is in exactly one. A blank line, a heading and a list item always end one, and each
    line of a table or of fenced code is one.

    >>> text = 'Mr. Smith left the U.S. "Why?" he asked. Nobody knew.'
    >>> [text[start:end] for start, end in sentences(text)]
    ['Mr. Smith left the U.S.', '"Why?" he asked.', 'Nobody knew.']
    """
    return [span for block in blocks(text) for span in block_sentences(text, block)]


def sentences_round(text: str, start: int, end: int) -> tuple[int, int]:
    """Give the range of the whole sentences that share a character with `start:end`, and of that itself."""
    around = [r for r in sentences(text) if r[0] < end and start < r[1]]
    return min([start, *(r[0] for r in around)]), max([end, *(r[1] for r in around)])


def block_sentences(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """Yield the sentences of one block."""
    if block.kind == "heading":
        yield block.start, block.end
    elif block.kind == "lines":
        for line in _LINE_WORDS.finditer(text, block.start, block.end):
            yield from _trimmed(text, *line.span())
    else:
        items = (item for item in block.items if item > block.start)
        for start, end in pairwise((block.start, *items, block.end)):
            yield from _prose_sentences(text, start, end)


def blocks(text: str) -> list[Block]:
    """Find the paragraphs, headings, tables and fenced blocks of a text, in order."""
    lines = _lines(text)
    fenced, width = _fenced(lines), _width(lines)
    found = []
    row = 0
    while row < len(lines):
        after, kind = _block_from(lines, row, fenced)
        if kind:
            end = max(line.end for line in lines[row:after])
            items = tuple(_items(text, lines[row:after], width)) if kind == "text" else ()
            found.append(Block(lines[row].start, end, kind, items))
        row = after
    return found


def read_heading(line: str) -> tuple[int, str]:
    """Read the level and the words of a heading block, whether it is marked before ("## Words") or underlined.

    Signs that close it stand after a space, as CommonMark has it.

    >>> read_heading("## Words ##"), read_heading("# Introduction to C#")
    ((2, 'Words'), (1, 'Introduction to C#'))
    """
    marked = _MARKED_HEADING.match(line)
    if marked:
        words = marked[2].strip()
        bare = words.rstrip("#")
        return len(marked[1]), words if bare[-1:].strip() else bare.rstrip()
    words, _, rule = line.rpartition("\n")
    return (1 if "=" in rule else 2), words.strip()


def _lines(text: str) -> list[_Line]:
    """Find the lines; of several blank lines together only the first is kept."""
    lines = []
    offset = 0
    blank = False
    for raw in text.splitlines(keepends=True):
        words = raw.strip()
        if words or not blank:
            indent = len(raw) - len(raw.lstrip()) if words else 0
            start = offset + indent
            lines.append(_Line(start, start + len(words), indent, _mark(words, indent)))
        blank = not words
        offset += len(raw)
    return lines


def _mark(words: str, indent: int) -> Literal["", "text", "item", "heading", "lines", "fence", "bare fence", "rule"]:
    if not words:
        return ""
    if words[0] not in _FIRST_OF_A_MARK:
        return "text"
    if indent <= 3 and _HEADING.match(words):
        return "heading"
    if words.startswith(("```", "~~~")):
        return "fence" if words.strip(words[0]) else "bare fence"
    if _RULE.match(words):
        return "rule"
    if words[0] == "|":
        return "lines"
    return "item" if _ITEM.match(words) else "text"


def _fenced(lines: list[_Line]) -> dict[int, int]:
    """Map the row that opens each fenced block to the row after it; a fence that is never closed is plain text."""
    fenced = _front_matter(lines)
    opened: int | None = None
    for row, line in enumerate(lines):
        if opened is None and line.mark in ("fence", "bare fence"):
            opened = row
        elif opened is not None and line.mark == "bare fence":
            fenced[opened] = row + 1
            opened = None
    return fenced


def _front_matter(lines: list[_Line]) -> dict[int, int]:
    """Map the first row to the row after the front matter, where a Markdown text begins with one."""
    if lines and lines[0].mark == "rule":
        for row in range(1, len(lines)):
            if lines[row].mark in ("", "rule"):
                return {0: row + 1} if lines[row].mark else {}
    return {}


def _block_from(lines: list[_Line], row: int, fenced: dict[int, int]) -> tuple[int, Kind | None]:
    """Say where the block that starts in this row ends (the row after it), and its kind, None for a blank line."""
    mark = lines[row].mark
    if not mark:
        return row + 1, None
    if row in fenced:
        return fenced[row], "lines"
    if mark == "heading":
        return row + 1, "heading"
    after = row + 1
    if mark in ("lines", "rule"):
        while after < len(lines) and lines[after].mark == "lines":
            after += 1
        return after, "lines"
    if mark == "text" and after < len(lines) and lines[after].mark == "rule":
        return after + 1, "heading"
    while after < len(lines) and lines[after].mark in ("text", "item", "fence", "bare fence") and after not in fenced:
        after += 1
    return after, "text"


def _items(text: str, lines: Sequence[_Line], width: int) -> Iterator[int]:
    """Find the starts of list items, and of lines that begin anew, in a text.

    Such is a line after one that was ended on purpose, and a row of a list beside another one.
    """
    rows = [{kind for kind in _ROWS if kind.match(text, line.start, line.end)} for line in lines]
    for i, (before, line) in enumerate(pairwise(lines), 1):
        in_rows = bool(rows[i] & rows[i - 1]) or (i + 1 < len(lines) and bool(rows[i] & rows[i + 1]))
        begins = not _goes_on(text, before, line) and (in_rows or _had_room(text, before, line, width))
        if line.mark == "item" or begins:
            yield line.start


def _width(lines: Sequence[_Line]) -> int:
    """Give the length that most lines of prose stay below, in characters: long addresses and tables do not count."""
    lengths = sorted(line.end - line.start for line in lines if line.mark in ("text", "item"))
    return lengths[int(_WIDE * len(lengths))] if lengths else 0


def _goes_on(text: str, before: _Line, line: _Line) -> bool:
    """Say whether a sentence goes on for sure: with a small letter, deeper, or after words that do not end one."""
    opening = _NEXT.match(text, line.start, line.end)
    first = text[opening.end() : opening.end() + 1] if opening else ""
    unended = _GOES_ON.search(text, before.end - _LOOK_BACK, before.end)
    return first.islower() or line.indent != before.indent or unended is not None


def _had_room(text: str, before: _Line, line: _Line, width: int) -> bool:
    """Say whether the first word of a line had room on the line before."""
    word = _UNSPACED.match(text, line.start, line.end)
    return before.end - before.start + 1 + (len(word[0]) if word else 0) <= _ROOM * width


def _prose_sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for stop in _STOP.finditer(text, start, end):
        if stop.end() < end and _ends_sentence(text, first, stop, end):
            yield from _trimmed(text, first, stop.end())
            first = stop.end()
    yield from _trimmed(text, first, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    words = text[start:end]
    bare = words.strip()
    if bare:
        start += len(words) - len(words.lstrip())
        yield start, start + len(bare)


def _ends_sentence(text: str, first: int, stop: re.Match[str], end: int) -> bool:
    """Say whether a sentence that began at `first` ends with this stop; more text follows before `end`."""
    marks, closers = stop[1], stop[2]
    following = text[stop.end()]
    if marks[-1] in _STOPS_WITHOUT_SPACE:
        return not following.isdigit() and not (closers and following in "とっ")
    if not following.isspace():
        return False
    after = _NEXT.match(text, stop.end(), end)
    follows = text[after.end() : min(end, after.end() + _LOOK_AHEAD)] if after else ""
    if marks[-1] in _STOPS_WITHOUT_CAPITALS or not follows:
        return True
    before = text[max(first, stop.start() - _LOOK_BACK) : stop.start()]
    spaced = marks == "." and before[-1:].isspace() and before.rstrip()[-1:] not in _STOPS  # tokens written apart
    small = follows[0].islower() and not _CAMEL.match(follows)
    if follows[0] in ".…" or (small and not spaced):
        return False
    if marks == ".":
        return _full_stop_ends(before, follows)
    return not (closers and _SPEECH.match(follows)) or _opens_sentence(follows)


def _full_stop_ends(before: str, follows: str) -> bool:
    """Say whether a full stop ends the sentence, by the word before it and by what follows: no small letter."""
    words = before.split()
    if not words:
        return False
    word = words[-1].lstrip(_OPENERS + "-–—")
    lowered = word.lower()
    if lowered in _BEFORE_NAMES or (len(words) == 1 and len(before) < _LOOK_BACK and _ENUMERATOR.fullmatch(word)):
        return False
    if lowered in ("a.m", "p.m"):
        return _next_word(follows) not in _AFTER_TIMES
    letter = len(word) == 1 and word.isalpha()
    if follows[0].isdigit() and (letter or lowered in _BEFORE_NUMBERS):
        return False
    if (letter and word != "I") or lowered in _BEFORE_ANYTHING or _DOTTED.fullmatch(word):
        return _opens_sentence(follows)
    return True


def _opens_sentence(follows: str) -> bool:
    return _next_word(follows) in _OPENING_WORDS


def _next_word(follows: str) -> str:
    word = _WORD.match(follows)
    return word[0].lower().replace("’", "'") if word else ""
