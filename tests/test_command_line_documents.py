"""The command line names documents by id, file or title: to rename one, or to ask only some."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.testing

from index import Document, Index
from index.errors import QuotewiseError
from qa import __main__ as command_line
from tests.fakes import HashEmbedder

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process on a library without a model."""
    monkeypatch.setenv("QUOTEWISE_READER", "sentences")
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents(
            [
                Document("Neil Armstrong walked on the moon in 1969.", "The moon", str(Path("moon.md").absolute())),
                Document("Mars has two moons. Nobody has walked there.", "Mars", "mars"),
            ]
        )
    monkeypatch.setattr(command_line, "open_library", lambda _: Index.open(tmp_path, HashEmbedder()))
    return lambda *words: typer.testing.CliRunner().invoke(command_line.cli, words)


def asked(run: Run, *words: str) -> set[str]:
    """Ask, and give the titles of the passages that were read."""
    done = run("ask", "Who walked on the moon?", "--json", *words)
    assert done.exit_code in (0, 3), done.output
    return {hit["title"] for hit in json.loads(done.stdout)["hits"]}


def test_a_question_goes_to_the_documents_that_are_named(run: Run) -> None:
    assert asked(run) == {"The moon", "Mars"} == asked(run, "--in", "mars", "--in", "The moon")
    assert asked(run, "--in", "mars") == asked(run, "--in", "Mars", "--in", "mars") == {"Mars"}
    assert asked(run, "--in", "moon.md") == {"The moon"}
    assert asked(run, "--in", "moon.md", "--after", "What is the moon?") == {"The moon"}
    done = run("ask", "Who?", "--in", "nothing")
    assert isinstance(done.exception, QuotewiseError) and "has no document nothing" in str(done.exception)


def test_a_document_is_renamed_by_whatever_names_it(run: Run) -> None:
    assert run("rename", "The moon", " Luna\n").stdout == "renamed  The moon → Luna\n"
    assert run("rename", "moon.md", "Selene").stdout == "renamed  Luna → Selene\n"
    found = re.search(r"^(\w+) +Selene", run("list").stdout, re.MULTILINE)
    assert found and run("rename", found[1], "<b>Moon</b>").stdout == "renamed  Selene → <b>Moon</b>\n"
    for words in (["Mars", " "], ["Mars", "x" * 5000], ["nothing", "New"]):
        error = run("rename", *words).exception
        assert isinstance(error, QuotewiseError) and str(error).endswith(".") and len(str(error)) < 200
