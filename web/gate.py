"""Requests to the server into those of the chat and of the library's place, and a refusal of all others."""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import quote

from . import login
from .server import Server
from .shelf import BELOW, inside

MCP = "gradio_api/mcp"
"""Where language models reach their tools."""

_STARTED = "gradio_api/startup-events"  # Gradio's own launch asks for it, without a login; it tells nothing
_OPEN = frozenset(
    ["", "config", "theme.css", "favicon.ico", "manifest.json", "robots.txt", "login_check", _STARTED]
    + [f"gradio_api/{name}" for name in ("app_id", "info", "openapi.json", "cancel", "reset", "theme.css")]
)
_OPEN_BELOW = ("assets/", "static/", "svelte/", "gradio_api/heartbeat/", "gradio_api/queue/", "gradio_api/call/")
_METHODS = ("GET", "HEAD", "POST")
_SHELF = re.compile(rf"/{BELOW}/[^/]+")
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_LARGEST_BODY = 8_000_000  # bytes of a request: above the longest text that is added, however it is written as JSON

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

OWN = "library/"
"""Below this path lie routes of our own; a request must carry `MARK`, which no page of another site can send."""

MARK = b"x-quotewise"


class RefusedError(ValueError):
    """A request that the chat never makes, with the status and the headers of the refusal."""

    def __init__(self, why: str, status: int = 404, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        """Say why in a sentence."""
        super().__init__(why)
        self.status = status
        self.headers = headers


class Gate:
    """Lets the requests of the chat through and no others, and forbids the page to load anything from elsewhere.

    Gradio's own routes would fetch any address for whoever asks (`/file=http…`, a file object in a request), and
    a page of another site could reach a server on this machine under a name of its own (DNS rebinding), or send
    requests to it with the password that the browser knows.
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], server: Server) -> None:
        """Stand before this application, as the gate of this server."""
        self._app = app
        self._server = server
        named = {"127.0.0.1", "localhost", "[::1]", _name(server.address)} - {""}
        machine = socket.gethostname().lower()
        self._names = named if server.local else named | {"", machine, f"{machine}.local", server.host.lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse with a status and a sentence, or hand on to the application."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        try:
            scope = self._inside(scope)
            self._check(scope)
            own = inside(scope["path"]).strip("/").startswith(OWN)
            body = await _checked_body(receive) if scope["method"] == "POST" and not own else None
        except RefusedError as refusal:
            headers = [(b"content-type", b"text/plain; charset=utf-8"), *refusal.headers]
            await send_with_headers({"type": "http.response.start", "status": refusal.status, "headers": headers})
            await send({"type": "http.response.body", "body": str(refusal).encode()})
            return
        await self._app(scope, receive if body is None else _replayed(body, receive), send_with_headers)

    def _inside(self, scope: Scope) -> Scope:
        """Take off the path under which a proxy shows the server, where the proxy did not; what is left is checked."""
        path, prefix = scope["path"], self._server.prefix
        if prefix and path == prefix:
            raise _with_slash(path)
        if prefix and path.startswith(prefix + "/"):
            path = path[len(prefix) :]
        if path.strip("/") == MCP:
            path = f"/{MCP}/"
        return {**scope, "path": path, "raw_path": quote(path).encode(), "root_path": ""}

    def _check(self, scope: Scope) -> None:
        path, headers = inside(scope["path"]).strip("/"), dict(scope["headers"])
        self._check_sender({name: value.decode("latin-1").lower() for name, value in headers.items()})
        if self._server.login and path != _STARTED and not self._server.login.opens(headers.get(b"authorization", b"")):
            raise RefusedError("This server asks for a user name and a password.", 401, tuple(login.HEADERS))
        if self._server.mcp and path == MCP and scope["method"] != "POST":
            raise RefusedError("Language models send their calls here.", 405, ((b"allow", b"POST"),))
        own = path.startswith(OWN) and MARK in headers
        tools = self._server.mcp and path == MCP
        if _SHELF.fullmatch(scope["path"]):
            raise _with_slash(scope["path"])
        known = path in _OPEN or path.startswith(_OPEN_BELOW) or own or tools
        if not known or scope["method"] not in _METHODS:
            raise RefusedError("There is nothing here.")

    def _check_sender(self, headers: dict[bytes, str]) -> None:
        """Refuse what comes under a foreign name, which may be that of another site, or from a page of one."""
        host = headers.get(b"host", "")
        name = _name(host)
        known = name in self._names
        if not known and self._server.local:
            raise RefusedError("This server answers only to its own machine.")
        if not (known or self._server.login or _is_number(name)):
            raise RefusedError(
                "This server does not answer to this name without a password; start it with --root-path and the whole "
                "address under which it is reached, or with --auth-file, or open it by its number."
            )
        if b"origin" in headers:
            forwarded = headers.get(b"x-forwarded-host", "").partition(",")[0].strip()
            here = {_without_port(name) for name in (host, forwarded, self._server.address) if name}
            if _without_port(headers[b"origin"].partition("://")[2]) not in here:
                raise RefusedError("A page of another site asked for this.")


def _name(address: str) -> str:
    """Give the host of an address without its port: `[::1]:7860` is `[::1]`."""
    return address if address.endswith("]") else address.rpartition(":")[0] or address


def _is_number(host: str) -> bool:
    """Say whether a host is an IP address, which no other site can call its own."""
    try:
        return bool(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        return False


def _with_slash(path: str) -> RefusedError:
    """Send a request to the same place with a slash at its end, from wherever the proxy shows it."""
    return RefusedError("It is here.", 307, ((b"location", f"./{quote(path.rpartition('/')[2])}/".encode()),))


def _without_port(address: str) -> str:
    """Leave out a port that is the usual one of HTTP or HTTPS."""
    return address.removesuffix(":80").removesuffix(":443")


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
