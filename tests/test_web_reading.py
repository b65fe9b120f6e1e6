"""What a page reads of a library: documents, a source, words in it; garbage and a broken library do no harm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from index import Document, Index
from index.errors import LibraryDamaged
from tests.fakes import HashEmbedder
from tests.test_qa_render import Parsed
from web.reading import LARGEST_BODY, Reading

TEXT = "A bee lives in a hive.\n" * 10_000
ROUTES = ("documents", "source", "piece/before", "piece/after", "piece/around", "find")


Shown = tuple[Index, TestClient]
visits: list[str] = []  # a note of each time that the list was asked for


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A library of two documents, and a client of its routes."""
    with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as index:
        index.add_documents([Document(TEXT, "Bees <b>", "bees.txt"), Document("A wasp.", "Wasps", "wasps.txt")])
        reading = Reading(index, editable=True, visited=lambda: visits.append("visited"))
        with TestClient(Starlette(routes=reading.routes())) as client:
            yield index, client


def told(client: TestClient, name: str, **sent: Any) -> str:
    answer = client.post(f"/library/{name}", json=sent)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
    return answer.text


def test_the_list_is_narrowed_and_says_which_chosen_documents_are_gone(shown: Shown) -> None:
    index, client = shown
    visits.clear()
    (wasps,) = index.at("wasps.txt")
    listed = Parsed(told(client, "documents", words="WASP", chosen=[wasps, "gone"]), "qw-documents")
    assert listed.attributes["data-gone"] == ["gone"] and listed.attributes["data-total"] == ["2"]
    assert "Wasps" in listed.text and "Bees" not in listed.text
    assert visits == ["visited"], "a page that asks for the list is open, and the models may be loaded"


def test_a_source_is_shown_read_on_and_searched(shown: Shown) -> None:
    index, client = shown
    (bees,) = index.at("bees.txt")
    place = {"document": bees, "kind": "quote", "start": 115_000, "end": 115_022}
    source = told(client, "source", **place)
    assert Parsed(source, "qw-mark").text == TEXT[115_000:115_022] and "Bees &lt;b&gt;" in source
    low, high = (int(Parsed(source, "qw-piece").attributes[name][0]) for name in ("data-low", "data-high"))
    before = Parsed(told(client, "piece/before", **place, first=low, last=high), "qw-piece")
    after = Parsed(told(client, "piece/after", **place, first=low, last=high), "qw-piece")
    around = Parsed(told(client, "piece/around", **place, first=0, last=5), "qw-piece")
    assert before.attributes["data-high"] == [str(low)] and after.attributes["data-low"] == [str(high)]
    assert around.attributes["data-low"] == ["0"] and around.text == TEXT[: len(around.text)]
    found = json.loads(told(client, "find", document=bees, query="HIVE", here=115_000))
    assert found["before"] and found["after"] and [17, 21] not in found["ranges"]
    assert all(TEXT[start:end] == "hive" for start, end in found["ranges"])


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"7", b"{" * 50_000, b" " * (LARGEST_BODY + 1)])
def test_what_is_no_request_is_refused(shown: Shown, name: str, body: bytes) -> None:
    assert shown[1].post(f"/library/{name}", content=body).status_code == 400


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"document": None, "words": 5, "chosen": "x", "first": "y"},
        {"document": "<script>", "query": "<script>", "words": "<script>", "chosen": ["<script>", 3], "here": -1},
        {"document": {"a": []}, "query": ["x"], "first": -(10**30), "last": 10**30, "start": "٣", "kind": 9},
    ],
)
def test_a_request_for_nonsense_is_answered_plainly(shown: Shown, name: str, sent: dict[str, Any]) -> None:
    said = told(shown[1], name, **sent)
    assert "<script" not in said
    if name == "source":
        assert "This document cannot be shown" in said
    elif name != "documents":
        assert said in ("", "null")


def test_a_library_that_cannot_be_read_is_said(shown: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    client = shown[1]

    def broken(*_: object) -> None:
        raise LibraryDamaged("The library is damaged; restore <it>.")

    monkeypatch.setattr(Index, "summaries", broken)
    monkeypatch.setattr(Index, "document", broken)
    listed = Parsed(told(client, "documents"), "qw-documents")
    assert listed.attributes["data-total"] == ["0"] and "The library is damaged; restore <it>." in listed.text
    assert "qw-failure" in told(client, "source", document="x")
    assert told(client, "find", document="x", query="bee") == "null"
