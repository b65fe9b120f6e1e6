"""Functions into calls that other programs make through Gradio: a page's named API, and tools for language models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps

import gradio as gr
from gradio.events import api as named
from gradio.mcp import GradioMCPServer

from .api import Api
from .failures import caught
from .limits import ADDING_LINE, Given, Result, Turnstile
from .server import ServeError
from .tools import INSTRUCTIONS, Tools


class Refusal(gr.Error):
    """One sentence to a program that says why its call is not answered."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why, print_exception=False)

    def __str__(self) -> str:
        return str(self.message)


def name_calls(api: Api, turnstile: Turnstile) -> None:
    """Give the page that is being laid out its named API; before its own events, whose names these would yield to."""
    for call in (api.ask, api.retrieve, api.documents):
        named(_in_turn(call, turnstile), concurrency_limit=None)
    named(_in_turn(api.add, Turnstile(at_once=1, line=ADDING_LINE)), concurrency_limit=None)


def tools_server(tools: Tools, turnstile: Turnstile) -> GradioMCPServer:
    """Offer tools to language models, by Gradio's MCP server, and nothing else of the page.

    They stand in blocks of their own, which are not shown, and are called without Gradio's queue: it would be reached
    over HTTP, without the password.
    """
    with gr.Blocks(title="Quotewise", analytics_enabled=False) as blocks:
        for tool in (tools.ask, tools.retrieve, tools.documents):
            named(_in_turn(tool, turnstile), queue=False)
    try:
        server = GradioMCPServer(blocks)
    except ImportError:
        raise ServeError("The package mcp is missing; `pip install 'mcp>=1.21,<2'` installs it.") from None
    server.mcp_server.instructions = INSTRUCTIONS
    return server


def _in_turn(act: Callable[Given, Result], turnstile: Turnstile) -> Callable[Given, Awaitable[Result]]:
    """Let a function be called by other programs: each in its turn, and with one sentence where it goes wrong."""

    @wraps(act)
    async def called(*given: Given.args, **named: Given.kwargs) -> Result:
        with caught() as failures:
            return await turnstile(act, *given, **named)
        raise Refusal(failures[0])

    return called
