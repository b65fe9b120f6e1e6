"""Imports point `app → qa → index` and never back, and heavy libraries stay in their own adapters."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ABOVE = {"index": {"qa", "web", "app"}, "qa": {"web", "app"}, "web": {"app"}}
ADAPTERS = {
    "faiss": {"index/vectors.py"},
    "tantivy": {"index/lexical.py"},
    "sqlite3": {"index/database.py", "index/rows.py", "index/choice.py", "index/notes.py"},
    "sentence_transformers": {"index/embed.py"},
    "torch": {"index/embed.py", "qa/span_model.py"},
    "transformers": {"index/embed.py", "qa/span_model.py"},
    "safetensors": {"qa/span_model.py"},
    "tiktoken": {"index/tokens.py", "index/split.py"},
    "gradio": {"web/light.py"},
    "os.environ": {"qa/settings.py", "app.py"},
}


def modules() -> list[Path]:
    return [
        *(ROOT / "index").rglob("*.py"),
        *(ROOT / "qa").rglob("*.py"),
        *(ROOT / "web").rglob("*.py"),
        ROOT / "app.py",
    ]


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            names.add(node.module.split(".")[0])
        elif isinstance(node, ast.Attribute) and ast.unparse(node) == "os.environ":
            names.add("os.environ")
    return names


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_downwards_and_adapters_are_kept(file: Path) -> None:
    name = str(file.relative_to(ROOT))
    names = imported(file)
    assert not names & ABOVE.get(name.split("/")[0], set())
    for library, allowed in ADAPTERS.items():
        assert library not in names or name in allowed, f"{name} imports {library}"


def test_importing_qa_loads_no_heavy_library() -> None:
    check = (
        "import sys, qa, qa.__main__\n"
        "heavy = {'torch', 'faiss', 'tantivy', 'gradio', 'sentence_transformers', 'transformers', 'sklearn'}\n"
        "print(sorted(heavy & {name.split('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", check], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("file", modules(), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_file_says_what_it_is_for(file: Path) -> None:
    first = file.read_text().splitlines()[0]
    assert first.startswith('"""')
    assert len(first) > 20
