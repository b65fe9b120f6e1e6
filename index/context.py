"""A document into passages with what stands above them: the texts that are embedded and searched."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .sentences import sentences
from .split import SPLITTER, split
from .tokens import ENCODING, load_encoding
from .types import Document, Passage

if TYPE_CHECKING:
    from .embed import Embedder

_HEADING = re.compile(r"(?:^|[\r\v\f\x1c-\x1e\x85\u2028\u2029]) {0,3}(?:#|[=-]+[ \t]*$)", re.MULTILINE)
"""What may be a heading, marked or underlined."""

CONTEXT = "title-3"
"""How a passage is put into context, and which of its vectors are kept. It is part of what the library records, for
another way makes other vectors.

Seen once, with passages of 128 tokens and the measures of `benchmarks/retrieval.py` (which has no way without a title):
with the title before each passage, dense nDCG@10 rose from .355 to .389 on Cranfield and recall@5 from .919 to .925 on
SQuAD paragraphs; BM25 from .355 to .367 and from .946 to .949.
"""

CONTEXT_BYTES = 120
"""UTF-8 bytes of title and heading at most, and so as many of the model's tokens: the rest is for the passage."""


def searchable(title: str, heading: str, text: str) -> str:
    """Put a passage's title and heading before it, unless it begins with them itself."""
    within = not title or heading == title or heading.startswith(f"{title} › ")
    path = heading if within else f"{title} › {heading}" if heading else title
    path = " ".join(path.encode()[:CONTEXT_BYTES].decode(errors="ignore").split())
    return f"{path}\n{text}" if path and not text.lstrip("# ").startswith(path.rstrip("…")) else text


def in_context(passage: Passage) -> str:
    """Give the text that a passage is embedded as."""
    return searchable(passage.title, passage.heading, passage.text)


def sentences_in_context(passage: Passage) -> list[tuple[int, int]]:
    """Give the ranges of a passage's sentences in the text that it is embedded as."""
    above = len(in_context(passage)) - len(passage.text)
    return [(above + start, above + end) for start, end in sentences(passage.text)]


def recipe(encoding: str) -> str:
    """Name what makes a document into the texts that are embedded: the splitter, its encoding, the context."""
    return f"{SPLITTER}/{encoding}/{CONTEXT}"


def split_in_context(document: Document, embedder: Embedder, encoding: str = ENCODING) -> list[Passage]:
    """Split a document so that the model reads every passage whole, with what stands above it."""
    heading = "#" * CONTEXT_BYTES if _HEADING.search(document.text) else ""  # as long as any can be
    return split(
        document,
        fits=lambda text: embedder.fits(searchable(document.title, heading, text)),
        encoding=load_encoding(encoding),
    )
