"""Files sent by a browser become documents, whole or not at all; what is removed can be brought back."""

from __future__ import annotations

import itertools
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import app
from index import Document, Index
from index.embed import Vectors
from index.errors import LoadError
from index.load import MAX_FILE_BYTES
from tests.chat import free_port, serving
from tests.fakes import BEES, HashEmbedder
from web import library as web_library
from web.library import UNDOABLE, clean_name

MARK = {"x-quotewise": "1"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Index, str]]:
    with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as index, serving(index) as url:
        yield index, url


@pytest.fixture
def library(served: tuple[Index, str]) -> Index:
    """The library that is served, empty."""
    index, _ = served
    for summary in index.summaries():
        index.remove(summary.id)
    return index


@pytest.fixture
def address(served: tuple[Index, str]) -> str:
    return served[1]


def add(address: str, name: str, content: bytes) -> dict[str, Any]:
    answer = httpx.post(f"{address}/library/add", params={"name": name}, content=content, headers=MARK, timeout=60)
    assert answer.status_code == 200
    return dict(json.loads(answer.text.strip().splitlines()[-1]))


def change(address: str, action: str, document: str) -> dict[str, Any]:
    answer = httpx.post(f"{address}/library/{action}", json={"document": document}, headers=MARK)
    assert answer.status_code == 200
    return dict(answer.json())


def test_a_file_becomes_a_document_and_says_how_far_it_is(address: str, library: Index) -> None:
    text = "\n\n".join(f"Paragraph {i}. " + BEES for i in range(40))
    with httpx.stream(
        "POST", f"{address}/library/add", params={"name": "notes/bees.md"}, content=text.encode(), headers=MARK
    ) as answer:
        lines = [json.loads(line) for line in answer.iter_lines()]
    assert len(lines) > 2 and all("passages" in line for line in lines)
    assert lines[-1]["status"] == "added" and lines[-1]["passages"] == len(library)
    document = library.documents()[0]
    assert (document.id, document.source, document.text) == (lines[-1]["document"], "notes/bees.md", text)
    assert add(address, "notes/bees.md", text.encode())["status"] == "unchanged"


def test_two_files_of_one_name_are_both_kept(address: str, library: Index) -> None:
    first, second = add(address, "a.txt", b"One text."), add(address, "a.txt", b"Another text.")
    assert first["why"] == "" and second["why"] == "Another text named a.txt was there; both are kept."
    assert add(address, "a.txt", b"Another text.")["status"] == "unchanged"
    assert sorted(summary.source for summary in library.summaries()) == ["a.txt", "a.txt (2)"]


def test_files_of_one_name_that_come_at_once_are_all_kept(address: str, library: Index) -> None:
    threads = [threading.Thread(target=add, args=(address, "a.txt", f"Text {i}.".encode())) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {document.text for document in library.documents()} == {f"Text {i}." for i in range(8)}


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.exe", b"MZ", "a.exe has a format that is not known"),
        ("noend", b"text", "noend has a format that is not known"),
        ("empty.txt", b"", "empty.txt"),
        ("zero.txt", b"\0\1\2" * 1000, "zero.txt"),
        ("../../etc/x.txt", b"", "etc/x.txt"),
    ],
)
def test_what_cannot_be_added_says_why_and_leaves_nothing(
    address: str, library: Index, name: str, content: bytes, why: str
) -> None:
    line = add(address, name, content)
    assert line["status"] == "failed" and line["why"].startswith(why)
    assert "/tmp" not in line["why"] and "quotewise-" not in line["why"]
    assert len(library) == 0 and not library.summaries()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(address: str, library: Index) -> None:
    place = urlsplit(address)
    head = (
        f"POST /library/add?name=big.txt HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\nX-Quotewise: 1\r\n"
        f"Content-Length: {2_000_000_000}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", int(place.port or 0)), timeout=60) as sent:
        sent.sendall(head.encode())
        answer, part = "", "."
        while part and "}" not in answer:
            part = sent.recv(4096).decode()
            answer += part
        assert "big.txt is too large (2,000 MB); cut it into files of 100 MB." in answer
    assert not library.summaries()


def test_a_file_that_grows_too_large_on_the_way_is_refused(
    address: str, library: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_FILE_BYTES == 100_000_000
    monkeypatch.setattr(web_library, "MAX_FILE_BYTES", 10_000)
    sent = (b"words and words " * 100 for _ in range(100))
    answer = httpx.post(f"{address}/library/add", params={"name": "a.txt"}, content=sent, headers=MARK)
    assert "too large" in answer.json()["why"] and not library.summaries()


def test_a_connection_that_ends_in_the_middle_leaves_nothing(
    address: str, library: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = urlsplit(address)
    with socket.create_connection(("127.0.0.1", int(place.port or 0)), timeout=60) as sent:
        head = (
            b"POST /library/add?name=a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Quotewise: 1\r\nContent-Length: 1000000\r\n"
        )
        sent.sendall(head + b"\r\n" + b"half of a text " * 1000)
        until = time.monotonic() + 60
        while not list(tmp_path.glob("quotewise-*/a.txt")) and time.monotonic() < until:
            time.sleep(0.02)
    while list(tmp_path.glob("quotewise-*")) and time.monotonic() < until:
        time.sleep(0.02)
    assert not list(tmp_path.glob("quotewise-*")) and not library.summaries()


def test_a_removed_document_can_be_brought_back(address: str, library: Index) -> None:
    added = add(address, "bees.md", BEES.encode())
    before = library.documents()
    assert change(address, "remove", added["document"])["title"] == added["title"]
    assert not library.summaries()
    add(address, "bees.md", b"Another text in its place.")
    assert change(address, "restore", added["document"])["status"] == "added"
    back = library.document(added["document"])
    assert (back.text, back.title, back.source) == (before[0].text, before[0].title, "bees.md (2)")
    assert len(library.summaries()) == 2
    assert "can no longer be brought back" in change(address, "restore", added["document"])["why"]
    assert "no longer in the library" in change(address, "remove", "nothing")["why"]


class Held(HashEmbedder):
    """An embedder that waits at texts of amber, once it has `begun`, until it `goes_on`, and that fails at birch."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.goes_on = threading.Semaphore(0), threading.Event()

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        if any("amber" in text for text in texts):
            self.begun.release()
            assert self.goes_on.wait(60)
        if any("birch" in text for text in texts):
            raise LoadError("This cannot be embedded.")
        return super().embed_passages(texts, progress)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Held, Index, str]]:
    embedder = Held()
    with Index.open(tmp_path / "held", embedder) as index, serving(index) as url:
        yield embedder, index, url
        embedder.goes_on.set()


def sources(index: Index) -> dict[str, str]:
    """The text of each document by its source."""
    return {document.source: document.text for document in index.documents()}


def test_nobody_waits_for_anothers_large_file(held: tuple[Held, Index, str]) -> None:
    embedder, index, url = held
    removed = add(url, "removed.txt", b"Removed.")["document"]
    change(url, "remove", removed)
    with ThreadPoolExecutor() as threads:
        large = threads.submit(add, url, "a.txt", b"Large amber.")
        assert embedder.begun.acquire(timeout=30)
        small = [threads.submit(add, url, "a.txt", b"Small."), threads.submit(change, url, "restore", removed)]
        assert [line.result(30)["status"] for line in small] == ["added", "added"]
        assert small[0].result()["why"] == "Another text named a.txt was there; both are kept." and not large.done()
        same = threads.submit(add, url, "a.txt", b"Large amber.")
        assert embedder.begun.acquire(timeout=30)
        embedder.goes_on.set()
        assert sorted([large.result(30)["status"], same.result(30)["status"]]) == ["added", "unchanged"]
    assert sources(index) == {"a.txt": "Large amber.", "a.txt (2)": "Small.", "removed.txt": "Removed."}


def test_a_name_is_kept_for_who_goes_away_and_not_for_what_fails(held: tuple[Held, Index, str]) -> None:
    embedder, index, url = held
    sent: dict[str, Any] = {"params": {"name": "a.txt"}, "content": b"Large amber.", "headers": MARK}
    with httpx.stream("POST", f"{url}/library/add", **sent):
        assert embedder.begun.acquire(timeout=30)
    assert add(url, "b.txt", b"A birch.")["status"] == "failed"
    assert add(url, "b.txt", b"No tree.")["why"] == ""
    assert "both are kept" in add(url, "a.txt", b"Small.")["why"]
    embedder.goes_on.set()
    until = time.monotonic() + 30
    while len(index.summaries()) < 3 and time.monotonic() < until:
        time.sleep(0.02)
    assert sources(index) == {"a.txt": "Large amber.", "a.txt (2)": "Small.", "b.txt": "No tree."}
    (large,) = index.at("a.txt")
    change(url, "remove", large)
    texts = (f"Text {number}." for number in itertools.count())
    while "both" in add(url, "a.txt", (text := next(texts)).encode())["why"] and time.monotonic() < until:
        pass
    assert sources(index)["a.txt"] == text


def test_documents_without_a_source_come_back_without_one_at_once(held: tuple[Held, Index, str]) -> None:
    embedder, index, url = held
    embedder.goes_on.set()
    lines = list(index.add_documents([Document("Of amber."), Document("Of cedar.")]))
    for line in lines:
        change(url, "remove", line.document_id)
    assert embedder.begun.acquire(timeout=30)
    embedder.goes_on.clear()
    with ThreadPoolExecutor() as threads:
        amber, cedar = (threads.submit(change, url, "restore", line.document_id) for line in lines)
        assert embedder.begun.acquire(timeout=30) and cedar.result(30)["status"] == "added" and not amber.done()
        embedder.goes_on.set()
    assert [summary.source for summary in index.summaries()] == ["", ""]


@pytest.mark.parametrize(
    "names",
    [
        ["Smith; Jones 2020.txt"],
        ["a.txt", "b.txt"],
        ["a", "a; b", "b", "b; c; d.txt"],
        ["a; b", "b", "c", "c; "],
        [""],
    ],
)
def test_a_document_comes_back_under_the_names_that_it_had(address: str, library: Index, names: list[str]) -> None:
    library.add_documents([Document(BEES, "Bees", name) for name in names])
    document = library.summaries()[0]
    change(address, "remove", document.id)
    assert change(address, "restore", document.id)["status"] == "added"
    assert library.summaries() == [document]
    assert all(library.at(name) == {document.id} for name in names if name)


@pytest.mark.slow
def test_only_the_last_removals_can_be_undone(address: str, library: Index) -> None:
    added = [add(address, f"{i}.txt", f"Text number {i}.".encode())["document"] for i in range(UNDOABLE + 1)]
    for document in added:
        change(address, "remove", document)
    assert change(address, "restore", added[0])["status"] == "failed"
    assert change(address, "restore", added[1])["status"] == "added"
    assert [document.text for document in library.documents()] == ["Text number 1."]


def test_other_sites_and_odd_requests_are_refused(address: str, library: Index) -> None:
    assert httpx.post(f"{address}/library/add", params={"name": "a.txt"}, content=b"x").status_code == 404
    assert (
        httpx.post(f"{address}/library/add", headers={**MARK, "Host": "evil.example"}, content=b"x").status_code == 404
    )
    assert httpx.get(f"{address}/library/", headers=MARK).status_code == 404
    for body in (b"", b"[]", b"{}", b"[" * 900, b"x" * 5_000):
        answer = httpx.post(f"{address}/library/remove", headers=MARK, content=body)
        assert answer.status_code == 400
    assert not library.summaries()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_library_that_is_shown_to_others_is_read_only(library: Index, host: str) -> None:
    page = app.start(library, host=host, port=free_port(), read_only=True if host == "127.0.0.1" else None)
    try:
        address = f"http://127.0.0.1:{page.server_port}"
        assert httpx.post(f"{address}/library/add?name=a.txt", headers=MARK, content=b"x").status_code in (404, 405)
        assert "Add files" not in httpx.get(f"{address}/config").text
    finally:
        page.close(verbose=False)
    assert not library.summaries()


@given(st.text(max_size=80))
def test_a_name_is_a_relative_path_that_can_be_shown(name: str) -> None:
    cleaned = clean_name(name)
    assert cleaned and not cleaned.startswith("/") and cleaned.isprintable()
    assert not {"", ".", ".."} & set(cleaned.split("/"))
