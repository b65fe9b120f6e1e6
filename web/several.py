"""The body of one request into several small files, each with its name."""

from __future__ import annotations

import json

MOST_FILES = 50
"""Files that come in one request: so few that a person who stops does not wait, and that the others get their turn."""

LARGEST_TOGETHER = 100_000
"""Bytes that they have together."""


def unpacked(body: bytes) -> list[tuple[str, bytes]]:
    r"""Give the names and contents of files: a line of JSON, `[[name, bytes], …]`, then the files behind each other.

    Raises ValueError for a body that is not so.

    >>> unpacked(b'[["a.txt", 3], ["b.md", 2]]\noneto')
    [('a.txt', b'one'), ('b.md', b'to')]
    """
    line, _, rest = body.partition(b"\n")
    files, place = [], 0
    for name, length in _listed(line):
        files.append((name, rest[place : place + length]))
        place += length
    if place != len(rest):
        raise ValueError("the files are not of the lengths that it says")
    return files


def _listed(line: bytes) -> list[tuple[str, int]]:
    try:
        listed = json.loads(line)
        named = [(str(name), int(length)) for name, length in listed]
    except (TypeError, RecursionError) as error:
        raise ValueError("not a list of names and lengths") from error
    if not 0 < len(named) <= MOST_FILES or any(length < 0 for _, length in named):
        raise ValueError("not a list of names and lengths")
    return named
