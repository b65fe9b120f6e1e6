"""What can go wrong in the index, each error saying what to do about it."""


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


class LibraryDamaged(LibraryError):
    """The library's truth (its SQLite file) is missing, truncated or damaged."""


class LibraryReadOnly(LibraryError):
    """The library lies in a place that cannot be written to."""


class LibraryFull(LibraryError):
    """The disk that holds the library is full."""
