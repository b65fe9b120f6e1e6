"""Every test runs offline, with a library of its own."""

from __future__ import annotations

import ipaddress
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from index import Document, Index
from tests.fakes import DOCUMENTS, HashEmbedder
from tests.fixtures import address_of, browser, http, library_of, serve, visit

__all__ = ["browser", "http", "serve", "visit"]
hypothesis.settings.register_profile(  # no example has to come by a time: other programs may keep the machine busy
    # and where CI is set, Hypothesis' own profile for that lies under this one: the same examples are tried each time
    "quotewise",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)
hypothesis.settings.load_profile("quotewise")

library = library_of(*DOCUMENTS, scope="session")  # for tests that change nothing
address = address_of("session")


LONGEST = ("test_app_many", "test_app_adding", "test_index_crash", "test_training")
"""Files of few tests that take long: xdist gives files out in the order of the tests."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no process is left alone with one of them at the end."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.fixture(autouse=True, scope="session")
def _offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Refuse every connection that leaves this machine, and fail at the end if one was tried, even if it was caught.

    No certificate is needed then: to read the usual ones takes each of some hundred clients longer than all it asks.
    """
    patch = pytest.MonkeyPatch()
    connect, tried = socket.socket.connect, []

    def local_only(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            tried.append(address)
            raise OSError(f"a test connected to {address}")
        connect(self, address)  # type: ignore[arg-type]

    patch.setattr(socket.socket, "connect", local_only)
    patch.delenv("SSL_CERT_FILE", raising=False)  # which is read first
    patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-certificates")))
    yield
    patch.undo()
    assert tried == []


@pytest.fixture(autouse=True, scope="session")
def _loaded() -> Iterator[None]:
    """Let the models of served chats finish loading: torch aborts a process that ends in the middle of that."""
    yield
    if warming := sys.modules.get("web.warming"):
        for thread in threading.enumerate():
            if thread.name == warming.WARMING:
                thread.join(60)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True)
def _own_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTEWISE_LIBRARY", str(tmp_path / "default-library"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """A library of three small documents, without a model."""
    with Index.open(tmp_path / "library", HashEmbedder()) as library:
        library.add_documents(
            [
                Document("The cat sat on the mat. It was black.", title="Cats", source="cats.txt"),
                Document("Dogs bark at night.\n\nThey sleep by day.", title="Dogs", source="dogs.txt"),
                Document("Whales sing under water.", title="Whales"),
            ]
        )
        yield library
