"""The command line as a person types it: commands have help, errors are one sentence, exit codes say what happened."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
import typer.testing
from typer.main import get_command

from index import Index
from index.errors import LibraryError
from qa import __main__ as command_line
from qa.feedback import keep_verdict
from qa.settings import open_library
from qa.types import Answer
from tests.fakes import HashEmbedder
from tests.test_index_store import WORDS
from web.command import run as run_chat

ROOT = Path(__file__).resolve().parent.parent


EACH = """
import json, os, sys
for number, words in enumerate(json.loads(sys.argv[1])):
    for descriptor, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(f"{number}.{name}", os.O_CREAT | os.O_WRONLY), descriptor)
    from qa.__main__ import main
    sys.argv = ["quotewise", *words]
    try:
        code = main() or 0
    except SystemExit as ended:
        code = ended.code or 0
    sys.stdout.flush()
    open(f"{number}.code", "w").write(str(code))
"""


def run(tmp_path: Path, *commands: list[str], stdin: str = "") -> list[tuple[int, str, str]]:
    """Carry out commands in one process, where starting one takes longest: each one's exit code, output and errors."""
    words = [sys.executable, "-c", EACH, json.dumps(commands)]
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    subprocess.run(words, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, check=True, input=stdin)
    told = [[(folder / f"{n}.{name}").read_text() for name in ("code", "out", "err")] for n in range(len(commands))]
    return [(int(code), out, err) for code, out, err in told]


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

    questions = tmp_path / "questions.jsonl"
    questions.write_text('{"turns": [{"question": "Who walked on the moon?", "answers": ["Neil Armstrong"]}]}\n')

    added, again, listed, asked, typed, abstained, measured, checked, removed, emptied = run(
        tmp_path,
        ["add", str(notes), *library],
        ["add", str(notes / "moon.md"), *library],
        ["list", *library],
        ["ask", "Who walked on the moon?", "--json", *library],
        ["ask", "-", *library],
        ["ask", "What is the capital of Peru?", *library],
        ["eval", str(questions), "--json", *library],
        ["check", *library],
        ["remove", "The moon", *library],
        ["list", *library],
        stdin="Who walked on the moon?\n",
    )
    assert added[0] == 1, "one file failed"
    assert "added      " + str(notes / "moon.md") in added[1]
    assert "failed     " + str(notes / "empty.txt") in added[1]
    assert "1 added, 1 failed" in added[1]

    assert (again[0], "1 unchanged" in again[1]) == (0, True)

    assert listed[1].count("\n") == 2, "a head and a line a document"
    assert "The moon" in listed[1] and str(notes / "moon.md") in listed[1]

    assert asked[0] == 0, asked[2]
    answer = json.loads(asked[1])
    assert "Armstrong" in answer["short"]
    assert answer["citations"][0]["source"] == str(notes / "moon.md")

    assert (typed[0], "“Neil Armstrong walked on the moon in 1969.” [1]" in typed[1]) == (0, True)

    assert (abstained[0], "Not in these documents." in abstained[1]) == (3, True)

    assert measured[0] == 0, measured[2]
    assert json.loads(measured[1])["measures"]["recall_at_1"] == 1

    assert (checked[0], "1 document," in checked[1]) == (0, True)
    assert removed[0] == 0
    assert "is empty" in emptied[1]


@pytest.mark.slow
def test_a_program_that_ends_at_once_has_said_all_and_how_it_ended(tmp_path: Path) -> None:
    open_library(tmp_path / "library").close()
    env, library = {**os.environ, "PYTHONPATH": str(ROOT)}, ["--library", str(tmp_path / "library")]

    def ended(*words: str) -> tuple[int, str, str]:
        done = subprocess.run([sys.executable, *words], env=env, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr

    said = "from qa.terminal import leave; import sys; print('x' * 10**6); print('y', file=sys.stderr); leave(7)"
    assert ended("-c", said) == (7, "x" * 10**6 + "\n", "y\n")
    code, out, err = ended("-m", "qa", "list", *library)
    assert (code, err) == (0, "") and "is empty" in out
    code, out, err = ended("-m", "qa", "remove", "nothing", *library)
    assert (code, out) == (1, "") and err.count("\n") == 1
    assert not (tmp_path / "library" / "library.sqlite-wal").exists(), "all is merged"


def test_errors_are_one_sentence_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    library = ["--library", str(tmp_path / "library")]
    open_library(tmp_path / "library").close()
    done = run(
        tmp_path,
        ["list", "--library", str(tmp_path / "file")],
        ["list", "--library", str(tmp_path / "gone")],
        ["remove", "nothing", *library],
        ["eval", str(tmp_path / "gone.jsonl"), *library],
        ["ask", "", *library],
    )
    for code, out, err in done:
        assert (code, out) == (1, "")
        assert err.endswith(".\n") and err.count("\n") == 1, err


IN_A_LIBRARY = [
    ["list"],
    ["remove", "x"],
    ["rename", "x", "y"],
    ["ask", "Who?"],
    ["eval", "questions.jsonl"],
    ["feedback"],
    ["check"],
    ["rebuild"],
]


@pytest.mark.parametrize("words", IN_A_LIBRARY, ids=lambda words: words[0])
def test_a_library_that_is_not_there_is_not_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("questions.jsonl").write_text('{"turns": [{"question": "Who?", "answers": []}]}\n')
    Path("empty folder").mkdir()
    monkeypatch.setenv("QUOTEWISE_LIBRARY", "named")
    for named, folder in ((["-l", "mistyped"], "mistyped"), (["-l", "empty folder"], "'empty folder'"), ([], "named")):
        error = typer.testing.CliRunner().invoke(command_line.cli, [*words, *named]).exception
        assert isinstance(error, LibraryError)
        assert str(error).startswith("There is no library in ")
        assert str(error).endswith(f"; `quotewise add PATH --library {folder}` makes one.")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["empty folder", "questions.jsonl"]


def test_the_default_library_is_made_and_an_empty_one_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def invoke(*words: str, stdin: bytes = b"") -> typer.testing.Result:
        return typer.testing.CliRunner().invoke(command_line.cli, words, input=stdin)

    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("qa.settings.load_embedder", lambda _: HashEmbedder())
    monkeypatch.setenv("QUOTEWISE_LIBRARY", "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert "Russian warplanes" in invoke("list").stdout and list(tmp_path.iterdir()) == [tmp_path / "quotewise"]
    folder = str(tmp_path / "my library")
    Index.open(folder, HashEmbedder()).close()
    says = f"The library is empty; add documents with `quotewise add PATH --library '{folder}'`."
    assert invoke("list", "-l", folder).stdout == f"{says}\n"
    assert invoke("list", "--library=~/my library").stdout == f"{says}\n"
    for asked in (invoke("ask", "Who?", "-l", folder), invoke("ask", "-", "-l", folder, stdin=b"caf\xe9?")):
        assert isinstance(asked.exception, LibraryError) and str(asked.exception) == says


def test_what_cannot_be_encoded_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_library(tmp_path / "library") as index:
        keep_verdict(index, "1", Answer("Is → an arrow?"), up=True)
    command = ["feedback", "--library", str(tmp_path / "library")]
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    listed, exported = run(tmp_path, command, [*command, "--export", str(tmp_path / "\udcff.jsonl")])
    assert listed == (0, "up    Is ? an arrow?  (abstained)\n", "")
    assert exported == (0, f"1 question written to {tmp_path}/?.jsonl.\n", "")


def test_the_chat_takes_the_short_options_of_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served: list[object] = []
    for words in (["-h"], ["-l", str(tmp_path / "one"), "-l", str(tmp_path / "two")]):
        monkeypatch.setattr(sys, "argv", ["quotewise chat", *words])
        with pytest.raises(SystemExit) as ended:
            run_chat(lambda libraries, *_: served.extend(index.location for index in libraries))
        assert ended.value.code == 0
    assert "--root-path" in capsys.readouterr().out
    assert served == [tmp_path / "one", tmp_path / "two"]


@pytest.mark.slow
def test_the_program_ends_with_the_code_of_its_command(tmp_path: Path) -> None:
    for words, code in ((["sing"], 2), (["remove", "nothing", "--library", str(tmp_path)], 1), (["--help"], 0)):
        done = subprocess.run([sys.executable, "-m", "qa", *words], cwd=ROOT, capture_output=True, check=False)
        assert done.returncode == code


IN_SMALL_BATCHES = """
import sys, index.add
index.add.BATCH_PASSAGES = 60
from qa.__main__ import main
sys.exit(main())
"""


@pytest.mark.slow
def test_an_interrupted_add_says_how_to_go_on(tmp_path: Path) -> None:
    chance = random.Random(5)
    for n in range(24):
        sections = (f"# {' '.join(chance.choices(WORDS, k=3))}\n\nShort." for _ in range(60))  # a passage each
        (tmp_path / f"{n:02}.md").write_text("\n\n".join(sections))
    library = tmp_path / "library"
    command = [sys.executable, "-c", IN_SMALL_BATCHES, "add", str(tmp_path), "--library", str(library)]
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
        _, said = adding.communicate(timeout=240)
        kept = len(index.summaries())
    assert adding.returncode == 130, said
    assert 0 < kept < 24
    assert said == f"Interrupted. The library has {kept} documents; run the same command to go on.\n"
