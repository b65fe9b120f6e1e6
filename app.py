"""Serves the chat: turns clicks and questions in a browser into calls of `qa`, and answers into a page; view only."""

from __future__ import annotations

import json
import os
import time
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import typer
from starlette.routing import BaseRoute

from index import Index
from index.errors import UnknownDocument
from qa import ask, render
from qa.answer import answering
from qa.follow_up import TURNS as REMEMBERED
from qa.render_library import adding_html, among_html, documents_html, no_documents_html
from qa.types import Answer
from web.api import Api
from web.asking import Asking, StoppedError
from web.calls import Calls
from web.command import run
from web.conversation import Recalled, recall, remember
from web.export import FORMATS
from web.failures import caught
from web.feedback import Feedback
from web.gate import MCP
from web.library import Library
from web.light import gr
from web.login import Login
from web.reading import Reading, strings, whole
from web.serve import Shown, launch
from web.server import Server
from web.shelf import links_html, paths, shelved
from web.suggestions import Suggestions
from web.tools import Tools
from web.warming import Warming

GONE = "The document that answered this is no longer in the library, or has changed; ask again."
STOPPED = "Stopped."
INTERRUPTED = "This was not answered: the connection ended before."
BRIEF = 0.1  # seconds that a stage lasts at least to be shown: a shorter one cannot be read, and delays the answer


# --- what happens when something is clicked or asked ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Before:
    """What this server knows of a `talk`: how many turns the page shows of it, and the latest answers, oldest first."""

    talk: str = ""
    turns: int = 0
    answers: tuple[Answer, ...] = ()

    def then(self, answer: Answer | None) -> Before:
        """Go on by one turn, answered or not."""
        return Before(self.talk, self.turns + 1, (*self.answers, *([answer] if answer else []))[-REMEMBERED:])


@dataclass(frozen=True, slots=True)
class Stage:
    """What is being done for a question that is not answered yet, and what was `found` for it."""

    said: str
    found: Answer | None = None


def _answered(answer: Answer, number: int, seconds: float | None, among: str) -> str:
    """Show an answer, with what the browser keeps of it."""
    record = json.dumps(remember(answer, seconds), separators=(",", ":"))
    return render.answer_html(answer, number, seconds, record, among)


class Chat:
    """What the page asks of a library; the conversation itself lives in the browser's session."""

    def __init__(self, index: Index, asking: Asking, editable: bool = True) -> None:
        """Talk about this library; documents can be added and removed on the page of an `editable` one.

        `asking` counts who waits for an answer of this server, whichever library is asked.
        """
        self._index = index
        self.editable = editable
        self._asking = asking
        self._warming = Warming(lambda: ask("Is everything loaded?", index=index))
        self._suggestions = Suggestions(
            index, lambda question: ask(question, index=index), lambda: self._warming.let_pass(asking)
        )

    def documents(self) -> str:
        """List the documents."""
        with caught() as failures:
            return documents_html(self._index.summaries(), self.editable)
        return no_documents_html(failures[0])

    def _among(self, documents: Sequence[str]) -> str:
        """Name the documents that a question goes to, where it does not go to all."""
        return among_html(documents, self._index.titles(documents)) if documents else ""

    def _chosen(self, ids: object) -> list[str]:
        """Read which documents a question goes to; none: to all of them."""
        chosen = strings(ids)
        if gone := len(set(chosen)) - len(self._index.titles(chosen)):
            raise UnknownDocument(
                f"{gone:,} of the documents that you chose {'is' if gone == 1 else 'are'} no longer in the library; "
                "ask again, or choose others."
            )
        return chosen

    def converse(self, before: Before, event: gr.EventData) -> Iterator[tuple[str, Before]]:
        """Answer a question, showing what is being done until the answer is there; only its own turn is sent.

        Where the page shows other turns than this server knows of (it was started again), the page's are taken.
        """
        since, sent, answer, among = time.perf_counter(), event._data, None, ""
        question, asked_as = str(sent.get("question", "")), str(sent.get("asked_as", "")) or None
        talk, number = str(sent.get("talk", ""))[:100], whole(sent.get("number"))
        asking = str(sent.get("asking", ""))[:100]

        def shown(turn: str) -> str:
            return render.latest_html(turn, number, asking)

        if (before.talk, before.turns) != (talk, number - 1):
            kept = recall(sent.get("records"), self._index, REMEMBERED)
            before = Before(talk, number - 1, tuple(turn.answer for turn in kept if turn.answer))
        with caught() as failures, suppress(StoppedError):
            documents = self._chosen(sent.get("documents"))
            among = self._among(documents)
            steps = self._steps(question, before.answers, documents, asked_as)
            for step in self._asking.steps(asking, steps, BRIEF):
                if isinstance(step, Answer):
                    answer = step
                else:
                    yield shown(render.pending_html(question, number, step.said, among, step.found)), before
        if answer:
            turn = _answered(answer, number, time.perf_counter() - since, among)
        elif failures:
            turn = render.failure_html(question, number, failures[0])
        else:
            turn = render.unanswered_html(question, number, STOPPED, among)
        yield shown(turn), before.then(answer)

    def abandon(self, event: gr.EventData) -> None:
        """Stop answering a question."""
        self._asking.stop(str(event._data.get("asking", ""))[:100])

    def restore(self, event: gr.EventData) -> tuple[str, Before]:
        """Show a conversation that the browser kept, or begin a new one."""
        talk, turns = str(event._data.get("talk", ""))[:100], []
        before = Before(talk)
        with caught() as failures:
            for number, kept in enumerate(recall(event._data.get("records"), self._index), 1):
                turns.append(self._recalled(kept, number))
                before = before.then(kept.answer)
            if unanswered := str(event._data.get("unanswered", "")):
                among = self._among(strings(event._data.get("unanswered_in")))
                turns.append(render.unanswered_html(unanswered, len(turns) + 1, INTERRUPTED, among))
                before = before.then(None)
            return render.conversation_html(turns or [WELCOME], talk, whole(event._data.get("older"))), before
        return render.conversation_html([render.failure_html("", 1, failures[0])], talk), Before(talk)

    def export(self, event: gr.EventData) -> str:
        """Write a conversation that the browser keeps as a file, which the browser then saves."""
        with caught() as failures:
            answers = [kept.answer for kept in recall(event._data.get("records"), self._index) if kept.answer]
            name = str(event._data.get("format", "md"))
            titles = self._index.titles({document for answer in answers for document in answer.documents})
            return render.file_html(FORMATS.get(name, FORMATS["md"])(answers, titles), f"conversation.{name}")
        return render.file_html("", failures[0])

    def _recalled(self, kept: Recalled, number: int) -> str:
        if kept.answer is None:
            return render.failure_html(kept.question, number, GONE, json.dumps(kept.record))
        return _answered(kept.answer, number, kept.seconds, self._among(kept.answer.documents))

    def _steps(
        self, question: str, history: Sequence[Answer], documents: list[str], asked_as: str | None
    ) -> Iterator[Stage | Answer]:
        """Say what is being done, and then the answer; `documents` are those that are asked, none for all."""
        yield Stage(f"Searching {len(self._index):,} passages …" if self._warming.loaded else "Loading the model …")
        steps = answering(question, self._index, history, asked_as=asked_as, documents=documents or None)
        found = next(steps)
        yield Stage(f"Reading the nearest {len(found.hits)} …", found)
        self._warming.done()
        yield next(steps)

    def routes(self) -> list[BaseRoute]:
        """Give the routes of this library that are not Gradio's."""
        changing = [*Library(self._index).routes(), *Feedback(self._index).routes()] if self.editable else []
        reading = Reading(self._index, self.editable, self._warming.visited)
        return [*reading.routes(), *self._suggestions.routes(), *changing]

    def warm_up(self) -> None:
        """Load the models and find questions to suggest, in the background."""
        self._warming.start(self._suggestions.find)

    def stop(self) -> None:
        """Wait until nothing is being loaded."""
        self._warming.stop()


# --- the page -------------------------------------------------------------------------------------------------------

SCRIPTS = ("talks", "asking", "asked", "places", "search", "source", "chat")  # of the composer, in one scope
STYLES = ("chat", "library", "source", "shelf")
BAR = """<header class="qw-bar"><h1 class="qw-name">Quotewise</h1>{shelf}
<button type="button" class="qw-library-toggle" aria-controls="qw-library" aria-expanded="false">
<span class="qw-opens">Documents</span><span class="qw-shuts">Back</span></button></header>"""
AMONG = """<p class="qw-asking" aria-live="polite" hidden></p>"""
WELCOME = """<div class="qw-welcome"><h2>Ask your documents.</h2><p>Every answer is a quote from them.</p>
<p class="qw-first">There are none yet: add files or a folder, or drop them here.</p></div>"""
COMPOSER = f"""<form aria-label="Ask a question"><p class="qw-gone" role="alert" hidden></p>{AMONG}
<label class="qw-hidden" for="qw-question">Your question</label>
<div class="qw-field"><textarea id="qw-question" rows="1" placeholder="Ask a question" aria-keyshortcuts="/"></textarea>
<button type="submit" class="qw-send">Ask</button></div>
<div class="qw-below"><p class="qw-keys">Enter asks, Shift+Enter starts a new line, / comes back here.</p>
<p class="qw-talks"><button type="button" class="qw-new">New conversation</button>
<button type="button" class="qw-menu-opens" data-menu="earlier" aria-expanded="false">Earlier</button>
<button type="button" class="qw-menu-opens" data-menu="export" aria-expanded="false">Export</button></p></div>
<div class="qw-menu" hidden></div></form>"""
SOURCE = """<div class="qw-place"></div>"""
HEAD = """<style>{css}</style><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 8 8'%3E%3Cpath
fill='%23ffe14d' d='M0 0h8v8H0z'/%3E%3C/svg%3E">"""


def build(index: Index, editable: bool = True) -> gr.Blocks:
    """Lay out the page for a library and wire its events."""
    asking = Asking()
    return _page(Chat(index, asking, editable), Api(index, editable), Calls(asking))


def _page(chat: Chat, api: Api, calls: Calls, shelf: str = "") -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when an error happens, whatever Blocks was told
    page: gr.Blocks
    with gr.Blocks(title="Quotewise", analytics_enabled=False, fill_width=True) as page:
        calls.name(api)
        before = gr.State(Before())
        with gr.Column(elem_id="qw"):
            _html(BAR.format(shelf=shelf), "qw-bar", _asset("feedback.js") if chat.editable else None)
            _html(chat.documents(), "qw-library")
            conversation = _html(render.conversation_html([WELCOME]), "qw-conversation")
            _html("", "qw-examples", _asset("examples.js"))
            adding = adding_html() if chat.editable else ""
            _html(adding, "qw-adding", _asset("documents.js") + _asset("library.js"))
            composer = _html(COMPOSER, "qw-composer", "".join(_asset(f"{name}.js") for name in SCRIPTS))
            latest, file = _html("", "qw-latest"), _html("", "qw-file")
            _html(SOURCE, "qw-source")
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private", "concurrency_limit": None}
        composer.ask(chat.converse, before, [latest, before], trigger_mode="multiple", **hidden)
        composer.stop(chat.abandon, None, None, trigger_mode="multiple", **hidden)
        composer.restore(chat.restore, None, [conversation, before], **hidden)
        composer.export(chat.export, None, file, **hidden)
    return page


def _html(value: str, elem_id: str, js_on_load: str | None = None) -> Any:
    """Make a place on the page that shows our own HTML, without Gradio's styles."""
    script = _asset("shared.js") + js_on_load if js_on_load else None
    return gr.HTML(value, elem_id=elem_id, js_on_load=script, apply_default_css=False)


def _asset(name: str) -> str:
    return files("web").joinpath("assets", name).read_text(encoding="utf-8")


def _look() -> dict[str, Any]:
    """Take system fonts, our styles, and the ground of the page, which is seen before they arrive."""
    theme = gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"])
    ground = theme.set(
        body_background_fill="#f8f4eb",
        body_background_fill_dark="#1b1916",
        body_text_color="#211d18",
        body_text_color_dark="#ebe4d6",
    )
    return {"theme": ground, "head": HEAD.format(css="".join(_asset(f"{name}.css") for name in STYLES))}


# --- the server -----------------------------------------------------------------------------------------------------


def start(
    index: Index,
    host: str = "127.0.0.1",
    port: int = 7860,
    read_only: bool | None = None,
    *,
    others: Sequence[Index] = (),
    root_path: str = "",
    login: Login | None = None,
    mcp: bool = False,
) -> gr.Blocks:
    """Serve the chat in the background: the page first, then the models, which load while the page does.

    Documents can be added and removed on the page unless it is `read_only`: by default, if others can reach it. The
    `others` are shown beside the first library, each at a path of its own.
    """
    return _launched([index, *others], Server(host, port, read_only, root_path, login, mcp))[0]


def _launched(libraries: Sequence[Index], server: Server) -> tuple[gr.Blocks, list[Chat]]:
    server.refuse_taken_port()
    asking, names = Asking(), shelved([index.location for index in libraries])
    calls, chats = Calls(asking), [Chat(index, asking, server.editable) for index in libraries]
    pages = [
        _page(chat, Api(index, server.editable), calls, links_html(names, place))
        for place, (chat, index) in enumerate(zip(chats, libraries, strict=True))
    ]
    readable = {name: Api(index, editable=False) for name, index in zip(names, libraries, strict=True)}
    tools = calls.tools(Tools(readable)) if server.mcp else None
    shown = [Shown(page, chat.routes(), path) for page, chat, path in zip(pages, chats, paths(names), strict=True)]
    launch(shown, server, _look(), tools)
    for chat in chats:
        chat.warm_up()
    return pages[0], chats


def serve(libraries: Sequence[Index], server: Server, open_browser: bool = False) -> None:
    """Serve the chat of some libraries until it is interrupted."""
    page, chats = _launched(libraries, server)
    address = str(page.local_url).rstrip("/")
    with suppress(KeyboardInterrupt):  # also one that comes before Gradio waits for it
        if server.warning:
            typer.echo(server.warning, err=True)
        typer.echo(f"Quotewise is ready at {address} (stop it with Ctrl+C)")
        if server.mcp:
            typer.echo(f"Language models reach its tools at {address}/{MCP}")
        if open_browser:
            webbrowser.open(address)
        page.block_thread()
    for chat in chats:
        chat.stop()


def main() -> None:
    """Start the chat from the command line."""
    run(serve)


if __name__ == "__main__":
    main()
