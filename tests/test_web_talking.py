"""What a page asks: turns line by line, stopped, shown again, exported; garbage and a broken library do no harm."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from index import Document, Index
from index.errors import LibraryDamaged
from qa.answer import answering
from qa.types import Answer
from tests.fakes import BEES, NASTY, HashEmbedder, KnowingReader
from tests.loop import carried_out
from tests.test_qa_render import Parsed
from web.asking import Asking
from web.limits import PEOPLE_AT_ONCE
from web.talking import LARGEST_BODY, Stage, Talking

ROUTES = ("ask", "stop", "conversation", "export")
WHO, SAID = "Who is Maria Santos?", "What did she say?"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as library:
        library.add_documents([Document(BEES, "Bees <b>", "bees.md"), Document("A wasp.", "Wasps", "wasps.txt")])
        yield library


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking()


@pytest.fixture(scope="module")
def client(index: Index, asking: Asking) -> Iterator[TestClient]:
    def steps(
        question: str, history: Sequence[Answer], documents: Sequence[str], asked_as: str | None
    ) -> Iterator[Stage | Answer]:
        yield Stage("Searching …")
        yield from list(
            answering(question, index, history, asked_as=asked_as, documents=documents or None, reader=KnowingReader())
        )[1:]

    with TestClient(Starlette(routes=Talking(index, asking, steps).routes())) as client:
        yield client


def turns(client: TestClient, question: str, **sent: Any) -> list[str]:
    """Ask, and give the turn's HTML each time that it came."""
    answer = client.post("/library/ask", json={"question": question, "number": 1, **sent})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def record_of(turn: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Parsed(turn, "qw-turn").attributes["data-record"][0])
    return read


def test_an_answer_comes_after_what_is_done_for_it(client: TestClient) -> None:
    first, *_, last = turns(client, WHO)
    assert Parsed(first, "qw-turn").attributes["aria-busy"] == ["true"] and "Searching …" in first
    assert Parsed(last, "qw-turn").attributes["aria-busy"] == ["false"] and "director of the apiary" in last


def test_the_server_knows_of_earlier_turns_what_the_page_sends(client: TestClient) -> None:
    record = record_of(turns(client, WHO)[-1])
    assert "asked as: <span" in turns(client, SAID, records=[record], number=2)[-1]
    assert "asked as: <span" not in turns(client, SAID, number=2)[-1]


def test_a_question_goes_to_the_chosen_documents(client: TestClient, index: Index) -> None:
    (wasps,) = index.at("wasps.txt")
    turn = turns(client, WHO, documents=[wasps])[-1]
    assert "Not in these documents." in turn and "Wasps" in turn and "Bees" not in turn
    assert "2 of the documents that you chose are no longer" in turns(client, WHO, documents=["x", "y"])[-1]


def test_a_question_that_was_stopped_says_so(client: TestClient) -> None:
    assert client.post("/library/stop", json={"asking": "mine"}).status_code == 200
    assert "Stopped." in turns(client, WHO, asking="mine")[-1]
    assert "Stopped." not in turns(client, WHO, asking="mine")[-1], "each is stopped once"
    client.post("/library/stop", json={})
    assert "Stopped." not in turns(client, WHO)[-1], "a question without a name is nobody's to stop"


def test_a_page_that_goes_away_leaves_nobody_waiting(index: Index, asking: Asking) -> None:
    def steps(*_: object) -> Iterator[Stage | Answer]:
        yield Stage("one")
        yield Stage("two")

    coming = Talking(index, asking, steps).turns({"question": WHO})
    assert "one" in next(coming) and not asking.quiet()
    coming.close()  # type: ignore[attr-defined]
    assert asking.quiet(10)


class Slow:
    """Steps of answers that have `begun` and come to their end as soon as they may go on."""

    def __init__(self) -> None:
        self.begun, self.goes_on = threading.Semaphore(0), threading.Event()

    def __call__(self, question: str, *_: object) -> Iterator[Stage | Answer]:
        self.begun.release()
        assert self.goes_on.wait(60)
        yield Stage("Searching …")
        yield Answer(question)

    def begin(self, client: httpx.AsyncClient, count: int) -> list[asyncio.Task[httpx.Response]]:
        """Ask so many questions at once."""
        return [
            asyncio.create_task(client.post("/library/ask", json={"question": f"{number}?", "number": number}))
            for number in range(count)
        ]


def browsing(talking: Talking) -> httpx.AsyncClient:
    served = httpx.ASGITransport(Starlette(routes=talking.routes()))
    return httpx.AsyncClient(transport=served, base_url="http://page")


def test_other_requests_are_answered_however_many_ask(index: Index, asking: Asking) -> None:
    slow = Slow()

    async def act() -> None:
        async with browsing(Talking(index, asking, slow)) as client:
            asked = slow.begin(client, PEOPLE_AT_ONCE + 5)
            for _ in range(PEOPLE_AT_ONCE):
                assert await asyncio.to_thread(slow.begun.acquire, timeout=30)
            shown = await asyncio.wait_for(client.post("/library/conversation", json={"unanswered": "And I?"}), 30)
            assert "And I?" in shown.text and not asking.quiet()
            slow.goes_on.set()
            for number, answer in enumerate(await asyncio.gather(*asked)):
                first, *_, last = map(json.loads, answer.text.splitlines())
                assert "Searching …" in first and f"{number}?" in first and "Not in these documents." in last

    try:
        carried_out(act())
    finally:
        slow.goes_on.set()
    assert asking.quiet(10)


def test_people_who_go_away_keep_nobody_from_asking(index: Index, asking: Asking) -> None:
    slow = Slow()

    async def act() -> None:
        async with browsing(Talking(index, asking, slow)) as client:
            gone = slow.begin(client, PEOPLE_AT_ONCE + 5)
            assert await asyncio.to_thread(slow.begun.acquire, timeout=30)
            for asked in gone:
                asked.cancel()
            slow.goes_on.set()
            await asyncio.wait(gone)
            (answer,) = await asyncio.wait_for(asyncio.gather(*slow.begin(client, 1)), 30)
            assert "Not in these documents." in answer.text

    carried_out(act())
    assert asking.quiet(10)


def test_a_conversation_is_shown_again(client: TestClient) -> None:
    turn = turns(client, WHO)[-1]
    kept = [record_of(turn), {"question": NASTY}, "garbage", {"question": 3}]
    shown = client.post("/library/conversation", json={"records": kept, "older": 30, "unanswered": SAID}).text
    assert turn in shown and "no longer in the library" in shown and "Show 30 earlier questions" in shown
    assert "What did she say?" in shown and "qw-again" in shown and "<script" not in shown


@pytest.mark.parametrize(("name", "part"), [("md", "> Maria Santos"), ("json", '"short"'), ("html", "<mark>")])
def test_a_conversation_is_exported(client: TestClient, name: str, part: str) -> None:
    record = record_of(turns(client, WHO)[-1])
    assert part in client.post("/library/export", json={"records": [record], "format": name}).json()["text"]


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"7", b"{" * 50_000, b" " * (LARGEST_BODY + 1)])
def test_what_is_no_request_is_refused(client: TestClient, name: str, body: bytes) -> None:
    assert client.post(f"/library/{name}", content=body).status_code == 400


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"question": None, "records": "x", "number": "y", "asking": 3, "documents": {"a": 1}, "format": ["md"]},
        {"question": NASTY, "records": [NASTY, [NASTY]], "number": -(10**30), "unanswered": NASTY, "older": 10**30},
        {
            "question": {"a": []},
            "asked_as": [NASTY],
            "documents": [NASTY, 3],
            "unanswered_in": [NASTY],
            "format": NASTY,
        },
    ],
)
def test_a_request_of_nonsense_is_answered_plainly(client: TestClient, name: str, sent: dict[str, Any]) -> None:
    answer = client.post(f"/library/{name}", json=sent)
    said = "".join(map(json.loads, answer.text.splitlines())) if name == "ask" else answer.text
    assert answer.status_code == 200 and "<script" not in said


def test_a_library_that_cannot_be_read_is_said(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    record = record_of(turns(client, WHO)[-1])

    def broken(*_: object, **__: object) -> None:
        raise LibraryDamaged("The library is damaged; restore <it>.")

    for name in ("document", "titles", "dense", "dense_each", "lexical"):
        monkeypatch.setattr(Index, name, broken)
    damaged = "The library is damaged; restore &lt;it&gt;."
    assert damaged in turns(client, WHO, records=[record])[-1]
    assert damaged in client.post("/library/conversation", json={"records": [record]}).text
    assert client.post("/library/export", json={"records": [record]}).json() == {
        "why": "The library is damaged; restore <it>."
    }
