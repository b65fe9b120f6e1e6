"""A library into a chat about it, served for as long as a test needs it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

import app
import qa
from index import Index
from qa.answer import answering
from tests.fakes import KnowingReader
from web.light import gr

# Tests of the chat are not about the reader: on every page that they serve, one answers that knows a few answers.
ask = partial(qa.ask, reader=KnowingReader())
vars(app).update(ask=ask, answering=partial(answering, reader=KnowingReader()))

NUMBER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))  # of this process, where several test
COUNT = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def free_port() -> int:
    """Give a port that none of the other processes takes before it is used; Linux gives out every second one."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port // 2 % COUNT == NUMBER:
            return port


App = gr.routes.App
create_app = App.create_app


def create_served(blocks: Any, **options: Any) -> Any:
    """Make the app of a page that is served; Gradio makes one twice before, each with all routes, and drops it."""
    return create_app(blocks, **options) if "app_kwargs" in options else App()


@contextmanager
def serving(index: Index, **options: Any) -> Iterator[str]:
    """The address of a chat about a library, for as long as it is needed."""
    with patch.object(App, "create_app", create_served):
        page = app.start(index, **{"port": free_port(), **options})
    try:
        yield str(page.local_url).rstrip("/")
    finally:
        page.close(verbose=False)
