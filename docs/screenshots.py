"""Turns the running chat about the seed article into docs/chat.png; run `python docs/screenshots.py` from the root."""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import app
from index import Index
from qa import ask

ROOT = Path(__file__).resolve().parent.parent

QUESTION = "How many deaths were recorded?"


def main() -> None:
    """Ask a question, open its source, and keep what is seen."""
    with tempfile.TemporaryDirectory() as folder, Index.open(folder) as index:
        index.add(ROOT / "seeds")
        ask(QUESTION, index=index)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        served = app.start(index, port=port)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 760})
            page.goto(str(served.local_url))
            page.fill("textarea", QUESTION)
            page.keyboard.press("Enter")
            page.click(".qw-quote .qw-open")
            page.wait_for_selector("#qw-target", state="visible")
            page.wait_for_timeout(500)
            page.screenshot(path=str(ROOT / "docs" / "chat.png"))
            browser.close()
        served.close(verbose=False)


if __name__ == "__main__":
    main()
