"""Answers into records that a browser keeps, and records into the same answers, read again from the library.

A record holds places in documents and no quotes, so that a kept conversation shows what the documents say, or that a
document is gone, and nothing else, whatever is written into the browser's storage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index import Document, Hit, Index, Passage
from index.errors import UnknownDocument
from qa import Answer, Citation
from qa.render_library import MOST_CHOSEN
from qa.retrieve import MAX_QUESTION

MOST_TURNS = 2_000
"""Turns of a conversation that are taken back; the page shows fewer at first."""

MOST_PLACES = 20
"""Citations, hits or other answers of one record that are taken back."""

LONGEST_PLACE = 20_000
"""Characters of a place that is taken back. Quotes lie inside passages, and no passage is as long: it has 96 tokens, of
20 characters each at most in our own encoding, and of some 128 in others."""

MOST_QUOTED = 20_000_000
"""Characters that all places of a conversation have together which are taken back: more than its `MOST_TURNS` turns of
the 1,000 to 7,000 that one of ours has."""

LONGEST_ID = 64
"""Characters of a document's id that are taken back."""

Record = dict[str, Any]


def remember(answer: Answer, seconds: float | None = None) -> Record:
    """Put an answer down as plain JSON: its question, its score, and places as [document id, start, end, …]."""
    chosen = {"documents": list(answer.documents)} if answer.documents else {}
    joined = {"about": answer.about} if answer.about else {}
    return {
        **chosen,
        **joined,
        "question": answer.question,
        "asked_as": answer.asked_as,
        "score": round(float(answer.score), 4),
        "seconds": None if seconds is None else round(seconds, 3),
        "citations": [_place(citation) for citation in answer.citations],
        "span": _place(answer.span) if answer.span else None,
        "others": [remember(other) for other in answer.others],
        "hits": [[hit.passage.document_id, hit.passage.start, hit.passage.end] for hit in answer.hits],
    }


GONE = "The document that answered this is no longer in the library, or has changed; ask again."
"""What is said of a question whose answer cannot be given any more."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn that was kept: its record, its answer unless that cannot be given any more, and how long it took."""

    record: Mapping[str, Any]
    answer: Answer | None
    seconds: float | None = None

    @property
    def question(self) -> str:
        """What was asked."""
        return str(self.record["question"])


def recall(records: object, index: Index, most: int = MOST_TURNS) -> list[Recalled]:
    """Read a conversation back from the library, its latest turns; what is no record at all is left out.

    A record that is damaged, or that quotes more than there is room for after the turns behind it, has no answer.
    """
    documents = _Documents(index)
    found = []
    for record in reversed(records[-most:] if isinstance(records, list) else []):
        if isinstance(record, Mapping) and isinstance(record.get("question"), str):
            try:
                found.append(Recalled(record, *_recalled(record, documents)))
            except (KeyError, TypeError, ValueError, IndexError, UnknownDocument):
                found.append(Recalled(record, None))
    return found[::-1]


def _recalled(record: object, documents: _Documents, depth: int = 0) -> tuple[Answer, float | None]:
    if not isinstance(record, Mapping) or depth > 1:
        raise ValueError("not a record")
    seconds = record["seconds"]
    answer = Answer(
        question=_text(record["question"]),
        score=min(1.0, max(0.0, float(record["score"]))),
        citations=tuple(documents.citation(place) for place in _few(record["citations"])),
        span=documents.citation(record["span"]) if record["span"] else None,
        hits=tuple(Hit(documents.passage(place), 0.0) for place in _few(record["hits"])),
        asked_as=_text(record["asked_as"]),
        about=_text(record.get("about", "")),
        documents=_ids(record.get("documents", [])),
        others=tuple(_recalled(other, documents, depth + 1)[0] for other in _few(record["others"])),
    )
    return answer, None if seconds is None else float(seconds)


def _place(citation: Citation) -> list[Any]:
    passage = citation.passage
    return [passage.document_id, citation.start, citation.end, passage.start, passage.end]


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > MAX_QUESTION:
        raise ValueError("not a question")
    return value


def _ids(value: object) -> tuple[str, ...]:
    """Read which documents were asked; they need not be there any more."""
    if not isinstance(value, list) or len(value) > MOST_CHOSEN or not all(isinstance(i, str) for i in value):
        raise ValueError("not a list of documents")
    return tuple(i[:LONGEST_ID] for i in value)


def _few(value: object) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) > MOST_PLACES:
        raise ValueError("not a list of places")
    return value


class _Documents:
    """The documents that one conversation speaks of, each read once, and how much of them may still be quoted."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._left = MOST_QUOTED
        self._read: dict[str, Document] = {}

    def passage(self, place: Sequence[Any]) -> Passage:
        """Cut a passage out of its document."""
        document_id, start, end = place
        if not (type(start) is type(end) is int and 0 <= start < end <= start + LONGEST_PLACE):
            raise ValueError("not the place of a passage")
        self._left -= end - start
        if self._left < 0:
            raise ValueError("more than is quoted in all")
        document = self._document(document_id)
        if end > len(document.text):
            raise ValueError("not a place in the document")
        text, page = document.text[start:end], document.page(start)
        return Passage(0, document.id, start, end, text, document.title, document.source, page)

    def citation(self, place: Sequence[Any]) -> Citation:
        """Cite a range of a passage of its document."""
        document_id, start, end, first, last = place
        return Citation(self.passage([document_id, first, last]), start, end)

    def _document(self, document_id: object) -> Document:
        if not isinstance(document_id, str):
            raise ValueError("not a document")
        if document_id not in self._read:
            self._read[document_id] = self._index.document(document_id)
        return self._read[document_id]
