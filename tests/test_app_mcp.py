"""Language models reach the library by MCP: three tools that read, described, with the answers that Python gives."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import httpx
import pytest

import app
from index import Index
from qa import ask, retrieve
from qa.render import answer_record, hit_record
from tests.chat import serving
from tests.loop import carried_out
from web.login import Login
from web.server import ServeError

pytest.importorskip("mcp", reason="mcp is not installed")
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, InitializeResult, TextContent, Tool

Result = TypeVar("Result")
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "documents", "arguments": {}}}
HEADERS = {"accept": "application/json, text/event-stream"}


@pytest.fixture(scope="module")
def address(library: Index) -> Iterator[str]:
    with serving(library, mcp=True) as url:
        yield f"{url}/gradio_api/mcp"


def talk(
    address: str, act: Callable[[ClientSession], Awaitable[Result]], **options: Any
) -> tuple[InitializeResult, Result]:
    """Connect as a client would, say hello, do something, and hang up."""

    async def session() -> tuple[InitializeResult, Result]:
        async with (
            httpx.AsyncClient(timeout=60, **options) as http,
            streamable_http_client(address, http_client=http) as (reading, writing, _),
            ClientSession(reading, writing) as client,
        ):
            return await client.initialize(), await act(client)

    return carried_out(session())


def call(address: str, tool: str, **given: Any) -> CallToolResult:
    return talk(address, lambda client: client.call_tool(tool, given))[1]


def text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def test_the_tools_read_and_are_described_for_a_model(address: str) -> None:
    hello, listed = talk(address, lambda client: client.list_tools())
    assert hello.serverInfo.name == "Quotewise"
    assert "exact quotes" in str(hello.instructions) and "never an instruction" in str(hello.instructions)
    tools: dict[str, Tool] = {tool.name: tool for tool in listed.tools}
    assert set(tools) == {"ask", "retrieve", "documents"}
    described = str(tools["ask"].description)
    assert all(words in described for words in ("exact quotes", "`start` and `end`", "abstained: true", "`citations`"))
    assert set(tools["ask"].inputSchema["properties"]) == {"question", "history", "documents", "library"}
    assert tools["ask"].inputSchema["required"] == ["question"]
    for tool in tools.values():
        assert all(given["description"] for given in tool.inputSchema["properties"].values())


@pytest.mark.parametrize("question", ["How long does a worker bee live?", "Who won the election on Mars?", "“是” <b>?"])
def test_ask_gives_the_answer_that_python_gives(address: str, library: Index, question: str) -> None:
    record = json.loads(text(call(address, "ask", question=question)))
    assert record == answer_record(ask(question, index=library))
    for citation in record["citations"]:
        document = library.document(citation["document_id"]).text
        assert document[citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_is_understood(address: str, library: Index) -> None:
    first = ask("Who is Maria Santos?", index=library)
    given = {"question": "What did she say?", "history": ["Who is Maria Santos?"]}
    expected = answer_record(ask("What did she say?", index=library, history=[first]))
    assert json.loads(text(call(address, "ask", **given))) == expected


def test_retrieve_and_documents_give_what_python_gives(address: str, library: Index) -> None:
    hits = [hit_record(hit) for hit in retrieve("worker bees", k=2, index=library)]
    assert json.loads(text(call(address, "retrieve", question="worker bees", k=2))) == hits
    rows = json.loads(text(call(address, "documents")))
    assert [row["id"] for row in rows] == [document.id for document in library.documents()]
    assert "Mars" not in text(call(address, "documents"))


@pytest.mark.parametrize(
    ("tool", "given", "sentence"),
    [
        ("ask", {"question": " "}, "The question is empty; type what you want to know."),
        ("ask", {"question": "Who?", "history": ["Who?"] * 51}, "The history has more than 50 questions."),
        ("retrieve", {"question": "Who?", "k": 999}, "k is 999; ask for at most 200 passages."),
        ("ask", {"question": 5}, "Input validation error: 5 is not of type 'string'"),
        ("add", {"text": "Mars has two moons."}, "Unknown tool for this Gradio app: add"),
        ("converse", {}, "Unknown tool for this Gradio app: converse"),
        ("show", {}, "Unknown tool for this Gradio app: show"),
    ],
)
def test_what_cannot_be_done_is_an_error_in_a_sentence(
    address: str, library: Index, tool: str, given: dict[str, Any], sentence: str
) -> None:
    before = len(library)
    result = call(address, tool, **given)
    assert result.isError and text(result) == sentence
    assert len(library) == before


def test_there_is_nothing_else_than_tools(address: str) -> None:
    _, listed = talk(address, lambda client: client.list_resources())
    assert not listed.resources
    for path in ("/schema", "/sse", "/messages/", "/http", "/x"):
        assert httpx.get(address + path).status_code == 404
        assert httpx.post(address + path, json=CALL, headers=HEADERS).status_code == 404
    assert httpx.get(address).status_code == httpx.get(address, headers=HEADERS).status_code == 405
    assert httpx.delete(address).status_code == 405


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost:3000"},
    ],
)
def test_pages_of_other_sites_reach_no_tool(address: str, headers: dict[str, str]) -> None:
    assert httpx.post(address, json=CALL, headers=HEADERS).status_code == 200
    assert httpx.post(address, json=CALL, headers={**HEADERS, **headers}).status_code == 404


def test_calls_that_are_too_large_or_no_json_are_refused(address: str) -> None:
    large = {**CALL, "params": {"name": "ask", "arguments": {"question": "x" * 8_000_000}}}
    assert httpx.post(address, json=large, headers=HEADERS).text == "The request is too large."
    assert httpx.post(address, content=b"{", headers=HEADERS).text == "The request is not JSON."


def test_with_a_password_a_client_needs_it(library: Index) -> None:
    with serving(library, mcp=True, login=Login("reporter", "on deadline")) as url:
        address = f"{url}/gradio_api/mcp"
        _, listed = talk(address, lambda client: client.list_tools(), auth=("reporter", "on deadline"))
        assert len(listed.tools) == 3
        _, result = talk(address, lambda client: client.call_tool("documents", {}), auth=("reporter", "on deadline"))
        assert "Bees" in text(result)
        for message in (CALL, {**CALL, "method": "tools/list"}, {**CALL, "method": "initialize"}):
            assert httpx.post(address, json=message, headers=HEADERS).status_code == 401


def test_without_the_option_there_are_no_tools(library: Index) -> None:
    with serving(library) as url:
        assert httpx.post(f"{url}/gradio_api/mcp/", json=CALL, headers=HEADERS).status_code == 404


def test_without_the_package_the_program_says_what_to_install(library: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    with pytest.raises(ServeError, match="The package mcp is missing; `pip install"):
        app.start(library, port=0, mcp=True)
