"""The command line as a person types it: commands have help, errors are one sentence, exit codes say what happened."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer.testing
from typer.main import get_command

from index import Index
from qa import __main__ as command_line
from tests.test_index_store import WORDS

ROOT = Path(__file__).resolve().parent.parent


def run(*words: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "qa", *words], cwd=ROOT, capture_output=True, text=True, check=False, input=stdin
    )


def test_every_command_has_help() -> None:
    group = get_command(command_line.cli)
    assert sorted(group.commands) == sorted(  # type: ignore[attr-defined]
        ["add", "list", "remove", "rename", "ask", "chat", "eval", "feedback", "check", "rebuild"]
    )
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert command.help, name
        assert all(getattr(p, "help", "x") for p in command.params), name
        shown = typer.testing.CliRunner().invoke(command_line.cli, [name, "--help"])
        assert name == "chat" or shown.exit_code == 0


@pytest.mark.slow
def test_a_day_with_the_command_line(tmp_path: Path) -> None:
    library = ["--library", str(tmp_path / "library")]
    notes = tmp_path / "notes"
    notes.mkdir()
    (notes / "moon.md").write_text("# The moon\n\nNeil Armstrong walked on the moon in 1969. He was an astronaut.\n")
    (notes / "empty.txt").write_text("")
    (notes / "picture.png").write_bytes(b"\x89PNG")

    done = run("list", *library)
    assert (done.returncode, "is empty" in done.stdout) == (0, True)

    done = run("add", str(notes), *library)
    assert done.returncode == 1, "one file failed"
    assert "added      " + str(notes / "moon.md") in done.stdout
    assert "failed     " + str(notes / "empty.txt") in done.stdout
    assert "1 added, 1 failed" in done.stdout

    done = run("add", str(notes / "moon.md"), *library)
    assert (done.returncode, "1 unchanged" in done.stdout) == (0, True)

    done = run("list", *library)
    assert done.stdout.count("\n") == 2, "a head and a line a document"
    assert "The moon" in done.stdout and str(notes / "moon.md") in done.stdout

    done = run("ask", "Who walked on the moon?", "--json", *library)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert "Armstrong" in answer["short"]
    assert answer["citations"][0]["source"] == str(notes / "moon.md")

    done = run("ask", "-", *library, stdin="Who walked on the moon?\n")
    assert (done.returncode, "“Neil Armstrong walked on the moon in 1969.” [1]" in done.stdout) == (0, True)

    done = run("ask", "What is the capital of Peru?", *library)
    assert (done.returncode, "Not in these documents." in done.stdout) == (3, True)

    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"turns": [{"question": "Who walked on the moon?", "answers": ["Neil Armstrong"]}]}\n')
    done = run("eval", str(questions), "--json", *library)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["measures"]["recall_at_1"] == 1

    done = run("check", *library)
    assert (done.returncode, "1 documents" in done.stdout) == (0, True)
    assert run("remove", "The moon", *library).returncode == 0
    assert "is empty" in run("list", *library).stdout


def test_errors_are_one_sentence_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for words in (
        ["list", "--library", str(tmp_path / "file")],
        ["remove", "nothing", "--library", str(tmp_path / "library")],
        ["eval", str(tmp_path / "gone.jsonl"), "--library", str(tmp_path / "library")],
        ["ask", "", "--library", str(tmp_path / "library")],
    ):
        done = run(*words)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.endswith(".\n")
        assert done.stderr.count("\n") == 1, done.stderr


def test_a_wrong_command_line_is_exit_code_2() -> None:
    assert run("sing").returncode == 2


@pytest.mark.slow
def test_an_interrupted_add_says_how_to_go_on(tmp_path: Path) -> None:
    chance = random.Random(5)
    for n in range(24):
        paragraphs = (" ".join(chance.choices(WORDS, k=70)).capitalize() + "." for _ in range(60))
        (tmp_path / f"{n:02}.txt").write_text("\n\n".join(paragraphs))
    library = tmp_path / "library"
    command = [sys.executable, "-m", "qa", "add", str(tmp_path), "--library", str(library)]
    adding = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # a job in the background ignores it
    )
    with Index.open(library) as index:
        while not index.summaries() and adding.poll() is None:
            time.sleep(0.05)
        adding.send_signal(signal.SIGINT)
        _, said = adding.communicate(timeout=60)
        kept = len(index.summaries())
    assert adding.returncode == 130, said
    assert 0 < kept < 24
    assert said == f"Interrupted. The library has {kept} documents; run the same command to go on.\n"
