"""The nouns of the index: documents, passages and hits, all frozen."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import quote

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_BAD_BYTE = re.compile("[\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Document:
    """A text and where it came from.

    `id` is a hash of the text, so the same text is the same document wherever it lies; `source` names the
    file or address (two of them joined by "; " where the same text came from both); `pages` holds the start
    offset of each page where the format has pages. Offsets count Unicode code points. NUL and lone surrogates, which
    no text file holds, become U+FFFD, so every text can be stored and every offset stays where it was. The path of a
    file whose name is no UTF-8 becomes an address, so that each such file has a source of its own.
    """

    text: str
    title: str = ""
    source: str = ""
    pages: tuple[int, ...] = ()
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "source", stored_source(self.source))
        for name in ("text", "title"):
            object.__setattr__(self, name, _UNSTORABLE.sub("\ufffd", getattr(self, name)))
        object.__setattr__(self, "id", hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest())

    def page(self, offset: int) -> int | None:
        """Say which page (from 1) holds the character at `offset`, or None where the format has no pages."""
        return bisect_right(self.pages, offset) if self.pages else None


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document that is embedded and searched: `document.text[start:end] == text`.

    `id` is the store's number of the passage (its place in the document before it is stored). `heading` is
    the nearest Markdown heading above it.
    """

    id: int
    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    source: str = ""
    page: int | None = None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """One line of a ranking. Higher scores are better, and compare only inside their own ranking."""

    passage: Passage
    score: float


def stored_source(source: str) -> str:
    """Write a source as it can be stored: a path with bytes that are no UTF-8 as an address, and any other as it is.

    >>> stored_source("/home/ann/caf\\udce9.txt")
    'file:///home/ann/caf%E9.txt'
    """
    if _BAD_BYTE.search(source):
        with suppress(UnicodeEncodeError):  # of other surrogates, which no path has
            return "file://" + quote(source.encode("utf-8", "surrogateescape"))
    return _UNSTORABLE.sub("\ufffd", source)
