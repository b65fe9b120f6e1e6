"""The command that serves the chat into the seconds until its first page and its first answer.

    python -m benchmarks.first_page

Each round starts the chat anew on a library that is there already, and asks for the page and then one question as soon
as the port answers.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from urllib.error import URLError

from index import Index
from qa.settings import SEEDS


def main() -> None:
    """Start, wait, ask, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as library:
        with Index.open(library) as index:
            index.add(SEEDS)
        times = [one_start(library) for _ in range(options.rounds)]
    pages, answers = zip(*times, strict=True)
    print(json.dumps({"first page, s": statistics.median(pages), "first answer, s": statistics.median(answers)}))


def one_start(library: str) -> tuple[float, float]:
    """Start the chat once; give the seconds until the page and until the answer to a question asked right then."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    since = time.perf_counter()
    command = [sys.executable, "-m", "qa", "chat", "--port", str(port), "--library", library]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) as process:
        try:
            while not loads(address):
                time.sleep(0.02)
            page = time.perf_counter() - since
            ask(address)
            return page, time.perf_counter() - since
        finally:
            process.terminate()


def loads(address: str) -> bool:
    """Say whether the page is served."""
    try:
        with urllib.request.urlopen(address, timeout=30) as answer:
            return b"Quotewise" in answer.read()
    except (URLError, ConnectionError):
        return False


def ask(address: str) -> None:
    """Ask a question over the API and wait for its answer."""
    question = json.dumps({"question": "How many deaths were recorded?"}).encode()
    request = urllib.request.Request(
        f"{address}/gradio_api/call/v2/ask", question, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        number = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/ask/{number}", timeout=60) as answer:
        if b"nine" not in answer.read():
            raise RuntimeError("the answer is another one")


if __name__ == "__main__":
    main()
