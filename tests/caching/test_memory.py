"""The store in memory, and the memory level's bound."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc

import pytest

from byway.caching.lru import LRU, entry_size
from byway.caching.memory import MemoryStore
from byway.caching.store import Entry

from .store_contract import VALUE, StoreContract, Stores


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def stores(self) -> Stores:
        clock = Clock()
        store = MemoryStore(64 * 2**20, clock=clock)
        return Stores(lambda: store, clock.wait)

    def test_more_than_the_bound_throws_out_what_was_not_used_for_longest(self) -> None:
        async def main() -> None:
            store = MemoryStore(10_000)
            for number in range(100):
                await store.set(f"key {number}", VALUE)
                await store.get("key 0")
            assert await store.get("key 0") == VALUE
            assert await store.get("key 1") is None
            assert await store.get("key 99") == VALUE

        asyncio.run(main())

    def test_leases_that_nobody_gave_back_are_forgotten(self) -> None:
        async def main() -> None:
            clock = Clock()
            store = MemoryStore(0, clock=clock)
            for number in range(30_000):
                assert await store.lease(f"key {number}", 1.0)
                clock.now += 0.001
            assert len(store._leases) <= 10_001

        asyncio.run(main())


def entry(size: int, tags: int = 0) -> Entry:
    return Entry(b"x" * size, 1.0, 1, 2.0, 3.0, 4.0, tuple(f"tag {size} {number}" for number in range(tags)))


@pytest.mark.parametrize("value", [entry(3_000), entry(0, tags=70)], ids=["value", "tags"])
def test_value_and_tags_count(value: Entry) -> None:
    assert 3_000 <= entry_size(value) < 6_000


@pytest.mark.parametrize(("size", "tags"), [(0, 0), (100, 2), (100, 8)])
def test_memory_really_stays_within_a_bound_of_small_entries(size: int, tags: int) -> None:
    bound = 5_000_000
    tracemalloc.start()
    try:
        lru: LRU[Entry] = LRU(bound)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20_000):
            names = tuple(f"tag-{number}-{tag}" for tag in range(tags))
            moment = number + 0.5
            value = Entry(b"%d" % number * (size // 5), moment, 10_000 + number, moment, moment + 1, moment + 2, names)
            lru.put(f"a key, number {number}", value, entry_size(value))
        used = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.9 * bound < lru.size <= bound
    assert used < 1.3 * bound


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for the memory in use")
def test_the_process_takes_no_more_than_the_bound_for_100_000_small_entries() -> None:
    code = """
from pathlib import Path
from byway.caching.lru import LRU, entry_size
from byway.caching.store import Entry

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

lru = LRU(75_000_000)
before = resident()
for number in range(150_000):
    moment = number + 0.5
    value = Entry(b"%100d" % number, moment, number, moment, moment, moment + 1, (f"tag {number}",))
    lru.put(f"key {number}", value, entry_size(value))
print(len(lru), resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, used = map(int, done.stdout.split())
    assert count > 90_000
    assert used < 1.3 * 75_000_000
