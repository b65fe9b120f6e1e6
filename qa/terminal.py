"""What is to be said into what a terminal shows: texts as they are, but nothing that would command the terminal."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import NoReturn

from rich.console import Console

from .render import COMMANDS

PIPED_WIDTH = 10_000
"""Columns where the output is no terminal: another program gets a document a line, with nothing shortened."""

_COMMANDS = re.compile(f"[{COMMANDS}]")
_console = partial(Console, highlight=False, markup=False, emoji=False, soft_wrap=True)
out = _console(width=None if sys.stdout.isatty() else PIPED_WIDTH)  # for tables only: rich takes tabs for spaces
err = _console(stderr=True)  # for bars only


def say(text: str, *, error: bool = False) -> None:
    """Print a line, whole at once; on a terminal, a character that would command it becomes U+FFFD."""
    stream = sys.stderr if error else sys.stdout
    stream.write((_COMMANDS.sub("\ufffd", text) if stream.isatty() else text) + "\n")
    stream.flush()


def alone(program: Callable[[], None]) -> NoReturn:
    """Run a program that has the process for itself, and end it with its exit code."""
    try:
        program()
    except SystemExit as end:
        leave(end.code if isinstance(end.code, int) else int(end.code is not None))
    leave(0)


def leave(code: int) -> NoReturn:
    """End the program at once, with what it said; Python would take seconds to take down the models, or wait for them.

    What was opened is closed before, for nothing is cleaned up here.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # who listened has gone
            stream.flush()
    os._exit(code)
