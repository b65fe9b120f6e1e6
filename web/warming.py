"""Models that are loaded in the background while the page is, and work that waits until that is done."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .asking import Asking
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
        self._visited, self._loaded = threading.Event(), threading.Event()

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
        threading.Thread(target=self._warm_up, args=(then,), name=WARMING, daemon=True).start()

    def let_pass(self, asking: Asking) -> None:
        """Wait until the models are loaded and nobody waits for an answer."""
        self._loaded.wait()
        while not asking.quiet(1.0):
            pass

    def _warm_up(self, then: Callable[[], object]) -> None:
        self._visited.wait(PATIENCE)
        with caught():
            self._load()
        self._loaded.set()
        with caught():
            then()
