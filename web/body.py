"""The body of a request into bytes, up to a length that its route allows."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request


async def read_body(request: Request, most: int) -> bytes:
    """Read a whole body; one of more than `most` bytes is refused with status 400."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(400, "The request is too large.")
    return body
