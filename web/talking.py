"""Questions that a page sends into answered turns, and what it keeps of them into conversations and files: its routes.

The conversation itself lives in the browser: with each question come the records of the turns before it, and the server
remembers none of them, so that it can be stopped and started between two questions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from index import Index
from index.errors import UnknownDocument
from qa import render
from qa.follow_up import TURNS as REMEMBERED
from qa.render_library import MOST_CHOSEN, among_html
from qa.types import Answer

from .asking import Asking, StoppedError
from .body import Sent, read_object, strings, text_route, whole
from .conversation import GONE, Recalled, recall, remember
from .export import FORMATS
from .failures import caught
from .limits import PEOPLE_AT_ONCE, one_by_one

STOPPED = "Stopped."
INTERRUPTED = "This was not answered."
BRIEF = 0.1  # seconds that a stage lasts at least to be shown: a shorter one cannot be read, and delays the answer

LARGEST_BODY = 20_000_000
"""Bytes of a request: the records of the longest conversation that is taken back."""

LARGEST_QUESTION = 2_000_000
"""Bytes of a request that asks: far more than the records that go with it, so that an endless question is told why."""

LONGEST_NAME = 100
"""Characters of the names by which a page calls its questions."""

AT_ONCE = {"cache-control": "no-store", "x-accel-buffering": "no"}  # no proxy holds a turn back until the next


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done for a question that is not answered yet, and what was `found` for it."""

    said: str
    found: Answer | None = None


Steps = Callable[[str, Sequence[Answer], Sequence[str], str | None], Iterator[Stage | Answer]]
"""Question, answers before it, ids of the documents that are asked (none: all), and what is searched for instead."""


class Talking:
    """What a browser does with a conversation."""

    def __init__(self, index: Index, asking: Asking, steps: Steps) -> None:
        """Talk about this library, whose answers come by these `steps`; `asking` counts who waits for one."""
        self._index = index
        self._asking = asking
        self._steps = steps
        self._threads = ThreadPoolExecutor(PEOPLE_AT_ONCE, thread_name_prefix="ask")

    def routes(self) -> list[Route]:
        """Give the routes, all below `/library/`."""
        return [
            Route("/library/ask", self.ask, methods=["POST"]),
            Route("/library/stop", self.stop, methods=["POST"]),
            text_route("conversation", self.conversation, LARGEST_BODY),
            text_route("export", self.export, LARGEST_BODY),
        ]

    async def ask(self, request: Request) -> Response:
        """Answer a question with lines of JSON: the HTML of its turn, each time that there is more of it."""
        turns = self.turns(await read_object(request, LARGEST_QUESTION))
        lines = (json.dumps(turn) + "\n" for turn in turns)
        given = one_by_one(lines, self._threads)
        return StreamingResponse(given, media_type="application/x-ndjson", headers=AT_ONCE)

    def turns(self, sent: Sent) -> Iterator[str]:
        """Answer a question, showing what is being done until the answer is there."""
        since, answer, among = time.perf_counter(), None, ""
        question, asked_as = str(sent.get("question", "")), str(sent.get("asked_as", "")) or None
        number, asking = whole(sent.get("number")), str(sent.get("asking", ""))[:LONGEST_NAME]
        with caught() as failures, suppress(StoppedError):
            documents = self._chosen(sent.get("documents"))
            among = self._among(documents)
            before = [kept.answer for kept in recall(sent.get("records"), self._index, REMEMBERED) if kept.answer]
            for step in self._asking.steps(asking, self._steps(question, before, documents, asked_as), BRIEF):
                if isinstance(step, Answer):
                    answer = step
                else:
                    yield render.pending_html(question, number, step.said, among, step.found)
        if answer:
            yield _answered(answer, number, time.perf_counter() - since, among)
        elif failures:
            yield render.failure_html(question, number, failures[0])
        else:
            yield render.unanswered_html(question, number, STOPPED, among)

    async def stop(self, request: Request) -> Response:
        """Stop answering a question."""
        sent = await read_object(request, LARGEST_QUESTION)
        self._asking.stop(str(sent.get("asking", ""))[:LONGEST_NAME])
        return JSONResponse({})

    def conversation(self, sent: Sent) -> str:
        """Show a conversation that the browser kept."""
        unanswered = str(sent.get("unanswered", ""))
        with caught() as failures:
            kept = recall(sent.get("records"), self._index)
            turns = [self._recalled(turn, number) for number, turn in enumerate(kept, 1)]
            if unanswered:
                among = self._among(strings(sent.get("unanswered_in"), MOST_CHOSEN))
                turns.append(render.unanswered_html(unanswered, len(turns) + 1, INTERRUPTED, among))
            return render.conversation_html(turns, whole(sent.get("older")))
        return render.conversation_html([render.failure_html("", 1, failures[0])])

    def export(self, sent: Sent) -> str:
        """Write a conversation that the browser keeps as a file, which the browser then saves: JSON of its text."""
        with caught() as failures:
            turns = recall(sent.get("records"), self._index)
            answers = [turn.answer for turn in turns if turn.answer]
            titles = self._index.titles({document for answer in answers for document in answer.documents})
            return json.dumps({"text": FORMATS.get(str(sent.get("format")), FORMATS["md"])(turns, titles)})
        return json.dumps({"why": failures[0]})

    def _recalled(self, kept: Recalled, number: int) -> str:
        if kept.answer is None:
            return render.failure_html(kept.question, number, GONE, json.dumps(kept.record))
        return _answered(kept.answer, number, kept.seconds, self._among(kept.answer.documents))

    def _chosen(self, ids: object) -> list[str]:
        """Read which documents a question goes to; none: to all of them."""
        chosen = strings(ids, MOST_CHOSEN)
        if gone := len(set(chosen)) - len(self._index.titles(chosen)):
            raise UnknownDocument(
                f"{gone:,} of the documents that you chose {'is' if gone == 1 else 'are'} no longer in the library; "
                "ask again, or choose others."
            )
        return chosen

    def _among(self, documents: Sequence[str]) -> str:
        """Name the documents that a question goes to, where it does not go to all."""
        return among_html(documents, self._index.titles(documents)) if documents else ""


def _answered(answer: Answer, number: int, seconds: float | None, among: str) -> str:
    """Show an answer, with what the browser keeps of it."""
    record = json.dumps(remember(answer, seconds), separators=(",", ":"))
    return render.answer_html(answer, number, seconds, record, among)
