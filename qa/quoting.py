"""A quote and where it stands into words to paste elsewhere, as text and as Markdown; pure."""

from __future__ import annotations

from index import Document

from .markdown import block_quote, line


def quoted_text(document: Document, start: int, end: int) -> str:
    """Write a range of a document in quotation marks, and below it where it stands."""
    return f"“{document.text[start:end]}”\n— {cited_place(document, start, end)}"


def quoted_markdown(document: Document, start: int, end: int) -> str:
    """Write a range of a document as a block quote, and below it where it stands."""
    return f"{block_quote(document.text[start:end])}\n\n— {line(cited_place(document, start, end))}\n"


def cited_place(document: Document, start: int, end: int) -> str:
    """Name the place of a range: title, source, and its page or, where there are no pages, its characters from 1 on."""
    page = document.page(start)
    where = f"page {page}" if page is not None else f"characters {start + 1:,}–{end:,}"
    named = document.title if document.title.strip() else "Untitled"
    return f"{named} ({document.source}, {where})" if document.source else f"{named}, {where}"
