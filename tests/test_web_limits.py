"""Calls take turns: so many at once, so many waiting, and each refusal is a sentence; nothing is left behind."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from app import build
from index import Document, Index
from index.errors import LibraryReadOnly, LoadError
from qa.errors import QuestionError
from tests.fakes import HashEmbedder
from tests.loop import carried_out
from web import api as web_api
from web import limits
from web.api import Api
from web.limits import BusyError, Deadline, TooLongError, Turnstile, one_by_one


def test_no_more_are_let_through_at_once_and_all_get_their_turn() -> None:
    lock, full, inside, most, order = threading.Lock(), threading.Event(), 0, 0, []

    def work(number: int) -> int:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            order.append(number)
            if inside == 3:
                full.set()
        assert full.wait(60)
        time.sleep(0.01)
        with lock:
            inside -= 1
        return number

    async def all_at_once() -> list[int]:
        turnstile = Turnstile(at_once=3, line=20)
        return list(await asyncio.gather(*(turnstile(work, number) for number in range(20))))

    assert carried_out(all_at_once()) == list(range(20))
    assert most == 3 and sorted(order[:3]) == [0, 1, 2] and sorted(order) == list(range(20))


def test_past_the_line_a_call_is_told_to_come_back_and_later_it_is_answered() -> None:
    async def act() -> None:
        go, turnstile = threading.Event(), Turnstile(at_once=1, line=1)
        first = asyncio.create_task(turnstile(go.wait))
        second = asyncio.create_task(turnstile(go.wait))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match="2 calls are waiting here already; call again in a moment"):
            await turnstile(go.wait)
        go.set()
        assert await first and await second and await turnstile(go.wait)

    carried_out(act())


def test_whoever_waits_too_long_is_told_and_leaves_no_place_taken() -> None:
    async def act() -> None:
        go, turnstile = threading.Event(), Turnstile(at_once=1, line=5, patience=0.02)
        first = asyncio.create_task(turnstile(go.wait))
        await asyncio.sleep(0)
        with pytest.raises(BusyError, match=r"busy with other calls for 0\.02 seconds"):
            await turnstile(go.wait)
        go.set()
        assert await first
        assert [await turnstile(go.wait) for _ in range(10)] == [True] * 10

    carried_out(act())


def test_a_call_that_goes_wrong_or_goes_away_gives_its_place_back() -> None:
    def broken() -> None:
        raise QuestionError("no")

    async def act() -> None:
        go, turnstile = threading.Event(), Turnstile(at_once=1, line=1)
        for _ in range(3):
            with pytest.raises(QuestionError):
                await turnstile(broken)
        first = asyncio.create_task(turnstile(go.wait))
        gone = asyncio.create_task(turnstile(go.wait))
        await asyncio.sleep(0.01)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        go.set()
        assert await first and await turnstile(go.wait)

    carried_out(act())


def test_a_call_that_takes_too_long_is_given_up(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_api, "Deadline", partial(Deadline, seconds=-1))
    with pytest.raises(TooLongError, match="and was given up; ask with a shorter history"):
        Api(index).ask("Who?", ["Who?"] * 3)
    before = len(index)
    with pytest.raises(TooLongError, match="cut the text into parts"):
        Api(index).add("A text that is added. " * 100)
    assert len(index) == before and len(index.documents()) == 3


def test_the_page_has_places_left_however_many_programs_call(index: Index) -> None:
    taken = limits.AT_ONCE + limits.LONGEST_LINE + 1 + limits.ADDING_LINE
    with build(index) as page:
        assert taken < page.max_threads


def test_what_is_made_comes_in_order_and_each_before_the_next_is_begun() -> None:
    begun: list[int] = []

    def made(first: int) -> Generator[int, None, None]:
        for number in range(first, first + 5):
            begun.append(number)
            yield number

    async def taken(first: int, threads: ThreadPoolExecutor) -> list[int]:
        return [number async for number in one_by_one(made(first), threads)]

    async def act() -> None:
        with ThreadPoolExecutor(2) as threads:
            coming = one_by_one(made(0), threads)
            assert [await anext(coming), await anext(coming)] == [0, 1] == begun
            given = await asyncio.gather(*(taken(10 * number, threads) for number in range(1, 9)))
            assert given == [list(range(10 * number, 10 * number + 5)) for number in range(1, 9)]
            assert [number async for number in coming] == [2, 3, 4]

    carried_out(act())


def test_where_nobody_listens_any_more_nothing_further_is_begun_and_no_thread_is_kept() -> None:
    go, ended, begun = threading.Event(), threading.Semaphore(0), list[int]()

    def made() -> Generator[int, None, None]:
        try:
            for number in range(3):
                begun.append(number)
                assert go.wait(60)
                yield number
        finally:
            ended.release()

    async def listen(threads: ThreadPoolExecutor) -> list[int]:
        return [number async for number in one_by_one(made(), threads)]

    async def act() -> None:
        with ThreadPoolExecutor(2) as threads:
            gone = [asyncio.create_task(listen(threads)) for _ in range(5)]
            while len(begun) < 2:
                await asyncio.sleep(0.01)
            for task in gone:
                task.cancel()
            await asyncio.wait(gone)
            go.set()
            assert ended.acquire(timeout=30) and ended.acquire(timeout=30)
            assert begun == [0, 0], "three were not begun at all"
            assert await asyncio.wait_for(listen(threads), 30) == [0, 1, 2]

    carried_out(act())


def test_a_deadline_that_is_not_over_says_nothing() -> None:
    Deadline("wait.").check()


def test_what_is_added_is_shown_and_stored_as_it_can_be(index: Index) -> None:
    added = Api(index).add("One\ud800\0 line.", "A\ud800\n\ttitle\u202e", " https://example.org/a ")
    assert index.document(added["id"]).text == "One\ufffd\ufffd line."
    assert (added["title"], added["source"]) == ("A title", "https://example.org/a")
    assert index.at("https://example.org/a") == {added["id"]}


def test_a_library_that_is_shown_read_only_takes_nothing(index: Index) -> None:
    with pytest.raises(LibraryReadOnly, match="nothing can be added"):
        Api(index, editable=False).add("Text.")
    assert len(index.documents()) == 3


def test_the_longest_text_is_added_and_a_longer_one_refused(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_api, "LONGEST_TEXT", 100)
    with Index.open(f"{tmp_path}/library", HashEmbedder()) as index:
        index.add_documents([Document("Mars.")])
        assert Api(index).add("é" * 100)["status"] == "added"
        with pytest.raises(LoadError, match="The text has 101 characters; add at most 100 in a call, or a file on the"):
            Api(index).add("é" * 101)
