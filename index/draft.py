"""Bytes into a file, whole or not at all, also where the process or the power goes in the middle."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def written_whole(file: Path, draft: Path) -> Iterator[BinaryIO]:
    """Write a draft, and put it in the file's place when it is on the disk; an error leaves the file, and no draft."""
    try:
        with draft.open("wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
