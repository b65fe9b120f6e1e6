"""The scripts of the page: what they have in common is written once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import web

ASSETS = Path(web.__file__).parent / "assets"
SCRIPTS = {file.stem: file.read_text(encoding="utf-8") for file in ASSETS.glob("*.js")}


def test_which_library_this_is_and_how_elements_are_made_is_said_once() -> None:
    for words in ('split("/libraries/")', "document.createElement(tag)", "JSON.parse(storage.getItem"):
        assert [name for name, script in SCRIPTS.items() if words in script] == ["shared"], words
    assert sum(script.count("const OF_LIBRARY") for script in SCRIPTS.values()) == 1


def test_no_function_is_written_twice_in_the_same_words() -> None:
    bodies = Counter(
        body for script in SCRIPTS.values() for body in re.findall(r"^(?:async )?function .*?^}", script, re.M | re.S)
    )
    assert [body for body, count in bodies.items() if count > 1] == []
