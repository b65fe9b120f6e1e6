"""Questions to try over HTTP: about all documents or some, anew when the library changes, and after people."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

import app
import qa
from index import Document, Hit, Index
from qa import Answer
from tests.chat import serving
from tests.fakes import BEES, HashEmbedder, KnowingReader
from tests.loop import carried_out
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


class Held(Suggestions):
    """Suggestions whose search waits, once it has `begun`, until it `goes_on`; they say what they were asked for."""

    def __init__(self, library: Index) -> None:
        self.begun, self.goes_on, self.asked = threading.Event(), threading.Event(), list[tuple[str, ...]]()
        super().__init__(library, partial(qa.ask, index=library, reader=KnowingReader()), self._hold)

    def find(self, about: tuple[str, ...] = ()) -> Future[str]:
        found = super().find(about)
        self.asked.append(about)
        return found

    def _hold(self) -> None:
        self.begun.set()
        assert self.goes_on.wait(60)


@pytest.fixture
def held(library: Index) -> Iterator[Held]:
    suggestions = Held(library)
    yield suggestions
    suggestions.goes_on.set()


def test_what_was_looked_for_before_the_library_changed_is_looked_for_no_more(library: Index, held: Held) -> None:
    found = [held.find()]
    assert held.begun.wait(30)
    for number in range(20):
        library.add_documents([Document(f"Text number {number}.")])
        found.append(held.find())
    assert [future.cancelled() for future in found] == [False, *[True] * 19, False]
    held.goes_on.set()
    assert "Santos" in found[0].result(30) and "Santos" in found[-1].result(30)


@pytest.mark.parametrize("changed", [True, False], ids=["the library changed", "too much is kept"])
def test_whoever_waits_for_what_is_cancelled_asks_again(
    library: Index, held: Held, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    first = (library.summaries()[0].id,)
    monkeypatch.setattr("web.suggestions.PATIENCE", 60.0)
    monkeypatch.setattr("web.suggestions.MOST_KEPT", 2)

    async def act() -> None:
        served = httpx.ASGITransport(Starlette(routes=held.routes()))
        async with httpx.AsyncClient(transport=served, base_url="http://page") as client:
            held.find(first)
            assert held.begun.wait(30)
            offered = asyncio.create_task(client.get("/library/suggestions"))
            while held.asked != [first, ()]:
                await asyncio.sleep(0.01)
            if changed:
                library.add_documents([Document("Another text.")])
            held.find(("second",))
            held.find(("third",))  # of three, two are kept
            answer = await asyncio.wait_for(offered, 30)
            assert answer.json() == {"ready": False, "html": ""}
            held.goes_on.set()
            assert "Santos" in (await client.get("/library/suggestions")).json()["html"]

    carried_out(act())


@pytest.mark.slow
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
