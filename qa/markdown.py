"""Text into Markdown that shows exactly these words, whatever they would mean there; pure."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|!&~$])")


def line(text: str) -> str:
    """Write a text as one line, or as a part of one."""
    return escaped(" ".join(text.split()))


def block_quote(text: str) -> str:
    """Write a text as a block quote, line by line; without the space at the ends of lines, which means something there.

    >>> print(block_quote("1. Nine *died*.\\n\\n   - so it is said"))
    > 1\\. Nine \\*died\\*.
    >
    > \\- so it is said
    """
    return "\n".join(f"> {_opened(escaped(part.strip()))}".rstrip() for part in text.splitlines())


def escaped(text: str) -> str:
    """Escape what Markdown would take for markup inside a line, HTML included."""
    return _MARKUP.sub(r"\\\1", _CONTROL.sub("\ufffd", text))


def _opened(text: str) -> str:
    """Escape what would make the beginning of a line more than words."""
    number = re.match(r"\d{1,9}(?=[.)])", text)
    if number:
        return f"{number[0]}\\{text[number.end() :]}"
    return f"\\{text}" if text[:1] in ("-", "+", "=") else text
