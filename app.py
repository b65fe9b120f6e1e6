"""Serves the chat: turns clicks and questions in a browser into calls of `qa`, and answers into a page; view only."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import webbrowser
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import gradio as gr
import typer
from gradio.events import api as named
from starlette.middleware import Middleware

from index import Index
from index.errors import QuotewiseError
from qa import ask, render, retrieve
from qa.answer import answering
from qa.errors import QuestionError
from qa.settings import open_library
from qa.suggest import suggested_questions
from qa.types import Answer

UNEXPECTED = "Something went wrong that should not have; the terminal that serves this page says what."
PATIENCE = 2.0  # seconds that the models wait for somebody to open the page
LONGEST_HISTORY = 50  # earlier questions that one call of the API may have answered again
logger = logging.getLogger("quotewise")


# --- what happens when something is clicked or asked ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation: what is shown for it, and its answer unless it failed."""

    html: str
    answer: Answer | None


class Chat:
    """What the page asks of a library; the conversation itself lives in the browser's session."""

    def __init__(self, index: Index) -> None:
        """Talk about this library."""
        self._index = index
        self._suggesting = threading.Lock()
        self._suggested: tuple[tuple[str, ...], list[str]] = ((), [])
        self._visited = threading.Event()
        self._loaded = threading.Event()

    def documents(self) -> str:
        """List the documents."""
        with _caught() as failures:
            return render.documents_html(self._index.summaries())
        return render.failure_html("Documents", 0, failures[0])

    def refresh(self) -> str:
        """List the documents to somebody who has just opened the page."""
        self._visited.set()
        return self.documents()

    def suggest(self) -> str:
        """Offer questions that the documents answer, found once for the documents that are there."""
        with _caught(), self._suggesting:
            ids = tuple(summary.id for summary in self._index.summaries())
            if ids != self._suggested[0]:
                self._suggested = (ids, self._suggestions())
            return render.examples_html(self._suggested[1])
        return ""

    def _suggestions(self) -> list[str]:
        texts = (self._index.document(summary.id).text for summary in self._index.summaries()[:10])
        return suggested_questions(texts, lambda question: ask(question, index=self._index))

    def converse(self, turns: tuple[Turn, ...], event: gr.EventData) -> Iterator[tuple[str, tuple[Turn, ...]]]:
        """Answer a question, showing what is being done until the answer is there."""
        question = str(event._data.get("question", ""))
        number, before = len(turns) + 1, [turn.html for turn in turns]
        turn = None
        with _caught() as failures:
            for step in self._steps(question, [turn.answer for turn in turns if turn.answer]):
                if isinstance(step, Answer):
                    turn = Turn(render.answer_html(step, number), step)
                else:
                    yield render.conversation_html([*before, render.pending_html(question, number, step)]), turns
        turn = turn or Turn(render.failure_html(question, number, failures[0]), None)
        yield render.conversation_html([*before, turn.html]), (*turns, turn)

    def _steps(self, question: str, history: list[Answer]) -> Iterator[str | Answer]:
        """Say what is being done, and then the answer."""
        yield f"Searching {len(self._index):,} passages …" if self._loaded.is_set() else "Loading the model …"
        steps = answering(question, self._index, history)
        yield f"Reading the nearest {len(next(steps).hits)} …"
        self._loaded.set()
        yield next(steps)

    def show(self, event: gr.EventData) -> str:
        """Show the text of a document at a quote, a passage or the beginning."""
        place = {str(key): str(value) for key, value in dict(event._data).items()}
        with _caught() as failures:
            document = self._index.document(place.get("document", ""))
            window = _range(place, "first", "last")
            if window and "side" in place:
                before, after = (render.SURROUNDINGS, 0) if place["side"] == "before" else (0, render.SURROUNDINGS)
                window = max(0, window[0] - before), window[1] + after
            return render.source_html(document, _range(place, "start", "end"), place.get("kind") != "passage", window)
        return render.source_failure_html(failures[0])

    def warm_up(self) -> None:
        """Load the models and find questions to suggest, so that the first person need not wait for either.

        Begins when the first page is there (loading takes turns with serving it), or after `PATIENCE` seconds.
        """
        self._visited.wait(PATIENCE)
        with _caught():
            ask("Is everything loaded?", index=self._index)
        self._loaded.set()
        self.suggest()


def _range(place: dict[str, str], start: str, end: str) -> tuple[int, int] | None:
    """Read two offsets that a browser sent."""
    first, last = place.get(start, ""), place.get(end, "")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else None


@contextmanager
def _caught() -> Iterator[list[str]]:
    """Turn what goes wrong into one sentence for a person; the traceback of a surprise goes to the log."""
    sentences: list[str] = []
    try:
        yield sentences
    except QuotewiseError as error:
        sentences.append(str(error))
    except Exception:
        logger.exception("unexpected error")
        sentences.append(UNEXPECTED)


# --- the named API --------------------------------------------------------------------------------------------------


class Api:
    """The functions that other programs call over HTTP, with the answers that Python gives."""

    def __init__(self, index: Index) -> None:
        """Talk about this library."""
        self._index = index

    def ask(self, question: str, history: list[str] | None = None) -> dict[str, Any]:
        """Answer a question with quotes from the documents, or say that they hold no answer.

        `history` holds the earlier questions of the conversation, oldest first; they are answered again, so that a
        follow-up such as "And in 2017?" is understood as it would be in the chat.
        """
        with _refused():
            _check(isinstance(history, list | None), "The history must be a list of earlier questions.")
            _check(len(history or []) <= LONGEST_HISTORY, f"The history has more than {LONGEST_HISTORY} questions.")
            for text in [question, *(history or [])]:
                _check(isinstance(text, str), "A question must be text.")
            answers: list[Answer] = []
            for asked in [*(history or []), question]:
                answers.append(ask(asked, index=self._index, history=list(answers)))
            return render.answer_record(answers[-1])

    def retrieve(self, question: str, k: int = 5) -> list[dict[str, Any]]:
        """Find the `k` passages that are nearest to a question, best first."""
        with _refused():
            _check(isinstance(question, str), "A question must be text.")
            _check(isinstance(k, int), "k must be a whole number.")
            return [render.hit_record(hit) for hit in retrieve(question, k=k, index=self._index)]


def _check(right: bool, otherwise: str) -> None:
    """Refuse what a client sent; Gradio does not compare it with the declared types."""
    if not right:
        raise QuestionError(otherwise)


@contextmanager
def _refused() -> Iterator[None]:
    """Turn what goes wrong into the one sentence that a client of the API gets."""
    with _caught() as failures:
        yield
    if failures:
        raise gr.Error(failures[0], print_exception=False)


# --- the page -------------------------------------------------------------------------------------------------------

BAR = """<header class="qw-bar"><p class="qw-name">Quotewise</p>
<button type="button" class="qw-library-toggle" aria-controls="qw-library" aria-expanded="false">
<span class="qw-opens">Documents</span><span class="qw-shuts">Back</span></button></header>"""
WELCOME = """<div class="qw-welcome"><h1>Ask your documents.</h1><p>Every answer is a quote from them.</p></div>"""
COMPOSER = """<form aria-label="Ask a question"><label class="qw-hidden" for="qw-question">Your question</label>
<div class="qw-field"><textarea id="qw-question" rows="1" placeholder="Ask a question" aria-keyshortcuts="/"></textarea>
<button type="submit" class="qw-send">Ask</button></div>
<p class="qw-keys">Enter asks, Shift+Enter starts a new line, / comes back here.</p></form>"""
HEAD = """<style>{css}</style><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath
fill='%23ffe14d' d='M0 0h8v8H0z'/%3E%3C/svg%3E">"""


def build(index: Index) -> gr.Blocks:
    """Lay out the page for a library and wire its events."""
    return _page(Chat(index), Api(index))


def _page(chat: Chat, api: Api) -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = (
        "False"  # Gradio reads it when an error happens, whatever Blocks was failures
    )
    page: gr.Blocks
    with gr.Blocks(title="Quotewise", analytics_enabled=False, fill_width=True) as page:
        turns = gr.State(())
        with gr.Column(elem_id="qw"):
            _html(BAR, "qw-bar")
            library = _html(chat.documents(), "qw-library")
            conversation = _html(render.conversation_html([WELCOME]), "qw-conversation")
            examples = _html("", "qw-examples")
            composer = _html(COMPOSER, "qw-composer", _asset("chat.js"))
            source = _html("", "qw-source")
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
        page.load(chat.refresh, None, library, **hidden)
        page.load(chat.suggest, None, examples, **hidden)
        composer.ask(chat.converse, turns, [conversation, turns], trigger_mode="multiple", **hidden)
        composer.open(chat.show, None, source, trigger_mode="always_last", **hidden)
        named(api.ask, api_name="ask", concurrency_limit=None)
        named(api.retrieve, api_name="retrieve", concurrency_limit=None)
    return page


def _html(value: str, elem_id: str, js_on_load: str | None = None) -> Any:
    """Make a place on the page that shows our own HTML, without Gradio's styles."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=js_on_load, apply_default_css=False)


def _asset(name: str) -> str:
    return files("qa").joinpath("assets", name).read_text(encoding="utf-8")


def _theme() -> gr.themes.Base:
    """Take system fonts, and the ground of the page, which is seen before the stylesheet arrives."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    return theme.set(
        body_background_fill="#f8f4eb",
        body_background_fill_dark="#1b1916",
        body_text_color="#211d18",
        body_text_color_dark="#ebe4d6",
    )


# --- the server -----------------------------------------------------------------------------------------------------

_OPEN = frozenset(
    ["", "config", "theme.css", "favicon.ico", "manifest.json", "robots.txt", "login_check", "gradio_api/app_id"]
    + [f"gradio_api/{name}" for name in ("info", "openapi.json", "startup-events", "cancel", "reset", "theme.css")]
)
_OPEN_BELOW = ("assets/", "static/", "svelte/", "gradio_api/heartbeat/", "gradio_api/queue/", "gradio_api/call/")
_HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' "
    "'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; "
    "base-uri 'self'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_LARGEST_BODY = 2_000_000  # bytes of a request: far above the longest question that is answered

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class RefusedError(ValueError):
    """A request that the chat never makes."""


class Gate:
    """Lets the requests of the chat through and no others, and forbids the page to load anything from elsewhere.

    Gradio's own routes would fetch any address for whoever asks (`/file=http…`, a file object in a request), and
    a page of another site could reach a server on this machine under a name of its own (DNS rebinding).
    """

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], local: bool) -> None:
        """Stand before this application; a `local` one answers only to the names of this machine."""
        self._app = app
        self._local = local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 404 or 400 instead of the application where a request is refused."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                added = [(name.encode(), value.encode()) for name, value in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *added]
            await send(message)

        try:
            self._check(scope)
            body = await _checked_body(receive) if scope["method"] == "POST" else None
        except RefusedError as refusal:
            start = {"type": "http.response.start", "status": 404, "headers": [(b"content-type", b"text/plain")]}
            await send_with_headers(start)
            await send({"type": "http.response.body", "body": str(refusal).encode()})
            return
        await self._app(scope, receive if body is None else _replayed(body, receive), send_with_headers)

    def _check(self, scope: Scope) -> None:
        path = scope["path"].strip("/")
        if path not in _OPEN and not path.startswith(_OPEN_BELOW):
            raise RefusedError("There is nothing here.")
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1").rsplit(":", 1)[0]
        if self._local and host not in ("127.0.0.1", "localhost", "[::1]"):
            raise RefusedError("This server answers only to its own machine.")


async def _checked_body(receive: Receive) -> bytes:
    """Read the body of a request; refuse one that is too large or that names a file for Gradio to fetch."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LARGEST_BODY:
            raise RefusedError("The request is too large.")
    try:
        json.loads(body or b"null", object_hook=_refuse_file)
    except (ValueError, RecursionError) as error:
        raise RefusedError(str(error) if isinstance(error, RefusedError) else "The request is not JSON.") from error
    return body


def _refuse_file(value: dict[str, Any]) -> None:
    if "_type" in value:
        raise RefusedError("Files are not taken here.")


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Give an application a body that was read already, and then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> MutableMapping[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replay


class ServeError(QuotewiseError):
    """The chat cannot be served at this address."""


def start(index: Index, host: str = "127.0.0.1", port: int = 7860) -> gr.Blocks:
    """Serve the chat in the background: the page first, then the models, which load while the page does."""
    _check_port(host, port)
    chat = Chat(index)
    page = _page(chat, Api(index))
    gate = Middleware(Gate, local=host in ("127.0.0.1", "localhost", "::1"))
    page.launch(
        server_name=host,
        server_port=port,
        theme=_theme(),
        head=HEAD.format(css=_asset("chat.css")),
        app_kwargs={"middleware": [gate], "docs_url": None, "redoc_url": None, "openapi_url": None},
        prevent_thread_lock=True,
        quiet=True,
        share=False,
        ssr_mode=False,
        run_history=False,
        mcp_server=False,
        pwa=False,
        enable_monitoring=False,
        footer_links=[],
    )
    threading.Thread(target=chat.warm_up, name="warm-up", daemon=True).start()
    return page


def _check_port(host: str, port: int) -> None:
    """Say before anything is loaded that a port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        raise ServeError(
            f"The chat cannot listen on {host}:{port} ({error.strerror or error}); choose another port with "
            f"--port {port + 1}."
        ) from error


def serve(index: Index, host: str = "127.0.0.1", port: int = 7860, open_browser: bool = False) -> None:
    """Serve the chat until it is interrupted."""
    page = start(index, host, port)
    address = str(page.local_url).rstrip("/")
    typer.echo(f"Quotewise is ready at {address} (stop it with Ctrl+C)")
    if open_browser:
        webbrowser.open(address)
    page.block_thread()


def _chat(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 7860,
    library: Annotated[Path | None, typer.Option(help="The folder of the library; otherwise the default one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
) -> None:
    """Ask your documents in a web page."""
    try:
        serve(open_library(library), host, port, open_browser)
    except QuotewiseError as error:
        typer.echo(f"quotewise: {error}", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Start the chat from the command line."""
    typer.run(_chat)


if __name__ == "__main__":
    main()
