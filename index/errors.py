"""What can go wrong in the index, each error saying what to do about it."""

from __future__ import annotations

from pathlib import Path
from shlex import quote


class QuotewiseError(Exception):
    """The base of every error that Quotewise raises on purpose; its message is one clear sentence for a person."""


class LoadError(QuotewiseError):
    """A file cannot become a document: it is empty, binary, too large, unreadable or gone."""


class ModelError(QuotewiseError):
    """The embedding model cannot be loaded."""


class UnknownDocument(QuotewiseError):
    """No document of the library has this id or source."""


class NothingChosen(QuotewiseError):
    """A search is to be among chosen documents, and none is chosen."""


class TitleError(QuotewiseError):
    """A document cannot have this title."""


class LibraryError(QuotewiseError):
    """The library cannot be used as it is."""


class LibraryLocked(LibraryError):
    """Another process is writing to the library and did not finish in time."""


class LibraryMismatch(LibraryError):
    """The library was built with another model or splitter, or by a newer Quotewise."""

    @staticmethod
    def of_length(folder: Path, held: int, made: int) -> LibraryMismatch:
        """Say that the library's vectors have another length than those that the model makes."""
        return LibraryMismatch(
            f"The library {folder} holds vectors of length {held}, and the model makes {made}; run "
            f"`{rebuild_command(folder)}` to build it again with this model."
        )


class LibraryDamaged(LibraryError):
    """The library's truth (its SQLite file) is missing, truncated or damaged."""


class LibraryReadOnly(LibraryError):
    """The library lies in a place that cannot be written to."""


class LibraryFull(LibraryError):
    """The disk that holds the library is full."""


def rebuild_command(folder: Path) -> str:
    """Give the command that builds a library again, as a shell takes it."""
    return f"quotewise rebuild --library {quote(str(folder))}"
