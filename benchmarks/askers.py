"""Programs that ask one chat at the same time into the time each of them waits for an answer.

    python -m benchmarks.askers

The chat is started on a library with the seed article. So many askers then put their questions over the API, each its
next one when the last is answered; a call counts from the request until the answer is there. One asker alone is timed
first, on the same questions.
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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from benchmarks.first_page import loads
from index import Index
from qa.settings import SEEDS

QUESTIONS = [
    "How many deaths were recorded?",
    "How many strikes were recorded?",
    "What did Lavrov call the fighters?",
    "Who is Nikki Haley?",
    "Who controls large swaths of Idlib?",
    "How many people live in Idlib?",
    "What did aid groups warn of?",
    "Who painted the Mona Lisa?",
]


def main() -> None:
    """Start the chat, let one and then all of them ask, and print the measures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--askers", type=int, default=20)
    parser.add_argument("--questions", type=int, default=10, help="how many each of them asks")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as library:
        with Index.open(library) as index:
            index.add(SEEDS)
        with served(library) as address:
            ask(address, "Is everything loaded?")
            figures = {
                "one asker": measures(address, 1, options.questions),
                f"{options.askers} askers": measures(address, options.askers, options.questions),
            }
    print(json.dumps(figures, indent=2))


@contextmanager
def served(*libraries: str) -> Iterator[str]:
    """Start the chat on some libraries, and end it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "qa", "chat", "--port", str(port)]
    for library in libraries:
        command += ["--library", library]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=os.environ) as process:
        try:
            while not loads(f"http://127.0.0.1:{port}"):
                if process.poll() is not None:
                    raise RuntimeError("the chat ended")
                time.sleep(0.02)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def measures(address: str, askers: int, questions: int) -> dict[str, float]:
    """Let so many ask at once; an answer that does not come is an error of the run."""
    since = time.perf_counter()
    with ThreadPoolExecutor(askers) as threads:
        times = sorted(t for mine in threads.map(partial(one_asker, address, questions), range(askers)) for t in mine)
    return {
        "median ms": statistics.median(times),
        "p95 ms": times[int(0.95 * len(times))],
        "answers a second": len(times) / (time.perf_counter() - since),
    }


def one_asker(address: str, questions: int, number: int) -> list[float]:
    """Ask one question after the other; give the milliseconds of each."""
    times = []
    for place in range(questions):
        since = time.perf_counter()
        ask(address, QUESTIONS[(number + place) % len(QUESTIONS)])
        times.append(1000 * (time.perf_counter() - since))
    return times


def ask(address: str, question: str) -> dict[str, Any]:
    """Ask over the API and wait for the answer."""
    call = f"{address}/gradio_api/call/v2/ask"
    request = urllib.request.Request(
        call, json.dumps({"question": question}).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as answer:
        number = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{address}/gradio_api/call/ask/{number}", timeout=120) as answer:
        told = answer.read().decode()
    _, complete, data = told.partition("event: complete\ndata: ")
    if not complete:
        raise RuntimeError(f"no answer to {question!r}: {told.strip()}")
    record: dict[str, Any] = json.loads(data)[0]
    return record


if __name__ == "__main__":
    main()
