"""The named API of the chat gives what Python gives, refuses in one sentence, and serves nothing else."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

import app
import web.api
from benchmarks.askers import ask as ask_over_http
from benchmarks.askers import measures
from index import Document, Index
from qa import ask, retrieve
from qa.render import answer_record, hit_record
from qa.types import Answer
from tests.chat import free_port, serving
from tests.fakes import ROOT, SEED, HashEmbedder
from web.command import run
from web.limits import AT_ONCE, LONGEST_LINE
from web.server import ServeError


def test_a_call_can_be_about_chosen_documents(client: Client) -> None:
    ids = {row["title"]: row["id"] for row in client.predict(api_name="/documents")}
    question = "How long does a worker bee live?"
    for title, one in ids.items():
        hits = client.predict(question, documents=[one], api_name="/retrieve")
        assert hits and {hit["document_id"] for hit in hits} == {one}, title
    answer = client.predict(question, documents=[ids["Bees"]], api_name="/ask")
    assert answer["documents"] == [ids["Bees"]] and {c["document_id"] for c in answer["citations"]} == {ids["Bees"]}


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False)


@pytest.mark.parametrize(
    "question",
    [
        "How many deaths were recorded?",
        "How long does a worker bee live?",
        "Who won the election on Mars?",
        "<b>?</b>",
        "是",
    ],
)
def test_ask_gives_the_answer_that_python_gives(client: Client, library: Index, question: str) -> None:
    record = client.predict(question=question, api_name="/ask")
    assert record == answer_record(ask(question, index=library))
    for citation in record["citations"]:
        text = library.document(citation["document_id"]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"]


def test_a_follow_up_gives_the_answer_that_python_gives(client: Client, library: Index) -> None:
    first = ask("Who is Maria Santos?", index=library)
    second = ask("What did she say?", index=library, history=[first])
    assert second.asked_as != second.question
    record = client.predict("What did she say?", ["Who is Maria Santos?"], api_name="/ask")
    assert record == answer_record(second)


def test_retrieve_gives_the_hits_that_python_gives(client: Client, library: Index) -> None:
    expected = [hit_record(hit) for hit in retrieve("worker bees in summer", k=3, index=library)]
    assert client.predict("worker bees in summer", 3, api_name="/retrieve") == expected
    assert len(client.predict("worker bees in summer", api_name="/retrieve")) == 5


@pytest.mark.parametrize(
    ("endpoint", "given", "sentence"),
    [
        ("/ask", {"question": " "}, "The question is empty"),
        ("/ask", {"question": "x" * 100_000}, "The question has 100,000 characters"),
        ("/ask", {"question": 5}, "A question must be text."),
        ("/ask", {"question": "Who?", "history": "Who?"}, "The history must be a list of earlier questions."),
        ("/ask", {"question": "Who?", "history": [None]}, "A question must be text."),
        ("/ask", {"question": "Who?", "history": [""]}, "The question is empty"),
        ("/ask", {"question": "Who?", "history": ["Who?"] * 51}, "The history has more than 50 questions."),
        ("/retrieve", {"question": ""}, "The question is empty"),
        ("/retrieve", {"question": "Who?", "k": 0}, "k is 0"),
        ("/retrieve", {"question": "Who?", "k": 201}, "k is 201; ask for at most 200 passages."),
        ("/retrieve", {"question": "Who?", "k": "many"}, "k must be a whole number."),
        ("/retrieve", {"question": "Who?", "documents": "all"}, "documents must be a list of ids."),
        ("/ask", {"question": "Who?", "documents": [5]}, "documents must be a list of ids."),
        ("/ask", {"question": "Who?", "documents": []}, "No document is chosen"),
        ("/ask", {"question": "Who?", "documents": ["none"]}, "The library has no document none"),
        ("/retrieve", {"question": "Who?", "k": True}, "k must be a whole number."),
        ("/add", {"text": " \n"}, "The document has no text"),
        ("/add", {"text": 5}, "The text must be a string."),
        ("/add", {"text": "Text.", "title": []}, "The title must be a string."),
        ("/add", {"text": "Text.", "title": "x" * 501}, "A title and a source have at most 500 characters."),
        ("/add", {"text": "Text.", "source": "a.txt; b.txt"}, "A source cannot hold a semicolon and a space"),
        ("/add", {"text": "x" * 500_001}, "The text has 500,001 characters; add at most 500,000 in a call"),
    ],
)
def test_what_cannot_be_asked_comes_back_as_a_sentence(
    client: Client, endpoint: str, given: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(AppError, match=re.escape(sentence)) as refusal:
        client.predict(api_name=endpoint, **given)
    assert "\n" not in str(refusal.value)


def test_a_surprise_comes_back_as_a_sentence_too(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(web.api, "retrieve", broken)
    with pytest.raises(AppError, match="Something went wrong") as refusal:
        client.predict("Who?", api_name="/retrieve")
    assert "secret" not in str(refusal.value)


def test_only_the_four_endpoints_are_named_and_described(client: Client) -> None:
    described: dict[str, Any] = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {"/ask", "/retrieve", "/documents", "/add"}
    assert not described["unnamed_endpoints"]
    assert "quotes from the documents" in described["named_endpoints"]["/ask"]["description"]


def test_documents_are_listed_as_the_library_lists_them(client: Client, library: Index) -> None:
    listed = client.predict(api_name="/documents")
    assert [(row["id"], row["title"], row["source"]) for row in listed] == [
        (document.id, document.title, document.source) for document in library.documents()
    ]
    assert [row["characters"] for row in listed] == [len(document.text) for document in library.documents()]
    assert sum(row["passages"] for row in listed) == len(library)


def test_a_text_is_added_once_asked_about_and_replaced_at_its_source(tmp_path: Path) -> None:
    with Index.open(tmp_path / "library", HashEmbedder()) as index, serving(index) as url:
        client = Client(url, verbose=False)
        moons = {"text": "Mars has two moons, Phobos and Deimos.", "title": " Moons\nof Mars ", "source": "moons"}
        added = client.predict(**moons, api_name="/add")
        assert added["status"] == "added" and (added["title"], added["source"]) == ("Moons of Mars", "moons")
        assert index.document(added["id"]).text == moons["text"] and added["passages"] == len(index) == 1
        assert client.predict(**moons, api_name="/add")["status"] == "unchanged"
        assert client.predict("How many moons has Mars?", api_name="/retrieve")[0]["document_id"] == added["id"]

        again = client.predict("Mars has two small moons.", source="moons", api_name="/add")
        assert again["status"] == "replaced" and again["title"] == "Mars has two small moons."
        assert [row["id"] for row in client.predict(api_name="/documents")] == [again["id"]]
        assert client.predict("<img src=x>\0", title="<b>", api_name="/add")["title"] == "<b>"
        assert [document.text for document in index.documents()][1] == "<img src=x>\ufffd"


def test_a_library_that_is_shown_read_only_takes_no_text(library: Index) -> None:
    with serving(library, read_only=True) as url:
        client = Client(url, verbose=False)
        before = client.predict(api_name="/documents")
        with pytest.raises(AppError, match="shown read-only here; nothing can be added to it"):
            client.predict("Mars has two moons.", api_name="/add")
        assert client.predict(api_name="/documents") == before


@pytest.mark.slow
def test_twenty_ask_at_once(client: Client, library: Index) -> None:
    expected = answer_record(ask("How long does a worker bee live?", index=library))
    with ThreadPoolExecutor(20) as threads:
        calls = [threads.submit(client.predict, "How long does a worker bee live?", api_name="/ask") for _ in range(20)]
        assert [call.result() for call in calls] == [expected] * 20


@pytest.mark.slow
def test_twenty_askers_are_all_answered_and_their_p95_is_reported(
    address: str, record_property: Callable[[str, object], None]
) -> None:
    ask_over_http(address, "Is everything loaded?")
    figures = measures(address, askers=20, questions=2)  # raises where an answer does not come
    record_property("p95 ms", figures["p95 ms"])
    assert 0 < figures["median ms"] <= figures["p95 ms"] < 60_000


@pytest.mark.slow
def test_the_page_is_answered_while_more_programs_ask_than_are_taken_on(
    library: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = threading.Event()
    monkeypatch.setattr(web.api, "ask", lambda *_, **__: Answer("Who?") if go.wait(60) else None)
    with serving(library) as url, httpx.Client(base_url=url, timeout=60) as http:
        call = "/gradio_api/call/ask"
        numbers = [http.post(call, json={"data": ["Who?", None, None]}).json()["event_id"] for _ in range(40)]
        asked = http.post("/library/ask", json={"question": "A bee?"}, headers={"x-quotewise": "1"})
        assert asked.status_code == 200 and "A bee?" in json.loads(asked.text.splitlines()[-1])
        go.set()
        told = [http.get(f"{call}/{number}").text for number in numbers]
    assert sum("event: complete" in text for text in told) == AT_ONCE + LONGEST_LINE
    assert sum("calls are waiting here already" in text for text in told) == 40 - AT_ONCE - LONGEST_LINE


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=pyproject.toml",
        f"/gradio_api/file={ROOT / 'pyproject.toml'}",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/file=http://127.0.0.1:9/",
        "/gradio_api//file=/etc/passwd",
        "/gradio_api/file/pyproject.toml",
        "/gradio_api/proxy=http://127.0.0.1:9/",
        "/gradio_api/upload",
        "/monitoring",
        "/pyproject.toml",
        "/assets/..%2f..%2f..%2froutes.py",
        "/static/../pyproject.toml",
        "/docs",
    ],
)
def test_no_file_and_no_other_page_is_served(http: httpx.Client, address: str, path: str) -> None:
    answer = http.get(address + path)
    assert answer.status_code in (403, 404) and len(answer.text) < 100


def test_no_file_of_the_library_is_served(http: httpx.Client, address: str, library: Index) -> None:
    for file in Path(str(library.location)).rglob("*"):
        assert http.get(f"{address}/gradio_api/file={file}").status_code == 404


def test_requests_that_the_chat_never_makes_are_refused(address: str) -> None:
    call = f"{address}/gradio_api/call/ask"
    file = {"path": "http://127.0.0.1:9/x.png", "meta": {"_type": "gradio.FileData"}}
    assert httpx.post(call, json={"data": [file, None]}).text == "Files are not taken here."
    assert httpx.post(call, content=b"{").text == "The request is not JSON."
    assert httpx.post(call, content=b"[" * 100_000).text == "The request is not JSON."
    assert httpx.post(call, json={"data": ["x" * 8_000_000, None]}).text == "The request is too large."
    assert httpx.get(address, headers={"Host": "evil.example"}).status_code == 404
    assert httpx.get(address, headers={"Host": "localhost:1"}).status_code == 200


def test_the_page_may_load_nothing_from_elsewhere(address: str) -> None:
    page = httpx.get(address)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.headers["content-security-policy"]


def examples(address: str, heading: str = "") -> list[tuple[str, str]]:
    """The examples of the manual in Python and for bash, for an address: after a heading, or those that come first."""
    manual = (ROOT / "docs" / "api.md").read_text(encoding="utf-8").replace("http://127.0.0.1:7860", address)
    part = manual.partition(f"\n## {heading}\n")[2] if heading else manual.partition("\n## An answer")[0]
    return re.findall(r"```(python|bash)\n(.*?)```", part, flags=re.DOTALL)


def run_example(language: str, block: str) -> None:
    if language == "python":
        exec(block, {})
    elif not shutil.which("curl"):
        pytest.skip("curl is not installed: of the examples only those in Python ran")
    else:
        shown = subprocess.run(["bash", "-euc", block], capture_output=True, text=True, check=True).stdout
        assert "event: complete" in shown and '"title"' in shown


@pytest.mark.slow
def test_the_examples_in_the_documentation_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with Index.open(tmp_path / "library", HashEmbedder()) as index, serving(index) as address:
        index.add_documents([Document(SEED.read_text(encoding="utf-8"), "Idlib", SEED.name)])
        blocks = examples(address)
        assert [language for language, _ in blocks] == ["python", "bash", "bash", "bash", "bash"]
        for language, block in blocks:
            run_example(language, block)
        shown = capsys.readouterr().out
        assert "And how many strikes?" not in shown and "added" in shown and "Idlib" in shown
        assert [document.title for document in index.documents()] == ["Idlib", "Mars"]


def test_a_taken_port_is_said_in_a_sentence(library: Index) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError, match=f"cannot listen on 127.0.0.1:{port} .* --port {port + 1}"):
            app.start(library, port=port)


def refusal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str) -> str:
    """What the program says on standard error with options that it cannot start with."""
    monkeypatch.setattr(sys, "argv", ["app.py", *options])
    with pytest.raises(SystemExit) as ended:
        run(lambda *_: None)
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    return said.err


def test_a_file_in_place_of_a_library_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("not a folder")
    said = refusal(monkeypatch, capsys, "--library", str(tmp_path / "file"))
    assert said.count("\n") == 1 and said.startswith("quotewise: ")


@pytest.mark.slow
def test_the_program_says_in_a_sentence_why_it_cannot_start(tmp_path: Path) -> None:
    program = [sys.executable, str(ROOT / "app.py"), "--host", "192.0.2.1", "--library", str(tmp_path / "new")]
    ended = subprocess.run(program, capture_output=True, text=True, timeout=240, env=os.environ.copy())
    assert ended.returncode == 1 and ended.stderr.count("\n") == 1 and ended.stderr.startswith("quotewise: ")


@pytest.mark.slow
def test_the_program_ends_quietly_when_it_is_interrupted(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(free_port()), "--library", str(tmp_path / "library")]
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    program = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=heard
    )
    assert program.stdout and "ready" in program.stdout.readline()
    time.sleep(3)  # the models begin to load 2 seconds later
    program.send_signal(signal.SIGINT)
    since = time.monotonic()
    said, _ = program.communicate(timeout=240)
    assert program.returncode == 0 and time.monotonic() - since < 5, "it waits for no model"
    assert not (tmp_path / "library" / "library.sqlite-wal").exists(), "all is merged"
    assert "Traceback" not in said and "Error" not in said and "terminate" not in said
