"""The environment into frozen settings, and settings into the default library and reader: the composition root."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from platformdirs import user_data_path

from index import Embedder, Index, load_embedder
from index.embed import PACKAGED_MODEL
from index.tokens import ENCODING

from .read import Reader, SentenceReader

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The article that a new default library starts with."""

_opening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside.

    QUOTEWISE_LIBRARY: the library's folder. QUOTEWISE_MODEL: the embedding model, by name or folder.
    QUOTEWISE_ENCODING: the tiktoken encoding that passages are sized with.
    """

    library: Path
    model: str = PACKAGED_MODEL
    encoding: str = ENCODING


def load_settings() -> Settings:
    """Read the settings from the environment."""
    library = os.environ.get("QUOTEWISE_LIBRARY", "").strip()
    return Settings(
        library=Path(library).expanduser() if library else user_data_path("quotewise") / "library",
        model=os.environ.get("QUOTEWISE_MODEL", "").strip() or PACKAGED_MODEL,
        encoding=os.environ.get("QUOTEWISE_ENCODING", "").strip() or ENCODING,
    )


def open_library(library: str | Path | None = None) -> Index:
    """Open a library by its folder, or, once a process, the default one, which starts with the article in `seeds/`."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait stall a busy machine
    settings = load_settings()
    if library is not None:
        return Index.open(library, load_embedder(settings.model), encoding=settings.encoding)
    with _opening:
        return _opened(settings)


@lru_cache(maxsize=4)
def _opened(settings: Settings) -> Index:
    index = Index.open(settings.library, load_embedder(settings.model), encoding=settings.encoding)
    if index.untouched:
        index.add(SEEDS)
    return index


@lru_cache(maxsize=4)
def reader_for(embedder: Embedder) -> Reader:
    """Give the reader that answers from hits of an index built with this model."""
    return SentenceReader(embedder)
