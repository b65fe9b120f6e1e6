"""Serves the chat: libraries into pages, and the questions that people ask there into calls of `qa`; view only."""

from __future__ import annotations

import json
import os
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

import typer
from starlette.routing import BaseRoute

from index import Index
from qa import ask
from qa.answer import answering
from qa.render import conversation_html
from qa.render_library import adding_html
from qa.terminal import alone
from qa.types import Answer
from web.api import Api
from web.asking import Asking
from web.calls import Calls
from web.command import run
from web.feedback import Feedback
from web.gate import MCP
from web.library import Library
from web.light import gr
from web.login import Login
from web.one_library import only_of
from web.reading import Reading
from web.serve import Shown, launch
from web.server import Server
from web.shelf import links_html, paths, shelved
from web.suggestions import Suggestions
from web.talking import Stage, Talking
from web.tools import Tools
from web.warming import Warming


class Chat:
    """A library into what its page shows and asks: the steps of an answer, documents, questions to try."""

    def __init__(self, index: Index, asking: Asking, editable: bool = True) -> None:
        """Talk about this library; documents can be added and removed on the page of an `editable` one.

        `asking` counts who waits for an answer of this server, whichever library is asked.
        """
        self._index = index
        self.library = index.identity
        self.editable = editable
        self._talking = Talking(index, asking, self.steps)
        self._warming = Warming(lambda: ask("Is everything loaded?", index=index))
        self._reading = Reading(index, editable, self._warming.visited)
        self._suggestions = Suggestions(
            index, lambda question: ask(question, index=index), lambda: self._warming.let_pass(asking)
        )

    def documents(self) -> str:
        """List the documents, as the page shows them at first."""
        return self._reading.listed()

    def steps(
        self, question: str, history: Sequence[Answer], documents: Sequence[str], asked_as: str | None
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
        shown = [*self._talking.routes(), *self._reading.routes(), *self._suggestions.routes()]
        return only_of(self.library, [*shown, *changing])

    def warm_up(self) -> None:
        """Load the models and find questions to suggest, in the background."""
        self._warming.start(self._suggestions.find)


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
    """Lay out the page for a library."""
    asking = Asking()
    return _page(Chat(index, asking, editable), Api(index, editable), Calls(asking))


def _page(chat: Chat, api: Api, calls: Calls, shelf: str = "") -> gr.Blocks:
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # Gradio reads it when an error happens, whatever Blocks was told
    page: gr.Blocks
    with gr.Blocks(title="Quotewise", analytics_enabled=False, fill_width=True) as page:
        calls.name(api)
        with gr.Column(elem_id="qw"):
            _html(BAR.format(shelf=shelf), "qw-bar", _script(chat, "feedback") if chat.editable else None)
            _html(chat.documents(), "qw-library")
            _html(conversation_html([WELCOME]), "qw-conversation")
            _html("", "qw-examples", _script(chat, "examples"))
            adding = adding_html() if chat.editable else ""
            _html(adding, "qw-adding", _script(chat, "documents", "library"))
            _html(COMPOSER, "qw-composer", _script(chat, *SCRIPTS))
            _html(SOURCE, "qw-source")
    return page


def _html(value: str, elem_id: str, script: str | None = None) -> Any:
    """Make a place on the page that shows our own HTML, without Gradio's styles."""
    return gr.HTML(value, elem_id=elem_id, js_on_load=script, apply_default_css=False)


def _script(chat: Chat, *names: str) -> str:
    """Put scripts into one scope, behind what all of them know."""
    return f"const LIBRARY = {json.dumps(chat.library)};\n" + "".join(
        _asset(f"{name}.js") for name in ("shared", *names)
    )


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
    return _launched([index, *others], Server(host, port, read_only, root_path, login, mcp))


def _launched(libraries: Sequence[Index], server: Server) -> gr.Blocks:
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
    return pages[0]


def serve(libraries: Sequence[Index], server: Server, open_browser: bool = False) -> None:
    """Serve the chat of some libraries until it is interrupted; models may be loading still when it returns."""
    page = _launched(libraries, server)
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


def main() -> None:
    """Start the chat from the command line."""
    run(serve)


if __name__ == "__main__":
    alone(main)
