"""With a password the server tells nothing to whoever lacks it, and everything to whoever has it."""

from __future__ import annotations

import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from gradio_client import Client

from qa.settings import load_settings
from tests.chat import free_port
from tests.fakes import DOCUMENTS, ROOT
from tests.fixtures import address_of, library_of
from tests.test_app_api import examples, refusal, run_example
from web.login import Login, LoginError, chosen_login

LOGIN = Login("reporter", "on deadline")
WORD = (LOGIN.user, LOGIN.password)
library, address = library_of(*DOCUMENTS[:2], scope="module"), address_of("module", login=LOGIN, mcp=True)
PATHS = [
    "/",
    "/config",
    "/theme.css",
    "/manifest.json",
    "/robots.txt",
    "/login_check",
    "/assets/x.js",
    "/static/x",
    "/gradio_api/info",
    "/gradio_api/openapi.json",
    "/gradio_api/app_id",
    "/gradio_api/heartbeat/x",
    "/gradio_api/queue/data?session_hash=x",
    "/gradio_api/call/ask/x",
    "/gradio_api/mcp",
    "/gradio_api/file=x",
    "/library/add",
    "/login",
    "/nothing",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("given", [None, ("reporter", "on"), ("reporter", ""), ("", "on deadline"), ("", "")])
def test_nothing_is_told_without_the_password(
    http: httpx.Client, address: str, path: str, given: tuple[str, str] | None
) -> None:
    for method in ("GET", "POST"):
        answer = http.request(method, address + path, auth=given, headers={"x-quotewise": "1"})
        assert (answer.status_code, answer.text) == (401, "This server asks for a user name and a password.")
        assert answer.headers["www-authenticate"] == 'Basic realm="Quotewise", charset="UTF-8"'


def test_what_gradio_asks_for_at_its_start_tells_nothing(address: str) -> None:
    assert httpx.get(f"{address}/gradio_api/startup-events").json() is False


@pytest.mark.parametrize("header", ["Basic", "Basic !", "Basic cmVwb3J0ZXI=", "Bearer on deadline", "\udcff", ""])
def test_a_header_that_is_no_login_is_refused(header: str) -> None:
    assert not LOGIN.opens(header.encode("utf-8", "surrogateescape"))


def test_the_examples_with_a_password_run(address: str) -> None:
    blocks = examples(address, "A password")
    assert [language for language, _ in blocks] == ["python", "bash"]
    for language, block in blocks:
        run_example(language, block)


def test_with_the_password_everything_is_there(address: str) -> None:
    assert "Quotewise" in httpx.get(address, auth=WORD).text
    client = Client(address, verbose=False, httpx_kwargs={"auth": WORD})
    assert client.predict("How long does a worker bee live?", api_name="/ask")["citations"]
    added = httpx.post(
        f"{address}/library/add",
        params={"name": "moon.txt"},
        content=b"The moon is far.",
        auth=WORD,
        headers={"x-quotewise": "1"},
    )
    assert '"status": "added"' in added.text
    assert client.predict(api_name="/documents")[-1]["source"] == "moon.txt"


@pytest.mark.slow
def test_the_chat_works_in_a_browser_that_was_asked_for_the_password(browser: Any, address: str) -> None:
    errors: list[str] = []
    context = browser.new_context(http_credentials={"username": WORD[0], "password": WORD[1]})
    page = context.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(address)
    page.wait_for_selector(".qw-documents", state="attached")
    page.fill("#qw-question", "How long does a queen live?")
    page.keyboard.press("Enter")
    page.wait_for_selector('.qw-turn[aria-busy="false"]')
    page.click("#qw-library .qw-open >> nth=0")
    page.wait_for_selector("#qw-source .qw-words", state="visible")
    page.keyboard.press("Escape")
    page.set_input_files(
        ".qw-files", files=[{"name": "sun.txt", "mimeType": "text/plain", "buffer": b"The sun is hot."}]
    )
    page.wait_for_function("document.querySelector('.qw-told').innerText.includes('1 document added')")
    assert not errors
    context.close()


@pytest.mark.parametrize(
    ("text", "login"),
    [
        ("reporter:on deadline", LOGIN),
        ("a:b:c\n", Login("a", "b:c")),
        ("é:ü", Login("é", "ü")),
        (" a: b ", Login(" a", " b ")),
    ],
)
def test_a_login_is_read_from_a_text_and_from_a_file(tmp_path: Path, text: str, login: Login) -> None:
    assert Login.parse(text) == login
    (tmp_path / "login").write_text(f"\ufeff{text.rstrip()}\r\nmore\n" if text != " a: b " else text, encoding="utf-8")
    assert chosen_login("other:login", tmp_path / "login") == login
    assert login.password not in repr(login)


@pytest.mark.parametrize("text", ["reporter", "reporter:", ":secret", "\n", "a:b\nc", "a:\tb"])
def test_what_is_no_login_is_said_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(LoginError, match="A login is USER:PASSWORD") as refusal:
        Login.parse(text)
    assert "reporter" not in str(refusal.value) and "secret" not in str(refusal.value)
    with pytest.raises(LoginError, match="cannot be read"):
        Login.read(tmp_path / "gone")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(LoginError, match="cannot be read"):
        Login.read(tmp_path / "binary")


def test_the_environment_gives_a_login_that_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTEWISE_AUTH", "reporter:on deadline")
    assert Login.parse(load_settings().auth) == LOGIN
    assert "deadline" not in repr(load_settings())
    monkeypatch.delenv("QUOTEWISE_AUTH")
    assert chosen_login(load_settings().auth, None) is None


def begun(*options: str) -> tuple[str, str]:
    """What the program says on its two outputs when it has started, and is then interrupted."""
    heard = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    command = [sys.executable, str(ROOT / "app.py"), "--port", str(free_port()), *options]
    program = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heard
    )
    assert program.stdout
    first = program.stdout.readline()
    program.send_signal(signal.SIGINT)
    said, warned = program.communicate(timeout=240)
    assert program.returncode == 0, warned
    assert not [word for word in ("Traceback", "Error", "terminate") if word in first + said + warned], warned
    return first + said, warned


@pytest.mark.slow
def test_the_program_warns_whoever_lets_others_in_without_a_password(tmp_path: Path) -> None:
    (tmp_path / "login").write_text("reporter:on deadline\n")
    said, warned = begun("--host", "0.0.0.0", "--library", str(tmp_path / "library"))
    assert "ready" in said and warned.count("\n") == 1 and warned.startswith("Everybody who reaches this server")
    said, warned = begun(
        "--host", "0.0.0.0", "--auth-file", str(tmp_path / "login"), "--library", str(tmp_path / "new")
    )
    assert "ready" in said and not warned and "deadline" not in said


def test_what_is_no_login_is_said_before_anything_is_served(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = refusal(monkeypatch, capsys, "--auth", "reporter")
    assert said == "quotewise: A login is USER:PASSWORD, on one line, and neither of them is empty.\n"
