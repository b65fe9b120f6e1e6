"""Small real things that stand in for big ones: vectors of words, a reader of a few answers, a few documents."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from index import Document, Hit, Passage
from qa import Answer, Citation

ROOT = Path(__file__).resolve().parent.parent
SEED = next((ROOT / "seeds").glob("*.txt"))
BEES = (
    "A worker bee lives for about six weeks in summer. The queen lives for up to five years.\n\n"
    "Maria Santos, director of the apiary, said the harvest of 2019 was the best in twenty years."
)
NASTY = (
    "<script>window.pwned=1</script><img src=x onerror=window.pwned=2> ![x](http://evil.example/x.png) "
    "[y](javascript:window.pwned=3) ${window.pwned=4} {{constructor}} @children"
)
TOWER = "The wizard Zantar lives in a tower of glass."
DOCUMENTS = (
    Document(SEED.read_text(encoding="utf-8"), "Strikes in Idlib", f"seeds/{SEED.name}"),
    Document(BEES, "Bees", "notes/bees.md"),
    Document(f"{TOWER}\r\nAlone.\r{NASTY}", NASTY, f"{NASTY.replace('/', '_')}.txt"),
)
KNOWN = {
    "What did Nikki Haley urge?": "urged Syria and Russia {not to use chemical weapons}",
    "How long does a worker bee live?": "A worker bee lives for {about six weeks} in summer.",
    "How long does a queen live?": "The queen lives for {up to five years}.",
    "Who is Maria Santos?": "Maria Santos, {director of the apiary}, said the harvest of 2019 was the best",
    "What did Maria Santos say?": "{the harvest of 2019 was the best in twenty years}.",
    "Where does the wizard Zantar live?": "The wizard Zantar lives in {a tower of glass}.",
    "When do dogs bark?": "Dogs bark {at night}.",
    "Where do whales sing?": "Whales sing {under water}.",
}
UNANSWERABLE = "Who won the football world cup in 1998?"
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


class KnowingReader:
    """A reader that knows a few answers (in braces, within their quotes), and to all other questions none."""

    known: Mapping[str, str] = KNOWN

    def read(self, question: str, hits: Sequence[Hit]) -> Answer:
        before, short, after = re.split("[{}]", self.known.get(" ".join(question.split()), "?{}?"))
        for hit in hits:
            start = hit.passage.text.find(before + short + after) + hit.passage.start
            if start >= hit.passage.start:
                quote = Citation(hit.passage, start, start + len(before + short + after))
                span = Citation(hit.passage, start + len(before), start + len(before + short))
                return Answer(question, 0.9, (quote,), span)
        return Answer(question)


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
        vector: NDArray[np.float32] = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embed queries like passages, without remembering them."""
        return HashEmbedder(self.dimension).embed_passages(texts)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())
