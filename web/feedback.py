"""Thumbs up and down that a browser sends into verdicts of the library: the route of the page's two buttons."""

from __future__ import annotations

import json
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from index import Index
from qa.errors import FeedbackError
from qa.feedback import keep_verdict, take_back

from .body import read_body
from .conversation import recall
from .failures import caught

LARGEST_BODY = 200_000
"""Bytes of a request: the record of a turn with all its places and questions, and a word."""

VERDICTS = ("up", "down", "")


class Feedback:
    """What a browser may say about answers that it was given."""

    def __init__(self, index: Index) -> None:
        """Keep what is said in this library."""
        self._index = index

    def routes(self) -> list[Route]:
        """Give the route, below `/library/`."""
        return [Route("/library/feedback", self.judge, methods=["POST"])]

    async def judge(self, request: Request) -> Response:
        """Keep, change or take back the verdict on a turn that the browser shows, by the record that it keeps of it."""
        key, record, verdict, word = _read(await read_body(request, LARGEST_BODY))

        def act() -> None:
            if not verdict:
                return take_back(self._index, key)
            answer = next((turn.answer for turn in recall([record], self._index)), None)
            if answer is None:
                raise FeedbackError("The document that answered this is no longer in the library, or has changed.")
            keep_verdict(self._index, key, answer, verdict == "up", word)
            return None

        def outcome() -> dict[str, Any]:
            with caught() as failures:
                act()
                return {"status": "kept" if verdict else "taken back"}
            return {"status": "failed", "why": failures[0]}

        return JSONResponse(await run_in_threadpool(outcome))


def _read(body: bytes) -> tuple[str, object, str, str]:
    """Read a request; its key and word are checked where they are kept."""
    try:
        said = json.loads(body)
        key, verdict, word = said["key"], said["verdict"], said.get("word", "")
        if not (isinstance(key, str) and isinstance(word, str) and verdict in VERDICTS):
            raise ValueError("not a verdict")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise HTTPException(
            400, 'The request is not {"key": "…", "record": {…}, "verdict": "up", "down" or "", "word": "…"}.'
        ) from error
    return key, said.get("record"), verdict, word
