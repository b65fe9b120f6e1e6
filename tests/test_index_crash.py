"""Stops a process in the middle of its work: documents are whole or absent, and search agrees with brute force."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index import Document, Index, caches, rows
from tests.fakes import HashEmbedder
from tests.test_index_store import WORDS, agrees_with_brute_force

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = 200

ADD = """
import sys
import index.add
from index import Index
from tests.fakes import HashEmbedder
index.add.BATCH_PASSAGES = 4  # many transactions, as a slow model would make them
library = Index.open(sys.argv[1], HashEmbedder())
print("ready", flush=True)
library.add(sys.argv[2], progress=lambda _: print("step", flush=True))
"""


def write_documents(folder: Path) -> dict[str, str]:
    chance = random.Random(7)
    folder.mkdir()
    texts = {}
    for n in range(DOCUMENTS):
        paragraphs = [f"Document {n}.", *(" ".join(chance.choices(WORDS, k=80)) + "." for _ in range(n % 5))]
        file = folder / f"{n:03}.txt"
        file.write_text("\n\n".join(paragraphs))
        texts[str(file.resolve())] = file.read_text()
    return texts


def start(library: Path, folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", ADD, str(library), str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.slow
def test_kill_at_random_moments(tmp_path: Path) -> None:
    texts = write_documents(tmp_path / "documents")
    library = tmp_path / "library"
    steps = start(tmp_path / "whole", tmp_path / "documents").communicate()[0].count("step")
    assert steps > DOCUMENTS
    chance, seen = random.Random(), []
    for _ in range(12):
        process = start(library, tmp_path / "documents")
        for _ in range(chance.randint(0, steps // 10)):
            assert process.stdout is not None
            process.stdout.readline()  # of a run that has come to its end, nothing
        time.sleep(chance.uniform(0, 0.01))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with Index.open(library, HashEmbedder()) as index:
            documents = index.documents()
            assert all(document.text == texts[document.source] for document in documents)
            agrees_with_brute_force(index)
            seen.append(len(documents))
    assert seen == sorted(seen)
    assert any(0 < count < DOCUMENTS for count in seen), f"no kill came in the middle: {seen}"
    assert start(library, tmp_path / "documents").wait() == 0
    with Index.open(library, HashEmbedder()) as index:
        assert {document.source: document.text for document in index.documents()} == texts
        assert index.check() == []


@pytest.mark.slow
def test_two_processes_add_the_same_folder_at_once(tmp_path: Path) -> None:
    texts = write_documents(tmp_path / "documents")
    processes = [start(tmp_path / "library", tmp_path / "documents") for _ in range(2)]
    with Index.open(tmp_path / "library", HashEmbedder()) as index:
        while any(process.poll() is None for process in processes):
            hits = index.dense("amber", 5) + index.lexical("amber", 5)
            assert all(hit.passage.text in texts[hit.passage.source] for hit in hits)
        assert [process.returncode for process in processes] == [0, 0]
        assert {document.source: document.text for document in index.documents()} == texts
        agrees_with_brute_force(index)


def test_an_interrupted_search_leaves_no_passage_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "BLOCK", 2)
    with Index.open(tmp_path, HashEmbedder()) as library:
        library.add_documents(Document(f"The {word} stands.", source=word) for word in WORDS[:2])
        library._store._caches.settle = lambda: None  # type: ignore[attr-defined]
        library.add_documents(Document(f"The {word} falls.", source=word) for word in WORDS)
        with monkeypatch.context() as interrupted:
            interrupted.setattr(caches, "vectors_since", interrupt_after_a_block)
            with pytest.raises(KeyboardInterrupt):
                library.dense("amber", 5)
        assert len(library.dense("falls", 100)) == len(WORDS)
        agrees_with_brute_force(library)


def interrupt_after_a_block(
    connection: sqlite3.Connection, generation: int, dimension: int
) -> Iterator[tuple[list[int], NDArray[np.float16]]]:
    yield next(rows.vectors_since(connection, generation, dimension))
    raise KeyboardInterrupt
