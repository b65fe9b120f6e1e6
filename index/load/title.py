"""A text into the title that it is shown under."""

from __future__ import annotations

import re

from ..sentences import blocks, read_heading

TITLE_LENGTH = 60
"""Characters of a title that is made from the first line; it fits a line of the list of documents."""

HEADING_LENGTH = 120
"""Characters of a title that is a heading: someone chose its words, so more of them are kept."""

_LOOKED_AT = 100_000  # characters in which the title is looked for, however long the text
_SALUTATION = re.compile(
    r"(?:dear|hi|hello|hey|good (?:morning|afternoon|evening)|to whom it may concern)\b[^.?]{0,60}[,:!]?", re.IGNORECASE
)
_JOINERS = "\u200c\u200d"  # not printable by themselves, but parts of words and of signs


def title_of(text: str, *, markdown: bool = False) -> str:
    """Give the first Markdown heading where asked for, else the first words of the first line that has any.

    Markup stays as it is written; whoever shows the title escapes it. A letter's salutation says nothing of it.

    >>> title_of("Not much.\\n\\n# Findings", markdown=True)
    'Findings'
    """
    beginning = text[:_LOOKED_AT] if text[:_LOOKED_AT].strip() else text.lstrip()[:_LOOKED_AT]
    if markdown:
        headings = (read_heading(beginning[b.start : b.end])[1] for b in blocks(beginning) if b.kind == "heading")
        heading = next(filter(None, map(printable, headings)), "")
        if heading:
            return shorten(heading, HEADING_LENGTH)
    lines = [line for line in map(printable, _after_front_matter(beginning).splitlines()) if line]
    with_words = [line for line in lines if any(character.isalnum() for character in line)]
    telling = (line for line in with_words if not _SALUTATION.fullmatch(line))
    return shorten(next(telling, (with_words or lines or ["Untitled"])[0]), TITLE_LENGTH)


def shorten(words: str, length: int) -> str:
    """Cut words to a length, at a space where there is one in the second half, with "…" for what is missing."""
    if len(words) <= length:
        return words
    space = words.rfind(" ", length // 2, length)
    return words[: space if space > 0 else length - 1].rstrip(" ,;:-–—") + "…"


def printable(line: str) -> str:
    """Put one space for any run of spaces, and leave out what cannot be shown."""
    words = " ".join(line.split())
    return "".join(letter for letter in words if letter.isprintable() or letter in _JOINERS).strip()


def _after_front_matter(text: str) -> str:
    if not text.startswith("---\n"):
        return text
    rest = text[4:].partition("\n---\n")[2]
    return rest if rest.strip() else text
