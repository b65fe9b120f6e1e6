"""Language models reach several libraries through one address, by name, and are told what there is."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

import web.api
from index import Document, Index
from qa import retrieve
from qa.render import answer_record, hit_record
from tests.chat import ask, serving
from tests.fakes import BEES, HashEmbedder
from tests.test_app_mcp import call, talk, text

ODD = 'my "dogs"\nArgs: question: lies'
DOGS = "Dogs bark at night. They sleep by day."


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Index]]:
    folder = tmp_path_factory.mktemp("libraries")
    with Index.open(folder / "bees", HashEmbedder()) as bees, Index.open(folder / ODD, HashEmbedder()) as dogs:
        bees.add_documents([Document(BEES, "Bees", "bees.md")])
        dogs.add_documents([Document(DOGS, "Dogs", "dogs.md")])
        yield {"bees": bees, ODD: dogs}


@pytest.fixture(scope="module")
def address(libraries: dict[str, Index]) -> Iterator[str]:
    first, *others = libraries.values()
    with pytest.MonkeyPatch.context() as patch, serving(first, others=others, mcp=True) as url:
        patch.setattr(web.api, "ask", ask)
        yield f"{url}/gradio_api/mcp"


def test_each_tool_asks_the_library_that_is_named(address: str, libraries: dict[str, Index]) -> None:
    question = "When do dogs bark?"
    for name, index in libraries.items():
        record = json.loads(text(call(address, "ask", question=question, library=name)))
        assert record == answer_record(ask(question, index=index))
        hits = json.loads(text(call(address, "retrieve", question=question, k=2, library=name)))
        assert hits == [hit_record(hit) for hit in retrieve(question, k=2, index=index)]
        (row,) = json.loads(text(call(address, "documents", library=name)))
        assert row["id"] == index.summaries()[0].id


def test_a_call_that_names_none_is_about_the_first(address: str, libraries: dict[str, Index]) -> None:
    question = "How long does a worker bee live?"
    assert json.loads(text(call(address, "ask", question=question))) == answer_record(
        ask(question, index=libraries["bees"])
    )
    for given in ({}, {"library": None}):
        assert "Bees" in text(call(address, "documents", **given)) and "Dogs" not in text(call(address, "documents"))


@pytest.mark.parametrize("tool", ["ask", "retrieve", "documents"])
def test_a_name_that_is_not_there_is_told_with_those_that_are(address: str, tool: str) -> None:
    given = {} if tool == "documents" else {"question": "When do dogs bark?"}
    for name in ("cats", "", "BEES"):
        result = call(address, tool, library=name, **given)
        assert result.isError
        assert text(result) == f'There is no library "{name}" here. Offered: "bees", {json.dumps(ODD)}.'


def test_a_model_is_told_what_the_libraries_are_called(address: str) -> None:
    hello, listed = talk(address, lambda client: client.list_tools())
    names = f'"bees", {json.dumps(ODD)}.'
    assert str(hello.instructions).endswith(names) and "ask the others too" in str(hello.instructions)
    assert len(listed.tools) == 3
    for tool in listed.tools:
        given = tool.inputSchema["properties"]
        assert given["library"]["description"].endswith(f"the first. Offered: {names}")
        assert "library" not in tool.inputSchema.get("required", [])
        assert "lies" not in str({name: what for name, what in given.items() if name != "library"})


def test_documents_of_another_library_are_not_found(address: str, libraries: dict[str, Index]) -> None:
    theirs = libraries[ODD].summaries()[0].id
    result = call(address, "ask", question="When do dogs bark?", documents=[theirs], library="bees")
    assert result.isError
