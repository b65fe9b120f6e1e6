"""What many test modules need: a library of given documents, a chat about it, and that chat in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Literal

import httpx
import pytest

from index import Document, Index
from tests.fakes import HashEmbedder

PATIENCE = 90_000  # milliseconds that a page is waited for: other programs may keep the machine busy
Scope = Literal["function", "module", "session"]
CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium")
"""Debian's Chromium; without the windows that nobody sees, where that is installed: a page costs a third less."""
TURNED_OFF = (
    # what Playwright turns off, whose list gives way to this one
    "AvoidCorsURLLoaderRestartOnRedirect,AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,"
    "HttpsFirstBalancedModeAutoEnable,HttpsUpgrades,LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,"
    "AimEnabled,NetworkTimeServiceQuerying,OptimizationHints,PreconnectToSearch,"
    # the pop-ups of an address bar that nobody sees, a third of what opening a window costs
    "WebUIOmniboxPopup,WebUIOmniboxAimPopup"
)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUIET += ["--disable-component-update", "--disable-sync", f"--disable-features={TURNED_OFF}"]


def library_of(*documents: Document, scope: Scope = "function") -> Any:
    """The fixture `library` of a test module: one that holds these documents."""

    @pytest.fixture(scope=scope)
    def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
        with Index.open(tmp_path_factory.mktemp("library"), HashEmbedder()) as index:
            index.add_documents(documents)
            yield index

    return library


def address_of(scope: Scope = "function", **options: Any) -> Any:
    """The fixture `address` of a test module: that of a chat about its library."""

    @pytest.fixture(scope=scope)
    def address(library: Index) -> Iterator[str]:
        from tests.chat import serving  # takes seconds, which tests without a chat need not wait for

        with serving(library, **options) as url:
            yield url

    return address


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve another chat and give its address; it ends after the pages that show it."""
    from tests.chat import serving

    with ExitStack() as served:
        yield lambda index, **options: served.enter_context(serving(index, **options))


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    """A client for many requests: to set one up takes longer than most of them."""
    with httpx.Client(timeout=60) as client:
        yield client


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A browser for all tests; each opens windows of its own in it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    if not CHROMIUM:
        pytest.skip("chromium is not installed")
    with playwright.sync_playwright() as started:
        launched = started.chromium.launch(executable_path=CHROMIUM, headless=True, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Any, address: str, serve: Callable[..., str]) -> Iterator[Callable[..., Any]]:  # noqa: ARG001
    """Open the chat in a window of its own; at the end, nothing ran that should not, and no request left.

    `serve` is asked for so that what it serves outlives the windows.
    A message of an error on the page that begins with `expects` is one that the test is about.
    """
    contexts: list[Any] = []
    requests: list[str] = []
    errors: list[str] = []

    def open_page(url: str = address, expects: str = "(?!)", **options: Any) -> Any:
        def note(text: str) -> None:
            if not re.match(expects, text):
                errors.append(text)

        def met(dialog: Any) -> None:
            if dialog.type != "beforeunload":  # the page may ask before it is left
                errors.append(dialog.message)
            dialog.accept()

        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: note(str(error)))
        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        page.on("dialog", met)
        page.goto(url)
        page.wait_for_selector(".qw-documents", state="attached")
        return page

    yield open_page
    pwned = [context.pages[0].evaluate("window.pwned") for context in contexts]
    said = list(errors)  # and not what is cut off when the windows close
    for context in contexts:
        context.close()
    assert pwned == [None] * len(contexts)
    assert not said, said
    assert bool(requests) == bool(contexts)
    assert not [url for url in requests if not re.match(r"(http://127\.0\.0\.1:\d+/|data:|about:)", url)]
