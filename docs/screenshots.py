"""Turns the running chat about the seed article into pictures of its states: `python docs/screenshots.py`."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import sync_playwright

import app
from index import Document, Index
from qa import ask

DOCS = Path(__file__).resolve().parent
WIDE, NARROW = {"width": 1280, "height": 760}, {"width": 360, "height": 740}
QUESTION = "How many deaths were recorded?"
BEES = "# Bees\n\nA worker bee lives for about six weeks in summer. The queen lives for up to five years."
ANSWERED = '.qw-turn[aria-busy="false"]'

Take = Callable[[str], None]


def main() -> None:
    """Walk through the states of the page, wide, narrow and dark, and keep what is seen."""
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add(DOCS.parent / "seeds")
        index.add_documents([Document(BEES, title="Bees", source="bees.md")])
        ask(QUESTION, index=index)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        served = app.start(index, port=port)
        with sync_playwright() as playwright:
            found = shutil.which("chromium") or shutil.which("chromium-headless-shell")
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
            for name, viewport, scheme in (
                ("wide", WIDE, "light"),
                ("narrow", NARROW, "light"),
                ("dark", WIDE, "dark"),
            ):
                page = browser.new_context(viewport=viewport, color_scheme=scheme).new_page()
                page.goto(str(served.local_url))
                walk(page, lambda state, page=page, name=name: take(page, f"states/{name}-{state}"), name == "narrow")
                if name == "wide":
                    picture(page)
            browser.close()
        served.close(verbose=False)


def walk(page: Any, keep: Take, narrow: bool) -> None:
    """Go from state to state."""
    page.wait_for_selector(".qw-example", state="visible", timeout=60_000)
    keep("empty")
    asked(page, QUESTION, 1)
    keep("answered")
    opened(page)
    keep("source")
    page.keyboard.press("f")
    page.keyboard.type("Idlib")
    page.wait_for_timeout(800)
    keep("found")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    asked(page, "Who painted the Mona Lisa?", 2)
    page.click(".qw-turn:last-child .qw-nearest summary")
    keep("abstained")
    if narrow:
        page.click(".qw-library-toggle")
    page.locator("#qw-library input[type=checkbox]").first.check()
    keep("chosen")
    if narrow:
        page.keyboard.press("Escape")


def picture(page: Any) -> None:
    """Take the picture of the README: an answer beside its source."""
    page.locator("#qw-library input[type=checkbox]").first.uncheck()
    page.click(".qw-new")
    page.wait_for_timeout(500)
    asked(page, QUESTION, 1)
    opened(page)
    take(page, "chat")


def opened(page: Any) -> None:
    """Open the source of the first answer, with its question still in view."""
    page.click(".qw-quote .qw-open")
    page.wait_for_selector("#qw-target", state="visible")
    page.evaluate("document.getElementById('qw-conversation').scrollTop = 0")


def asked(page: Any, question: str, number: int) -> None:
    """Ask, and wait for the answer."""
    page.fill("#qw-question", question)
    page.press("#qw-question", "Enter")
    page.wait_for_selector(f"{ANSWERED}:nth-child({number})")


def take(page: Any, name: str) -> None:
    """Keep what is seen as a small picture."""
    page.wait_for_timeout(400)
    file = DOCS / f"{name}.png"
    file.parent.mkdir(exist_ok=True)
    page.screenshot(path=str(file))
    with Image.open(file) as shot:
        shot.convert("RGB").quantize(64, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
