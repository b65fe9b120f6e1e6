"""Files into documents, one small module a format."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from ..errors import LoadError
from ..types import Document
from .text import load_text
from .title import title_of

__all__ = ["LOADERS", "MAX_FILE_BYTES", "find_files", "load", "refuse_unknown_format", "source_of", "title_of"]

MAX_FILE_BYTES = 100 * 1000 * 1000
"""Larger files are refused: a whole library of books is smaller, and one text is held in memory several times."""

LOADERS: dict[str, Callable[[Path], Document]] = {
    ".md": load_text,
    ".markdown": load_text,
    ".text": load_text,
    ".txt": load_text,
}
"""What reads a file, by its suffix in small letters."""

_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def load(path: str | Path) -> Document:
    """Load one file; its `source` is the absolute path with every symbolic link followed.

    So one file has one source however it was named. Raises `LoadError`, in one sentence that says what to do.
    """
    file = _resolved(Path(path))
    try:
        _refuse_unfit(file, file.stat())
        return LOADERS[file.suffix.lower()](file)
    except FileNotFoundError:
        raise LoadError(f"There is no file {file}; check the path.") from None
    except PermissionError:
        raise LoadError(f"{file} may not be read; change its permissions or leave it out.") from None
    except (OSError, ValueError) as error:
        raise LoadError(f"{file} cannot be read ({error}); check the path and the disk.") from error


def find_files(paths: Iterable[str | Path]) -> list[Path]:
    """List the files that these files and folders name, each once: by path within a folder, folders in the given order.

    A folder gives the files below it that can be loaded; hidden files and folders and links to folders are passed
    over. A path that is no folder, or that nobody may look at, is kept as it is, so that `load` can say what is wrong
    with it.
    """
    found: dict[Path, None] = {}
    for path in map(Path, paths):
        given = _resolved(path)
        found.update(dict.fromkeys(_files_below(given) if _is_folder(given) else [given]))
    return list(found)


def _files_below(folder: Path) -> list[Path]:
    """List the loadable files below a folder, sorted, and each folder that may not be opened."""
    return sorted(_walk(folder))


def _walk(folder: Path) -> Iterator[Path]:
    closed: list[OSError] = []
    for place, names, file_names in os.walk(folder, onerror=closed.append):
        names[:] = [name for name in names if not name.startswith(".")]
        for name in file_names:
            if _is_shown(name):
                file = _resolved(Path(place, name))
                if _is_shown(file.name) and _is_file_or_closed(file):  # a link is what it leads to
                    yield file
    yield from (Path(error.filename) for error in closed)


def _is_shown(name: str) -> bool:
    """Say whether a file of this name is taken out of a folder: one that can be loaded, and is not hidden."""
    return not name.startswith(".") and Path(name).suffix.lower() in LOADERS


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (OSError, ValueError):  # nobody may look at it, or no file can have such a name
        return False


def _is_file_or_closed(path: Path) -> bool:
    """Say whether a path is a file, or leads to one that cannot be looked at and so has to be reported."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return error.errno not in _NOWHERE


def source_of(path: str | Path) -> str:
    """Give the source that a file has however it is named: its absolute path with every symbolic link followed."""
    return str(_resolved(Path(path)))


def _resolved(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, or a name that no file can have
        return Path(os.path.abspath(path))  # noqa: PTH100 - it looks at nothing


def _refuse_unfit(file: Path, status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise LoadError(f"{file} is a folder that cannot be read; check its permissions, or name the files in it.")
    if not stat.S_ISREG(status.st_mode):
        raise LoadError(f"{file} is a device or a pipe; give an ordinary file.")
    refuse_unknown_format(file)
    if status.st_size > MAX_FILE_BYTES:
        megabytes = f"{status.st_size / 1e6:,.0f} MB, more than {MAX_FILE_BYTES / 1e6:,.0f} MB"
        raise LoadError(f"{file} is too large ({megabytes}); cut it into smaller files.")


def refuse_unknown_format(file: Path) -> None:
    """Raise LoadError for a file whose name ends in nothing that can be loaded; the file need not be there."""
    if file.suffix.lower() not in LOADERS:
        raise LoadError(f"{file} has a format that is not known; give a file that ends in {_any_of(sorted(LOADERS))}.")


def _any_of(suffixes: list[str]) -> str:
    return ", ".join(suffixes[:-1]) + " or " + suffixes[-1]
