"""Files that a browser sends into documents of the library, and documents out of it and back: the library's routes."""

from __future__ import annotations

import errno
import json
import queue
import tempfile
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from index import Document, Index
from index.errors import LoadError
from index.load import MAX_FILE_BYTES, load, refuse_unknown_format
from index.report import Progress, ReportLine

from .body import read_body
from .failures import GONE, caught
from .several import LARGEST_TOGETHER, unpacked

UNDOABLE = 20
"""Removed documents that can be brought back, for as long as the server runs."""

LARGEST_BODY = 4_000
"""Bytes of a request that only names a document, and perhaps its title."""

LONGEST_NAME = 500
"""Characters of a file's name and folders that are kept."""

Sources = tuple[str, ...]


class Library:
    """What a browser may do with a library: add a file, rename or remove a document, bring it back."""

    def __init__(self, index: Index) -> None:
        """Change this library."""
        self._index = index
        self._removed: OrderedDict[str, tuple[Document, Sources]] = OrderedDict()
        self._coming: list[tuple[str, str]] = []  # the source and the id of each document that is being added
        self._lock = threading.Lock()
        self._naming_lock = threading.Lock()

    def routes(self) -> list[Route]:
        """Give the routes, all below `/library/`."""
        return [
            Route("/library/add", self.add, methods=["POST"]),
            Route("/library/add-several", self.add_several, methods=["POST"]),
            Route("/library/remove", self.remove, methods=["POST"]),
            Route("/library/rename", self.rename, methods=["POST"]),
            Route("/library/restore", self.restore, methods=["POST"]),
        ]

    async def add(self, request: Request) -> Response:
        """Add the file that is the body, under the name in the query; answers with lines of JSON, progress first.

        A connection that ends before the file is whole leaves nothing.
        """
        name = clean_name(request.query_params.get("name", ""))
        folder = tempfile.TemporaryDirectory(prefix="quotewise-")
        file = Path(folder.name, PurePosixPath(name).name)
        try:
            _refuse(name, int(request.headers.get("content-length") or 0))
            await _receive(request.stream(), file, name)
        except (LoadError, OSError, ClientDisconnect) as error:
            folder.cleanup()
            return JSONResponse({"status": "failed", "name": name, "why": _not_received(name, error)})
        return StreamingResponse(self._adding(folder, file, name), media_type="application/x-ndjson")

    def _adding(self, folder: tempfile.TemporaryDirectory[str], file: Path, name: str) -> Iterator[str]:
        """Add in a thread of its own, which comes to its end whether or not somebody still listens."""
        lines: queue.Queue[dict[str, Any]] = queue.Queue()

        def tell(progress: Progress) -> None:
            lines.put({"passages": progress.passages, "of": progress.passages_total})

        def work() -> None:
            with folder:
                lines.put(_outcome(name, lambda: self._add(file, name, tell)))

        threading.Thread(target=work, name="add", daemon=True).start()
        while True:
            line = lines.get()
            yield json.dumps(line) + "\n"
            if "status" in line:
                return

    async def add_several(self, request: Request) -> Response:
        """Add the small files that the body holds in one go; answers with one line a file, as `add` ends with."""
        body = await read_body(request, 2 * LARGEST_TOGETHER)
        try:
            files = [(clean_name(name), content) for name, content in unpacked(body)]
        except ValueError as error:
            raise HTTPException(400, f"The request does not hold the files that it names ({error}).") from error
        return JSONResponse(await run_in_threadpool(self._add_several, files))

    def _add_several(self, files: Sequence[tuple[str, bytes]]) -> list[dict[str, Any]]:
        since = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="quotewise-") as folder:
            read = [_read(Path(folder, str(number)), *file) for number, file in enumerate(files)]
        documents = [one for one in read if isinstance(one, Document)]
        kept = _outcome("", lambda: {"lines": self._keep_several(documents)})
        each = round((time.perf_counter() - since) / len(files), 3)
        lines = iter(kept.get("lines", [kept] * len(documents)))
        return [
            {**next(lines), "name": one.source, "seconds": each} if isinstance(one, Document) else one for one in read
        ]

    def _keep_several(self, documents: Sequence[Document]) -> list[dict[str, Any]]:
        names = [document.source for document in documents]
        with self._reserved([(document.source, document.id) for document in documents]) as sources:
            placed = [replace(document, source=source) for document, source in zip(documents, sources, strict=True)]
            report = self._index.add_documents(placed)
        return [_told(line, name, source) for line, name, source in zip(report, names, sources, strict=True)]

    def _add(self, file: Path, name: str, tell: Callable[[Progress], None]) -> dict[str, Any]:
        since = time.perf_counter()
        document = _load(file, name)
        with self._reserved([(name, document.id)]) as (source,):
            line = self._index.add_documents([replace(document, source=source)], tell)[0]
        return {**_told(line, name, source), "seconds": round(time.perf_counter() - since, 2)}

    @contextmanager
    def _reserved(self, wanted: Sequence[tuple[str, str]]) -> Iterator[Sources]:
        """Find sources for documents, (name, id) each, that no other text takes until these are added or have failed.

        Two files of one name, sent at once, must not take each other's place, nor wait for each other.
        """
        taken: list[tuple[str, str]] = []
        try:
            with self._naming_lock:
                for name, document_id in wanted:
                    taken.append((self._free(name, document_id), document_id))
                    self._coming.append(taken[-1])
            yield tuple(source for source, _ in taken)
        finally:
            with self._naming_lock:
                for one in taken:
                    self._coming.remove(one)

    def _free(self, name: str, document_id: str) -> str:
        """Find a source that no other text has or is about to have, so that it takes no other's place; "" is free."""
        number, source = 1, name
        while source and (held := self._held(source)) and document_id not in held:
            number += 1
            source = f"{name} ({number})"
        return source

    def _held(self, source: str) -> set[str]:
        return self._index.at(source) | {document_id for coming, document_id in self._coming if coming == source}

    async def remove(self, request: Request) -> Response:
        """Remove a document, and keep it for a while in case that was a mistake."""
        (document_id,) = await _named(request, "document")
        return JSONResponse(await run_in_threadpool(_outcome, "", lambda: self._remove(document_id)))

    def _remove(self, document_id: str) -> dict[str, Any]:
        document = self._index.document(document_id)
        sources = self._index.sources(document_id) or ("",)  # one that came from a program may have none
        self._index.remove(document_id)
        with self._lock:
            self._removed[document_id] = document, sources
            while len(self._removed) > UNDOABLE:
                self._removed.popitem(last=False)
        return {"status": "removed", "title": document.title, "document": document_id}

    async def rename(self, request: Request) -> Response:
        """Give a document another title."""
        document_id, title = await _named(request, "document", "title")
        return JSONResponse(await run_in_threadpool(_outcome, "", lambda: self._rename(document_id, title)))

    def _rename(self, document_id: str, title: str) -> dict[str, Any]:
        return {"status": "renamed", "title": self._index.rename(document_id, title), "document": document_id}

    async def restore(self, request: Request) -> Response:
        """Bring back a document that was removed a while ago."""
        (document_id,) = await _named(request, "document")
        return JSONResponse(await run_in_threadpool(_outcome, "", lambda: self._restore(document_id)))

    def _restore(self, document_id: str) -> dict[str, Any]:
        with self._lock:
            removed = self._removed.get(document_id)
        if removed is None:
            raise LoadError("This document can no longer be brought back; add its file again.")
        document, sources = removed
        with self._reserved([(source, document_id) for source in sources]) as free:
            line = self._index.add_documents([replace(document, source=source) for source in free])[0]
        with self._lock:
            self._removed.pop(document_id, None)
        return {"status": line.status, "title": document.title, "document": document_id, "passages": line.passages}


def clean_name(name: str) -> str:
    """Turn what a browser calls a file into a relative path without dots, backslashes or control characters."""
    shown = "".join(c if c.isprintable() else "\ufffd" for c in name.replace("\\", "/"))
    parts = [part.strip() for part in shown.split("/") if part.strip(" .")]
    return "/".join(parts)[-LONGEST_NAME:].lstrip("/") or "document.txt"


def _load(file: Path, name: str) -> Document:
    """Load a file that was received; a failure speaks of it by the name that it came with."""
    try:
        return load(file)
    except LoadError as error:
        raise LoadError(str(error).replace(str(file.resolve()), name).replace(str(file), name)) from error


def _read(folder: Path, name: str, content: bytes) -> Document | dict[str, Any]:
    """Load one of several files that were received, or say why it cannot be."""
    with caught() as failures:
        refuse_unknown_format(Path(name))
        folder.mkdir()
        file = folder / PurePosixPath(name).name
        file.write_bytes(content)
        return replace(_load(file, name), source=name)
    return {"status": "failed", "name": name, "why": failures[0]}


def _told(line: ReportLine, name: str, source: str) -> dict[str, Any]:
    """Say what became of a file; its `source` is not its `name` where another text had that."""
    renamed = source != name and line.status == "added"
    kept = f"Another text named {name} was there; both are kept." if renamed else ""
    return {
        "status": line.status,
        "title": line.title,
        "document": line.document_id,
        "passages": line.passages,
        "pages": line.pages,
        "why": line.why or kept,
    }


async def _named(request: Request, *names: str) -> list[str]:
    """Read what a request names: a document, and perhaps its title."""
    body = await read_body(request, LARGEST_BODY)
    try:
        named = json.loads(body)
        return [str(named[name]) for name in names]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise HTTPException(400, f"The request does not name: {', '.join(names)}.") from error


def _refuse(name: str, length: int) -> None:
    """Refuse a file by what is said of it, before it is sent."""
    refuse_unknown_format(Path(name))
    if length > MAX_FILE_BYTES:
        raise LoadError(
            f"{name} is too large ({_megabytes(length)}); cut it into files of {_megabytes(MAX_FILE_BYTES)}."
        )


def _not_received(name: str, error: Exception) -> str:
    """Say why a file did not arrive."""
    if isinstance(error, LoadError):
        return str(error)
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"{name} could not be received, because the server's disk is full; free some space and try again."
    return f"{name} could not be received ({error}); try again."


async def _receive(stream: AsyncIterator[bytes], file: Path, name: str) -> None:
    """Write the body of a request to a file, up to the size of a document."""
    length = 0
    with file.open("wb") as written:
        async for part in stream:
            length += len(part)
            _refuse(name, length)
            await run_in_threadpool(written.write, part)


def _outcome(name: str, act: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Do something and give what came of it, or in one sentence why it failed."""
    with caught(GONE) as failures:
        return {"name": name, **act()}
    return {"status": "failed", "name": name, "why": failures[0]}


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
