"""Functions into calls that other programs make through Gradio: a page's named API, and tools for language models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from functools import wraps

from .api import Api
from .asking import Asking
from .failures import caught
from .light import gr
from .limits import ADDING_LINE, Given, Result, Turnstile
from .server import ServeError
from .tools import Tools

named = gr.events.api


class Refusal(gr.Error):
    """One sentence to a program that says why its call is not answered."""

    def __init__(self, why: str) -> None:
        """Say why."""
        super().__init__(why, print_exception=False)

    def __str__(self) -> str:
        return str(self.message)


class Calls:
    """What other programs ask of one server: they take turns, and are counted among those who wait for an answer."""

    def __init__(self, asking: Asking) -> None:
        """Count whoever asks or retrieves as `asking`."""
        self._asking = asking
        self._turnstile = Turnstile()

    def name(self, api: Api) -> None:
        """Give the page that is being laid out its named API; before its own events, whose names these yield to."""
        for call in (api.ask, api.retrieve):
            named(_in_turn(call, self._turnstile, self._asking), concurrency_limit=None)
        named(_in_turn(api.documents, self._turnstile), concurrency_limit=None)
        named(_in_turn(api.add, Turnstile(at_once=1, line=ADDING_LINE)), concurrency_limit=None)

    def tools(self, tools: Tools) -> gr.mcp.GradioMCPServer:
        """Offer tools to language models, by Gradio's MCP server, and nothing else of the page.

        They stand in blocks of their own, which are not shown, and are called without Gradio's queue: it would be
        reached over HTTP, without the password.
        """
        with gr.Blocks(title="Quotewise", analytics_enabled=False) as blocks:
            for tool, asking in ((tools.ask, self._asking), (tools.retrieve, self._asking), (tools.documents, None)):
                call = _in_turn(tool, self._turnstile, asking)
                call.__doc__ = tools.described(tool)
                named(call, queue=False)
        try:
            server = gr.mcp.GradioMCPServer(blocks)
        except ImportError:
            raise ServeError("The package mcp is missing; `pip install 'mcp>=1.21,<2'` installs it.") from None
        server.mcp_server.instructions = tools.instructions
        return server


def _in_turn(
    act: Callable[Given, Result], turnstile: Turnstile, asking: Asking | None = None
) -> Callable[Given, Awaitable[Result]]:
    """Let a function be called by other programs: each in its turn, and with one sentence where it goes wrong.

    Whoever waits, also for the turn, is counted as `asking`.
    """

    @wraps(act)
    async def called(*given: Given.args, **named: Given.kwargs) -> Result:
        with caught() as failures, asking.waiting() if asking else nullcontext():
            return await turnstile(act, *given, **named)
        raise Refusal(failures[0])

    return called
