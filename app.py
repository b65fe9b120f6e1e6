"""Serves the chat: turns clicks and questions in a browser into calls of `qa`, and answers into a page; view only."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
from qa.types import Answer
from web.asking import Asking, StoppedError
from web.conversation import recall, remember
from web.export import FORMATS
from web.failures import caught
from web.feedback import Feedback
from web.gate import Gate
from web.library import Library
from web.suggestions import Suggestions

GONE = "The document that answered this is no longer in the library, or has changed; ask again."
STOPPED = "Stopped."
INTERRUPTED = "This was not answered: the connection ended before."
PATIENCE = 2.0  # seconds that the models wait for somebody to open the page
WARMING = "warm-up"  # the name of the thread that loads the models
LONGEST_HISTORY = 50  # earlier questions that one call of the API may have answered again


# --- what happens when something is clicked or asked ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation: what is shown, its answer unless there is none, and whether to ask it `again`."""

    html: str
    answer: Answer | None
    again: bool = False


def _turn(answer: Answer, number: int, seconds: float | None) -> Turn:
    """Show an answer, with what the browser keeps of it."""
    record = json.dumps(remember(answer, seconds), separators=(",", ":"))
    return Turn(render.answer_html(answer, number, seconds, record), answer)


def _unanswered(question: str, number: int, why: str) -> Turn:
    """Show that a question has no answer, and that it can be asked again."""
    return Turn(render.unanswered_html(question, number, why), None, again=True)


class Chat:
    """What the page asks of a library; the conversation itself lives in the browser's session."""

    def __init__(self, index: Index, editable: bool = True) -> None:
        """Talk about this library; documents can be added and removed on the page of an `editable` one."""
        self._index = index
        self.editable = editable
        self._asking = Asking()
        self.suggestions = Suggestions(index, lambda question: ask(question, index=index), self._let_pass)
        self._visited = threading.Event()
        self._loaded = threading.Event()
        self._stopping = threading.Event()
        self._warming = threading.Thread(target=self._warm_up, name=WARMING, daemon=True)

    def documents(self) -> str:
        """List the documents."""
        with caught() as failures:
            return render.documents_html(self._index.summaries(), self.editable)
        return render.failure_html("Documents", 0, failures[0])

    def refresh(self) -> str:
        """List the documents to somebody who has just opened the page."""
        self._visited.set()
        return self.documents()

    def _let_pass(self) -> None:
        """Wait until the models are loaded and nobody waits for an answer."""
        self._loaded.wait()
        while not self._asking.quiet(1.0) and not self._stopping.is_set():
            pass
        if self._stopping.is_set():
            raise StoppedError

    def converse(self, turns: tuple[Turn, ...], event: gr.EventData) -> Iterator[tuple[str, tuple[Turn, ...]]]:
        """Answer a question, showing what is being done until the answer is there.

        Where the page shows other turns than this server knows of (it was started again), the page's are taken.
        """
        since, question = time.perf_counter(), str(event._data.get("question", ""))
        if event._data.get("shown", len(turns)) != len(turns):
            turns = self._recalled(event._data.get("records"))
        if event._data.get("again") and turns and turns[-1].again:
            turns = turns[:-1]
        number, before = len(turns) + 1, [turn.html for turn in turns]
        turn = None
        with caught() as failures, suppress(StoppedError):
            steps = self._steps(question, [turn.answer for turn in turns if turn.answer])
            for step in self._asking.steps(str(event._data.get("asking", "")), steps):
                if isinstance(step, Answer):
                    turn = _turn(step, number, time.perf_counter() - since)
                else:
                    yield render.conversation_html([*before, render.pending_html(question, number, step)]), turns
        failed = Turn(render.failure_html(question, number, failures[0]), None) if failures else None
        turn = turn or failed or _unanswered(question, number, STOPPED)
        yield render.conversation_html([*before, turn.html]), (*turns, turn)

    def abandon(self, event: gr.EventData) -> None:
        """Stop answering a question."""
        self._asking.stop(str(event._data.get("asking", ""))[:100])

    def restore(self, event: gr.EventData) -> tuple[str, tuple[Turn, ...]]:
        """Show a conversation that the browser kept, or begin a new one."""
        talk = str(event._data.get("talk", ""))[:100]
        with caught() as failures:
            turns = self._recalled(event._data.get("records"))
            if unanswered := str(event._data.get("unanswered", "")):
                turns = (*turns, _unanswered(unanswered, len(turns) + 1, INTERRUPTED))
            return render.conversation_html([turn.html for turn in turns] or [WELCOME], talk), turns
        return render.conversation_html([render.failure_html("", 1, failures[0])], talk), ()

    def export(self, event: gr.EventData) -> str:
        """Write a conversation that the browser keeps as a file, which the browser then saves."""
        with caught() as failures:
            answers = [kept.answer for kept in recall(event._data.get("records"), self._index) if kept.answer]
            name = str(event._data.get("format", "md"))
            return render.file_html(FORMATS.get(name, FORMATS["md"])(answers), f"conversation.{name}")
        return render.file_html("", failures[0])

    def _recalled(self, records: object) -> tuple[Turn, ...]:
        return tuple(
            _turn(kept.answer, number, kept.seconds)
            if kept.answer
            else Turn(render.failure_html(kept.question, number, GONE, json.dumps(kept.record)), None)
            for number, kept in enumerate(recall(records, self._index), 1)
        )

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
        with caught() as failures:
            document = self._index.document(place.get("document", ""))
            window = _range(place, "first", "last")
            if window and "side" in place:
                before, after = (render.SURROUNDINGS, 0) if place["side"] == "before" else (0, render.SURROUNDINGS)
                window = max(0, window[0] - before), window[1] + after
            return render.source_html(document, _range(place, "start", "end"), place.get("kind") != "passage", window)
        return render.source_failure_html(failures[0])

    def warm_up(self) -> None:
        """Load the models and find questions to suggest, in the background, so that nobody need wait for either.

        Begins when the first page is there (loading takes turns with serving it), or after `PATIENCE` seconds.
        """
        self._warming.start()

    def stop(self) -> None:
        """Wait until nothing is being loaded: a program that ends in the middle of that is aborted by torch."""
        self._stopping.set()
        self._visited.set()
        self._warming.join()

    def _warm_up(self) -> None:
        self._visited.wait(PATIENCE)
        if not self._stopping.is_set():
            with caught():
                ask("Is everything loaded?", index=self._index)
        self._loaded.set()
        if not self._stopping.is_set():
            with caught():
                self.suggestions.find()


def _range(place: dict[str, str], start: str, end: str) -> tuple[int, int] | None:
    """Read two offsets that a browser sent."""
    first, last = place.get(start, ""), place.get(end, "")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else None


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
    with caught() as failures:
        yield
    if failures:
        raise gr.Error(failures[0], print_exception=False)


# --- the page -------------------------------------------------------------------------------------------------------

BAR = """<header class="qw-bar"><h1 class="qw-name">Quotewise</h1>
<button type="button" class="qw-library-toggle" aria-controls="qw-library" aria-expanded="false">
<span class="qw-opens">Documents</span><span class="qw-shuts">Back</span></button></header>"""
WELCOME = """<div class="qw-welcome"><h2>Ask your documents.</h2><p>Every answer is a quote from them.</p></div>"""
COMPOSER = """<form aria-label="Ask a question"><p class="qw-gone" role="alert" hidden></p>
<label class="qw-hidden" for="qw-question">Your question</label>
<div class="qw-field"><textarea id="qw-question" rows="1" placeholder="Ask a question" aria-keyshortcuts="/"></textarea>
<button type="submit" class="qw-send">Ask</button></div>
<div class="qw-below"><p class="qw-keys">Enter asks, Shift+Enter starts a new line, / comes back here.</p>
<p class="qw-talks"><button type="button" class="qw-new">New conversation</button>
<button type="button" class="qw-menu-opens" data-menu="earlier" aria-expanded="false">Earlier</button>
<button type="button" class="qw-menu-opens" data-menu="export" aria-expanded="false">Export</button></p></div>
<div class="qw-menu" hidden></div></form>"""
HEAD = """<style>{css}</style><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath
fill='%23ffe14d' d='M0 0h8v8H0z'/%3E%3C/svg%3E">"""


def build(index: Index, editable: bool = True) -> gr.Blocks:
    """Lay out the page for a library and wire its events."""
    return _page(Chat(index, editable), Api(index))


def _page(chat: Chat, api: Api) -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = (
        "False"  # Gradio reads it when an error happens, whatever Blocks was failures
    )
    page: gr.Blocks
    with gr.Blocks(title="Quotewise", analytics_enabled=False, fill_width=True) as page:
        turns = gr.State(())
        with gr.Column(elem_id="qw"):
            _html(BAR, "qw-bar", _asset("feedback.js") if chat.editable else None)
            library = _html(chat.documents(), "qw-library")
            conversation = _html(render.conversation_html([WELCOME]), "qw-conversation")
            _html("", "qw-examples", _asset("examples.js"))
            adding = _html(render.adding_html() if chat.editable else "", "qw-adding", _asset("library.js"))
            composer = _html(COMPOSER, "qw-composer", _asset("talks.js") + _asset("asking.js") + _asset("chat.js"))
            file = _html("", "qw-file")
            source = _html("", "qw-source")
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
        page.load(chat.refresh, None, library, **hidden)
        adding.changed(chat.documents, None, library, **hidden)
        composer.ask(chat.converse, turns, [conversation, turns], trigger_mode="multiple", **hidden)
        composer.stop(chat.abandon, None, None, trigger_mode="multiple", **hidden)
        composer.restore(chat.restore, None, [conversation, turns], **hidden)
        composer.export(chat.export, None, file, **hidden)
        composer.open(chat.show, None, source, trigger_mode="always_last", **hidden)
        named(api.ask, api_name="ask", concurrency_limit=None)
        named(api.retrieve, api_name="retrieve", concurrency_limit=None)
    return page


def _html(value: str, elem_id: str, js_on_load: str | None = None) -> Any:
    """Make a place on the page that shows our own HTML, without Gradio's styles."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=js_on_load, apply_default_css=False)


def _asset(name: str) -> str:
    return files("web").joinpath("assets", name).read_text(encoding="utf-8")


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


class ServeError(QuotewiseError):
    """The chat cannot be served at this address."""


LOCAL = ("127.0.0.1", "localhost", "::1")


def start(index: Index, host: str = "127.0.0.1", port: int = 7860, read_only: bool | None = None) -> gr.Blocks:
    """Serve the chat in the background: the page first, then the models, which load while the page does.

    Documents can be added and removed on the page unless it is `read_only`: by default, if others can reach it.
    """
    return _launched(index, host, port, read_only)[0]


def _launched(index: Index, host: str, port: int, read_only: bool | None) -> tuple[gr.Blocks, Chat]:
    _check_port(host, port)
    local = host in LOCAL
    chat = Chat(index, editable=local if read_only is None else not read_only)
    page = _page(chat, Api(index))
    gate = Middleware(Gate, local=local)
    changing = [*Library(index).routes(), *Feedback(index).routes()] if chat.editable else []
    routes = [*chat.suggestions.routes(), *changing]
    page.launch(
        server_name=host,
        server_port=port,
        theme=_theme(),
        head=HEAD.format(css=_asset("chat.css")),
        app_kwargs={"middleware": [gate], "routes": routes, "docs_url": None, "redoc_url": None, "openapi_url": None},
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
    chat.warm_up()
    return page, chat


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


def serve(
    index: Index,
    host: str = "127.0.0.1",
    port: int = 7860,
    open_browser: bool = False,
    read_only: bool | None = None,
) -> None:
    """Serve the chat until it is interrupted."""
    page, chat = _launched(index, host, port, read_only)
    address = str(page.local_url).rstrip("/")
    typer.echo(f"Quotewise is ready at {address} (stop it with Ctrl+C)")
    if open_browser:
        webbrowser.open(address)
    page.block_thread()
    chat.stop()


def _chat(
    host: Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 7860,
    library: Annotated[Path | None, typer.Option(help="The folder of the library; otherwise the default one.")] = None,
    open_browser: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in the browser.")] = False,
    read_only: Annotated[
        bool | None,
        typer.Option(
            "--read-only/--editable",
            help="Whether documents can be added and removed on the page; by default only from this machine.",
        ),
    ] = None,
) -> None:
    """Ask your documents in a web page."""
    try:
        serve(open_library(library), host, port, open_browser, read_only)
    except QuotewiseError as error:
        typer.echo(f"quotewise: {error}", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Start the chat from the command line."""
    typer.run(_chat)


if __name__ == "__main__":
    main()
