"""The files of the embedded store: a SQLite database, a counter beside it, and who is alive.

Theory of operation
-------------------
All is in one folder that comes into being whole, by being renamed, and that is set aside whole when it is damaged, by
being renamed again. A process that has it open notices that it is not there any more and opens what is there then.

Writers wait for SQLite's one write lock. A killed process leaves nothing behind: what it has not committed is not
there, and its locks are the kernel's.

The number of the last invalidation is asked for before every cached answer, so it is also kept in a file of eight bytes
that every process has mapped into its memory. It is *published* there by whoever holds the write lock, from what has
been committed: it only grows, and who sees a number finds its invalidation in the database. An invalidation that is
committed is published right afterwards, before anybody is told that it is done. When its process dies in between, the
next one that writes or opens the database publishes it; until then nobody was promised that it is seen.

Should the counter promise more than the database has (someone put back an old copy), or a process meet another database
than the one it knew, then invalidations are lost or numbered differently: everything older is forgotten, by a `floor`
above all numbers that anyone has seen and as of now.

Each process holds a lock on a file of its own, under a name of its own. Who may take this lock knows that the process
is dead, however its number is used again, and from another container, too.
"""

from __future__ import annotations

import logging
import mmap
import os
import secrets
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

if sys.platform != "win32":
    import fcntl

__all__ = ["Database", "is_damage", "open_database"]

log = logging.getLogger("byway.cache")

# "Byca", and the number of this format; another one gets a folder of its own.
_APPLICATION = 0x42796361
_FORMAT = 1
_FOLDER = f"store-{_FORMAT}"
_FILES = ("entries.db", "version")
_LOCKS = "workers"

_SCHEMA = f"""
pragma auto_vacuum = incremental;
pragma journal_mode = wal;
pragma application_id = {_APPLICATION};
pragma user_version = {_FORMAT};
create table entries (
    id integer primary key,
    key text not null unique,
    used integer not null,
    expires real not null,
    crc integer not null,
    data blob not null
);
create index entries_used on entries (used);
create index entries_expires on entries (expires);
create table invalidations (number integer primary key, tag text not null, at real not null, due real not null);
create table leases (
    key text primary key, token text not null, owner text not null, taken real not null, until real not null
) without rowid;
create table state (last integer not null, floor integer not null, floor_at real not null);
"""

# Seconds to wait for another process: in threads, and on the event loop, whose reading nothing is in the way of.
_WRITER_PATIENCE = 5.0
_READER_PATIENCE = 0.1
# What the write-ahead log may keep of the disk after it has been long, in bytes.
_LOG_KEPT = 16 * 2**20


_Identity: TypeAlias = "tuple[tuple[int, int] | None, tuple[int, int] | None]"


class Database:
    """An open database, with its counter and this process's sign of life.

    ``writer`` belongs to the thread that writes, ``reader`` to the event loop, ``slow_reader`` to a thread for what
    takes long to read. Raises ``sqlite3.Error`` or ``OSError`` when it cannot be opened.
    """

    def __init__(self, home: Path, known: int | None) -> None:
        self.home = home
        self.owner = secrets.token_hex(8)
        entries, _ = _identity(home)
        path = home / _FILES[0]
        self.writer = _connect(path, _WRITER_PATIENCE)
        try:
            _check(self.writer)
            self.writer.execute("begin immediate")
            self._map = _map_counter(home / _FILES[1])
            # Of before it was opened: what is put in its place meanwhile counts as another one.
            self._identity = (entries, _identity(home)[1])
            self.counter = memoryview(self._map).cast("q")
            self._forget_lost(known)
            self._lock = _sign_of_life(home / _LOCKS, self.owner)
            self.writer.execute("commit")
            self.publish()
            self.reader = _connect(path, _READER_PATIENCE)
            self.slow_reader = _connect(path, _WRITER_PATIENCE)
        except BaseException:
            self.writer.close()
            raise

    def is_replaced(self) -> bool:
        """Whether the files were moved or deleted since they were opened."""
        return _identity(self.home) != self._identity

    @contextmanager
    def transaction(self, *, synced: bool = False) -> Generator[None]:
        """Take the write lock, commit what is done below, or nothing; ``synced``: it is then on the disk for certain.

        What others have committed and had no time to publish is published.
        """
        if synced:
            self.writer.execute("pragma synchronous = full")
        try:
            self.writer.execute("begin immediate")
            last: int = self.writer.execute("select last from state").fetchone()[0]
            # Eight bytes, aligned: no process ever sees half of them.
            if last > self.counter[0]:
                self.counter[0] = last
            yield
            self.writer.execute("commit")
        finally:
            with suppress(sqlite3.Error):
                if self.writer.in_transaction:
                    self.writer.execute("rollback")
                if synced:
                    self.writer.execute("pragma synchronous = normal")

    def publish(self) -> None:
        """Let every process see the number of the last invalidation."""
        with self.transaction():
            pass

    def pages(self) -> tuple[int, int, int]:
        """Bytes of a page, pages of the file, and how many of those hold nothing."""
        size, count, free = (
            self.writer.execute(f"pragma {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count")
        )
        return size, count, free

    def is_alive(self, owner: str) -> bool:
        """Whether the process whose sign of life is called ``owner`` runs; True when that cannot be told."""
        return owner == self.owner or _is_locked(self.home / _LOCKS / owner)

    def close_writer(self) -> None:
        """Give up the sign of life and the write connection, on the writing thread."""
        try:
            with suppress(sqlite3.Error):
                self.writer.execute("delete from leases where owner = ?", (self.owner,))
            self.writer.close()
        finally:
            with suppress(OSError):
                (self.home / _LOCKS / self.owner).unlink()
            os.close(self._lock)

    def close_reader(self) -> None:
        """Give up the counter and the read connection, on the event loop."""
        self.reader.close()
        self.counter.release()
        self._map.close()

    def _forget_lost(self, known: int | None) -> None:
        last: int = self.writer.execute("select last from state").fetchone()[0]
        if known is not None or self.counter[0] > last:
            last = max(last, self.counter[0], known or 0) + 1
            query = "update state set last = ?, floor = ?, floor_at = ?"
            self.writer.execute(query, (last, last, time.time()))
            self.writer.execute("delete from invalidations")


def open_database(folder: Path, known: int | None = None, damaged: Database | None = None) -> Database:
    """Open the database in ``folder``, made when there is none, and made anew, with a warning, when it is unusable.

    ``known`` is the last number that this process has seen in another database, and ``damaged`` one that was found to
    be unusable after it had been opened. Raises ``sqlite3.Error`` or ``OSError``.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    home = folder / _FOLDER
    if damaged is not None and not damaged.is_replaced():
        _set_aside(home, "is damaged")
    for _ in range(2):
        if not home.exists():
            _make(home)
        found = _identity(home)
        try:
            return Database(home, known)
        except (sqlite3.DatabaseError, FileNotFoundError) as error:
            if not (is_damage(error) or found[0] is None):
                raise
            if _identity(home) == found:
                known = max(known or 0, _read_counter(home / _FILES[1]))
                _set_aside(home, f"cannot be used ({error})")
    return Database(home, known)


def is_damage(error: Exception) -> bool:
    """Whether ``error`` says that the file is no database of this format or has been damaged."""
    code: int = getattr(error, "sqlite_errorcode", 0)
    return isinstance(error, _ForeignError) or code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class _ForeignError(sqlite3.DatabaseError):
    """A database, but not one of this format."""


def _connect(path: Path, patience: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=patience, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("pragma synchronous = normal")
        connection.execute(f"pragma journal_size_limit = {_LOG_KEPT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection) -> None:
    names = ("application_id", "user_version")
    if [connection.execute(f"pragma {name}").fetchone()[0] for name in names] != [_APPLICATION, _FORMAT]:
        raise _ForeignError("it is not a cache of this version of Byway")


def _make(home: Path) -> None:
    """Make an empty database under another name, and give it its own unless someone else was faster."""
    new = Path(tempfile.mkdtemp(prefix=".new-", dir=home.parent))
    try:
        (new / _LOCKS).mkdir(mode=0o700)
        # SQLite gives its other files the permissions of this one.
        for name in _FILES:
            os.close(os.open(new / name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # Written, not left out: a hole in a full disk could not be filled through the mapping.
        (new / _FILES[1]).write_bytes(bytes(mmap.PAGESIZE))
        connection = sqlite3.connect(new / _FILES[0], isolation_level=None)
        try:
            connection.executescript(_SCHEMA)
            connection.execute("insert into state values (0, 0, 0)")
        finally:
            connection.close()
        try:
            new.rename(home)
        except OSError:
            if not home.exists():
                raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _set_aside(home: Path, problem: str) -> None:
    aside = home.with_name(f"{home.name}.damaged")
    shutil.rmtree(aside, ignore_errors=True)
    home.rename(aside)
    log.warning("The cache in %s %s. It was moved to %s, and an empty one takes its place.", home, problem, aside)


def _identity(home: Path) -> _Identity:
    """Which files are there: they are the same as long as this is."""
    return _file(home / _FILES[0]), _file(home / _FILES[1])


def _file(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _map_counter(path: Path) -> mmap.mmap:
    """The counter as memory that all processes share; called with the write lock held."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(descriptor).st_size < mmap.PAGESIZE:
            os.write(descriptor, bytes(mmap.PAGESIZE))
        return mmap.mmap(descriptor, mmap.PAGESIZE)
    finally:
        os.close(descriptor)


def _read_counter(path: Path) -> int:
    try:
        with path.open("rb") as file:
            return int.from_bytes(file.read(8), sys.byteorder)
    except OSError:
        return 0


def _sign_of_life(folder: Path, owner: str) -> int:
    """Lock a file called ``owner`` and return its descriptor; called with the write lock held.

    Files of the dead are cleared away.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    for other in folder.iterdir():
        _is_locked(other)
    descriptor = os.open(folder / owner, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    if sys.platform != "win32":
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def _is_locked(path: Path) -> bool:
    """Whether a process holds the lock on ``path``, which is deleted when none does."""
    if sys.platform == "win32":
        return path.exists()
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)
