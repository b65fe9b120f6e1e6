"""Several libraries into the names and paths under which one server shows them, and links from each to the others."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from qa.render import escape

BELOW = "libraries"
"""The first library is shown at the root of the server, every other one at `/libraries/NAME/`."""

_PATH = re.compile(rf"/{BELOW}/[\w.~%-]+(?=/)", re.ASCII)
_UNFIT = re.compile(r"[^\w.~-]+", re.ASCII)


Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def shelved(locations: Sequence[str | Path]) -> list[str]:
    """Name libraries by the last part of where they lie; a name that is taken gets a number.

    >>> shelved(["letters", "old/letters"])
    ['letters', 'letters (2)']
    """
    names: list[str] = []
    for location in locations:
        name = first = Path(str(location).rstrip("/")).name or "library"
        number = 1
        while name in names:
            number += 1
            name = f"{first} ({number})"
        names.append(name)
    return names


def paths(names: Sequence[str]) -> list[str]:
    """Give the path of each library below the root of the server, "" for the first; it ends with a slash."""
    found = [""] if names else []
    for number, name in enumerate(names[1:], 2):
        plain = _UNFIT.sub("-", name).strip("-.") or str(number)
        path = f"{BELOW}/{plain}/"
        found.append(f"{BELOW}/{plain}-{number}/" if path in found else path)
    return found


def inside(path: str) -> str:
    """Take off where a library is shown from the path of a request: `/libraries/letters/config` is `/config`."""
    return _PATH.sub("", path, count=1) if _PATH.match(path) else path


def below(application: Application) -> Application:
    """Hand requests to an application as if it were shown at the root."""

    async def handed(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            path = inside(scope["path"])
            scope = {**scope, "path": path, "raw_path": quote(path).encode(), "root_path": ""}
        await application(scope, receive, send)

    return handed


def links_html(names: Sequence[str], here: int) -> str:
    """Link from the library at place `here` to all; nothing where it is the only one."""
    if len(names) < 2:
        return ""
    back = "../../" if here else "./"
    links = "".join(
        f'<li><a class="qw-choice" href="{back}{escape(path)}"{" aria-current=page" if place == here else ""} '
        f'dir="auto">{escape(name)}</a></li>'
        for place, (name, path) in enumerate(zip(names, paths(names), strict=True))
    )
    return (
        f'<nav class="qw-shelf" aria-label="Libraries"><details><summary><span dir="auto">{escape(names[here])}</span>'
        f"</summary><ul>{links}</ul></details></nav>"
    )
