"""A SQLite file into snapshots and transactions: the truth that everything else in a library is derived from."""

from __future__ import annotations

import logging
import secrets
import sqlite3
import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from .errors import (
    LibraryDamaged,
    LibraryError,
    LibraryFull,
    LibraryLocked,
    LibraryMismatch,
    LibraryReadOnly,
)
from .rows import SCHEMA, TABLES

log = logging.getLogger(__name__)

APPLICATION = 0x51575345
"""Tells a library from another program's SQLite file (`PRAGMA application_id`)."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A state of the truth: its generation, and a random token that tells it from another history's same number."""

    generation: int
    token: int


NOTHING = Stamp(0, 0)
"""The state of a library that no document was ever written to."""


class Database:
    """One library's SQLite file: snapshots for any number of threads and processes, one writer at a time."""

    def __init__(self, file: Path, timeout: float) -> None:
        self.file = file
        self._timeout = timeout
        self._idle: deque[sqlite3.Connection] = deque()
        self._local = threading.local()
        self._immutable = False
        with self._translated():
            self._prepare()
        self._inode = file.stat().st_ino

    # ---- reading and writing

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent snapshot, whatever is written meanwhile; inside another one it is the same."""
        with self._translated(), self._borrowed() as connection:
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction that is kept whole or not at all."""
        self._refuse_vanished()
        with self._translated(), self._borrowed() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def change(self) -> Iterator[tuple[sqlite3.Connection, int]]:
        """One transaction that searches will see, with the number of the generation that it makes."""
        with self.write() as connection:
            cursor = connection.execute("INSERT INTO changes (token) VALUES (?)", (secrets.randbits(62),))
            yield connection, int(cursor.lastrowid or 0)

    def stamp(self) -> Stamp:
        """Say what the newest state is."""
        query = "SELECT generation, token FROM changes ORDER BY generation DESC LIMIT 1"
        with self._translated(), self._borrowed() as connection:
            row = connection.execute(query).fetchone()
        return Stamp(*row) if row else NOTHING

    def knows(self, stamp: Stamp) -> bool:
        """Say whether a state is one that this library was in."""
        query = "SELECT token FROM changes WHERE generation = ?"
        with self._translated(), self._borrowed() as connection:
            row = connection.execute(query, (stamp.generation,)).fetchone()
        return stamp == NOTHING or bool(row == (stamp.token,))

    def meta(self) -> dict[str, str]:
        """Give what the library records about itself."""
        with self._translated(), self._borrowed() as connection:
            return dict(connection.execute("SELECT key, value FROM meta").fetchall())

    def settle(self) -> None:
        """Force everything committed onto the disk and empty the write-ahead log, as far as readers let it."""
        if not self._immutable:
            with self._translated(), self._borrowed() as connection:
                try:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
                except sqlite3.OperationalError as error:  # what was committed is in the log, and read there
                    if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_FULL:
                        raise
                    log.warning("The disk that holds the library %s is full; free some space.", self.file.parent)

    def flaws(self) -> list[str]:
        """Give what SQLite's own check of the file finds."""
        with self._translated(), self._borrowed() as connection:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        return [row[0] for row in rows if row[0] != "ok"] + [f"orphan row in {row[0]}" for row in orphans]

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    # ---- connections

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection that this thread holds already, else an idle one, else a new one."""
        held: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if held is not None:
            yield held
            return
        try:
            connection = self._idle.pop()
        except IndexError:
            connection = self._connect()
        self._local.connection = connection
        try:
            yield connection
        finally:
            self._local.connection = None
            self._idle.append(connection)

    def _connect(self) -> sqlite3.Connection:
        address = f"file:{quote(str(self.file.absolute()))}"
        connection = sqlite3.connect(
            address + ("?mode=ro&immutable=1" if self._immutable else ""),
            uri=True,
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = NORMAL")  # a crash loses nothing; `settle` guards against power cuts
        connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten
        return connection

    # ---- opening

    def _prepare(self) -> None:
        try:
            version = self._version()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY):
                raise
            self._refuse_unmerged()  # WAL has no place for its files here: read the file as it is
            self.close()
            self._immutable = True
            version = self._version()
        if version == 0:
            self._create()
        with self._borrowed() as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION:
            raise LibraryDamaged(f"{self.file} is not a Quotewise library; choose another folder.")
        if version > SCHEMA:
            raise LibraryMismatch(
                f"The library {self.file.parent} was made by a newer Quotewise (schema {version}, this one reads "
                f"{SCHEMA}); upgrade Quotewise to open it."
            )

    def _version(self) -> int:
        with self._borrowed() as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def _create(self) -> None:
        with self._borrowed() as connection:
            self._log_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # else another process was first
                    if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                        raise LibraryDamaged(f"{self.file} is not a Quotewise library; choose another folder.")
                    for statement in TABLES:
                        connection.execute(statement)
                    connection.execute("INSERT INTO meta VALUES ('library', ?)", (uuid.uuid4().hex,))
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA}")
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise

    def _log_ahead(self, connection: sqlite3.Connection) -> None:
        """Switch a new file to a write-ahead log; SQLite does not wait here for another process that does the same."""
        until = time.monotonic() + self._timeout
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= until:
                    raise
                time.sleep(0.01)
            else:
                return

    # ---- what goes wrong

    def _refuse_unmerged(self) -> None:
        if not self.file.exists():
            raise LibraryReadOnly(
                f"No library can be made in {self.file.parent}, which cannot be written to; choose another folder."
            )
        log = self.file.with_name(self.file.name + "-wal")
        if log.exists() and log.stat().st_size:
            raise LibraryReadOnly(
                f"The library {self.file.parent} has changes that are still to be merged, and its folder cannot be "
                "written to; open it once where it can be written."
            )

    def _refuse_vanished(self) -> None:
        if not self.file.exists() or self.file.stat().st_ino != self._inode:
            raise LibraryError(
                f"The library {self.file.parent} was deleted or moved while it was open; open it again where it is now."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._explain(error)

    def _explain(self, error: sqlite3.Error) -> NoReturn:
        folder, code = self.file.parent, getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LibraryLocked(
                f"The library {folder} is being written to by another process; try again when it has finished."
            ) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH):
            raise LibraryReadOnly(
                f"The library {folder} cannot be written to; check the folder's permissions, or copy it elsewhere."
            ) from error
        if code == sqlite3.SQLITE_FULL:
            raise LibraryFull(
                f"The disk that holds the library {folder} is full; free some space and try again. What was "
                "added before is safe."
            ) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise LibraryDamaged(
                f"{self.file} is damaged ({error}); restore it from a backup, or delete the folder and add the "
                "documents again."
            ) from error
        raise LibraryError(f"The library {folder} cannot be used ({error}); check its disk and permissions.") from error
