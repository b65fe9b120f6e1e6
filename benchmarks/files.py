"""Compressed JSON files into Python values."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def read_json(file: Path) -> Any:
    """Read a .json.gz file."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return json.load(lines)


def read_rows(file: Path) -> Iterator[dict[str, Any]]:
    """Read a .jsonl.gz file row by row."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)
