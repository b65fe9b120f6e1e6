"""Behind a reverse proxy the page, the API and the tools work under its path, and the gate holds there too."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from gradio_client import Client
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from index import Index
from tests.chat import free_port, serving
from tests.fakes import BEES, DOCUMENTS
from tests.fixtures import library_of
from web.server import ServeError, Server

PATH = "/quotes"
HOP = ("connection", "keep-alive", "transfer-encoding", "content-length")


def proxy(target: str, strips: bool) -> Starlette:
    """A reverse proxy that shows a server under a path, and tells it what was asked for, as nginx would."""
    client = httpx.AsyncClient(timeout=60, verify=False, limits=httpx.Limits(max_keepalive_connections=0))

    async def forward(request: Request) -> Response:
        path = request.url.path.removeprefix(PATH) if strips else request.url.path
        url = httpx.URL(target + path, query=request.url.query.encode())
        headers = {name: value for name, value in request.headers.items() if name not in ("host", *HOP)}
        headers["x-forwarded-host"] = request.headers["host"]
        asked = client.build_request(request.method, url, headers=headers, content=await request.body())
        answer = await client.send(asked, stream=True)

        async def body() -> AsyncIterator[bytes]:
            async with aclosing(answer):
                async for part in answer.aiter_raw():
                    yield part

        kept = {name: value for name, value in answer.headers.items() if name not in HOP}
        return StreamingResponse(body(), answer.status_code, kept)

    async def slash(_: Request) -> Response:
        return RedirectResponse(f"{PATH}/")

    return Starlette(
        routes=[Route(PATH, slash), Route(f"{PATH}/{{path:path}}", forward, methods=["GET", "HEAD", "POST", "OPTIONS"])]
    )


@contextmanager
def running(proxied: Starlette, port: int) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(proxied, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        for _ in range(100):
            if server.started:
                break
            thread.join(0.1)
        yield f"http://127.0.0.1:{port}{PATH}"
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


library = library_of(*DOCUMENTS[:2], scope="module")


@pytest.fixture(
    scope="module",
    params=[
        "the proxy takes the path off",
        pytest.param("the proxy leaves the path", marks=pytest.mark.slow),
        pytest.param("a whole address", marks=pytest.mark.slow),
    ],
)
def address(request: pytest.FixtureRequest, library: Index) -> Iterator[str]:
    port = free_port()
    root = f"http://127.0.0.1:{port}{PATH}" if request.param == "a whole address" else PATH
    with (
        serving(library, root_path=root, read_only=False, mcp=True) as target,
        running(proxy(target, strips="leaves" not in request.param), port) as url,
    ):
        yield url


def test_the_api_works_under_the_path(address: str) -> None:
    client = Client(address, verbose=False)
    assert client.predict("How long does a worker bee live?", api_name="/ask")["citations"]
    assert "Bees" in [row["title"] for row in client.predict(api_name="/documents")]


def test_the_tools_are_under_the_path(address: str) -> None:
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    headers = {"accept": "application/json, text/event-stream"}
    for path in ("/gradio_api/mcp", "/gradio_api/mcp/"):
        assert "retrieve" in httpx.post(address + path, json=call, headers=headers).text


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=/etc/passwd",
        "/quotes/gradio_api/file=/etc/passwd",
        "/quotes/quotes/",
        "/assets/../gradio_api/file=/etc/passwd",
        "/monitoring",
        "/gradio_api/upload",
    ],
)
def test_the_gate_holds_under_the_path(http: httpx.Client, address: str, path: str) -> None:
    assert http.get(address + path).status_code == 404


@pytest.mark.slow
def test_the_page_works_under_the_path(browser: Any, address: str, library: Index) -> None:
    before, requests, errors = len(library.summaries()), [], []
    context = browser.new_context()
    page = context.new_page()
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.location["url"]) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector(".qw-documents", state="attached")
    page.fill("#qw-question", "How long does a queen live?")
    page.keyboard.press("Enter")
    page.wait_for_selector('.qw-turn[aria-busy="false"]')
    assert page.locator(".qw-turn .qw-failure").count() == 0
    page.click("#qw-library .qw-open >> nth=1")
    page.wait_for_selector("#qw-source .qw-words", state="visible")
    assert page.locator("#qw-source .qw-words").text_content() == BEES
    page.keyboard.press("Escape")
    text = f"The sun is hot, said a visitor of {address}.".encode()
    page.set_input_files(".qw-files", files=[{"name": "sun.txt", "mimeType": "text/plain", "buffer": text}])
    page.wait_for_function("document.querySelector('.qw-told').innerText.includes('1 document added')")
    assert len(library.summaries()) == before + 1
    without_path = (
        "/manifest.json",
        "/favicon.ico",
    )  # Gradio's page and browsers ask for them there; nobody needs them
    assert [url for url in errors if not url.endswith(without_path)] == []
    assert all(url.startswith((address, "data:", "blob:")) for url in requests)
    context.close()


@pytest.mark.parametrize(
    "root", ["quotes", "/quo tes", "/../x", "https://", "ftp://example.org", "https://a@b/x", "/a?b", "//x"]
)
def test_what_is_no_root_path_is_said(root: str) -> None:
    with pytest.raises(ServeError, match="is no path that a proxy could serve"):
        Server(root_path=root)


@pytest.mark.parametrize(
    ("root", "prefix", "address"),
    [
        ("", "", ""),
        ("/", "", ""),
        ("/quotes/", "/quotes", ""),
        ("/a/b-c", "/a/b-c", ""),
        ("https://Example.org/quotes", "/quotes", "example.org"),
        ("https://example.org:8443", "", "example.org:8443"),
    ],
)
def test_a_root_path_is_a_path_or_an_address(root: str, prefix: str, address: str) -> None:
    server = Server(root_path=root)
    assert (server.prefix, server.address) == (prefix, address)


def test_a_server_behind_a_proxy_is_not_changed_by_others() -> None:
    assert Server().editable and not Server().warning
    assert not Server(root_path="/quotes").editable and "Everybody" in Server(root_path="/quotes").warning
    assert Server(root_path="/quotes", read_only=False).editable
    assert not Server("0.0.0.0").editable and "Everybody" in Server("0.0.0.0").warning
