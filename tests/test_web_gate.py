"""The gate by itself: which requests reach the application behind it, and how the others are refused."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loop import carried_out
from web.gate import Gate
from web.login import Login
from web.server import Server

HOST = {"host": "127.0.0.1:7860"}
TEXT = st.text(max_size=20)


class Behind:
    """An application that remembers what reaches it."""

    def __init__(self) -> None:
        self.reached: list[dict[str, Any]] = []
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(dict(scope))
        if scope["type"] == "http" and scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"inside"})


def ask(
    server: Server,
    path: str,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    body: bytes = b"null",
    **more: Any,
) -> tuple[int, str, Behind]:
    """Send one request; gives the status, the text, and what it reached."""
    behind, sent = Behind(), []
    given_headers = [(k.encode(), v.encode("latin-1")) for k, v in (HOST if headers is None else headers).items()]
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": given_headers,
        "root_path": server.root_path,
        **more,
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    carried_out(Gate(behind, server)(scope, receive, send))
    assert b"default-src 'none'" in dict(sent[0]["headers"])[b"content-security-policy"]
    return sent[0]["status"], sent[1]["body"].decode(), behind


@pytest.mark.parametrize(
    "path", ["/", "", "/config", "/assets/a.js", "/gradio_api/call/ask", "/gradio_api/queue/join", "/gradio_api/info"]
)
def test_what_the_page_and_the_api_need_is_let_through(path: str) -> None:
    status, text, behind = ask(Server(), path)
    assert (status, text) == (200, "inside") and behind.reached[0]["path"] == path


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/upload",
        "/gradio_api/mcp",
        "/gradio_api/mcp/schema",
        "/library/add",
        "/login",
        "/logout",
        "/docs",
        "/quotes",
        "/quotes/config",
        "/ASSETS/x",
        "/assets",
        "/gradio_api/call",
    ],
)
def test_nothing_else_is(path: str) -> None:
    for method in ("GET", "POST"):
        status, text, behind = ask(Server(), path, method)
        assert (status, text, behind.reached) == (404, "There is nothing here.", [])


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods_reach_nothing(method: str) -> None:
    assert ask(Server(), "/", method)[0] == 404


def test_the_librarys_routes_need_the_mark_that_no_form_can_send() -> None:
    assert ask(Server(), "/library/add", "POST", {**HOST, "x-quotewise": "1"}, b"any bytes")[0] == 200
    assert ask(Server(), "/library/add", "POST")[0] == 404


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LOCALHOST", "[::1]", "[::1]:7860"])
def test_a_local_server_answers_to_its_own_names(host: str) -> None:
    assert ask(Server(), "/", headers={"host": host})[0] == 200


@pytest.mark.parametrize(
    "host",
    ["", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example:7860", "evil.example:127.0.0.1", "::1"],
)
def test_and_to_no_other(host: str) -> None:
    assert ask(Server(), "/", headers={"host": host})[1] == "This server answers only to its own machine."
    assert ask(Server(), "/", headers={})[0] == 404


@pytest.mark.parametrize(
    "host", ["192.168.1.7:7860", "[fe80::1]:7860", "nas", "NAS.local:7860", "localhost", "own.example"]
)
def test_a_server_for_others_answers_to_numbers_and_to_its_machines_names(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "Nas")
    assert ask(Server("own.example"), "/", headers={"host": host})[0] == 200
    assert ask(Server("own.example"), "/", headers={})[0] == 200, "no browser"


@pytest.mark.parametrize("host", ["evil.example:7860", "nas.evil.example", "192.168.1.7.evil.example"])
def test_another_name_may_be_that_of_another_site_and_needs_a_password_or_the_whole_address(host: str) -> None:
    asking = {"host": host, "origin": f"http://{host}"}
    assert ask(Server("0.0.0.0"), "/", headers=asking)[1].startswith("This server does not answer to this name")
    assert ask(Server("0.0.0.0", root_path=f"http://{host}"), "/", headers=asking)[0] == 200
    assert ask(Server("0.0.0.0", login=Login("ann", "secret")), "/", headers=asking)[0] == 401


def test_a_proxys_address_is_a_name_too() -> None:
    server = Server(root_path="https://example.org/quotes")
    assert ask(server, "/", headers={"host": "example.org"})[0] == 200
    assert ask(server, "/", headers={"host": "example.com"})[0] == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"origin": "http://127.0.0.1:7860"}, 200),
        ({"origin": "http://127.0.0.1"}, 404),
        ({"origin": "http://localhost:7860"}, 404),
        ({"origin": "http://evil.example"}, 404),
        ({"origin": "null"}, 404),
        ({"origin": ""}, 404),
        ({"origin": "https://example.org", "x-forwarded-host": "example.org:443, inner"}, 200),
        ({"origin": "https://example.com", "x-forwarded-host": "example.org"}, 404),
    ],
)
@pytest.mark.parametrize("server", [Server(), Server("0.0.0.0")])
def test_only_the_servers_own_pages_may_ask(server: Server, headers: dict[str, str], status: int) -> None:
    for method in ("GET", "POST"):
        assert ask(server, "/gradio_api/call/ask", method, {**HOST, **headers})[0] == status


def test_the_page_at_a_whole_address_may_ask() -> None:
    server = Server(root_path="https://Example.org:443/quotes")
    assert ask(server, "/quotes/config", headers={**HOST, "origin": "https://example.org"})[0] == 200


@pytest.mark.parametrize("root", ["/quotes", "https://example.org/quotes/"])
@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/quotes/", "/"),
        ("/quotes/config", "/config"),
        ("/config", "/config"),
        ("/quotes/assets/é.js", "/assets/é.js"),
    ],
)
def test_a_proxys_path_is_taken_off_once(root: str, path: str, inside: str) -> None:
    _, _, behind = ask(Server(root_path=root), path)
    (scope,) = behind.reached
    assert (scope["path"], scope["root_path"]) == (inside, "")
    assert ask(Server(root_path=root), f"/quotes/quotes{inside}")[0] == 404


@pytest.mark.parametrize(
    ("path", "location"),
    [("/quotes", b"./quotes/"), ("/libraries/letters", b"./letters/"), ("/quotes/libraries/a%2f", b"./a%252f/")],
)
def test_what_lacks_its_last_slash_is_sent_there_wherever_a_proxy_shows_it(path: str, location: bytes) -> None:
    gate = Gate(Behind(), Server(root_path="https://example.org/quotes"))
    asked = {"type": "http", "path": path, "method": "GET", "headers": [(b"host", b"example.org")]}
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    carried_out(gate(asked, None, send))  # type: ignore[arg-type]
    assert sent[0]["status"] == 307 and (b"location", location) in sent[0]["headers"]


@pytest.mark.parametrize("path", ["/assets/assets/gradio_api/file=/etc/passwd", "/assets/gradio_api/file=/etc/passwd"])
def test_a_path_that_is_named_like_one_of_gradios_opens_nothing(path: str) -> None:
    _, _, behind = ask(Server(root_path="/assets"), path)
    assert all(scope["path"].startswith("/assets/") and scope["root_path"] == "" for scope in behind.reached)


def test_the_tools_are_reached_by_calls_only_and_only_where_asked_for() -> None:
    for path in ("/gradio_api/mcp", "/gradio_api/mcp/"):
        status, _, behind = ask(Server(mcp=True), path, "POST")
        assert status == 200 and behind.reached[0]["path"] == "/gradio_api/mcp/"
        assert ask(Server(mcp=True), path)[0] == ask(Server(mcp=True), path, "DELETE")[0] == 405
        assert ask(Server(), path, "POST")[0] == 404
    assert ask(Server(mcp=True), "/gradio_api/mcp/sse")[0] == 404


def test_a_password_is_asked_for_before_anything_is_told() -> None:
    server = Server(login=Login("a", "b"), mcp=True)
    right = {**HOST, "authorization": "Basic YTpi"}
    for path in ("/", "/config", "/nothing", "/gradio_api/mcp", "/library/add"):
        assert ask(server, path, "POST")[0] == 401
        assert ask(server, path, "POST", {**HOST, "authorization": "Basic YTpj"})[0] == 401
    assert ask(server, "/", "GET", right)[0] == 200 and ask(server, "/nothing", "GET", right)[0] == 404
    assert ask(server, "/", "GET", {**right, "origin": "http://evil.example"})[0] == 404


@given(user=TEXT, password=TEXT)
def test_only_the_right_login_opens(user: str, password: str) -> None:
    header = b"Basic " + base64.b64encode(f"{user}:{password}".encode())
    assert Login("reporter", "on deadline").opens(header) == (f"{user}:{password}" == "reporter:on deadline")
    assert Login("reporter", "on deadline").opens(b"basic cmVwb3J0ZXI6b24gZGVhZGxpbmU=")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"{", "The request is not JSON."),
        (b"\xff", "The request is not JSON."),
        (b"[" * 100_000, "The request is not JSON."),
        (b'{"data": [{"meta": {"_type": "gradio.FileData"}}]}', "Files are not taken here."),
        (b'"' + b"x" * 8_000_000 + b'"', "The request is too large."),
        (b'{"data": ["Who?"]}', "inside"),
    ],
)
def test_the_body_of_a_call_is_looked_at(body: bytes, text: str) -> None:
    for server, path in ((Server(), "/gradio_api/call/ask"), (Server(mcp=True), "/gradio_api/mcp")):
        _, told, behind = ask(server, path, "POST", body=body)
        assert told == text and behind.bodies == ([body] if text == "inside" else [])


def test_no_websocket_is_opened() -> None:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    behind = Behind()
    carried_out(Gate(behind, Server())({"type": "websocket", "path": "/"}, None, send))  # type: ignore[arg-type]
    assert sent == [{"type": "websocket.close", "code": 1008}] and not behind.reached
