"""What the cache gains and takes: one JSON answer, kept in several ways, and memory and disk after many entries."""

from __future__ import annotations

import contextlib
import functools
import shutil
import socket
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from environment import APPS, WORK, prepare_byway, prepare_next
from load import fill
from processes import Process, free_port
from report import Table
from serve import warm_up
from servers import BARE, BODY, Server, byway, granian, next_start, next_version
from servers import SERVERS as FRAMEWORKS

ENTRIES: Final = 100_000

# Seconds in which all that the store was given is written.
_SETTLING: Final = 3


@functools.cache
def _app() -> Path:
    return prepare_byway("byway-cache")


def _byway(name: str, title: str, folder: str) -> Server:
    return Server(
        name=name,
        title=title,
        version=lambda: "",
        prepare=_app,
        command=byway,
        path=f"/{folder}/42?q=hello",
    )


CACHED: Final = _byway("cached", "static handler", "cached")

SERVERS: Final[Mapping[str, Server]] = {
    server.name: server
    for server in (
        FRAMEWORKS[BARE],
        Server(
            name="fixed",
            title="bare, fixed answer",
            version=lambda: "",
            prepare=lambda: APPS / "bare",
            command=lambda port: granian(port, "fixed:app"),
        ),
        CACHED,
        _byway("isr", "static, revalidate = 1", "isr"),
        _byway("used", "dynamic, use_cache hit", "used"),
        _byway("dynamic", "dynamic, no cache", "items"),
        Server(
            name="next",
            title="force-static, Next.js",
            version=next_version,
            prepare=prepare_next,
            command=next_start,
            path="/cached/42?q=hello",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class Memory:
    """Bytes that the worker has in use before and after so many entries, bytes on disk, and entries made a second."""

    entries: int
    before: int
    after: int
    disk: int
    made_per_second: float


def measure_memory() -> Memory:
    """Fill an app's cache with a kilobyte for each of many paths, asked for once; the store is the embedded one."""
    directory = prepare_byway("byway-cache")
    port = free_port()
    with CACHED.start(directory, port) as process:
        process.wait_for(port, CACHED.path, BODY)
        warm_up(f"http://127.0.0.1:{port}{CACHED.path}")
        before = process.worker_resident_bytes()
        seconds = fill(port, "/filled/", ENTRIES)
        time.sleep(_SETTLING)
        return Memory(
            entries=ENTRIES,
            before=before,
            after=process.worker_resident_bytes(),
            disk=sum(path.stat().st_size for path in (directory / ".byway/cache").rglob("*") if path.is_file()),
            made_per_second=ENTRIES / seconds,
        )


def memory_table(memory: Memory) -> Table:
    row = [
        f"{memory.entries:,}",
        *(f"{size / 2**20:,.0f}" for size in (memory.before, memory.after, memory.disk)),
        f"{memory.made_per_second:,.0f}",
    ]
    columns = ["entries", "RSS MiB before", "after", "disk MiB", "made each second"]
    return Table("A worker's memory with entries of 1,000 bytes", columns, [row])


@contextlib.contextmanager
def redis() -> Generator[str | None]:
    """The URL of a Redis that keeps nothing on disk; None where none is installed."""
    command = next(filter(shutil.which, ("valkey-server", "redis-server")), None)
    if command is None:
        yield None
        return
    directory = WORK / "redis"
    directory.mkdir(exist_ok=True)
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with Process([command, *options], directory, core=None) as process:
        while not _listens(port):
            if not process.running:
                raise SystemExit(f"{command} does not start:\n{process.log_tail()}")
            time.sleep(0.01)
        yield f"redis://127.0.0.1:{port}"


def _listens(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0
