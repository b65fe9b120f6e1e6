"""The body of a request into bytes or an object, up to a length that its route allows, and that into a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

Sent = dict[str, Any]


async def read_body(request: Request, most: int) -> bytes:
    """Read a whole body; one of more than `most` bytes is refused with status 400."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(400, "The request is too large.")
    return body


async def read_object(request: Request, most: int) -> Sent:
    """Read a JSON object of so many bytes at most; anything else is refused with status 400."""
    try:
        sent = json.loads(await read_body(request, most))
    except (ValueError, RecursionError) as error:
        raise HTTPException(400, "The request is not JSON.") from error
    if not isinstance(sent, dict):
        raise HTTPException(400, "The request is not a JSON object.")
    return sent


def text_route(name: str, give: Callable[[Sent], str], most: int) -> Route:
    """Give the route that answers what a browser sends with a text, which only our own page makes a part of itself.

    It lies below `/library/`, and takes so many bytes at most.
    """

    async def answer(request: Request) -> Response:
        sent = await read_object(request, most)
        return PlainTextResponse(await run_in_threadpool(give, sent))

    return Route(f"/library/{name}", answer, methods=["POST"])


def strings(value: object, most: int) -> list[str]:
    """Read a list of strings that a browser sent, so many at most, as far as it is one."""
    return [text for text in value if isinstance(text, str)][:most] if isinstance(value, list) else []


def whole(value: object) -> int:
    """Read a number that a browser sent, 0 where it is none."""
    return value if isinstance(value, int) else 0
