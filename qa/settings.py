"""The environment into frozen settings, and settings into the default library and reader: the composition root."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from shlex import quote

from platformdirs import user_data_path

from index import Embedder, Index, load_embedder
from index.embed import PACKAGED_MODEL
from index.errors import LibraryError, ModelError
from index.tokens import ENCODING

from .read import UNCALIBRATED, Calibration, Reader, SpanReader
from .sentence_reader import SentenceReader
from .span_model import PACKAGED_READER, load_span_model

SEEDS = Path(__file__).resolve().parent.parent / "seeds"
"""The article that a new default library starts with."""

SENTENCES = "sentences"
"""The name of the reader without a trained model."""

_opening, _loading = threading.Lock(), threading.Lock()


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set from outside.

    QUOTEWISE_LIBRARY: the library's folder. QUOTEWISE_MODEL: the embedding model, by name or folder.
    QUOTEWISE_READER: an extractive question-answering model, by name or folder, or "sentences" for none.
    QUOTEWISE_ENCODING: the tiktoken encoding that passages are sized with.
    QUOTEWISE_AUTH: the login that the chat's server asks for, USER:PASSWORD.
    """

    library: Path
    model: str = PACKAGED_MODEL
    reader: str = PACKAGED_READER
    encoding: str = ENCODING
    auth: str = field(default="", repr=False)


def load_settings() -> Settings:
    """Read the settings from the environment."""
    library = os.environ.get("QUOTEWISE_LIBRARY", "").strip()
    return Settings(
        library=Path(library).expanduser() if library else _own_library(),
        model=os.environ.get("QUOTEWISE_MODEL", "").strip() or PACKAGED_MODEL,
        reader=os.environ.get("QUOTEWISE_READER", "").strip() or PACKAGED_READER,
        encoding=os.environ.get("QUOTEWISE_ENCODING", "").strip() or ENCODING,
        auth=os.environ.get("QUOTEWISE_AUTH", ""),
    )


def _own_library() -> Path:
    return user_data_path("quotewise") / "library"


def open_library(library: str | Path | None = None) -> Index:
    """Open a library by its folder, or, once a process, the default one, which starts with the article in `seeds/`."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait stall a busy machine
    settings = load_settings()
    if library is not None:
        return Index.open(library, load_embedder(settings.model), encoding=settings.encoding)
    with _opening:
        return _opened(settings)


def open_existing(library: str | Path | None = None) -> Index:
    """Open a library as `open_library` does, but make none where one was named; LibraryError says how to."""
    refuse_absent(library)
    return open_library(library)


def refuse_absent(library: str | Path | None = None) -> None:
    """Raise LibraryError where a folder that was named, by its path or in the environment, holds no library."""
    folder = load_settings().library if library is None else library
    if (library is None and folder == _own_library()) or Index.exists(folder):
        return
    raise LibraryError(f"There is no library in {folder}; `{add_command(folder)}` makes one.")


def add_command(library: str | Path | None = None) -> str:
    """Give the command that adds documents to a library, to the default one where none is named."""
    return "quotewise add PATH" + ("" if library is None else f" --library {quote(str(library))}")


@lru_cache(maxsize=4)
def _opened(settings: Settings) -> Index:
    index = Index.open(settings.library, load_embedder(settings.model), encoding=settings.encoding)
    if index.untouched:
        index.add(SEEDS)
    return index


def reader_for(embedder: Embedder) -> Reader:
    """Give the reader that is set, for the hits of an index built with this model.

    Where the packaged reader's weights cannot be used, the reader without a trained model serves, and a warning says so
    once. Raises ModelError where a reader that was named cannot be loaded.
    """
    with _loading:
        return _reader(load_settings().reader, embedder)


@lru_cache(maxsize=4)
def _reader(name: str, embedder: Embedder) -> Reader:
    if name == SENTENCES:
        return SentenceReader(embedder)
    try:
        model = load_span_model(name)
        return SpanReader(model.windows, Calibration.parse(model.calibration) if model.calibration else UNCALIBRATED)
    except ModelError as error:
        if name != PACKAGED_READER:
            raise
        logging.getLogger("quotewise").warning("%s Until then the simpler reader answers, with whole sentences.", error)
        return SentenceReader(embedder)
