"""The README's promises: its Python runs, its commands exist, its dependencies are those that are declared."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from qa.__main__ import cli
from web.command import run as run_chat

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_python_runs_as_it_stands(tmp_path: Path, number: int) -> None:
    (tmp_path / "seeds").symlink_to(ROOT / "seeds")
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n" + blocks("python")[number]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "added" in done.stdout


def test_commands_exist_with_their_options(monkeypatch: pytest.MonkeyPatch) -> None:
    commands = dict(get_command(cli).commands)  # type: ignore[attr-defined]
    monkeypatch.setattr(
        typer.Typer, "__call__", lambda program: commands.update(chat=get_command(program))
    )  # it hands its words on
    run_chat(lambda *_: None)
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("quotewise ")]
    assert {line.split()[1] for line in lines} == set(commands)
    for line in lines:
        command = commands[line.split()[1]]
        options = {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}
        assert set(re.findall(r"(?<= )--[a-z-]+", line)) <= options, line  # in its comment as well


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", "\n".join(blocks("sh")), re.MULTILINE):
        assert f"\n{target}: " in makefile


def test_ci_runs_the_readmes_test_command() -> None:
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()
    assert "make test " in README


def test_each_dependency_has_its_reason_and_its_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    pinned = {
        line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line
    }
    declared = [*project["dependencies"], *project["optional-dependencies"]["dev"]]
    for requirement in declared:
        name = re.split(r"[<>=!\[ ]", requirement)[0]
        assert name in README, f"{name} has no reason in the README"
        assert name.lower() in pinned, f"{name} has no version in constraints.txt"


def test_links_and_pictures_are_there() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
