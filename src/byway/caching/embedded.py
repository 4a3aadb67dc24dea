"""The default store: a SQLite database that the workers of one host share.

SQLite in WAL mode was chosen by measuring it against LMDB: reading takes microseconds in both, a committed write takes
SQLite tens of microseconds and LMDB, which syncs each, most of a millisecond; SQLite comes with Python and needs no
size planned ahead. What is on disk is `database`'s business, this module's is what the protocol makes of it.

Small entries are read on the event loop, large ones in a thread. All that writes goes to one writing thread, which
takes whatever waits there into one transaction. An invalidation is synced to the disk before it is done; an entry need
not be, for after a loss of power the database is as it was a moment before.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import time
import zlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeAlias, TypeVar

import msgspec

from byway.caching.database import Database, is_damage, open_database
from byway.caching.store import Entry, Invalidation, Invalidations

__all__ = ["EmbeddedStore"]

log = logging.getLogger("byway.cache")

T = TypeVar("T")
Work: TypeAlias = Callable[[Database], T]

_MOST_INVALIDATIONS = 100_000
# Larger entries, in bytes, and more invalidations are read in a thread.
_LARGE = 64 * 1024
_MANY_INVALIDATIONS = 1_000
# Of what waits to be written: jobs that one transaction takes, and bytes beyond which entries are refused.
_BATCH = 64
_MOST_WAITING = 64 * 2**20
# Seconds: between looks whether the database is still the one that was opened, between tidyings, and that an entry's
# last use is told inexactly, lest every reading be a writing.
_BEAT = 1.0
_TIDY = 30.0
_COARSE = 60
_MOST_TOUCHED = 10_000
# A sweep makes room for this many bytes, or a tenth of all, by so many entries at a time.
_ROOM = 16 * 2**20
_SWEPT = 1_000
# Pages that are given back to the file system at a time, and empty ones that need not be.
_VACUUMED = 2_000
_SPARE = 256

_FIND = "select id, used, crc, case when length(data) <= ? then data end from entries where key = ?"
_SET = """
insert into entries (key, used, expires, crc, data) values (?, ?, ?, ?, ?) on conflict (key) do update
set used = excluded.used, expires = excluded.expires, crc = excluded.crc, data = excluded.data
"""
# Each tells the floor, too, even where there are no rows: one statement sees one state of the database.
_SINCE = """
select floor, floor_at, number, tag, at, due from state left join invalidations on number > ? order by number
"""
_EXPIRED = "select id, length(data) from entries where expires <= ? order by expires limit ?"
_UNUSED = "select id, length(data) from entries where expires > ? order by used limit ?"

_DELETE_EXPIRED = "delete from entries where id in (select id from entries where expires <= ? limit ?)"

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Entry).decode


@dataclass(slots=True)
class _Job:
    """Work for the writing thread; it is done again when its transaction failed for another's sake."""

    work: Work[Any]
    future: asyncio.Future[Any]
    size: int = 0
    invalidates: bool = False


class EmbeddedStore:
    """Keeps entries in ``folder``, at most about ``max_size`` bytes of them.

    The folder must be on a local file system; it is made, for its owner only. ``clock`` gives Unix time in seconds.
    When the files are deleted or found damaged, every worker goes on with empty ones, within about a second. A store
    belongs to the process and the event loop that have opened it. Methods raise ``sqlite3.Error`` or ``OSError`` when
    the disk is full or cannot be written.
    """

    def __init__(self, folder: Path, *, max_size: int, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder.absolute()
        self._max_size = max_size
        self._clock = clock
        self._opened: Database | None = None
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._closing = False
        self._waiting = 0
        self._touched: set[int] = set()

    # Lifecycle

    async def open(self) -> None:
        """Open the files, or make them."""
        self._loop = asyncio.get_running_loop()
        self._closing = False
        self._opened = await asyncio.to_thread(open_database, self._folder)
        self._slow = ThreadPoolExecutor(1, thread_name_prefix="cache-reader")
        self._writer = Thread(target=self._write, name="byway-cache-writer", daemon=True)
        self._writer.start()
        self._tidied = time.monotonic()
        self._timer = self._loop.call_later(_BEAT, self._beat)

    async def close(self) -> None:
        """Write what waits to be written, and close the files."""
        if self._opened is None or self._closing:
            return
        self._closing = True
        self._timer.cancel()
        self._jobs.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._slow.shutdown)
        database, self._opened = self._database, None
        database.close_reader()
        database.slow_reader.close()
        await asyncio.to_thread(database.close_writer)

    # Entries

    async def get(self, key: str) -> Entry | None:
        """The entry at ``key``, however old. One that is damaged is deleted."""
        database = self._database
        try:
            row = database.reader.execute(_FIND, (_LARGE, key)).fetchone()
            if row is None:
                return None
            number, used, crc, data = row
            if data is None:
                large = await self._loop.run_in_executor(self._slow, _read_large, database.slow_reader, key)
                if large is None:
                    return None
                crc, data = large
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            # The writing thread finds the damage, too, and makes a new database.
            await self._do(lambda database: database.writer.execute(_FIND, (_LARGE, key)).fetchone())
            return None
        if self._clock() - used > _COARSE and len(self._touched) < _MOST_TOUCHED:
            self._touched.add(number)
        if zlib.crc32(data) == crc:
            with suppress(msgspec.DecodeError):
                return _decode(data)
        log.warning("An entry of the cache in %s is damaged and was deleted.", self._folder)
        await self._do(lambda database: _run(database, "delete from entries where key = ? and crc = ?", key, crc))
        return None

    async def set(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` at ``key``; returns when that has been committed."""
        size = len(entry.value)
        if size > self._max_size:
            await self.delete(key)
            return
        if self._waiting and self._waiting + size > _MOST_WAITING:
            raise BlockingIOError(
                f"The cache's disk is too slow: {self._waiting:,} bytes wait to be written. An entry was not kept."
            )

        def work(database: Database) -> None:
            data = _encode(entry)
            values = (key, int(self._clock()), entry.created + entry.expire, zlib.crc32(data), data)
            database.writer.execute(_SET, values)

        await self._do(work, size=size)

    async def delete(self, key: str) -> None:
        """Forget the entry at ``key``."""
        await self._do(lambda database: _run(database, "delete from entries where key = ?", key))

    # Invalidations

    def version(self) -> int:
        """The number of the last invalidation, read from memory that all workers share."""
        return self._database.counter[0]

    async def invalidate(self, tags: Sequence[str], at: float, due: float) -> int:
        """Write down an invalidation for each of ``tags``; it is on the disk when this returns."""
        names = tuple(tags)
        if not names:
            return self.version()

        def work(database: Database) -> int:
            (before,) = database.writer.execute("select last from state").fetchone()
            rows = [(number, tag, at, due) for number, tag in enumerate(names, before + 1)]
            database.writer.executemany("insert into invalidations values (?, ?, ?, ?)", rows)
            last: int = rows[-1][0]
            _run(database, "update state set last = ?", last)
            forgotten = last - _MOST_INVALIDATIONS
            query = "select max(at) from invalidations where number <= ?"
            (moment,) = database.writer.execute(query, (forgotten,)).fetchone()
            if moment is not None:
                _run(database, "update state set floor = ?, floor_at = max(floor_at, ?)", forgotten, moment)
                _run(database, "delete from invalidations where number <= ?", forgotten)
            return last

        return await self._do(work, invalidates=True)

    async def invalidations(self, since: int) -> Invalidations:
        """Those with a number above ``since``."""
        database = self._database
        if database.counter[0] - since > _MANY_INVALIDATIONS:
            return await self._loop.run_in_executor(self._slow, _read_since, database.slow_reader, since)
        return _read_since(database.reader, since)

    # Leases

    async def lease(self, key: str, seconds: float) -> str | None:
        """The right to compute ``key`` for ``seconds``, unless a living process has it."""
        token = secrets.token_hex(8)

        def work(database: Database) -> str | None:
            now = self._clock()
            query = "select owner, taken, until from leases where key = ?"
            held = database.writer.execute(query, (key,)).fetchone()
            if held is not None:
                owner, taken, until = held
                # Where the clock was put back, nobody can tell how long the lease still lasts.
                if taken <= now < until and database.is_alive(owner):
                    return None
            row = (key, token, database.owner, now, now + seconds)
            _run(database, "insert or replace into leases values (?, ?, ?, ?, ?)", *row)
            return token

        return await self._do(work)

    async def renew(self, key: str, token: str, seconds: float) -> bool:
        """Have the lease for ``seconds`` more from now on. One that has ended comes back while nobody took it."""

        def work(database: Database) -> bool:
            now = self._clock()
            query = "update leases set taken = ?, until = ? where key = ? and token = ?"
            return _run(database, query, now, now + seconds, key, token) == 1

        return await self._do(work)

    async def release(self, key: str, token: str) -> None:
        """Give the lease back."""
        await self._do(lambda database: _run(database, "delete from leases where key = ? and token = ?", key, token))

    # The writing thread

    @property
    def _database(self) -> Database:
        if self._opened is None:
            raise RuntimeError("This EmbeddedStore is not open: await its open() first, on the worker's event loop.")
        return self._opened

    async def _do(self, work: Work[T], *, size: int = 0, invalidates: bool = False) -> T:
        """Have ``work`` done in a transaction; returns its result when that has been committed."""
        return await self._submit(work, size, invalidates)

    def _submit(self, work: Work[T], size: int = 0, invalidates: bool = False) -> asyncio.Future[T]:
        if self._opened is None or self._closing:
            raise RuntimeError("This EmbeddedStore is not open: await its open() first, on the worker's event loop.")
        future: asyncio.Future[T] = self._loop.create_future()
        self._waiting += size
        self._jobs.put(_Job(work, future, size, invalidates))
        return future

    def _write(self) -> None:
        while True:
            jobs = [self._jobs.get()]
            with suppress(Empty):
                while len(jobs) < _BATCH:
                    jobs.append(self._jobs.get_nowait())
            # None, the last thing in the queue, asks for the end.
            batch = [job for job in jobs if job is not None]
            if batch:
                self._perform(batch)
                self._make_room()
            if len(batch) < len(jobs):
                return

    def _perform(self, batch: list[_Job]) -> None:
        try:
            results = self._transact(batch)
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, sqlite3.OperationalError | OSError):
                # It is the fault of one of them, which the others need not share.
                for job in batch:
                    self._perform([job])
                return
            self._tell([(job, None, error) for job in batch])
        else:
            self._tell([(job, result, None) for job, result in zip(batch, results, strict=True)])

    def _transact(self, batch: list[_Job]) -> list[Any]:
        database = self._database
        if database.is_replaced():
            database = self._reopen(None)
        try:
            return self._commit(database, batch)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
        return self._commit(self._reopen(database), batch)

    def _commit(self, database: Database, batch: list[_Job]) -> list[Any]:
        invalidates = any(job.invalidates for job in batch)
        touched, self._touched = self._touched, set()
        with database.transaction(synced=invalidates):
            results = [job.work(database) for job in batch]
            now = int(self._clock())
            rows = [(now, number) for number in list(touched)]
            database.writer.executemany("update entries set used = ? where id = ?", rows)
        if invalidates:
            database.publish()
        return results

    def _reopen(self, damaged: Database | None) -> Database:
        old = self._database
        self._opened = new = open_database(self._folder, old.counter[0], damaged)
        # Each connection is closed where it is used.
        self._on_loop(old.close_reader)
        self._slow.submit(old.slow_reader.close)
        old.close_writer()
        return new

    def _tell(self, outcomes: list[tuple[_Job, Any, Exception | None]]) -> None:
        def settle() -> None:
            for job, result, error in outcomes:
                self._waiting -= job.size
                if job.future.done():
                    continue
                if error is None:
                    job.future.set_result(result)
                else:
                    job.future.set_exception(error)

        self._on_loop(settle)

    def _on_loop(self, function: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # it has been closed, and nobody waits any more
            self._loop.call_soon_threadsafe(function)

    # Tidying

    def _beat(self) -> None:
        """Notice, even where nothing is written, that the files are others; and tidy up from time to time."""
        self._timer = self._loop.call_later(_BEAT, self._beat)
        now = time.monotonic()
        if now - self._tidied > _TIDY or self._database.is_replaced():
            self._tidied = now
            self._submit(self._tidy).add_done_callback(_log_failure)

    def _tidy(self, database: Database) -> None:
        now = self._clock()
        _run(database, "delete from leases where until <= ?", now)
        _run(database, _DELETE_EXPIRED, now, _SWEPT)

    def _make_room(self) -> None:
        """Keep the database within its bound, and give back to the file system what it will hardly need again."""
        database = self._database
        try:
            size, count, free = database.pages()
            while (surplus := (count - free) * size - self._max_size) > 0:
                if not self._sweep(database, surplus + min(self._max_size // 10, _ROOM)):
                    break
                size, count, free = database.pages()
            unused = max(count - self._max_size // size, free - (count - free) // 4 - _SPARE)
            if unused > 0 and free:
                # Not execute(), which stops after the first page.
                database.writer.executescript(f"pragma incremental_vacuum({min(unused, _VACUUMED)})")
        except (sqlite3.Error, OSError) as error:
            log.warning("The cache in %s could not be tidied: %s", self._folder, error)

    def _sweep(self, database: Database, needed: int) -> bool:
        """Delete entries of ``needed`` bytes or more, expired ones first; returns whether there were any."""
        now, doomed = self._clock(), list[tuple[int]]()
        with database.transaction():
            for query in (_EXPIRED, _UNUSED):
                for number, length in database.writer.execute(query, (now, _SWEPT)).fetchall():
                    if needed > 0:
                        doomed.append((number,))
                        needed -= length
            database.writer.executemany("delete from entries where id = ?", doomed)
        return bool(doomed)


def _run(database: Database, query: str, *values: object) -> int:
    return database.writer.execute(query, values).rowcount


def _read_large(connection: sqlite3.Connection, key: str) -> tuple[int, bytes] | None:
    # In one transaction, so that the checksum and the data are of one entry. Reading the data as a column would take
    # several times as long.
    connection.execute("begin")
    try:
        row = connection.execute("select id, crc from entries where key = ?", (key,)).fetchone()
        if row is None:
            return None
        with connection.blobopen("entries", "data", row[0], readonly=True) as blob:
            return row[1], blob.read()
    finally:
        connection.execute("rollback")


def _read_since(connection: sqlite3.Connection, since: int) -> Invalidations:
    rows = connection.execute(_SINCE, (since,)).fetchall()
    floor, floor_at = rows[0][:2]
    return Invalidations(floor, [Invalidation(*row[2:]) for row in rows if row[2] is not None], floor_at)


def _log_failure(future: asyncio.Future[None]) -> None:
    if not future.cancelled() and (error := future.exception()) is not None:
        log.warning("The cache could not be tidied: %s", error)
