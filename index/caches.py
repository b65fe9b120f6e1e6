"""The truth into its two search indexes, FAISS and Tantivy: caught up when behind, built anew when damaged."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from . import lexical
from .choice import choose, passages_of
from .database import Database
from .embed import Vectors
from .errors import LibraryLocked, LibraryMismatch
from .lexical import LexicalIndex
from .nearness import NEAREST, by_sentences
from .rows import read_built, read_hits, read_sentences, removed_since, texts_since, vectors_since
from .types import Hit
from .vectors import VectorIndex

log = logging.getLogger(__name__)

SAVE_SHARE = 20
"""The vectors are saved when one in so many has changed since the last time, and whenever some were removed; the rest
is read from the rows at the next start, 20,000 of which take 0.1 s."""

REBUILD_LIMIT = 20_000
"""Up to so many passages the word index is built anew after a removal, which takes 0.9 s at that size, leaves no word
of the removed text on the disk and counts none in any score; above it `check` does so."""

LOCK_SECONDS = 60.0
"""How long to wait for another process that brings the caches on the disk up to date."""

LOOK_AGAIN = 0.05
"""Seconds after which it is looked again whether that process has finished."""

TRIES = 3
"""Times that words are searched, where the library changed between their index and the rows that hits are read from."""


class Caches:
    """Both search indexes of one library, safe for threads; the files are shared with other processes."""

    def __init__(self, folder: Path, database: Database) -> None:
        self._folder = folder
        self._database = database
        self._vectors: VectorIndex | None = None
        self._lexical: LexicalIndex | None = None
        self._vectors_lock = threading.Lock()
        self._lexical_lock = threading.Lock()

    def dense(self, vector: Vectors, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank the passages of these documents (None: of all) by inner product, over the newest state."""
        with ExitStack() as held:
            with self._vectors_lock:
                self._current_vectors(len(vector))
                rows = held.enter_context(self._database.read())
                vectors = self._current_vectors(len(vector))  # of the very state that the rows are of
                choice = choose(rows, documents)
                wide = max(k, NEAREST) if k > 0 else 0
                nearest = vectors.search(vector, wide, passages_of(rows, choice), choice.without)
            its = read_sentences(rows, [i for i, _ in nearest], len(vector))
            return read_hits(rows, by_sentences(vector, nearest, its)[:k])

    def lexical(self, query: str, k: int, documents: Collection[str] | None = None) -> list[Hit]:
        """Rank passages by BM25, over the newest state, or the one before while another process is at work on it."""
        for _ in range(TRIES):
            with ExitStack() as held:
                with self._lexical_lock:
                    words = self._current_lexical()
                    rows = held.enter_context(self._database.read())
                    current = words.stamp == self._database.stamp()
                    ranking = words.search(query, k, choose(rows, documents))
                hits = read_hits(rows, ranking)
            if current:
                break
        return hits

    def settle(self) -> None:
        """Bring both up to the newest state, and onto the disk."""
        dimension = read_built(self._database.meta()).dimension
        if dimension:
            with self._vectors_lock:
                vectors = self._current_vectors(dimension)
                if vectors.shrunk or vectors.unsaved * SAVE_SHARE > len(vectors):
                    self._save(vectors)
            self._settle_lexical()

    def check(self) -> list[str]:
        """Compare both with the rows, build anew what disagrees, and say in a sentence each what was wrong."""
        findings = []
        dimension = read_built(self._database.meta()).dimension
        with self._vectors_lock:
            if dimension and not self._check_vectors(dimension):
                findings.append("The cache of vectors was missing, damaged or out of date; it was built again.")
        with self._lexical_lock:
            findings += self._check_lexical() if dimension else []
        return findings

    # ---- vectors

    def _current_vectors(self, dimension: int) -> VectorIndex:
        vectors = self._vectors or VectorIndex.load(self._file, dimension) or VectorIndex(dimension)
        with self._database.read():
            if vectors.stamp != self._database.stamp():
                self._vectors = None  # if this is cut short, they hold a part of what is new, and are no state at all
                vectors = self._caught_up_vectors(vectors, dimension)
        self._vectors = vectors
        return vectors

    def _caught_up_vectors(self, vectors: VectorIndex, dimension: int) -> VectorIndex:
        """Apply what changed since, or start from nothing where the cache is of another history."""
        recorded = read_built(self._database.meta()).dimension
        if recorded not in (0, dimension):
            raise LibraryMismatch.of_length(self._folder, recorded, dimension)
        if not self._database.knows(vectors.stamp) or vectors.dimension != dimension:
            vectors = VectorIndex(dimension)
        with self._database.read() as rows:
            stamp, since = self._database.stamp(), vectors.stamp.generation
            vectors.remove(removed_since(rows, since))
            for ids, block in vectors_since(rows, since, dimension):
                vectors.add(ids, block)
            vectors.stamp = stamp
        return vectors

    def _save(self, vectors: VectorIndex) -> None:
        try:
            with self._disk(timeout=0):
                vectors.save(self._file)
        except Timeout:
            log.debug("another process is at work on the caches of %s", self._folder)
        except OSError as error:
            log.warning("The vectors of %s are not cached (%s); the next start will be slower.", self._folder, error)

    def _check_vectors(self, dimension: int) -> bool:
        saved = VectorIndex.load(self._file, dimension)
        truth = self._caught_up_vectors(VectorIndex(dimension), dimension)
        if saved is not None and self._caught_up_vectors(saved, dimension) is saved and saved.same_as(truth):
            self._vectors = saved
            if saved.unsaved or saved.shrunk:
                self._save(saved)
            return True
        self._vectors = truth
        self._save(truth)
        return False

    @property
    def _file(self) -> Path:
        return self._folder / "vectors.faiss"

    # ---- words

    def _settle_lexical(self) -> None:
        """Bring the words up to the newest state, and let others search meanwhile, where another process is at work."""
        until = time.monotonic() + LOCK_SECONDS
        while True:
            with self._lexical_lock:
                if self._current_lexical().stamp == self._database.stamp() or time.monotonic() > until:
                    return
            time.sleep(LOOK_AGAIN)

    def _current_lexical(self) -> LexicalIndex:
        current = self._lexical
        if current is None or current.stamp != self._database.stamp():
            self._lexical = None  # if this is cut short, it may hold words of a state that is none
            try:
                with self._disk(timeout=LOCK_SECONDS if current is None else 0):
                    current = self._lexical_on_disk(current)
            except Timeout:
                current = current or self._lexical_in_memory(current)
            except (OSError, ValueError) as error:
                log.warning("The words of %s are indexed in memory only (%s).", self._folder, error)
                current = self._lexical_in_memory(current)
            self._lexical = current
        return current

    def _lexical_on_disk(self, current: LexicalIndex | None) -> LexicalIndex:
        folder = self._folder / "lexical"
        on_disk = lexical.read_stamp(folder)
        if current is None or current.in_memory or current.stamp != on_disk:
            if not (self._database.knows(on_disk) and lexical.sound(folder)):
                lexical.clear(folder)
            current = LexicalIndex(folder)
        with self._database.read() as rows:
            stamp = self._database.stamp()
            removed = removed_since(rows, current.stamp.generation)
            if removed and len(current) <= REBUILD_LIMIT:
                lexical.clear(folder)
                current, removed = LexicalIndex(folder), []
            if current.stamp != stamp:
                current.change(removed, texts_since(rows, current.stamp.generation), stamp)
        return current

    def _lexical_in_memory(self, current: LexicalIndex | None) -> LexicalIndex:
        memory = current
        if memory is None or not memory.in_memory or not self._database.knows(memory.stamp):
            memory = LexicalIndex(None)
        with self._database.read() as rows:
            stamp = self._database.stamp()
            removed = removed_since(rows, memory.stamp.generation)
            if removed and len(memory) <= REBUILD_LIMIT:
                memory, removed = LexicalIndex(None), []
            if memory.stamp != stamp:
                memory.change(removed, texts_since(rows, memory.stamp.generation), stamp)
        return memory

    def _check_lexical(self) -> list[str]:
        """Build the index of words anew, in memory where the folder does not take it, and say what was wrong."""
        folder = self._folder / "lexical"
        try:
            with self._disk(timeout=LOCK_SECONDS):
                sound = lexical.sound(folder) and self._database.knows(lexical.read_stamp(folder))
                lexical.clear(folder)
                self._lexical = self._lexical_on_disk(None)
        except Timeout as error:
            raise LibraryLocked(
                f"The library {self._folder} is being indexed by another process; try again when it has finished."
            ) from error
        except (OSError, ValueError) as error:
            self._lexical = self._lexical_in_memory(None)
            return [f"The words are indexed in memory only ({error}); check the permissions and the disk."]
        return [] if sound else ["The index of words was missing, damaged or out of date; it was built again."]

    # ---- the folder

    @contextmanager
    def _disk(self, timeout: float) -> Iterator[None]:
        """Hold what one process at a time may: the right to change the caches on the disk. A crash lets it go."""
        with FileLock(self._folder / "caches.lock", timeout=timeout):
            yield
