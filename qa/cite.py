"""An answer into the same answer with every quote checked against its document, or into an abstention."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .types import Answer

Quote = Callable[[str, int, int], str]
"""Gives a range of a document's text by document id, start and end."""


def checked(answer: Answer, quote: Quote) -> Answer:
    """Keep an answer, and each of the others beside it, only if the documents hold its quotes at their very offsets."""
    others = tuple(kept for other in answer.others if not (kept := checked(other, quote)).abstained)
    if all(quote(c.document_id, c.start, c.end) == c.quote for c in answer.citations):
        return replace(answer, others=others)
    return replace(answer, citations=(), span=None, others=())
