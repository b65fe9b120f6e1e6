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
        """Stop the question of this name, now or as soon as it comes; one without a name cannot be stopped."""
        if not name:
            return
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

    def steps(self, name: str, made: Iterator[Step], brief: float = 0.0) -> Iterator[Step]:
        """Give what an iterator makes (never None), in a thread of its own; raises StoppedError once it is stopped.

        A step that is being made then comes to its end unseen, for a model cannot be interrupted; no other is begun.
        A step after which the next is there within `brief` seconds is left out, unless it is the first or the last.
        Where `brief` is given, the next step is begun before one is handed over: to show a stage takes time, too.
        """
        worker = ThreadPoolExecutor(1, thread_name_prefix="answer")
        try:
            with self._stoppable(name) as stopped, self.waiting():
                first, coming = True, worker.submit(next, made, None)
                while (step := _made(coming, stopped)) is not None:
                    ahead = worker.submit(next, made, None) if brief else None
                    if ahead is None or first or not _follows(ahead, stopped, brief):
                        yield step
                    first, coming = False, ahead or worker.submit(next, made, None)
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


def _made(coming: Future[Step | None], stopped: Future[None]) -> Step | None:
    """Wait for a step, None after the last; StoppedError where it is stopped first."""
    either: list[Future[Any]] = [coming, stopped]
    wait(either, return_when=FIRST_COMPLETED)
    if stopped.done():
        raise StoppedError
    return coming.result()


def _follows(ahead: Future[Step | None], stopped: Future[None], seconds: float) -> bool:
    """Say whether something comes within so many seconds: a further step, an error, or a stop."""
    either: list[Future[Any]] = [ahead, stopped]
    wait(either, seconds, FIRST_COMPLETED)
    ended = ahead.done() and ahead.exception() is None and ahead.result() is None
    return stopped.done() or (ahead.done() and not ended)
