"""The steps of an answer into the same steps, until somebody says stop; and whether anybody waits for an answer."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

MOST_EARLY = 100
"""Stops that are remembered because they came before their question."""

Step = TypeVar("Step")


class StoppedError(Exception):
    """Whoever asked wants no answer any more."""


class Asking:
    """The questions that people are asking just now. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._stops: dict[str, Future[None]] = {}
        self._early: OrderedDict[str, None] = OrderedDict()
        self._waiting = 0

    def stop(self, name: str) -> None:
        """Stop the question of this name, now or as soon as it comes."""
        with self._lock:
            if name not in self._stops:
                self._early[name] = None
                while len(self._early) > MOST_EARLY:
                    self._early.popitem(last=False)
            elif not self._stops[name].done():
                self._stops[name].set_result(None)

    def quiet(self, seconds: float = 0.0) -> bool:
        """Say whether nobody waits for an answer, after waiting for that for so long at most."""
        with self._changed:
            return self._changed.wait_for(lambda: self._waiting == 0, seconds)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count somebody who waits for an answer."""
        with self._lock:
            self._waiting += 1
        try:
            yield
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def steps(self, name: str, made: Iterator[Step]) -> Iterator[Step]:
        """Give what an iterator makes (never None), in a thread of its own; raises StoppedError once it is stopped.

        A step that is being made then comes to its end unseen, for a model cannot be interrupted; no other is begun.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="answer")
        try:
            with self._stoppable(name) as stopped, self.waiting():
                while True:
                    step: Future[Step | None] = worker.submit(next, made, None)
                    either: list[Future[Any]] = [step, stopped]
                    wait(either, return_when=FIRST_COMPLETED)
                    if stopped.done():
                        raise StoppedError
                    if (taken := step.result()) is None:
                        return
                    yield taken
        finally:
            worker.shutdown(wait=False)

    @contextmanager
    def _stoppable(self, name: str) -> Iterator[Future[None]]:
        """Lend what is done as soon as the question of this name is stopped."""
        stopped: Future[None] = Future()
        with self._lock:
            if name in self._early:
                del self._early[name]
                stopped.set_result(None)
            if name:
                self._stops[name] = stopped
        try:
            yield stopped
        finally:
            with self._lock:
                self._stops.pop(name, None)
