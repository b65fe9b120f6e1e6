"""What a page shows of a library into HTML and JSON: its documents, a source, words in it; the routes for these."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial

from starlette.routing import Route

from index import Index
from qa import render_source
from qa.find import find_near
from qa.render_library import MOST_CHOSEN, documents_html, no_documents_html

from .body import Sent, strings, text_route, whole
from .failures import GONE, caught

LARGEST_BODY = 100_000
"""Bytes of a request: the words that are looked for, or the ids of the documents that are chosen."""

LONGEST_WORDS = 200
"""Characters that narrow the list of documents."""

LONGEST_SOUGHT = 10_000
"""Characters of words that are looked for in a document."""


class Reading:
    """What a browser reads of a library beside the conversation; nothing here changes anything."""

    def __init__(self, index: Index, editable: bool, visited: Callable[[], object]) -> None:
        """Show this library, with buttons that change it where it is `editable`; a page that opens has `visited`."""
        self._index = index
        self._editable = editable
        self._visited = visited

    def routes(self) -> list[Route]:
        """Give the routes, all below `/library/`."""
        given: dict[str, Callable[[Sent], str]] = {
            "documents": self.documents,
            "source": self.source,
            **{f"piece/{side}": partial(self.piece, side) for side in ("before", "after", "around")},
            "find": self.find,
        }
        return [text_route(name, give, LARGEST_BODY) for name, give in given.items()]

    def documents(self, sent: Sent) -> str:
        """List the documents that have some words in their title or source, and say which of the chosen are gone."""
        self._visited()
        words, chosen = str(sent.get("words", ""))[:LONGEST_WORDS], strings(sent.get("chosen"), MOST_CHOSEN)
        return self.listed(words, chosen, whole(sent.get("first")))

    def listed(self, words: str = "", chosen: Sequence[str] = (), first: int = 0) -> str:
        """List the documents from the `first` on, so many as are shown at a time."""
        with caught() as failures:
            gone = set(chosen) - set(self._index.titles(chosen))
            return documents_html(self._index.summaries(), self._editable, words, gone, first)
        return no_documents_html(failures[0])

    def source(self, sent: Sent) -> str:
        """Show the text of a document at a quote, a passage or the beginning."""
        with caught(GONE) as failures:
            document = self._index.document(str(sent.get("document", "")))
            cited = render_source.Cited.read(sent)
            heading = self._index.heading(document.id, cited.range[0]) if cited.range else ""
            return render_source.source_html(document, cited, heading)
        return render_source.failure_html(failures[0])

    def piece(self, side: str, sent: Sent) -> str:
        """Show a further piece of a document that is open, on a side of what is shown or around a range."""
        with caught():
            return render_source.more_html(partial(self._index.quote, str(sent.get("document", ""))), side, sent)
        return ""

    def find(self, sent: Sent) -> str:
        """Find words in a document that is open: those around a place, as JSON, null where that cannot be said."""
        found = None
        with caught():
            text = self._index.document(str(sent.get("document", ""))).text
            found = asdict(find_near(text, str(sent.get("query", ""))[:LONGEST_SOUGHT], render_source.here(sent)))
        return json.dumps(found)
