"""A plain text or Markdown file, in any encoding that people have, into a document."""

from __future__ import annotations

import codecs
import re
import unicodedata
from contextlib import suppress
from pathlib import Path

import charset_normalizer

from ..errors import LoadError
from ..types import Document
from .title import title_of

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]")
_STRANGE = re.compile(r"(?<=[^\W\d_])[¡-¬®-¶¸-¿×÷€‚ƒ„…†‡ˆ‰‹•˜™›\ufffd](?=[^\W\d_])")
_MISREAD = re.compile(r"[¤¦¨¬¯´¶¸¹¼½¾](?=[^\W\d_])|(?<=[^\W\d_])[¤¦¨¬¯´¶¸¹¼½¾]")
_BEYOND_ASCII = bytes(range(0x80, 0x100))
_HIGH = re.compile(rb"[\x80-\xff]")
_HIGH_BESIDE_HIGH = re.compile(rb"[\x80-\xff](?=[\x80-\xff])")
_OTHERS = [
    *("cp1252", "cp1250", "iso8859_2", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]

_SPACES = re.compile(r"[ \n\u3000、。，]")

MIN_SPACES = 0.01
"""The share of spaces and stops from which on zero bytes may be UTF-16: a Japanese text has 5 %, English 15 %."""

SAMPLE = 64 * 1024
"""Bytes or characters that are looked at to guess an encoding or to tell a binary file."""

MAX_CONTROLS = 0.05
"""The share of control characters from which on a file is binary; texts have none, or a page break a page."""

LONGEST_DAMAGE = 5
"""Bytes that one bad byte spoils at most: itself and the four of the character that it stands in."""

ENOUGH_TO_TELL = 8
"""Bytes beyond ASCII below which nothing is guessed: they read as Windows-1252."""

MAX_STRANGE = 0.1
"""The share of bytes beyond ASCII that may be signs within words: none in Windows-1252, a third in Polish."""


def load_text(file: Path) -> Document:
    """Load a text; line ends become a line feed, and offsets count in what is then the text."""
    text = decode(file.read_bytes(), str(file))
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise LoadError(f"{file} is empty; leave it out or put text into it.")
    markdown = file.suffix.lower() in (".md", ".markdown")
    return Document(text, title=title_of(text, markdown=markdown), source=str(file))


def decode(content: bytes, name: str) -> str:
    """Decode a file by its byte order mark, as UTF-16 by its zero bytes, as UTF-8, else in an older encoding."""
    text = _by_mark(content)
    if text is None and b"\0" in content:
        text = _as_utf16(content)
    elif text is None:
        text = _as_utf8(content) or _as_legacy(content)
    if text is None or len(_CONTROLS.findall(text[:SAMPLE])) > MAX_CONTROLS * len(text[:SAMPLE]):
        raise LoadError(f"{name} is not a text but a binary file; save it as text, or leave it out.")
    return text


def _by_mark(content: bytes) -> str | None:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    return None


def _as_utf16(content: bytes) -> str | None:
    """Decode UTF-16 without a mark in the byte order that gives the more spaces, if it gives the look of a text."""
    orders = ("utf-16-le", "utf-16-be")
    order = max(orders, key=lambda order: len(_SPACES.findall(content[:SAMPLE].decode(order, errors="ignore"))))
    try:
        text = content.decode(order)
    except UnicodeDecodeError:
        return None
    sample = text[:SAMPLE]
    unassigned = sum(unicodedata.category(character) in ("Cn", "Co") for character in sample)
    return text if len(_SPACES.findall(sample)) > MIN_SPACES * len(sample) and not unassigned else None


def _as_utf8(content: bytes) -> str | None:
    """Decode UTF-8, also where a little of it is damaged (a cut file, one line pasted from elsewhere).

    It is UTF-8 if it has more whole characters beyond ASCII than bad bytes, or two of them and damage in one place. Of
    32,000 pieces of 5 to 200 characters, cut from GTK's messages in older encodings, 59 pass for it: short ones in
    Thai, Chinese, Japanese and Korean.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        place = error.start
    kept = content.decode("utf-8", errors="ignore")
    whole = len(kept) - len(content.translate(None, _BEYOND_ASCII))
    bad = len(content) - len(kept.encode())
    if whole > bad or (whole > 1 and _sound_after(content, place)):
        return content.decode("utf-8", errors="replace")
    return None


def _sound_after(content: bytes, place: int) -> bool:
    """Say whether UTF-8 that is damaged at a place is not damaged after it."""
    for start in range(place + 1, place + LONGEST_DAMAGE + 1):
        with suppress(UnicodeDecodeError):
            content[start:].decode("utf-8")
            return True
    return False


def _as_legacy(content: bytes) -> str:
    """Decode Windows-1252, or what charset-normalizer finds where that would be no language.

    In Windows-1252 texts letters beyond ASCII stand alone, and signs such as "³" not within words. A text whose
    encoding only has other accents at the same places (Czech, Turkish) cannot be told from it and is read as it.
    """
    sample = content[: content.rfind(b"\n", 0, SAMPLE) + 1 or SAMPLE]
    high = len(_HIGH.findall(sample))
    western = content.decode("cp1252", errors="replace")
    strange = len(_STRANGE.findall(western[:SAMPLE]))
    alone = len(_HIGH_BESIDE_HIGH.findall(sample)) < high / 2
    if high < ENOUGH_TO_TELL or (alone and strange <= MAX_STRANGE * high):
        return western
    matches = charset_normalizer.from_bytes(sample, cp_isolation=_OTHERS)
    best = min(matches, key=lambda match: len(_MISREAD.findall(str(match))), default=None)
    return content.decode(best.encoding, errors="replace") if best else western
