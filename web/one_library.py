"""A page's request into the library that the page shows, and a refusal where another one is served in its place now."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from .gate import MARK

ANOTHER = "Another library is served at this address now. Load the page again to see it; this conversation is kept."

ANY = b"1"
"""What a program sends as the mark that means whatever library is there."""


def only_of(library: str, routes: Sequence[Route]) -> list[BaseRoute]:
    """Let routes take only what a page of this library sends, told by its mark; others get status 409 and a sentence.

    A page stays open while its server is stopped and another one is started at the same address.
    """
    for route in routes:
        route.app = _Only(library, route.app)
    return list(routes)


class _Only:
    """An application for the pages of one library."""

    def __init__(self, library: str, app: ASGIApp) -> None:
        self._marks = (ANY, library.encode())
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        mark = dict(scope["headers"]).get(MARK, ANY)
        app = self._app if mark in self._marks else PlainTextResponse(ANOTHER, 409)
        await app(scope, receive, send)
