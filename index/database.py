"""A SQLite file into snapshots and transactions: the truth that everything else in a library is derived from."""

from __future__ import annotations

import logging
import os
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
from typing import NamedTuple, NoReturn
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


EMPTIED_WITHIN = 0.25
"""Seconds that emptying the log waits for readers; what is in it is emptied with the next change otherwise."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A state of the truth: its generation, and a random token that tells it from another history's same number."""

    generation: int
    token: int


NOTHING = Stamp(0, 0)
"""The state of a library that no document was ever written to."""


class _Trace(NamedTuple):
    """What changes when a file is written to or replaced."""

    inode: int
    size: int
    written: int


class _Connection(sqlite3.Connection):
    """A connection; `seen` are the traces of the file and its log where it reads the file as it is, without locks.

    SQLite takes such a file for one that never changes, so whether it did is looked for here.
    """

    seen: tuple[_Trace | None, _Trace | None] | None = None


class Database:
    """One library's SQLite file: snapshots for any number of threads and processes, one writer at a time."""

    def __init__(self, file: Path, timeout: float) -> None:
        self.file = file
        self._timeout = timeout
        self._idle: deque[_Connection] = deque()
        self._local = threading.local()
        self._writing = threading.RLock()
        self._immutable = False
        self._inode: int | None = None
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
        """One transaction that is kept whole or not at all; threads take turns, however long one of them takes."""
        self._refuse_vanished()
        with self._writing, self._translated(), self._borrowed() as connection:
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
        """Force everything committed onto the disk and empty the write-ahead log, as far as readers let it.

        Nobody can write while it waits for them, so it does not wait long.
        """
        with self._translated(), self._borrowed() as connection:
            connection.execute(f"PRAGMA busy_timeout = {1000 * min(self._timeout, EMPTIED_WITHIN):.0f}")
            try:
                if connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.OperationalError as error:  # what was committed is in the log, and read there
                code = error.sqlite_errorcode & 0xFF
                if code == sqlite3.SQLITE_FULL:
                    log.warning("The disk that holds the library %s is full; free some space.", self.file.parent)
                elif code not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY):  # who may not write settles nothing
                    raise
            finally:
                connection.execute(f"PRAGMA busy_timeout = {1000 * self._timeout:.0f}")

    def flaws(self) -> list[str]:
        """Give what SQLite's own check of the file finds."""
        with self._translated(), self._borrowed() as connection:
            rows = connection.execute("PRAGMA integrity_check").fetchall()
            orphans = connection.execute("PRAGMA foreign_key_check").fetchall()
        return [row[0] for row in rows if row[0] != "ok"] + [f"orphan row in {row[0]}" for row in orphans]

    def damaged(self, flaw: str) -> LibraryDamaged:
        """Say what is wrong with the file, and what can be done about it by whoever sees that."""
        anew = "restore it from a backup, or delete the folder and add the documents again"
        wait = "try again in case it is being written to, else restore it from a backup"
        return LibraryDamaged(f"{self.file} is damaged ({flaw}); {anew if self._may_write() else wait}.")

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    # ---- connections

    @contextmanager
    def _borrowed(self) -> Iterator[_Connection]:
        """Lend the connection that this thread holds already, else an idle one, else a new one."""
        held: _Connection | None = getattr(self._local, "connection", None)
        connection = held or self._idle_one() or self._connect()
        self._local.connection = connection
        try:
            yield connection
        except Exception as error:
            self._refuse_changed(connection, error)
            raise
        else:
            self._refuse_changed(connection)
        finally:
            self._local.connection = held
            if held is None:
                self._idle.append(connection)

    def _idle_one(self) -> _Connection | None:
        """Take an idle connection, and close those that would read a state of the file that is gone."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:  # another thread took it
                return None
            if connection.seen is None or connection.seen == self._traces():
                return connection
            connection.close()
        return None

    def _connect(self) -> _Connection:
        """Open the file as one of its users, or read it as it is where its folder takes none of SQLite's own files."""
        seen = self._traces()
        if self._inode is not None and not self._immutable:
            self._refuse_vanished()
        if not self._immutable or seen[1]:  # where another process keeps a log, it can be joined
            try:
                return self._opened("" if self._inode is None else "?mode=rw")  # an open library is not made anew
            except sqlite3.OperationalError as error:
                refused = error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
                if not refused or (self._inode is not None and self._may_write()):  # there are too many open files
                    raise
            self._immutable = True
        self._refuse_unmerged()
        connection = self._opened("?mode=ro&immutable=1")
        connection.seen = seen
        return connection

    def _opened(self, mode: str) -> _Connection:
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(self.file.absolute()))}{mode}",
            uri=True,
            timeout=self._timeout,
            isolation_level=None,
            check_same_thread=False,
            factory=_Connection,
        )
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = NORMAL")  # a crash loses nothing; `settle` guards from power cuts
            connection.execute("PRAGMA secure_delete = ON")  # what is removed is overwritten
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # only now is the file opened
        except BaseException:
            connection.close()
            raise
        return connection

    def _may_write(self) -> bool:
        return os.access(self.file.parent, os.W_OK)

    def _traces(self) -> tuple[_Trace | None, _Trace | None]:
        return _trace(self.file), _trace(self.file.with_name(self.file.name + "-wal"))

    # ---- opening

    def _prepare(self) -> None:
        version = self._version()
        if version == 0:
            self._create()
        with self._borrowed() as connection:
            application = connection.execute("PRAGMA application_id").fetchone()[0]
        if application != APPLICATION:
            raise self._foreign()
        if version > SCHEMA:
            raise LibraryMismatch(
                f"The library {self.file.parent} was made by a newer Quotewise (schema {version}, this one reads "
                f"{SCHEMA}); upgrade Quotewise to open it."
            )

    def _version(self) -> int:
        with self._borrowed() as connection:
            return int(connection.execute("PRAGMA user_version").fetchone()[0])

    def _create(self) -> None:
        with self._borrowed() as connection:
            self._refuse_foreign(connection)  # nor change another program's file
            self._log_ahead(connection)
            connection.execute("BEGIN IMMEDIATE")
            try:
                if connection.execute("PRAGMA user_version").fetchone()[0] == 0:  # else another process was first
                    self._refuse_foreign(connection)
                    for statement in TABLES:
                        connection.execute(statement)
                    connection.execute("INSERT INTO meta VALUES ('library', ?)", (uuid.uuid4().hex,))
                    connection.execute(f"PRAGMA application_id = {APPLICATION}")
                    connection.execute(f"PRAGMA user_version = {SCHEMA}")
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _refuse_foreign(self, connection: _Connection) -> None:
        """Refuse a file that holds something, and was not made by Quotewise."""
        holds = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if holds and connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise self._foreign()

    def _foreign(self) -> LibraryDamaged:
        return LibraryDamaged(f"{self.file} is not a Quotewise library; choose another folder.")

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
        file, log = self._traces()
        if file is None:
            if self._inode is not None:
                self._refuse_vanished()
            raise LibraryReadOnly(
                f"No library can be made in {self.file.parent}, which cannot be written to; choose another folder."
            )
        if log is not None and log.size:
            raise LibraryReadOnly(
                f"The library {self.file.parent} has changes that are still to be merged, and its folder cannot be "
                "written to; open it once where it can be written."
            )

    def _refuse_changed(self, connection: _Connection, error: Exception | None = None) -> None:
        """Refuse what was read from a file as it is while another process wrote it: it may be of two states."""
        if connection.seen is not None and connection.seen[0] != _trace(self.file):
            raise LibraryError(
                f"The library {self.file.parent} was changed by another process while it was read; ask again."
            ) from error

    def _refuse_vanished(self) -> None:
        trace = _trace(self.file)
        if trace is None or trace.inode != self._inode:
            raise LibraryError(
                f"The library {self.file.parent} was deleted or moved while it was open; open it again where it is now."
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self._explain(error)
        except UnicodeEncodeError as error:
            raise LibraryError(
                "Half a character (a lone surrogate) cannot be kept or looked for; leave it out."
            ) from error

    def _explain(self, error: sqlite3.Error) -> NoReturn:
        folder, exact = self.file.parent, getattr(error, "sqlite_errorcode", 0)
        code = exact & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise LibraryLocked(
                f"The library {folder} is being written to by another process; try again when it has finished."
            ) from error
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_AUTH):
            raise LibraryReadOnly(
                f"The library {folder} cannot be written to; check the folder's permissions, or copy it elsewhere."
            ) from error
        if code == sqlite3.SQLITE_FULL or exact == sqlite3.SQLITE_IOERR_SHMSIZE:
            raise LibraryFull(
                f"The disk that holds the library {folder} is full; free some space and try again. What was "
                "added before is safe."
            ) from error
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise self.damaged(str(error)) from error
        raise LibraryError(f"The library {folder} cannot be used ({error}); check its disk and permissions.") from error


def _trace(file: Path) -> _Trace | None:
    try:
        status = file.stat()
    except OSError:
        return None
    return _Trace(status.st_ino, status.st_size, status.st_mtime_ns)
