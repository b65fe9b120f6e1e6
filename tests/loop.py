"""A coroutine into what it gives, in an event loop of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Given = TypeVar("Given")


def carried_out(work: Coroutine[Any, Any, Given]) -> Given:
    """Run in another thread: the driver of a browser keeps a loop running in this one, and so only one."""
    with ThreadPoolExecutor(1) as apart:
        return apart.submit(asyncio.run, work).result()
