"""Calls of other programs into turns: so many are worked on at once, some wait for a while, and the rest come back.

What people ask on a page is not turned away; it waits for threads of its own, so that nothing else waits for it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import Executor
from typing import ParamSpec, TypeVar

from starlette.concurrency import run_in_threadpool

from index.errors import QuotewiseError

AT_ONCE = 4
"""Calls that are worked on at once: enough to keep the cores of a small machine busy, and few enough that the page gets
its share of them."""

LONGEST_LINE, ADDING_LINE = 28, 4
"""Calls that may wait, and those that may wait to add something: with those that are worked on they stay below the 40
that Gradio takes on at once, so that the page is answered however many programs ask."""

PATIENCE = 60.0
"""Seconds that a call waits for its turn."""

GIVE_UP = 60.0
"""Seconds of work after which a call is given up."""

PEOPLE_AT_ONCE = 40
"""Threads for what people ask on the page of one library: as many as the server has for everything else."""

Given = ParamSpec("Given")
Result = TypeVar("Result")


class BusyError(QuotewiseError):
    """More is asked of the server at once than it takes on."""


class TooLongError(QuotewiseError):
    """A call takes longer than it may."""


class Deadline:
    """The moment at which a call is given up; work looks at it between its steps."""

    def __init__(self, otherwise: str, seconds: float = GIVE_UP) -> None:
        """Begin to count; `otherwise` says what to do instead."""
        self._at = time.monotonic() + seconds
        self._why = f"This took longer than {seconds:g} seconds and was given up; {otherwise}"

    def check(self) -> None:
        """Raise TooLongError where the time is over."""
        if time.monotonic() > self._at:
            raise TooLongError(self._why)


async def one_by_one(made: Generator[Result, None, None], threads: Executor) -> AsyncIterator[Result]:
    """Give what a generator makes (never None), one after the other, each made in one of these threads.

    Where nobody listens any more, what is being made comes to its end unseen, and then the generator is closed.
    """
    coming = threads.submit(next, made, None)
    try:
        while (one := await asyncio.wrap_future(coming)) is not None:
            yield one
            coming = threads.submit(next, made, None)
    finally:
        coming.add_done_callback(lambda _: made.close())


class Turnstile:
    """Lets a few calls through at once, in threads; the others wait in the order in which they came."""

    def __init__(self, at_once: int = AT_ONCE, line: int = LONGEST_LINE, patience: float = PATIENCE) -> None:
        """Let so many through, and so many wait, for so many seconds each."""
        self._places = asyncio.Semaphore(at_once)
        self._at_once, self._line, self._patience = at_once, line, patience
        self._inside = 0

    async def __call__(self, act: Callable[Given, Result], /, *given: Given.args, **named: Given.kwargs) -> Result:
        """Do something when its turn comes; BusyError where it does not come, or where too many wait already."""
        if self._inside >= self._at_once + self._line:
            raise BusyError(f"{self._inside} calls are waiting here already; call again in a moment.")
        self._inside += 1
        try:
            await self._turn()
            try:
                return await run_in_threadpool(act, *given, **named)
            finally:
                self._places.release()
        finally:
            self._inside -= 1

    async def _turn(self) -> None:
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise BusyError(
                f"The server was busy with other calls for {self._patience:g} seconds; call again in a moment."
            ) from None
