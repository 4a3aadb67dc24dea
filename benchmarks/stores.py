"""What the cache's stores cost: ``python benchmarks/stores.py [--entries N] [--redis redis://localhost]``.

Each store is filled and asked in a process of its own, on uvloop, with entries of about a kilobyte. ``set`` waits until
the entry is kept; *at once* is the time for one of fifty that wait together, as those of concurrent requests do. The
memory level is what the engine asks before it asks any store.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Final

import environment

if TYPE_CHECKING:
    from report import Table

    from byway.caching.store import CacheStore, Entry

FOLDER: Final = environment.WORK / "stores"
VALUE: Final = 1_000
ASKED: Final = 5_000
TOGETHER: Final = 50
BOUND: Final = 2**30
LARGE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Figures:
    """Microseconds for one call (medians; of ``together`` and ``version``, means), and bytes on disk and in memory."""

    store: str
    entries: int
    get: float
    get_large: float
    set: float
    together: float | None
    version: float | None
    invalidate: float | None
    lease: float | None
    disk: int
    memory: int


def measure(entries: int, redis: str | None) -> list[Figures]:
    stores = ["memory level", "memory", "embedded", *(["redis"] if redis else [])]
    return [_in_a_process(store, entries, redis) for store in stores]


def _in_a_process(store: str, entries: int, redis: str | None) -> Figures:
    shutil.rmtree(FOLDER, ignore_errors=True)
    command = [sys.executable, __file__, "--entries", str(entries), "--only", store]
    done = subprocess.run([*command, *(["--redis", redis] if redis else [])], stdout=subprocess.PIPE, check=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    return Figures(**json.loads(done.stdout))


async def _measure(name: str, entries: int, redis: str | None) -> Figures:
    if name == "memory level":
        return _measure_memory_level(entries)
    store = _store(name, redis)
    await store.open()
    before = _resident()
    together = await _fill(store, entries)
    memory = _resident() - before
    disk = sum(path.stat().st_size for path in FOLDER.rglob("*") if path.is_file()) if FOLDER.exists() else 0
    chance = random.Random(0)
    keys = [_key(chance.randrange(entries)) for _ in range(ASKED)]
    await store.set("large", _entry(LARGE))
    found = await store.get("large")
    assert found is not None
    assert len(found.value) == LARGE

    async def lease(key: str) -> None:
        token = await store.lease(key, 10.0)
        assert token is not None
        await store.release(key, token)

    figures = Figures(
        store=name,
        entries=entries,
        get=await _time(keys, store.get),
        get_large=await _time(["large"] * 200, store.get),
        set=await _time(keys, lambda key: store.set(key, _entry(VALUE))),
        together=together,
        version=await _time_version(store),
        invalidate=await _time(keys[:500], lambda key: store.invalidate([key], 1.0, 1.0)),
        lease=await _time(keys[:500], lease) / 2,
        disk=disk,
        memory=memory,
    )
    await store.close()
    return figures


def _measure_memory_level(entries: int) -> Figures:
    """The same of what is no store: it has entries, and neither leases nor invalidations."""
    from byway.caching.lru import LRU

    level: LRU[tuple[Entry, Any]] = LRU(BOUND)
    before = _resident()
    begun = time.perf_counter()
    for number in range(entries):
        entry = _entry(VALUE)
        level.put(_key(number), (entry, None), len(entry.value) + sum(map(len, entry.tags)))
    put = (time.perf_counter() - begun) / entries * 1e6
    memory = _resident() - before
    chance = random.Random(0)
    keys = [_key(chance.randrange(entries)) for _ in range(ASKED)]
    level.put("large", (_entry(LARGE), None), LARGE)
    times: list[float] = []
    for wanted in (keys, ["large"] * ASKED):
        begun = time.perf_counter()
        for key in wanted:
            level.get(key)
        times.append((time.perf_counter() - begun) / ASKED * 1e6)
    return Figures("memory level", entries, times[0], times[1], put, None, None, None, None, 0, memory)


def _store(name: str, redis: str | None) -> CacheStore:
    # Not at the top: each process measures one of them, and should hold no other.
    from byway.caching.embedded import EmbeddedStore
    from byway.caching.memory import MemoryStore

    if name == "memory":
        return MemoryStore(BOUND)
    if name == "embedded":
        return EmbeddedStore(FOLDER, max_size=BOUND)
    from byway.caching.redis import RedisStore

    assert redis
    return RedisStore(redis)


async def _fill(store: CacheStore, entries: int) -> float:
    """Set them all, and return the microseconds for one."""
    begun = time.perf_counter()
    for first in range(0, entries, TOGETHER):
        numbers = range(first, min(first + TOGETHER, entries))
        await asyncio.gather(*(store.set(_key(number), _entry(VALUE)) for number in numbers))
    return (time.perf_counter() - begun) / entries * 1e6


async def _time(keys: list[str], call: Callable[[str], Any]) -> float:
    times: list[int] = []
    for key in keys:
        begun = time.perf_counter_ns()
        await call(key)
        times.append(time.perf_counter_ns() - begun)
    return median(times) / 1e3


async def _time_version(store: CacheStore) -> float:
    """The mean: where no server has to be asked, it takes less time than reading the clock."""
    begun = time.perf_counter()
    for _ in range(ASKED):
        number = store.version()
        if not isinstance(number, int):
            await number
    return (time.perf_counter() - begun) / ASKED * 1e6


def _key(number: int) -> str:
    return f"route /items/{number}"


def _entry(size: int) -> Entry:
    from byway.caching.store import Entry

    return Entry(os.urandom(size), time.time(), 0, 60.0, math.inf, 30.0, ("items",))


def _resident() -> int:
    """Bytes of memory that the process has in use."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def table(figures: list[Figures]) -> Table:
    from report import Table

    def time_of(value: float | None) -> str:
        return "-" if value is None else f"{value:,.1f}"

    columns = ["get", "get 1 MB", "set", "set at once", "version", "invalidate", "lease"]
    rows = [
        [
            each.store,
            *map(
                time_of, (each.get, each.get_large, each.set, each.together, each.version, each.invalidate, each.lease)
            ),
            f"{each.disk / 2**20:,.0f}" if each.disk else "-",
            f"{each.memory / 2**20:,.0f}",
        ]
        for each in figures
    ]
    title = f"The cache's stores with {figures[0].entries:,} entries of {VALUE:,} bytes: microseconds for one call"
    return Table(title, ["store", *columns, "disk MiB", "RSS MiB"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--entries", type=int, default=100_000, help="how many are kept (100,000)")
    parser.add_argument("--redis", metavar="URL", help="measure the Redis or Valkey at this address, too")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    given = parser.parse_args()
    environment.enter_venv()

    # What follows needs the packages of the environment entered above.
    import uvloop
    from report import save, show

    if given.only:
        print(json.dumps(asdict(uvloop.run(_measure(given.only, given.entries, given.redis)))))
        return
    figures = measure(given.entries, given.redis)
    show(table(figures))
    save("stores", figures)


if __name__ == "__main__":
    main()
