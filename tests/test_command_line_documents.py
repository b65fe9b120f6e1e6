"""The command line names documents by id, file or title, to rename one or ask only some, and prints what they are."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.testing

from index import Document, Index
from index.errors import QuotewiseError
from qa import __main__ as command_line
from qa.terminal import say
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
    for name in ("open_existing", "open_library"):
        monkeypatch.setattr(command_line, name, lambda _: Index.open(tmp_path, HashEmbedder()))
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


def test_a_quote_a_title_and_a_path_are_printed_as_they_are(run: Run, tmp_path: Path) -> None:
    stage = Document("Stage 1:100:5 of the\trace was won by Anna Berg.", "The :key: stage", "/races/:fire:.txt")
    with Index.open(tmp_path, HashEmbedder()) as index:
        index.add_documents([stage])
    assert [line for line in run("list").stdout.splitlines() if stage.title in line and stage.source in line]
    question = "Who won stage 1:100:5 of the race?"
    answer = json.loads(run("ask", question, "--in", stage.title, "--json").stdout)
    assert (answer["question"], answer["text"]) == (question, stage.text)
    assert (answer["citations"][0]["title"], answer["citations"][0]["source"]) == (stage.title, stage.source)
    assert f"“{stage.text}” [1]\n\n[1] {stage.title} ({stage.source})" in run("ask", question).stdout


@pytest.mark.parametrize("name", ["notes.txt", "one; two.txt", "\udcff.txt"])
def test_a_file_is_found_however_its_path_is_written(
    run: Run, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, link = tmp_path / "files", tmp_path / "link"
    files.mkdir()
    (files / name).write_text("Bees hum.")
    link.symlink_to(files)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(link)
    for path in (name, f"../files/{name}", f"../link/{name}", f"~/link/{name}", str(files / name)):
        assert run("add", str(files / name)).exit_code == 0
        assert run("remove", path).stdout == "removed  Bees hum.\n", path


def test_a_document_commands_no_terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = "tab\there\n\x1b[2Jgone \x9b31mred \u202eé"
    say(text)
    assert capsys.readouterr().out == text + "\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    say(text)
    assert capsys.readouterr().out == "tab\there\n\ufffd[2Jgone \ufffd31mred \u202eé\n"
