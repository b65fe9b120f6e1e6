"""Requests to the server into those of the chat and of the library's place, and a refusal of all others."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

_OPEN = frozenset(
    ["", "config", "theme.css", "favicon.ico", "manifest.json", "robots.txt", "login_check", "gradio_api/app_id"]
    + [f"gradio_api/{name}" for name in ("info", "openapi.json", "startup-events", "cancel", "reset", "theme.css")]
)
_OPEN_BELOW = ("assets/", "static/", "svelte/", "gradio_api/heartbeat/", "gradio_api/queue/", "gradio_api/call/")
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_LARGEST_BODY = 2_000_000  # bytes of a request: far above the longest question that is answered

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


OWN = "library/"
"""Below this path lie routes of our own; a request must carry `MARK`, which no page of another site can send."""

MARK = b"x-quotewise"


class RefusedError(ValueError):
    """A request that the chat never makes."""


class Gate:
    """Lets the requests of the chat through and no others, and forbids the page to load anything from elsewhere.

    Gradio's own routes would fetch any address for whoever asks (`/file=http…`, a file object in a request), and
    a page of another site could reach a server on this machine under a name of its own (DNS rebinding).
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], local: bool) -> None:
        """Stand before this application; a `local` one answers only to the names of this machine."""
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 or 400 instead of the application where a request is refused."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        try:
            self._check(scope)
            own = scope["path"].strip("/").startswith(OWN)
            body = await _checked_body(receive) if scope["method"] == "POST" and not own else None
        except RefusedError as refusal:
            start = {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]}
            await send_with_headers(start)
            await send({"type": "http.response.body", "body": str(refusal).encode()})
            return
        await self._app(scope, receive if body is None else _replayed(body, receive), send_with_headers)

    def _check(self, scope: Scope) -> None:
        path = scope["path"].strip("/")
        own = path.startswith(OWN) and MARK in dict(scope["headers"])
        if path not in _OPEN and not path.startswith(_OPEN_BELOW) and not own:
            raise RefusedError("There is nothing here.")
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if self._local and host not in ("127.0.0.1", "localhost", "[::1]"):
            raise RefusedError("This server answers only to its own machine.")


async def _checked_body(receive: Receive) -> bytes:
    """Read the body of a request; refuse one that is too large or that names a file for Gradio to fetch."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LARGEST_BODY:
            raise RefusedError("The request is too large.")
    try:
        json.loads(body or b"null", object_hook=_refuse_file)
    except (ValueError, RecursionError) as error:
        raise RefusedError(str(error) if isinstance(error, RefusedError) else "The request is not JSON.") from error
    return body


def _refuse_file(value: dict[str, Any]) -> None:
    if "_type" in value:
        raise RefusedError("Files are not taken here.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give an application a body that was read already, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replay
