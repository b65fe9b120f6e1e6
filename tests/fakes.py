"""Small real things that stand in for big ones: vectors of words without a model, a page of news cut into hits."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import Document, Hit, Passage

NEWS = Document(
    "The Britain-based Syrian Observatory for Human Rights recorded nine deaths and more than 45 strikes near Idlib. "
    "Aid groups warned of bloodshed.\n\nOn social media, the US ambassador to the United Nations, Nikki Haley, urged "
    "Syria and Russia not to use chemical weapons. Dr. Ann Lee of Oxford wrote the report in 2018.\n\nLarge swaths of "
    "Idlib are controlled by HTS. Its fighters have stepped up a campaign of arrests, erecting a public gallows for "
    "prisoners.",
    title="News",
)


def hits(document: Document, *ranges: tuple[int, int]) -> list[Hit]:
    """Cut a document into hits, best first; the whole of it without ranges."""
    return [
        Hit(Passage(i, document.id, start, end, document.text[start:end], document.title), 0.5)
        for i, (start, end) in enumerate(ranges or [(0, len(document.text))])
    ]


def paragraphs(document: Document) -> list[Hit]:
    found, start = [], 0
    for part in document.text.split("\n\n"):
        found.append((start, start + len(part)))
        start += len(part) + 2
    return hits(document, *found)


class HashEmbedder:
    """An embedder that counts words: each word adds 1 at its hashed place, then the vector gets length 1.

    Texts that share words have a high cosine, equal texts have cosine 1, and a text without words has the
    same vector as every other text without words. It is deterministic, also between processes.
    """

    def __init__(self, dimension: int = 64, name: str = "hash", window: int = 256) -> None:
        self.dimension = dimension
        self.name = name
        self.window = window
        self.embedded: list[str] = []

    def fits(self, text: str) -> bool:
        """Say whether the text has no more words (and no more 8-letter pieces of words) than the window."""
        return max(len(_words(text)), len(text) // 8) <= self.window

    def embed_passages(
        self, texts: Sequence[str], progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Embed texts, shape (len(texts), dimension); `embedded` remembers every text that was asked for."""
        self.embedded.extend(texts)
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _words(text) or [""]:
                vectors[row, crc32(word.encode("utf-8", "replace")) % self.dimension] += 1
        if progress:
            progress(len(texts))
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True) if len(texts) else vectors

    def embed_query(self, text: str) -> NDArray[np.float32]:
        """Embed one query like a passage, without remembering it."""
        vector: NDArray[np.float32] = HashEmbedder(self.dimension).embed_passages([text])[0]
        return vector


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
