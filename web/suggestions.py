"""Documents into questions to try, found in the background while nobody waits for an answer, and the route to them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from index import Document, Index
from index.errors import UnknownDocument
from qa.render import examples_html
from qa.suggest import suggested_questions
from qa.types import Answer

from .failures import caught

PATIENCE = 5.0
"""Seconds that one request waits; the page then asks again."""

MOST_DOCUMENTS = 10
"""Documents that questions are made from at most."""

MOST_KEPT = 200
"""Sets of documents whose questions are kept."""

Ids = tuple[str, ...]


class Suggestions:
    """Questions about a library or some of its documents, kept for as long as the library stays the same."""

    def __init__(self, index: Index, answer: Callable[[str], Answer], wait: Callable[[], object]) -> None:
        """Verify with `answer`, each time after `wait` has let pass what is more urgent."""
        self._index, self._answer, self._wait = index, answer, wait
        self._lock = threading.Lock()
        self._library: Ids = ()
        self._found: dict[Ids, Future[str]] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="suggest")

    def routes(self) -> list[Route]:
        """Give the route, below `/library/`."""
        return [Route("/library/suggestions", self.offer, methods=["GET"])]

    def find(self, about: Ids = ()) -> Future[str]:
        """Look for questions about these documents (all where none is named); the same are looked for once.

        What nobody needs any more, for the library has changed or too much is kept, is cancelled unless it has begun.
        """
        library = tuple(summary.id for summary in self._index.summaries())
        with self._lock:
            if library != self._library:
                for outdated in self._found.values():
                    outdated.cancel()
                self._library, self._found = library, {}
            if about not in self._found:
                while len(self._found) >= MOST_KEPT:
                    self._found.pop(next(iter(self._found))).cancel()
                self._found[about] = self._worker.submit(self._html, about, about or library[:MOST_DOCUMENTS])
            return self._found[about]

    async def offer(self, request: Request) -> Response:
        """Give the questions as HTML, or say that they are not ready: after a while, or when they were cancelled."""
        about = tuple(id_[:100] for id_ in request.query_params.getlist("about")[:MOST_DOCUMENTS])
        with caught():
            found = await asyncio.get_running_loop().run_in_executor(None, self.find, about)
            done, _ = await asyncio.wait([asyncio.wrap_future(found)], timeout=PATIENCE)
            given = [future.result() for future in done if not future.cancelled()]
            return JSONResponse({"ready": bool(given), "html": "".join(given)})
        return JSONResponse({"ready": True, "html": ""})

    def _html(self, about: Ids, ids: Ids) -> str:
        with caught():
            documents = [document for id_ in ids if (document := self._document(id_))]
            title = documents[0].title if about and len(documents) == 1 else ""
            return examples_html(suggested_questions(documents, self._answer, wait=self._wait), title)
        return ""

    def _document(self, document_id: str) -> Document | None:
        try:
            return self._index.document(document_id)
        except UnknownDocument:
            return None
