"""What other programs ask of a library into plain records, or into one sentence that says why not."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from index import Document, Index
from index.errors import LibraryReadOnly, LoadError
from index.report import Progress
from qa import ask, retrieve
from qa.errors import QuestionError
from qa.render import answer_record, hit_record
from qa.types import Answer

from .limits import Deadline

LONGEST_HISTORY = 50
"""Earlier questions that one call may have answered again."""

MOST_HITS = 200
"""Passages that one call may ask for: as many as each of the two rankings gives to a search of the usual depth."""

LONGEST_TEXT = 500_000
"""Characters of a text that one call may add: a book. Embedding it keeps to the time that a call has."""

LONGEST_NAME = 500
"""Characters of a title or a source."""


class Api:
    """What may be asked of a library from elsewhere, with the answers that Python gives."""

    def __init__(self, index: Index, editable: bool = True) -> None:
        """Talk about this library; texts can be added to an `editable` one."""
        self._index = index
        self._editable = editable

    def ask(
        self, question: str, history: list[str] | None = None, documents: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question with quotes from the documents, or say that they hold no answer.

        `history` holds the earlier questions of the conversation, oldest first; they are answered again, so that a
        follow-up such as "And in 2017?" is understood as it would be in the chat. `documents` are the ids of those that
        are asked, none for all of them.
        """
        chosen = _chosen(documents)
        _check(isinstance(history, list | None), "The history must be a list of earlier questions.")
        questions = [*(history or []), question]
        _check(len(questions) <= LONGEST_HISTORY + 1, f"The history has more than {LONGEST_HISTORY} questions.")
        for text in questions:
            _check(isinstance(text, str), "A question must be text.")
        deadline = Deadline("ask with a shorter history.")
        answers: list[Answer] = []
        for asked in questions:
            deadline.check()
            answers.append(ask(asked, index=self._index, history=list(answers), documents=chosen))
        return answer_record(answers[-1])

    def retrieve(self, question: str, k: int = 5, documents: list[str] | None = None) -> list[dict[str, Any]]:
        """Find the `k` passages that are nearest to a question, best first, in all documents or in chosen ones."""
        chosen = _chosen(documents)
        _check(isinstance(question, str), "A question must be text.")
        _check(isinstance(k, int) and not isinstance(k, bool), "k must be a whole number.")
        _check(k <= MOST_HITS, f"k is {k}; ask for at most {MOST_HITS} passages.")
        return [hit_record(hit) for hit in retrieve(question, k=k, index=self._index, documents=chosen)]

    def documents(self) -> list[dict[str, Any]]:
        """List the documents of the library, oldest first, without their texts."""
        return [asdict(summary) for summary in self._index.summaries()]

    def add(self, text: str, title: str = "", source: str = "") -> dict[str, Any]:
        """Add a text to the library as a document; a text that is there already is added once.

        `title` is what it is called, otherwise its first line. `source` says where it comes from; another text that has
        this source is replaced by the new one.
        """
        if not self._editable:
            raise LibraryReadOnly("This library is shown read-only here; nothing can be added to it.")
        for name, value in (("text", text), ("title", title), ("source", source)):
            if not isinstance(value, str):
                raise LoadError(f"The {name} must be a string.")
        if len(text) > LONGEST_TEXT:
            raise LoadError(
                f"The text has {len(text):,} characters; add at most {LONGEST_TEXT:,} in a call, or a file on the page."
            )
        if max(len(title), len(source)) > LONGEST_NAME:
            raise LoadError(f"A title and a source have at most {LONGEST_NAME} characters.")
        if "; " in source:
            raise LoadError("A source cannot hold a semicolon and a space, which stand between two sources.")
        return self._add(Document(text, _line(title), _line(source)))

    def _add(self, document: Document) -> dict[str, Any]:
        deadline = Deadline("cut the text into parts, or add it as a file on the page.")

        def watch(_: Progress) -> None:
            deadline.check()

        line = self._index.add_documents([document], watch)[0]
        if line.status == "failed":
            raise LoadError(line.why)
        return {
            "status": line.status,
            "id": line.document_id,
            "title": line.title,
            "source": document.source,
            "passages": line.passages,
        }


def _chosen(documents: object) -> list[str] | None:
    """Read which documents a call is about; None for all."""
    named = documents if isinstance(documents, list) else []
    _check(documents is None or isinstance(documents, list), "documents must be a list of ids.")
    _check(all(isinstance(one, str) for one in named), "documents must be a list of ids.")
    return None if documents is None else named


def _line(text: str) -> str:
    """Put a title or a source on one line that can be shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _check(right: bool, otherwise: str) -> None:
    """Refuse what a client sent; Gradio does not compare it with the declared types."""
    if not right:
        raise QuestionError(otherwise)
