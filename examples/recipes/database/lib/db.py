"""A bounded pool of SQLite connections, opened by instrumentation.py."""

import os
import queue
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

SCHEMA = """
CREATE TABLE IF NOT EXISTS notes (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL,
    created TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
) STRICT
"""


class Pool:
    """``size`` connections; who finds them all in use waits up to ``timeout`` seconds, then gets ``TimeoutError``."""

    def __init__(self, path: str, *, size: int, timeout: float = 5.0) -> None:
        self._timeout = timeout
        # Last in, first out: the connection that was used last has the warmest cache.
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._all = [self._open(path) for _ in range(size)]
        for connection in self._all:
            self._idle.put(connection)

    def _open(self, path: str) -> sqlite3.Connection:
        # IMMEDIATE: a transaction that writes takes its lock at its start and cannot fail half-way for want of it.
        connection = sqlite3.connect(path, timeout=self._timeout, isolation_level="IMMEDIATE", check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """A connection whose changes are committed at the end, and rolled back when anything is raised."""
        try:
            connection = self._idle.get(timeout=self._timeout)
        except queue.Empty:
            raise TimeoutError("Every connection of the pool was in use.") from None
        try:
            with connection:
                yield connection
        finally:
            self._idle.put(connection)

    def close(self) -> None:
        """Close every connection."""
        for connection in self._all:
            connection.close()


_pool: Pool | None = None


def open_pool() -> Pool:
    """Open this worker's pool, with the tables it needs."""
    global _pool
    _pool = Pool(os.environ.get("DATABASE", "notes.db"), size=8)
    with _pool.transaction() as db:
        db.execute(SCHEMA)
    return _pool


def pool() -> Pool:
    """The pool of this worker."""
    assert _pool is not None, "instrumentation.py opens the pool"
    return _pool
