"""The store in memory, and the memory level's bound."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.memory import EntryLRU, MemoryStore
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


def test_an_entry_that_is_larger_than_the_bound_is_not_kept_and_takes_the_old_one_with_it() -> None:
    lru = EntryLRU(5_000)
    lru.put("key", entry(10))
    lru.put("other", entry(10))
    lru.put("key", entry(5_000))
    assert lru.get("key") is None
    assert lru.get("other") == entry(10)


@pytest.mark.parametrize(
    ("key", "value"),
    [("k" * 3_000, entry(0)), ("語" * 1_500, entry(0)), ("k", entry(3_000)), ("k", entry(0, tags=60))],
    ids=["key", "key of wide characters", "value", "tags"],
)
def test_keys_values_and_tags_all_count(key: str, value: Entry) -> None:
    lru = EntryLRU(100_000)
    lru.put(key, value)
    assert 3_000 < lru.size < 9_000  # Python may keep text in UTF-8, too


keys = st.sampled_from("abcdef")
steps = st.one_of(
    st.tuples(st.just("put"), keys, st.integers(0, 3_000)),
    st.tuples(st.sampled_from(["get", "pop"]), keys, st.just(0)),
    st.tuples(st.just("clear"), st.just(""), st.just(0)),
)


@given(st.lists(steps, max_size=60))
def test_it_keeps_the_last_used_that_fit(steps: list[tuple[str, str, int]]) -> None:
    bound = 6_000
    lru, model = EntryLRU(bound), dict[str, Entry]()

    def taken(items: dict[str, Entry]) -> int:
        sizes = EntryLRU(10**9)
        for key, value in items.items():
            sizes.put(key, value)
        return sizes.size

    for step, key, size in steps:
        if step == "put":
            lru.put(key, entry(size))
            model.pop(key, None)
            model[key] = entry(size)
            while taken(model) > bound:
                del model[next(iter(model))]
        elif step == "get":
            assert lru.get(key) == model.get(key)
            if key in model:
                model[key] = model.pop(key)
        elif step == "pop":
            lru.pop(key)
            model.pop(key, None)
        else:
            lru.clear()
            model.clear()
        assert (len(lru), lru.size) == (len(model), taken(model))
    assert {key: lru.get(key) for key in "abcdef"} == {key: model.get(key) for key in "abcdef"}


@pytest.mark.parametrize(("size", "tags"), [(0, 0), (100, 2), (100, 8)])
def test_memory_really_stays_within_a_bound_of_small_entries(size: int, tags: int) -> None:
    bound = 5_000_000
    tracemalloc.start()
    try:
        lru = EntryLRU(bound)
        before = tracemalloc.get_traced_memory()[0]
        for number in range(20_000):
            names = tuple(f"tag-{number}-{tag}" for tag in range(tags))
            moment = number + 0.5
            value = Entry(b"%d" % number * (size // 5), moment, 10_000 + number, moment, moment + 1, moment + 2, names)
            lru.put(f"a key, number {number}", value)
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
from byway.caching.memory import EntryLRU
from byway.caching.store import Entry

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

lru = EntryLRU(75_000_000)
before = resident()
for number in range(150_000):
    moment = number + 0.5
    lru.put(f"key {number}", Entry(b"%100d" % number, moment, number, moment, moment, moment + 1, (f"tag {number}",)))
print(len(lru), resident() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    count, used = map(int, done.stdout.split())
    assert count > 90_000
    assert used < 1.3 * 75_000_000
