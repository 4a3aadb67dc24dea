"""The embedded store: several processes on one folder, killed at any instant, with the disk in any state."""

from __future__ import annotations

import asyncio
import logging
import math
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from byway.caching import database as database_module
from byway.caching import embedded
from byway.caching.database import Database
from byway.caching.embedded import EmbeddedStore
from byway.caching.store import Entry, Invalidation

from .store_contract import VALUE, StoreContract, Stores

SIZE = 64 * 2**20


class Clock:
    def __init__(self) -> None:
        self.now = 10_000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


class TestEmbeddedStore(StoreContract):
    @pytest.fixture
    def stores(self, tmp_path: Path) -> Stores:
        clock = Clock()
        return Stores(lambda: EmbeddedStore(tmp_path / "cache", max_size=SIZE, clock=clock), clock.wait)


@asynccontextmanager
async def opened(
    folder: Path, *, max_size: int = SIZE, clock: Callable[[], float] = time.time
) -> AsyncGenerator[EmbeddedStore]:
    store = EmbeddedStore(folder, max_size=max_size, clock=clock)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def using(folder: Path, test: Callable[[EmbeddedStore], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def main() -> None:
        async with opened(folder, **options) as store:
            await test(store)

    asyncio.run(main())


def home(folder: Path) -> Path:
    return folder / "store-1"


def database(store: EmbeddedStore) -> Database:
    opened = store._opened
    assert opened is not None
    return opened


def lasting(value: bytes, *, created: float = 1000.0, expire: float = math.inf) -> Entry:
    return Entry(value, created, 0, math.inf, expire, 0.0)


@contextmanager
def process(folder: Path, code: str) -> Generator[subprocess.Popen[str]]:
    """A worker in a process of its own, with ``store`` open; it is killed in the end."""
    text = f"""
import asyncio, os, signal, sys
from pathlib import Path
from byway.caching.database import Database
from byway.caching.embedded import EmbeddedStore
from byway.caching.store import Entry

def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    store = EmbeddedStore(Path(sys.argv[1]), max_size={SIZE})
    await store.open()
{dedent(code).strip()}
    await asyncio.sleep(60)

asyncio.run(main())
"""
    lines = text.replace(dedent(code).strip(), "".join(f"    {line}\n" for line in dedent(code).strip().splitlines()))
    command = [sys.executable, "-c", lines, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield child
        finally:
            child.kill()


def told(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    return child.stdout.readline().strip()


def tell(child: subprocess.Popen[str]) -> None:
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()


# Keeping


def test_entries_and_invalidations_outlive_the_worker(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.set("key", VALUE)
            await store.invalidate(["a", "b"], 1.0, math.inf)
        async with opened(tmp_path) as store:
            assert await store.get("key") == VALUE
            assert store.version() == 2
            assert (await store.invalidations(1)).items == [Invalidation(2, "b", 1.0, math.inf)]

    asyncio.run(main())


def test_only_the_owner_may_look_into_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "cache"

    async def test(store: EmbeddedStore) -> None:
        await store.set("key", VALUE)
        found = {path: path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
        assert len(found) >= 7
        assert found == {path: 0o700 if path.is_dir() else 0o600 for path in found}

    using(folder, test)


def test_a_relative_folder_stays_the_same_when_the_process_goes_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = EmbeddedStore(Path("cache"), max_size=SIZE)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    async def main() -> None:
        await store.open()
        await store.close()

    asyncio.run(main())
    assert (tmp_path / "cache").is_dir()


def test_a_store_that_is_not_open_says_so(tmp_path: Path) -> None:
    message = r"This EmbeddedStore is not open: await its open\(\) first, on the worker's event loop\."

    async def main() -> None:
        store = EmbeddedStore(tmp_path, max_size=SIZE)
        for _ in range(2):
            with pytest.raises(RuntimeError, match=message):
                store.version()
            with pytest.raises(RuntimeError, match=message):
                await store.set("key", VALUE)
            await store.open()
            await store.close()
            await store.close()

    asyncio.run(main())


def test_closing_writes_what_waits_to_be_written(tmp_path: Path) -> None:
    async def main() -> None:
        store = EmbeddedStore(tmp_path, max_size=SIZE)
        await store.open()
        writing = [asyncio.ensure_future(store.set(f"key {number}", VALUE)) for number in range(200)]
        await asyncio.sleep(0)
        await store.close()
        await asyncio.gather(*writing)
        async with opened(tmp_path) as store:
            assert [await store.get(f"key {number}") for number in range(200)] == [VALUE] * 200

    asyncio.run(main())


def test_a_caller_that_stops_waiting_does_not_stop_others(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        tasks = [asyncio.ensure_future(store.set(f"key {number}", VALUE)) for number in range(20)]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.gather(*tasks[1::2])
        assert await store.get("key 19") == VALUE
        assert store._waiting == 0

    using(tmp_path, test)


# Bounds


def disk(folder: Path) -> int:
    return (home(folder) / "entries.db").stat().st_size


@pytest.mark.parametrize("size", [300, 10_000, 200_000])
def test_the_files_stay_within_the_bound_and_the_least_recently_used_go(tmp_path: Path, size: int) -> None:
    bound, clock = 4 * 2**20, Clock()

    async def main() -> None:
        async with opened(tmp_path, max_size=bound, clock=clock) as store:
            await store.set("used", lasting(b"used"))
            await store.set("unused", lasting(b"unused"))
            keys = [f"key {number}" for number in range(2 * bound // size)]
            together = max(1, 20_000 // size)
            for begin in range(0, len(keys), together):
                clock.now += 61
                assert await store.get("used") is not None
                part = keys[begin : begin + together]
                await asyncio.gather(*(store.set(key, lasting(os.urandom(size))) for key in part))
            kept = [key for key in keys if await store.get(key) is not None]
            assert kept == keys[-len(kept) :]
            assert len(kept) * (size + 300) > bound // 2
            assert await store.get("used") is not None
            assert await store.get("unused") is None
        assert bound // 2 < disk(tmp_path) <= 1.1 * bound

    asyncio.run(main())


def test_expired_entries_go_before_all_others(tmp_path: Path) -> None:
    bound, clock = 4 * 2**20, Clock()

    async def test(store: EmbeddedStore) -> None:
        for number in range(10):
            await store.set(f"old {number}", lasting(os.urandom(100_000)))
        clock.now += 100
        for number in range(25):
            await store.set(f"expired {number}", lasting(os.urandom(100_000), created=clock.now, expire=10.0))
        clock.now += 100
        for number in range(15):
            await store.set(f"new {number}", lasting(os.urandom(100_000)))
        assert [number for number in range(10) if await store.get(f"old {number}") is None] == []
        assert [number for number in range(15) if await store.get(f"new {number}") is None] == []
        assert await store.get("expired 0") is None

    using(tmp_path, test, max_size=bound, clock=clock)


def test_the_file_shrinks_when_less_is_in_it(tmp_path: Path) -> None:
    clock = Clock()

    async def main() -> None:
        async with opened(tmp_path, clock=clock) as store:
            for number in range(30):
                await store.set(f"key {number}", lasting(os.urandom(500_000), created=clock.now, expire=10.0))
        full = disk(tmp_path)
        clock.now += 100
        async with opened(tmp_path, clock=clock) as store:
            await store._submit(store._tidy)
            for _ in range(3):
                await store.set("key", VALUE)
        assert (full > 15_000_000, disk(tmp_path) < 2_000_000) == (True, True)

    asyncio.run(main())


def test_a_smaller_bound_than_before_is_kept(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            for number in range(100):
                await store.set(f"key {number}", lasting(os.urandom(100_000)))
        async with opened(tmp_path, max_size=2**20) as store:
            for _ in range(3):
                await store.set("key", VALUE)
        assert disk(tmp_path) <= 1.1 * 2**20

    asyncio.run(main())


def test_an_entry_larger_than_the_bound_takes_the_old_one_with_it(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        await store.set("key", lasting(b"small"))
        await store.set("key", lasting(bytes(2**20 + 1)))
        assert await store.get("key") is None

    using(tmp_path, test, max_size=2**20)


def test_entries_are_refused_when_too_much_waits_to_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_MOST_WAITING", 10_000)

    async def test(store: EmbeddedStore) -> None:
        results = await asyncio.gather(
            *(store.set(f"{n}", lasting(bytes(4_000))) for n in range(3)), return_exceptions=True
        )
        assert results[:2] == [None, None]
        assert str(results[2]) == "The cache's disk is too slow: 8,000 bytes wait to be written. An entry was not kept."
        await store.set("2", lasting(bytes(4_000)))

    using(tmp_path, test)


def test_leases_that_have_ended_are_cleared_away(tmp_path: Path) -> None:
    clock = Clock()

    async def test(store: EmbeddedStore) -> None:
        await store.lease("short", 1.0)
        await store.lease("long", 100.0)
        clock.now += 50
        await store._submit(store._tidy)
        assert database(store).reader.execute("select key from leases").fetchall() == [("long",)]

    using(tmp_path, test, clock=clock)


# Several processes


def test_an_invalidation_in_one_process_is_seen_by_the_others_at_once(tmp_path: Path) -> None:
    code = """
    for number in range(100):
        sys.stdin.readline()
        await store.invalidate([f"tag {number}"], 1.0, 2.0)
        print(flush=True)
    """

    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, code) as child:
            for number in range(100):
                assert store.version() == number
                tell(child)
                told(child)
                assert store.version() == number + 1
                assert (await store.invalidations(number)).items == [
                    Invalidation(number + 1, f"tag {number}", 1.0, 2.0)
                ]

    using(tmp_path, test)


def test_whoever_sees_a_version_finds_its_invalidations(tmp_path: Path) -> None:
    code = """
    print(flush=True)
    for number in range(1000):
        await store.invalidate(["a", "b"], 1.0, 2.0)
    print(flush=True)
    """

    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, code) as child:
            told(child)
            seen = looks = 0
            while seen < 400:
                version = store.version()
                if version == seen:
                    continue
                assert version > seen
                numbers = [item.number for item in (await store.invalidations(seen)).items]
                assert numbers[: version - seen] == list(range(seen + 1, version + 1))
                seen, looks = version, looks + 1
            assert looks > 10

    using(tmp_path, test)


def test_an_invalidation_whose_process_dies_before_telling_is_told_by_the_next_writer(tmp_path: Path) -> None:
    code = """
    Database.publish = kill
    await store.invalidate(["a"], 1.0, 2.0)
    """

    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, code) as child:
            assert child.wait() == -signal.SIGKILL
        assert store.version() == 0
        await store.delete("anything")
        assert store.version() == 1
        assert (await store.invalidations(0)).items == [Invalidation(1, "a", 1.0, 2.0)]

    using(tmp_path, test)


def test_an_invalidation_whose_process_dies_before_telling_is_told_by_who_opens_next(tmp_path: Path) -> None:
    code = """
    Database.publish = kill
    await store.invalidate(["a"], 1.0, 2.0)
    """

    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, code) as child:
            assert child.wait() == -signal.SIGKILL
        assert store.version() == 0
        async with opened(tmp_path) as other:
            assert store.version() == other.version() == 1

    using(tmp_path, test)


def test_a_living_process_keeps_its_lease_and_a_killed_one_loses_it_at_once(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, 'print(await store.lease("key", 1000.0), flush=True)') as child:
            token = told(child)
            assert await store.lease("key", 10.0) is None
            child.kill()
            child.wait()
            mine = await store.lease("key", 10.0)
            assert mine
            assert not await store.renew("key", token, 10.0)

    using(tmp_path, test)


def test_a_closed_store_gives_its_leases_back(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as one:
            async with opened(tmp_path) as other:
                assert await other.lease("key", 1000.0)
                assert await one.lease("key", 1000.0) is None
            assert await one.lease("key", 1000.0)

    asyncio.run(main())


def test_a_lease_from_before_the_clock_was_put_back_is_worth_nothing(tmp_path: Path) -> None:
    clock = Clock()

    async def test(store: EmbeddedStore) -> None:
        assert await store.lease("key", 10.0)
        clock.now -= 3600
        assert await store.lease("key", 10.0)
        assert await store.lease("key", 10.0) is None

    using(tmp_path, test, clock=clock)


def test_signs_of_life_of_the_dead_are_cleared_away(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        for _ in range(2):
            with process(tmp_path, "print(flush=True)") as child:
                told(child)
            child.wait()
        async with opened(tmp_path) as other:
            names = {path.name for path in (home(tmp_path) / "workers").iterdir()}
            assert names == {database(store).owner, database(other).owner}

    using(tmp_path, test)


@pytest.mark.parametrize("size", [2_000, 200_000])
def test_an_entry_that_another_process_replaces_is_always_read_whole(
    tmp_path: Path, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    code = f"""
    number = 0
    while True:
        number += 1
        entry = Entry(bytes([number % 256]) * ({size} + number % 1000), number, number, 1.0, 1e12, 1.0)
        await store.set("key", entry)
        if number == 1:
            print(flush=True)
    """

    async def test(store: EmbeddedStore) -> None:
        with process(tmp_path, code) as child:
            told(child)
            seen = set[int]()
            while len(seen) < 100:
                entry = await store.get("key")
                assert entry is not None
                assert entry.seen is not None
                assert entry.value == bytes([entry.seen % 256]) * (size + entry.seen % 1000)
                seen.add(entry.seen)

    using(tmp_path, test)
    assert caplog.records == []


WRITER = """
import asyncio, os, signal, sys, time
from pathlib import Path
from byway.caching.embedded import EmbeddedStore
from byway.caching.store import Entry

async def work(store, name, begin, done):
    number = begin
    while True:
        number += 1
        size = number * 7919 % 150_000
        entry = Entry(bytes([number % 256]) * size, float(number), number, 1.0, float("inf"), 1.0, (name,))
        await store.set(f"{name} {number % 50}", entry)
        os.write(done, b"%s %d\\n" % (name.encode(), number))
        if number % 7 == 0:
            last = await store.invalidate([name, str(number)], 1.0, 2.0)
            os.write(done, b"version %d\\n" % last)
        await store.lease(f"lease {number % 5}", 1000.0)

async def main(folder, begin, size, done):
    store = EmbeddedStore(folder, max_size=size)
    await store.open()
    os.write(done, b"begun 0\\n")
    await asyncio.gather(*(work(store, name, begin, done) for name in "abc"))

# Everything is imported by now: a worker begins at once. What it has been told is done, it writes down outside.
for line in sys.stdin:
    folder, begin, size, seconds = line.split()
    reading, done = os.pipe()
    worker = os.fork()
    if not worker:
        os.close(reading)
        asyncio.run(main(Path(folder), int(begin), int(size), done))
    os.close(done)
    told = os.read(reading, 4096)
    time.sleep(float(seconds))
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    while part := os.read(reading, 65536):
        told += part
    os.close(reading)
    print(told.decode().replace("\\n", ","), flush=True)
"""


def test_a_killed_worker_leaves_whole_entries_and_loses_nothing_it_was_told_is_done(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def check(done: dict[str, int], other: EmbeddedStore, swept: bool) -> int:
        async with opened(tmp_path) as store:
            kept = 0
            for key in (f"{name} {number}" for name in "abc" for number in range(50)):
                entry = await store.get(key)
                assert entry == await other.get(key)
                if entry is None:
                    continue
                kept += 1
                number = int(entry.created)
                assert f"{entry.tags[0]} {number % 50}" == key
                assert entry.value == bytes([number % 256]) * (number * 7919 % 150_000)
            for name in "abc":
                if name in done:
                    entry = await store.get(f"{name} {done[name] % 50}")
                    assert swept if entry is None else entry.created >= done[name]
            assert store.version() == other.version() >= done.get("version", 0)
            floor, items, _ = await store.invalidations(0)
            assert (floor, [item.number for item in items]) == (0, list(range(1, store.version() + 1)))
            assert len(items) % 2 == 0  # both tags or none
            token = await store.lease("lease 1", 1000.0)
            assert token
            await store.release("lease 1", token)
            connection = database(store).reader
            assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
            return kept

    async def main() -> None:
        command = [sys.executable, "-c", WRITER]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
            assert nursery.stdin is not None
            # Some die alone, and the next to open finds what they left; others while another worker goes on.
            for killed in range(16):
                begin, swept = killed * 1_000_000, killed % 4 == 3
                size = 2_000_000 if swept else SIZE
                nursery.stdin.write(f"{tmp_path} {begin} {size} {0.01 + 0.013 * killed % 0.1}\n")
                nursery.stdin.flush()
                if killed % 2:
                    async with opened(tmp_path) as other:
                        done = dict(_pairs(await asyncio.to_thread(told, nursery)))
                        kept = await check(done, other, swept)
                else:
                    done = dict(_pairs(await asyncio.to_thread(told, nursery)))
                    async with opened(tmp_path) as other:
                        kept = await check(done, other, swept)
            nursery.stdin.close()
            assert kept

    asyncio.run(main())
    assert caplog.records == []


def _pairs(text: str) -> list[tuple[str, int]]:
    pairs = [line.split() for line in text.split(",") if line]
    return [(name, int(number)) for name, number in pairs]


# Damage


def damage_row(folder: Path, change: str) -> None:
    connection = sqlite3.connect(home(folder) / "entries.db", isolation_level=None)
    connection.execute(f"update entries set {change}")
    connection.close()


@pytest.mark.parametrize(
    "change",
    ["data = substr(data, 1, length(data) - 1)", "crc = crc + 1", "data = x'', crc = 0", "data = x'c1', crc = 3816832"],
    ids=["torn", "checksum", "empty", "no entry"],
)
@pytest.mark.parametrize("size", [100, 200_000])
def test_a_damaged_entry_is_none_and_is_deleted(
    tmp_path: Path, change: str, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def test(store: EmbeddedStore) -> None:
        await store.set("key", lasting(bytes(size)))
        damage_row(tmp_path, change)
        assert await store.get("key") is None
        assert database(store).reader.execute("select count(*) from entries").fetchone() == (0,)
        await store.set("key", VALUE)
        assert await store.get("key") == VALUE

    using(tmp_path, test)
    assert caplog.messages == [f"An entry of the cache in {tmp_path} is damaged and was deleted."]


def scribble(path: Path) -> None:
    path.write_bytes(b"This is no database at all. " * 1000)


def other_database(path: Path) -> None:
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("create table mine (a)")
    connection.close()


@pytest.mark.parametrize(
    ("ruin", "problem"),
    [
        (scribble, "file is not a database"),
        (other_database, "it is not a cache of this version of Byway"),
        (lambda path: path.write_bytes(b""), "it is not a cache of this version of Byway"),
        (Path.unlink, "unable to open database file"),
    ],
    ids=["not a database", "somebody else's", "empty", "missing"],
)
def test_an_unusable_database_is_set_aside_with_a_warning(
    tmp_path: Path, ruin: Callable[[Path], None], problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        for _ in range(2):
            caplog.clear()
            async with opened(tmp_path) as store:
                await store.invalidate(["a"], 1.0, 1.0)
                before = store.version()
            ruin(home(tmp_path) / "entries.db")
            async with opened(tmp_path) as store:
                assert await store.get("key") is None
                await store.set("key", VALUE)
                # What may still be in others' memories must not be served: the invalidations are lost.
                floor, items, floor_at = await store.invalidations(0)
                assert (floor, list(items)) == (store.version(), [])
                assert abs(floor_at - time.time()) < 3600
                assert floor > before
            assert caplog.messages == [
                f"The cache in {home(tmp_path)} cannot be used ({problem}). It was moved to "
                f"{home(tmp_path)}.damaged, and an empty one takes its place."
            ]

    asyncio.run(main())


def ruin_pages(folder: Path) -> None:
    """Overwrite all but the first page, behind the back of those that have the file open."""
    path = home(folder) / "entries.db"
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xee" * (path.stat().st_size - 4096))


RUIN_PAGES = """
import sys, sqlite3
path = sys.argv[1]
connection = sqlite3.connect(path)
connection.execute("pragma wal_checkpoint(truncate)")
connection.close()
with open(path, "r+b") as file:
    size = file.seek(0, 2)
    file.seek(4096)
    file.write(b"\\xee" * (size - 4096))
"""


@pytest.mark.parametrize("finding", ["get", "set", "invalidate"])
def test_damage_that_is_found_while_it_runs_is_mended(
    tmp_path: Path, finding: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            for number in range(100):
                await store.set(f"key {number}", lasting(os.urandom(1_000)))
            await store.invalidate(["a"], 1.0, 1.0)
        async with opened(tmp_path) as store, opened(tmp_path) as other:
            subprocess.run([sys.executable, "-c", RUIN_PAGES, str(home(tmp_path) / "entries.db")], check=True)
            if finding == "get":
                assert await store.get("key 50") is None
            elif finding == "set":
                await store.set("key", VALUE)
                assert await store.get("key") == VALUE
            else:
                assert await store.invalidate(["b"], 1.0, 1.0) > 2
            assert (await store.invalidations(0)).floor > 1
            await other.set("other", VALUE)
            assert await store.get("other") == VALUE
            assert store.version() == other.version()
        assert [message.split(home(tmp_path).name)[0] for message in caplog.messages] == [f"The cache in {tmp_path}/"]

    asyncio.run(main())


def test_files_that_were_deleted_are_made_anew_and_shared_by_all_again(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        async with opened(tmp_path) as other:
            await store.invalidate(["a"], 1.0, 1.0)
            shutil.rmtree(home(tmp_path))
            await store.set("key", VALUE)
            assert (await store.invalidations(0)).floor > 1
            await other.delete("nothing")
            assert await other.get("key") == VALUE
            assert store.version() == other.version() == await store.invalidate(["a"], 1.0, 1.0) - 1

    using(tmp_path, test)


def test_deleted_files_are_noticed_by_a_worker_that_only_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_BEAT", 0.01)

    async def test(store: EmbeddedStore) -> None:
        shutil.rmtree(home(tmp_path))
        async with opened(tmp_path) as other, asyncio.timeout(10):
            await other.set("key", lasting(b"value"))
            while await store.get("key") is None:
                await asyncio.sleep(0.01)
            await other.delete("nothing")
            assert store.version() == other.version()

    using(tmp_path, test)


def test_files_that_are_replaced_while_they_are_opened_are_not_mixed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = database_module._connect

    async def main() -> None:
        async with opened(tmp_path):
            pass

        def connect_to_what_then_disappears(*arguments: Any) -> sqlite3.Connection:
            connection = connect(*arguments)
            monkeypatch.setattr(database_module, "_connect", connect)
            home(tmp_path).rename(tmp_path / "old")
            asyncio.run(make())
            return connection

        async def make() -> None:
            async with opened(tmp_path) as store:
                await store.set("key", VALUE)

        monkeypatch.setattr(database_module, "_connect", connect_to_what_then_disappears)
        async with opened(tmp_path) as store:
            await store.delete("nothing")
            assert await store.get("key") == VALUE

    asyncio.run(main())


def test_an_older_copy_of_the_database_is_not_trusted_with_what_it_does_not_know(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.set("key", VALUE)
        copy = (home(tmp_path) / "entries.db").read_bytes()
        async with opened(tmp_path) as store:
            await store.invalidate(["a"], 1.0, 1.0)
        (home(tmp_path) / "entries.db").write_bytes(copy)
        async with opened(tmp_path) as store:
            assert await store.get("key") == VALUE  # whose `seen` is below the floor
            assert (await store.invalidations(0)).floor == store.version() == 2

    asyncio.run(main())


def test_a_counter_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as store:
            await store.invalidate(["a", "b"], 1.0, 1.0)
        (home(tmp_path) / "version").unlink()
        async with opened(tmp_path) as store:
            assert store.version() == 2
            assert (await store.invalidations(1)).items == [Invalidation(2, "b", 1.0, 1.0)]

    asyncio.run(main())


def test_many_that_open_a_new_folder_at_once_share_one_database(tmp_path: Path) -> None:
    async def main() -> None:
        stores = [EmbeddedStore(tmp_path / "cache", max_size=SIZE) for _ in range(8)]
        await asyncio.gather(*(store.open() for store in stores))
        for number, store in enumerate(stores):
            await store.invalidate([str(number)], 1.0, 1.0)
        assert {store.version() for store in stores} == {8}
        await asyncio.gather(*(store.close() for store in stores))
        assert [path.name for path in (tmp_path / "cache").iterdir()] == ["store-1"]

    asyncio.run(main())


# The disk


def test_a_full_disk_is_an_error_and_what_was_there_stays(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        await store.set("key", VALUE)
        pages = database(store).writer.execute("pragma page_count").fetchone()[0]
        database(store).writer.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(sqlite3.OperationalError, match="full"):
            await store.set("large", lasting(bytes(100_000)))
        assert await store.get("key") == VALUE
        database(store).writer.execute(f"pragma max_page_count = {pages + 1000}")
        await store.set("large", lasting(bytes(100_000)))
        assert await store.get("large") == lasting(bytes(100_000))

    using(tmp_path, test)


def test_a_database_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        await store.set("key", VALUE)
        database(store).writer.execute("pragma query_only = on")
        for doing in (store.set("key", VALUE), store.invalidate(["a"], 1.0, 1.0), store.lease("key", 1.0)):
            with pytest.raises(sqlite3.OperationalError, match="readonly"):
                await doing
        assert await store.get("key") == VALUE
        assert store.version() == 0

    using(tmp_path, test)


def test_a_folder_that_cannot_be_made_is_an_error_and_the_store_stays_shut(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    async def main() -> None:
        store = EmbeddedStore(tmp_path / "file" / "cache", max_size=SIZE)
        with pytest.raises(OSError):
            await store.open()
        with pytest.raises(RuntimeError):
            await store.get("key")
        await store.close()

    asyncio.run(main())


def test_one_callers_mistake_is_not_the_others(tmp_path: Path) -> None:
    async def test(store: EmbeddedStore) -> None:
        keys = ["one", "half of a pair: \ud83d", "two"]
        results = await asyncio.gather(*(store.set(key, VALUE) for key in keys), return_exceptions=True)
        assert [type(result) for result in results] == [type(None), UnicodeEncodeError, type(None)]
        assert await store.get("two") == VALUE

    using(tmp_path, test)


def test_trouble_in_tidying_is_logged_and_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def failing(*_: object) -> bool:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(EmbeddedStore, "_sweep", failing)

    async def test(store: EmbeddedStore) -> None:
        await store.set("key", lasting(bytes(90_000)))
        await store.set("other", lasting(bytes(90_000)))
        assert await store.get("key") is not None
        await store.delete("key")

    caplog.set_level(logging.WARNING)
    using(tmp_path, test, max_size=100_000)
    assert caplog.messages
    assert set(caplog.messages) == {f"The cache in {tmp_path} could not be tidied: database or disk is full"}
