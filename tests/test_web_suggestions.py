"""Questions to try over HTTP: about all documents or some, anew when the library changes, and after people."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import httpx
import pytest

import app
import qa
from index import Document, Hit, Index
from qa import Answer
from tests.chat import serving
from tests.fakes import BEES, HashEmbedder, KnowingReader
from web.asking import Asking
from web.suggestions import Suggestions

MARK = {"x-quotewise": "1"}
TOWER = "The wizard Zantar lives in a tower of glass."


class Knowing(KnowingReader):
    """A reader that says which questions it read."""

    def __init__(self) -> None:
        self.read_so_far: list[str] = []

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        self.read_so_far.append(question)
        return super().read(question, hits)


@pytest.fixture
def library(tmp_path: Any) -> Iterator[Index]:
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        index.add_documents([Document(BEES, "Bees", "bees.md"), Document(TOWER, "<b>Towers</b>", "towers.txt")])
        yield index


def test_they_are_about_what_is_named_and_found_once_for_a_library(library: Index) -> None:
    reader = Knowing()
    suggestions = Suggestions(library, partial(qa.ask, index=library, reader=reader), lambda: None)
    bees, towers = (summary.id for summary in library.summaries())
    assert "Who is Maria Santos?" in suggestions.find().result(30)
    asked = len(reader.read_so_far)
    suggestions.find().result(30)
    assert len(reader.read_so_far) == asked
    html = suggestions.find((towers,)).result(30)
    assert "Where does the wizard Zantar live?" in html and "Santos" not in html
    assert "about <span" in html and "&lt;b&gt;Towers" in html and "<b>" not in html
    library.remove(towers)
    assert suggestions.find((towers,)).result(30) == ""
    assert "Zantar" not in suggestions.find((bees, "gone")).result(30)


def test_people_who_ask_go_first(library: Index) -> None:
    asking, reader = Asking(), Knowing()

    def wait() -> None:
        while not asking.quiet(1):
            pass

    suggestions = Suggestions(library, partial(qa.ask, index=library, reader=reader), wait)
    with asking.waiting():
        found = suggestions.find()
        assert not asking.quiet(0.2) and not found.done() and reader.read_so_far == []
    assert "Santos" in found.result(30)


def test_the_route_offers_them_when_they_are_ready(library: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on = threading.Event()
    monkeypatch.setattr("web.suggestions.PATIENCE", 0.2)

    def slowly(question: str, **options: Any) -> Answer:
        goes_on.wait(30)
        return qa.ask(question, reader=KnowingReader(), **options)

    monkeypatch.setattr(app, "ask", slowly)
    with serving(library) as url:
        about = {"about": library.summaries()[1].id}
        assert httpx.get(f"{url}/library/suggestions", params=about, headers=MARK).json()["ready"] is False
        assert httpx.get(f"{url}/library/suggestions", params=about).status_code == 404, "another site's page"
        goes_on.set()
        monkeypatch.setattr("web.suggestions.PATIENCE", 30.0)
        offered = httpx.get(f"{url}/library/suggestions", params=about, headers=MARK, timeout=60).json()
        assert offered["ready"] and "Where does the wizard Zantar live?" in offered["html"]
        nothing = httpx.get(f"{url}/library/suggestions", params={"about": "x" * 500}, headers=MARK, timeout=60)
        assert nothing.json() == {"ready": True, "html": ""}
