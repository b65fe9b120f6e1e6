"""Models that are loaded in the background while the page is, and work that waits until that is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .asking import Asking, StoppedError
from .failures import caught

PATIENCE = 2.0
"""Seconds that the models wait for somebody to open the page."""

WARMING = "warm-up"
"""The name of the thread that loads the models."""


class Warming:
    """Whether the models are loaded, and the thread that loads them."""

    def __init__(self, load: Callable[[], object]) -> None:
        """Warm up by this, once."""
        self._load = load
        self._visited, self._loaded, self._stopping = threading.Event(), threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def loaded(self) -> bool:
        """Whether a question need not wait for the models."""
        return self._loaded.is_set()

    def visited(self) -> None:
        """Say that somebody has the page: loading no longer takes turns with serving it."""
        self._visited.set()

    def done(self) -> None:
        """Say that the models are loaded, by a question that came first."""
        self._loaded.set()

    def start(self, then: Callable[[], object]) -> None:
        """Load the models in the background, and do something else `then`, so that nobody need wait for either.

        Begins when the first page is there (loading takes turns with serving it), or after `PATIENCE` seconds.
        """
        self._thread = threading.Thread(target=self._warm_up, args=(then,), name=WARMING, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Wait until nothing is being loaded: a program that ends in the middle of that is aborted by torch."""
        self._stopping.set()
        self._visited.set()
        if self._thread:
            self._thread.join()

    def let_pass(self, asking: Asking) -> None:
        """Wait until the models are loaded and nobody waits for an answer; StoppedError where the program ends."""
        self._loaded.wait()
        while not asking.quiet(1.0) and not self._stopping.is_set():
            pass
        if self._stopping.is_set():
            raise StoppedError

    def _warm_up(self, then: Callable[[], object]) -> None:
        self._visited.wait(PATIENCE)
        if not self._stopping.is_set():
            with caught():
                self._load()
        self._loaded.set()
        if not self._stopping.is_set():
            with caught():
                then()
