"""Gradio is imported without the files that it writes for editors, and is the same otherwise."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.abc import Loader
from types import ModuleType

import pytest

from tests.fakes import ROOT
from web import light

OPENED = """
import json, sys
opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
finders = list(sys.meta_path)
import {module}
import gradio
print(json.dumps({{
    "stubs": sum(name.endswith(".pyi") for name in opened),
    "events": [event.event_name for event in gradio.HTML.EVENTS],
    "finders": finders == sys.meta_path,
}}))
"""


def imported(module: str) -> dict[str, object]:
    program = [sys.executable, "-c", OPENED.format(module=module)]
    told: dict[str, object] = json.loads(subprocess.run(program, cwd=ROOT, capture_output=True, check=True).stdout)
    return told


@pytest.mark.slow
def test_nothing_is_read_or_written_for_editors() -> None:
    ours = imported("app")
    assert ours["stubs"] == 0 and ours["finders"] is True
    assert "click" in str(ours["events"])


def test_it_is_imported_as_it_is_where_it_writes_nothing_any_more() -> None:
    class Plain(Loader):
        def exec_module(self, module: ModuleType) -> None:
            module.__dict__["ran"] = True

    module = ModuleType("other")
    light._WithoutWriting(Plain()).exec_module(module)
    assert module.__dict__["ran"] and not hasattr(module, light._WRITES)
    assert light._Finder().find_spec("json", None) is None
