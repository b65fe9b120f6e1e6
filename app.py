"""Serves the chat: turns clicks and questions in a browser into calls of `qa`, and answers into a page; view only."""

from __future__ import annotations

import json
import os
import threading
import time
import webbrowser
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import gradio as gr
import typer
from gradio.events import api as named
from gradio.mcp import GradioMCPServer
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount

from index import Index
from index.errors import QuotewiseError
from qa import ask, render
from qa.answer import answering
from qa.settings import load_settings, open_library
from qa.suggest import suggested_questions
from qa.types import Answer
from web.api import Api
from web.conversation import recall, remember
from web.export import FORMATS
from web.failures import caught
from web.gate import MCP, Gate
from web.library import Library
from web.limits import ADDING_LINE, Given, Result, Turnstile
from web.login import Login, chosen_login
from web.server import ServeError, Server
from web.tools import INSTRUCTIONS, Tools

GONE = "The document that answered this is no longer in the library, or has changed; ask again."
PATIENCE = 2.0  # seconds that the models wait for somebody to open the page
WARMING = "warm-up"  # the name of the thread that loads the models


# --- what happens when something is clicked or asked ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a conversation: what is shown for it, and its answer unless it failed."""

    html: str
    answer: Answer | None


def _turn(answer: Answer, number: int, seconds: float | None) -> Turn:
    """Show an answer, with what the browser keeps of it."""
    record = json.dumps(remember(answer, seconds), separators=(",", ":"))
    return Turn(render.answer_html(answer, number, seconds, record), answer)


class Chat:
    """What the page asks of a library; the conversation itself lives in the browser's session."""

    def __init__(self, index: Index, editable: bool = True) -> None:
        """Talk about this library; documents can be added and removed on the page of an `editable` one."""
        self._index = index
        self.editable = editable
        self._suggesting = threading.Lock()
        self._suggested: tuple[tuple[str, ...], list[str]] = ((), [])
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

    def suggest(self) -> str:
        """Offer questions that the documents answer, found once for the documents that are there."""
        with caught(), self._suggesting:
            ids = tuple(summary.id for summary in self._index.summaries())
            if ids != self._suggested[0]:
                self._suggested = (ids, self._suggestions())
            return render.examples_html(self._suggested[1])
        return ""

    def _suggestions(self) -> list[str]:
        texts = (self._index.document(summary.id).text for summary in self._index.summaries()[:10])
        return suggested_questions(texts, lambda question: ask(question, index=self._index))

    def converse(self, turns: tuple[Turn, ...], event: gr.EventData) -> Iterator[tuple[str, tuple[Turn, ...]]]:
        """Answer a question, showing what is being done until the answer is there.

        Where the page shows other turns than this server knows of (it was started again), the page's are taken.
        """
        since, question = time.perf_counter(), str(event._data.get("question", ""))
        if event._data.get("shown", len(turns)) != len(turns):
            turns = self._recalled(event._data.get("records"))
        number, before = len(turns) + 1, [turn.html for turn in turns]
        turn = None
        with caught() as failures:
            for step in self._steps(question, [turn.answer for turn in turns if turn.answer]):
                if isinstance(step, Answer):
                    turn = _turn(step, number, time.perf_counter() - since)
                else:
                    yield render.conversation_html([*before, render.pending_html(question, number, step)]), turns
        turn = turn or Turn(render.failure_html(question, number, failures[0]), None)
        yield render.conversation_html([*before, turn.html]), (*turns, turn)

    def restore(self, event: gr.EventData) -> tuple[str, tuple[Turn, ...]]:
        """Show a conversation that the browser kept, or begin a new one."""
        talk = str(event._data.get("talk", ""))[:100]
        with caught() as failures:
            turns = self._recalled(event._data.get("records"))
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
            self.suggest()


def _range(place: dict[str, str], start: str, end: str) -> tuple[int, int] | None:
    """Read two offsets that a browser sent."""
    first, last = place.get(start, ""), place.get(end, "")
    return (int(first), int(last)) if first.isdecimal() and last.isdecimal() else None


# --- the named API --------------------------------------------------------------------------------------------------


class Refusal(gr.Error):
    """One sentence to a program that says why its call is not answered."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why, print_exception=False)

    def __str__(self) -> str:
        return str(self.message)


def _in_turn(act: Callable[Given, Result], turnstile: Turnstile) -> Callable[Given, Awaitable[Result]]:
    """Let a function be called by other programs: each in its turn, and with one sentence where it goes wrong."""

    @wraps(act)
    async def called(*given: Given.args, **named: Given.kwargs) -> Result:
        with caught() as failures:
            return await turnstile(act, *given, **named)
        raise Refusal(failures[0])

    return called


def _tools(index: Index, turnstile: Turnstile) -> GradioMCPServer:
    """Offer a library to language models, by Gradio's MCP server: the tools and nothing else of the page.

    They stand in blocks of their own, which are not shown, and are called without Gradio's queue: it would be reached
    over HTTP, without the password.
    """
    tools = Tools(Api(index, editable=False))
    with gr.Blocks(title="Quotewise", analytics_enabled=False) as blocks:
        for tool in (tools.ask, tools.retrieve, tools.documents):
            named(_in_turn(tool, turnstile), queue=False)
    try:
        server = GradioMCPServer(blocks)
    except ImportError:
        raise ServeError("The package mcp is missing; `pip install 'mcp>=1.21,<2'` installs it.") from None
    server.mcp_server.instructions = INSTRUCTIONS
    return server


# --- the page -------------------------------------------------------------------------------------------------------

BAR = """<header class="qw-bar"><p class="qw-name">Quotewise</p>
<button type="button" class="qw-library-toggle" aria-controls="qw-library" aria-expanded="false">
<span class="qw-opens">Documents</span><span class="qw-shuts">Back</span></button></header>"""
WELCOME = """<div class="qw-welcome"><h1>Ask your documents.</h1><p>Every answer is a quote from them.</p></div>"""
COMPOSER = """<form aria-label="Ask a question"><label class="qw-hidden" for="qw-question">Your question</label>
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
    return _page(Chat(index, editable), Api(index, editable), Turnstile())


def _page(chat: Chat, api: Api, turnstile: Turnstile) -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = (
        "False"  # Gradio reads it when an error happens, whatever Blocks was failures
    )
    page: gr.Blocks
    with gr.Blocks(title="Quotewise", analytics_enabled=False, fill_width=True) as page:
        for call in (api.ask, api.retrieve, api.documents):  # before the page's own, whose names they would yield to
            named(_in_turn(call, turnstile), concurrency_limit=None)
        named(_in_turn(api.add, Turnstile(at_once=1, line=ADDING_LINE)), concurrency_limit=None)
        turns = gr.State(())
        with gr.Column(elem_id="qw"):
            _html(BAR, "qw-bar")
            library = _html(chat.documents(), "qw-library")
            conversation = _html(render.conversation_html([WELCOME]), "qw-conversation")
            examples = _html("", "qw-examples")
            adding = _html(render.adding_html() if chat.editable else "", "qw-adding", _asset("library.js"))
            composer = _html(COMPOSER, "qw-composer", _asset("talks.js") + _asset("chat.js"))
            file = _html("", "qw-file")
            source = _html("", "qw-source")
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
        page.load(chat.refresh, None, library, **hidden)
        page.load(chat.suggest, None, examples, **hidden)
        adding.changed(chat.documents, None, library, **hidden).then(chat.suggest, None, examples, **hidden)
        composer.ask(chat.converse, turns, [conversation, turns], trigger_mode="multiple", **hidden)
        composer.restore(chat.restore, None, [conversation, turns], **hidden)
        composer.export(chat.export, None, file, **hidden)
        composer.open(chat.show, None, source, trigger_mode="always_last", **hidden)
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


def start(
    index: Index,
    host: str = "127.0.0.1",
    port: int = 7860,
    read_only: bool | None = None,
    *,
    root_path: str = "",
    login: Login | None = None,
    mcp: bool = False,
) -> gr.Blocks:
    """Serve the chat in the background: the page first, then the models, which load while the page does.

    Documents can be added and removed on the page unless it is `read_only`: by default, if others can reach it.
    """
    return _launched(index, Server(host, port, read_only, root_path, login, mcp))[0]


def _launched(index: Index, server: Server) -> tuple[gr.Blocks, Chat]:
    server.refuse_taken_port()
    chat, turnstile = Chat(index, server.editable), Turnstile()
    page = _page(chat, Api(index, server.editable), turnstile)
    tools = _tools(index, turnstile) if server.mcp else None
    routes: list[BaseRoute] = [*Library(index).routes()] if server.editable else []
    routes += [Mount(f"/{MCP}", tools.handle_streamable_http)] if tools else []
    page.launch(
        server_name=server.host,
        server_port=server.port,
        root_path=server.root_path.rstrip("/"),
        theme=_theme(),
        head=HEAD.format(css=_asset("chat.css")),
        app_kwargs={
            "middleware": [Middleware(Gate, server=server)],
            "routes": routes,
            "lifespan": tools.lifespan if tools else None,
            "docs_url": None,
            "redoc_url": None,
            "openapi_url": None,
        },
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


def serve(index: Index, server: Server, open_browser: bool = False) -> None:
    """Serve the chat until it is interrupted."""
    page, chat = _launched(index, server)
    address = str(page.local_url).rstrip("/")
    typer.echo(f"Quotewise is ready at {address} (stop it with Ctrl+C)")
    if server.mcp:
        typer.echo(f"Language models reach its tools at {address}/{MCP}")
    if server.warning:
        typer.echo(server.warning, err=True)
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
    root_path: Annotated[
        str, typer.Option(help="Where a reverse proxy shows the page: /quotes, or https://example.org/quotes.")
    ] = "",
    auth: Annotated[
        str, typer.Option(metavar="USER:PASSWORD", help="Ask for this login; others on this machine may see it here.")
    ] = "",
    auth_file: Annotated[
        Path | None, typer.Option(help="Ask for the login in this file, USER:PASSWORD; or set QUOTEWISE_AUTH to one.")
    ] = None,
    mcp: Annotated[bool, typer.Option("--mcp", help="Offer the library to language models, as tools (MCP).")] = False,
) -> None:
    """Ask your documents in a web page."""
    try:
        login = chosen_login(auth or load_settings().auth, auth_file)
        serve(open_library(library), Server(host, port, read_only, root_path, login, mcp), open_browser)
    except QuotewiseError as error:
        typer.echo(f"quotewise: {error}", err=True)
        raise typer.Exit(1) from None


def main() -> None:
    """Start the chat from the command line."""
    typer.run(_chat)


if __name__ == "__main__":
    main()
