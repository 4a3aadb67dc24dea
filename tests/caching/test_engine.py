"""The engine: what is found, what is made, by whom and how often, and what happens when the store fails."""

from __future__ import annotations

import asyncio
import logging
import math
import tracemalloc
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from byway.caching import engine, flights, guarded_store, tag_sync
from byway.caching.engine import Cache, Computed
from byway.caching.memory import MemoryStore
from byway.caching.store import Invalidation, Invalidations

from .support import (
    TEXT,
    AsyncVersionStore,
    Clock,
    FaultyStore,
    Recipe,
    Unavailable,
    Worker,
    asynchronous,
    entry,
    idle,
    make_worker,
    until,
)

METHODS = ["open", "get", "set", "version", "invalidations", "lease", "release", "close"]
TTL = {"revalidate": 60.0, "expire": 100.0}


class Stop(BaseException):
    """As control flow is raised, which `except Exception` lets pass."""


# Found or made


@asynchronous
async def test_a_missing_value_is_made_and_then_found() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(tags=("a",), stale=5.0, **TTL)
    assert await worker.get(recipe) == ("MISS", "value 1")
    found = await worker.cache.get("key", TEXT, recipe, what="it")
    assert (found.state, found.value, found.retry_after) == ("HIT", "value 1", None)
    assert found.entry is not None
    assert found.entry == entry(b"", created=1000.0, seen=0, stale=5.0, tags=("a",), **TTL)
    stored = await store.get("key")
    assert stored is not None
    assert stored == msgspec.structs.replace(found.entry, value=b"value 1")
    assert recipe.begun == 1


@asynchronous
async def test_what_the_memory_has_is_found_without_reading_the_store() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe()
    await worker.get(recipe)
    reads = store.calls["get"]
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert store.calls["get"] == reads


@asynchronous
async def test_while_a_refresh_is_under_way_the_store_is_not_asked_by_those_that_are_served_stale() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    await until(lambda: recipe.begun == 2)
    asked = store.calls["get"]
    assert [await worker.get(recipe) for _ in range(3)] == [("STALE", "value 1")] * 3
    assert store.calls["get"] == asked
    recipe.gate.set()
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 2")


@asynchronous
async def test_what_has_expired_is_looked_for_in_the_store_though_a_refresh_is_under_way() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(revalidate=60.0, expire=100.0)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    await until(lambda: recipe.begun == 2)
    clock.now += 40.0
    await store.set("key", entry(b"theirs", created=clock.now))
    assert await worker.get(recipe) == ("HIT", "theirs")
    recipe.gate.set()
    await worker.settle()


@asynchronous
async def test_a_stale_value_is_served_while_one_refresh_makes_a_new_one_for_all() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    answers = await asyncio.gather(*(worker.get(recipe) for _ in range(50)))
    assert set(answers) == {("STALE", "value 1")}
    recipe.gate.set()
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 2")
    assert recipe.begun == 2


@asynchronous
async def test_an_expired_value_is_made_anew_while_all_wait() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 100.0
    assert set(await asyncio.gather(*(worker.get(recipe) for _ in range(50)))) == {("MISS", "value 2")}
    assert await worker.get(recipe) == ("HIT", "value 2")
    assert recipe.begun == 2


@asynchronous
async def test_500_callers_of_a_cold_key_compute_it_once() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(500)]
    await until(lambda: recipe.begun)
    recipe.gate.set()
    assert set(await asyncio.gather(*callers)) == {("MISS", "value 1")}
    assert (recipe.begun, store.calls["lease"], store.calls["set"]) == (1, 1, 1)


@pytest.mark.parametrize("lasts", [60.0, 100.0, 5000.0])
@asynchronous
async def test_what_takes_longer_to_make_than_it_is_good_for_is_made_once_for_all_who_wait(lasts: float) -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(50)]
    await idle()
    clock.now += lasts
    recipe.gate.set()
    assert set(await asyncio.gather(*callers)) == {("MISS", "value 1")}
    assert recipe.begun == 1


@asynchronous
async def test_two_keys_are_made_at_the_same_time() -> None:
    worker, _, _ = make_worker()
    one, other = Recipe("one"), Recipe("other")
    one.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(one, "one"))
    await idle()
    assert await worker.get(other, "other") == ("MISS", "other 1")
    one.gate.set()
    assert await waiting == ("MISS", "one 1")


@asynchronous
async def test_age_counts_from_the_beginning_of_the_computing() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    clock.now += 59.0
    recipe.gate.set()
    await waiting
    assert (await worker.get(recipe))[0] == "HIT"
    clock.now += 1.0
    assert (await worker.get(recipe))[0] == "STALE"
    await worker.settle()


@asynchronous
async def test_a_restarted_worker_finds_what_is_in_the_store() -> None:
    worker, store, clock = make_worker()
    await worker.get(Recipe())
    recipe = Recipe()
    assert await Worker(store, clock).get(recipe) == ("HIT", "value 1")
    assert recipe.begun == 0


@asynchronous
async def test_without_a_memory_level_the_store_alone_remembers() -> None:
    worker, store, clock = make_worker(memory_size=0)
    recipe = Recipe(**TTL)
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert worker.cache.peek("key") is None
    clock.now += 60.0
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 2")
    assert store.calls["get"] >= 5


@asynchronous
async def test_a_forgotten_memory_is_filled_from_the_store() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    await worker.get(recipe)
    await worker.cache.forget_memory()
    assert worker.cache.peek("key") is None
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert worker.peek() == "value 1"


@asynchronous
async def test_an_entry_that_cannot_be_decoded_is_a_miss(caplog: pytest.LogCaptureFixture) -> None:
    worker, store, _ = make_worker()
    await store.set("key", entry(b"\xff"))
    recipe = Recipe()
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert [record.getMessage() for record in caplog.records] == [
        "The entry of “key” cannot be read and is made anew: "
        "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"
    ]


@asynchronous
async def test_a_value_that_cannot_be_encoded_is_an_error_and_not_kept() -> None:
    worker, store, _ = make_worker()
    with pytest.raises(UnicodeEncodeError):
        await worker.get(Recipe("\ud800"))
    assert await store.get("key") is None
    assert await worker.get(Recipe()) == ("MISS", "value 1")


@asynchronous
async def test_an_entry_of_another_worker_is_taken_though_that_ones_clock_is_behind() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 70.0
    await store.set("key", entry(b"theirs", created=999.0, revalidate=1000.0))
    assert await worker.get(recipe) == ("HIT", "theirs")


@asynchronous
async def test_of_two_stale_entries_the_younger_is_served() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    await store.set("key", entry(b"theirs", created=1010.0, **TTL))
    clock.now += 70.0
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "theirs")
    recipe.gate.set()
    await worker.settle()


@asynchronous
async def test_a_clock_that_runs_backwards_ages_nothing() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now -= 1e6
    assert await worker.get(recipe) == ("HIT", "value 1")


@pytest.mark.parametrize(("tags", "value_size"), [(0, 0), (0, 200), (5, 50)])
@asynchronous
async def test_memory_stays_within_its_bound(tags: int, value_size: int) -> None:
    worker, _, _ = make_worker()
    cache = Cache(MemoryStore(0), memory_size=2_000_000, spawn=worker.spawn)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for number in range(5000):
            value = b"%d" % number + bytes(value_size)
            names = tuple(f"tag {number} {tag}" for tag in range(tags))
            cache._remember(f"key {number}", entry(value, created=1e9 + number, seen=10**6 + number, tags=names), value)
        assert 0 < len(cache._memory) < 5000
        assert tracemalloc.get_traced_memory()[0] - before < 1.3 * 2_000_000
    finally:
        tracemalloc.stop()


# What computing sees of whoever asks


USER: ContextVar[str] = ContextVar("user", default="unknown")


class Seeing(Recipe):
    """Remembers what it sees, too."""

    def __init__(self, **computed: Any) -> None:
        super().__init__(**computed)
        self.seen: list[str] = []

    async def __call__(self) -> Computed[str]:
        self.seen.append(USER.get())
        USER.set("set by the computing")
        return await super().__call__()


@asynchronous
async def test_computing_sees_no_context_variables_of_whoever_asks() -> None:
    worker, _, clock = make_worker()
    USER.set("alice")
    recipe = Seeing(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    assert (await worker.get(recipe))[0] == "STALE"
    await worker.settle()
    await worker.cache.renew("key", TEXT, recipe, what="it")
    assert recipe.seen == ["unknown"] * 3
    assert USER.get() == "alice"


@asynchronous
async def test_what_each_caller_computes_for_itself_sees_none_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LONGEST_WAIT", 0.01)
    worker, _, _ = make_worker()
    USER.set("alice")
    unkept, endless = Seeing(keep=False), Seeing()
    await asyncio.gather(*(worker.get(unkept) for _ in range(3)))
    endless.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(endless, "endless")) for _ in range(2)]
    await until(lambda: endless.begun == 2)
    endless.gate.set()
    await asyncio.gather(*callers)
    assert unkept.seen + endless.seen == ["unknown"] * 5


# What must not be kept


@pytest.mark.parametrize("computed", [{"keep": False}, {"revalidate": 0.0}, {"expire": 0.0}])
@asynchronous
async def test_what_must_not_be_kept_is_made_for_each_caller(computed: dict[str, Any]) -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(**computed)
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(20)]
    await until(lambda: recipe.begun)
    recipe.gate.set()
    answers = await asyncio.gather(*callers)
    assert sorted(answers) == sorted(("MISS", f"value {number}") for number in range(1, 21))
    assert await worker.get(recipe) == ("MISS", "value 21")
    assert store.calls["set"] == 0


@asynchronous
async def test_what_is_not_kept_has_no_entry() -> None:
    worker, _, _ = make_worker()
    assert (await worker.cache.get("key", TEXT, Recipe(keep=False), what="it")).entry is None


@asynchronous
async def test_the_log_says_why_it_is_not_kept(caplog: pytest.LogCaptureFixture) -> None:
    worker, _, _ = make_worker()
    await worker.get(Recipe(keep=False, why="sets cookies"))
    await worker.get(Recipe(keep=False))
    assert [record.getMessage() for record in caplog.records] == ["Not kept: “key”, for it sets cookies."]


@asynchronous
async def test_a_refresh_that_must_not_be_kept_leaves_the_old_value() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.computed = {"keep": False}
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert recipe.begun == 2


@asynchronous
async def test_who_waits_for_a_refresh_that_must_not_be_kept_makes_it_alone() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.computed = {"keep": False}
    recipe.gate = asyncio.Event()
    await worker.get(recipe)
    waiting = asyncio.create_task(worker.get(recipe, serve_stale=False))
    await idle()
    recipe.gate.set()
    assert await waiting == ("MISS", "value 3")


# Invalidations


@asynchronous
async def test_an_invalidated_value_is_made_anew() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a", "b"))
    await worker.get(recipe)
    await worker.invalidate("b")
    assert await worker.get(recipe) == ("MISS", "value 2")
    await worker.invalidate("c")
    assert await worker.get(recipe) == ("HIT", "value 2")


@asynchronous
async def test_with_a_window_it_is_served_stale_and_then_expires() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await worker.invalidate("a", window=300.0)
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    clock.now += 300.0
    waiting = asyncio.create_task(worker.get(recipe))
    await idle()
    assert not waiting.done()
    recipe.gate.set()
    assert await waiting == ("MISS", "value 2")


@asynchronous
async def test_the_next_call_on_another_worker_sees_it() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(tags=("a",))
    await one.get(recipe)
    await other.get(recipe)
    await one.invalidate("a")
    assert await other.get(recipe) == ("MISS", "value 2")
    assert await one.get(recipe) == ("HIT", "value 2")


@asynchronous
async def test_to_invalidate_no_tags_writes_nothing() -> None:
    worker, store, _ = make_worker()
    await worker.invalidate()
    assert store.calls["invalidate"] == 0


@asynchronous
async def test_more_tags_count_as_the_entrys_own() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await worker.invalidate("b")
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert await worker.get(recipe, more_tags=("b",)) == ("MISS", "value 2")


@asynchronous
async def test_a_fresh_entry_of_another_worker_is_found_behind_one_that_is_stale_by_more_tags() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe()
    await one.get(recipe)
    await one.invalidate("b", window=300.0)
    await other.cache.renew("key", TEXT, recipe, what="it")
    assert await one.get(recipe, more_tags=("b",)) == ("HIT", "value 2")


@asynchronous
async def test_what_is_invalidated_while_it_is_made_is_out_of_date() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a",))
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    await worker.invalidate("a")
    recipe.gate.set()
    assert await waiting == ("MISS", "value 1")
    assert await worker.get(recipe) == ("MISS", "value 2")


@pytest.mark.parametrize("window", [0.0, 300.0])
@asynchronous
async def test_who_comes_with_a_younger_invalidation_does_not_take_an_old_flights_value(window: float) -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a",))
    recipe.gate = asyncio.Event()
    before = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    await worker.invalidate("a", window=window)
    after = [asyncio.create_task(worker.get(recipe)) for _ in range(20)]
    await idle()
    recipe.gate.set()
    assert await before == ("MISS", "value 1")
    assert set(await asyncio.gather(*after)) == {("MISS", "value 2")}
    assert recipe.begun == 2


@asynchronous
async def test_what_is_still_being_stored_is_no_refresh_of_what_was_invalidated_since() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(tags=("a",))
    store.gates["set"] = asyncio.Event()
    before = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.waiting["set"])
    await worker.invalidate("a", window=300.0)
    assert [await worker.get(recipe) for _ in range(3)] == [("STALE", "value 1")] * 3
    store.gates["set"].set()
    assert await before == ("MISS", "value 1")
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 2")
    assert recipe.begun == 2


@asynchronous
async def test_a_refresh_that_began_before_an_invalidation_is_followed_by_one_more() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await worker.invalidate("a", window=300.0)
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    await until(lambda: recipe.begun == 2)
    for _ in range(3):
        await worker.invalidate("a", window=300.0)
        assert await worker.get(recipe) == ("STALE", "value 1")
        await idle()
    recipe.gate.set()
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 3")
    assert recipe.begun == 3


@asynchronous
async def test_who_waits_waits_for_two_computings_at_most_however_much_is_invalidated() -> None:
    worker, _, _ = make_worker()

    class Invalidated(Recipe):
        async def __call__(self) -> Any:
            await idle()
            await worker.invalidate("a")
            return await super().__call__()

    recipe = Invalidated(tags=("a",))
    answers = await asyncio.gather(*(worker.get(recipe) for _ in range(20)))
    assert {answer[1] for answer in answers} <= {"value 1", "value 2"}
    assert recipe.begun <= 2


@asynchronous
async def test_a_store_whose_count_begins_high_keeps_entries() -> None:
    """As one that has forgotten all invalidations, or counts from the time at which it was set up."""
    worker, store, _ = make_worker()
    inner = store.inner
    assert isinstance(inner, MemoryStore)
    inner._last = 1_700_000_000_000_000
    recipe = Recipe(tags=("a",))
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1")
    await worker.invalidate("a")
    assert await worker.get(recipe) == ("MISS", "value 2")
    assert await worker.get(recipe) == ("HIT", "value 2")


@asynchronous
async def test_a_version_that_is_answered_late_is_not_taken_for_an_emptied_store() -> None:
    clock = Clock()
    store = AsyncVersionStore(MemoryStore(2**20, clock=clock))
    worker, recipe = Worker(store, clock), Recipe(tags=("a",))
    await worker.get(recipe, "key")
    store.delays["version"] = asyncio.Event()
    late = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.waiting["version"])
    gate = store.delays.pop("version")
    await worker.invalidate("b")
    gate.set()
    reads = store.calls["get"]
    assert await late == ("HIT", "value 1")
    assert store.calls["get"] == reads, "the memory level was dropped"


@asynchronous
async def test_what_is_new_is_asked_for_once_however_many_need_it() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await Worker(store, clock).invalidate("a")
    before = store.calls["invalidations"]
    store.gates["invalidations"] = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(20)]
    await idle()
    store.gates["invalidations"].set()
    assert {value for _, value in await asyncio.gather(*callers)} == {"value 2"}
    assert store.calls["invalidations"] == before + 1


@asynchronous
async def test_who_came_too_late_for_an_answer_asks_again() -> None:
    worker, store, clock = make_worker()
    recipe, other = Recipe(tags=("a",)), Worker(store, clock)
    await worker.get(recipe)
    await other.invalidate("b")
    store.delays["invalidations"] = asyncio.Event()
    early = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.waiting["invalidations"])
    gate = store.delays.pop("invalidations")
    await other.invalidate("a")
    late = asyncio.create_task(worker.get(recipe))
    await idle()
    gate.set()
    assert await late == ("MISS", "value 2")
    await early


# The store was emptied


def emptied(store: FaultyStore, clock: Clock) -> None:
    store.inner = MemoryStore(2**20, clock=clock)


@asynchronous
async def test_when_the_store_was_emptied_nothing_is_served_that_was_made_before() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.invalidate("x", "y", "z")
    await worker.get(recipe)
    emptied(store, clock)
    assert worker.cache.peek("key") is None
    assert await worker.get(recipe) == ("MISS", "value 2")
    assert await worker.get(recipe) == ("HIT", "value 2")
    await worker.invalidate("a")
    assert await worker.get(recipe) == ("MISS", "value 3")


@asynchronous
async def test_what_was_being_made_when_the_store_was_emptied_can_be_invalidated() -> None:
    worker, store, clock = make_worker()
    recipe, other = Recipe(tags=("a",)), Recipe()
    await worker.invalidate("x", "y", "z")
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    emptied(store, clock)
    await worker.get(other, "other")
    recipe.gate.set()
    assert await waiting == ("MISS", "value 1")
    await worker.invalidate("a")
    assert await worker.get(recipe) == ("MISS", "value 2")


@asynchronous
async def test_two_that_find_the_store_emptied_at_once_begin_anew_once() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe()
    await worker.invalidate("x", "y")
    emptied(store, clock)
    store.gates["invalidations"] = asyncio.Event()
    before = store.calls["invalidations"]
    callers = [asyncio.create_task(worker.get(recipe, key)) for key in ("one", "other")]
    await until(lambda: store.waiting["invalidations"])
    store.gates["invalidations"].set()
    await asyncio.gather(*callers)
    assert [worker.peek(key) for key in ("one", "other")] == ["value 1", "value 2"]
    assert store.calls["invalidations"] == before + 1


@asynchronous
async def test_who_finds_it_emptied_with_more_in_it_than_another_learns_of_that_too() -> None:
    worker, store, clock = make_worker()
    await worker.invalidate("x", "y")
    emptied(store, clock)
    store.delays["invalidations"] = asyncio.Event()
    early = asyncio.create_task(worker.get(Recipe(), "early"))
    await until(lambda: store.waiting["invalidations"])
    gate = store.delays.pop("invalidations")
    await store.set("key", entry(tags=("a",)))
    await store.invalidate(["a"], clock(), clock())
    late = asyncio.create_task(worker.get(Recipe()))
    await idle()
    gate.set()
    assert await late == ("MISS", "value 1")
    await early


@asynchronous
async def test_what_is_told_of_the_store_before_it_was_emptied_is_not_mixed_with_what_came_after() -> None:
    worker, store, clock = make_worker()
    await worker.invalidate("x")
    await store.invalidate(["y", "z"], clock(), clock())
    store.delays["invalidations"] = asyncio.Event()
    late = asyncio.create_task(worker.get(Recipe(), "late"))
    await until(lambda: store.waiting["invalidations"])
    gate = store.delays.pop("invalidations")
    emptied(store, clock)
    recipe = Recipe()
    waiting = asyncio.create_task(worker.get(recipe))
    await idle()
    gate.set()
    await asyncio.gather(late, waiting)
    assert worker.peek() == "value 1"
    await worker.get(recipe, "another")
    assert worker.peek() == "value 1"


@asynchronous
async def test_after_an_emptied_store_invalidations_are_told_by_their_numbers_again() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.invalidate("x", "y", "z")
    emptied(store, clock)
    await worker.get(recipe)
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    store.failing = set()
    assert await worker.get(recipe) == ("MISS", "value 2")
    assert await worker.get(recipe) == ("HIT", "value 2")


def test_a_cache_may_be_opened_again_on_another_loop(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    store = AsyncVersionStore(MemoryStore(2**20, clock=clock))
    worker = Worker(store, clock)

    async def crowd() -> None:
        await worker.cache.open()
        await store.invalidate(["a"], clock(), clock())
        store.gates["invalidations"] = asyncio.Event()
        callers = [asyncio.create_task(worker.get(Recipe())) for _ in range(5)]
        await idle()
        store.gates.pop("invalidations").set()
        await asyncio.gather(*callers)

    asyncio.run(crowd())
    asyncio.run(crowd())
    assert not caplog.records


@asynchronous
async def test_an_emptied_store_that_cannot_tell_its_invalidations_is_asked_again() -> None:
    worker, store, clock = make_worker()
    await worker.invalidate("x", "y")
    emptied(store, clock)
    await store.invalidate(["a"], 1000.0, 1000.0)
    await store.set("key", entry(tags=("a",)))
    store.failing = {"invalidations"}
    await worker.get(Recipe(), "other")
    store.failing = set()
    assert await worker.get(Recipe()) == ("MISS", "value 1")


# Failures of the computing


@asynchronous
async def test_a_first_computing_that_fails_fails_for_everyone_and_is_not_kept() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe()
    recipe.gate, recipe.error = asyncio.Event(), LookupError("no")
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(20)]
    await until(lambda: recipe.begun)
    recipe.gate.set()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert [str(answer) for answer in answers] == ["no"] * 20
    assert (recipe.begun, store.calls["set"]) == (1, 0)
    recipe.error = None
    assert await worker.get(recipe) == ("MISS", "value 2")


@asynchronous
async def test_control_flow_out_of_a_computing_comes_to_whoever_waits() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    recipe.error = Stop()
    answers = await asyncio.gather(*(worker.get(recipe) for _ in range(3)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Stop] * 3


@pytest.mark.parametrize(("revalidate", "pause"), [(1.0, 3.0), (3.0, 3.0), (10.0, 10.0), (30.0, 30.0), (60.0, 30.0)])
@pytest.mark.parametrize("error", [ValueError("no"), Stop()])
@asynchronous
async def test_a_failed_refresh_leaves_the_old_value_and_is_tried_again_later(
    revalidate: float, pause: float, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(revalidate=revalidate)
    await worker.get(recipe)
    clock.now += revalidate
    recipe.error = error
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert [record.getMessage() for record in caplog.records] == ["Refreshing “key” failed; the old value stays."]
    clock.now += pause - 0.001
    found = await worker.cache.get("key", TEXT, recipe, what="it")
    assert (found.state, found.value, found.retry_after) == ("HIT", "value 1", pause)
    assert recipe.begun == 2
    clock.now += 0.001
    recipe.error = None
    found = await worker.cache.get("key", TEXT, recipe, what="it")
    assert (found.state, found.value, found.retry_after) == ("STALE", "value 1", None)
    await worker.settle()
    found = await worker.cache.get("key", TEXT, recipe, what="it")
    assert (found.state, found.value, found.retry_after) == ("HIT", "value 3", None)
    clock.now += revalidate
    assert (await worker.get(recipe))[0] == "STALE"
    await worker.settle()


@asynchronous
async def test_a_failed_refresh_is_forgotten_once_the_value_was_made() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(revalidate=10.0, expire=15.0)
    await worker.get(recipe)
    clock.now += 14.0
    recipe.error = ValueError("no")
    await worker.get(recipe)
    await worker.settle()
    clock.now += 1.0
    recipe.error = None
    recipe.computed = {"revalidate": 1.0}
    assert await worker.get(recipe) == ("MISS", "value 3")
    clock.now += 1.0
    assert await worker.get(recipe) == ("STALE", "value 3")
    await worker.settle()


@asynchronous
async def test_a_refresh_that_is_cancelled_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    await worker.get(recipe)
    await until(lambda: recipe.begun == 2)
    for task in worker.tasks:
        task.cancel()
    await worker.settle()
    recipe.gate = None
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert recipe.begun == 3
    assert not caplog.records


@asynchronous
async def test_a_failed_refresh_does_not_outlive_the_entry() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(revalidate=60.0, expire=61.0)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.error = LookupError("no")
    await worker.get(recipe)
    await worker.settle()
    clock.now += 1.0
    with pytest.raises(LookupError, match="no"):
        await worker.get(recipe)
    recipe.error = None
    assert await worker.get(recipe) == ("MISS", "value 4")


@asynchronous
async def test_a_failed_refresh_waits_though_the_store_has_lost_the_entry() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    await store.delete("key")
    clock.now += 60.0
    recipe.error = ValueError("no")
    await worker.get(recipe)
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert recipe.begun == 2


@asynchronous
async def test_a_clock_that_is_set_back_does_not_put_off_the_next_try() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await worker.invalidate("a", window=math.inf)
    recipe.error = ValueError("no")
    await worker.get(recipe)
    await worker.settle()
    clock.now -= 3600.0
    recipe.error = None
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert recipe.begun == 3


@asynchronous
async def test_a_waiter_that_is_cancelled_does_not_cancel_what_others_wait_for() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for _ in range(3)]
    await until(lambda: recipe.begun)
    for impatient in callers[:2]:  # the first is the one that began it
        impatient.cancel()
    await idle()
    recipe.gate.set()
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert [type(answer) for answer in answers[:2]] == [asyncio.CancelledError] * 2
    assert answers[2] == ("MISS", "value 1")
    assert recipe.begun == 1


@asynchronous
async def test_what_everyone_has_stopped_waiting_for_is_kept_all_the_same() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    caller = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    caller.cancel()
    await idle()
    recipe.gate.set()
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 1")


@asynchronous
async def test_who_comes_in_the_moment_of_landing_does_not_take_an_old_flights_value() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe(tags=("a",))
    recipe.gate = gate = asyncio.Event()

    async def come_late() -> tuple[str, str]:
        await gate.wait()
        await worker.invalidate("a")
        return await worker.get(recipe)

    early = asyncio.create_task(worker.get(recipe))
    await until(lambda: recipe.begun)
    late = asyncio.create_task(come_late())
    await idle()
    gate.set()
    assert await early == ("MISS", "value 1")
    assert await late == ("MISS", "value 2")


@asynchronous
async def test_who_comes_in_the_moment_in_which_a_refresh_gives_up_makes_it_alone() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = gate = asyncio.Event()
    recipe.computed = {"keep": False}

    async def come_late() -> tuple[str, str]:
        await gate.wait()
        return await worker.get(recipe, serve_stale=False)

    await worker.get(recipe)
    await until(lambda: recipe.begun == 2)
    late = asyncio.create_task(come_late())
    await idle()
    gate.set()
    assert await late == ("MISS", "value 3")


@asynchronous
async def test_nobody_waits_for_ever_for_a_computing_of_its_own_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LONGEST_WAIT", 0.01)
    worker, _, _ = make_worker()
    endless, recipe = Recipe("endless"), Recipe()
    endless.gate = asyncio.Event()
    first = asyncio.create_task(worker.get(endless))
    await until(lambda: endless.begun)
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert not first.done()
    endless.gate.set()
    assert await first == ("MISS", "endless 1")


@asynchronous
async def test_who_stops_waiting_stops_what_it_has_begun_to_compute_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LONGEST_WAIT", 0.01)
    worker, _, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    first, second = (asyncio.create_task(worker.get(recipe)) for _ in range(2))
    await until(lambda: recipe.begun == 2)
    second.cancel()
    recipe.gate.set()
    assert await first == ("MISS", "value 1")
    assert (await asyncio.gather(second, return_exceptions=True))[0].__class__ is asyncio.CancelledError
    assert await worker.get(recipe) == ("HIT", "value 1")


@pytest.mark.parametrize("serve_stale", [True, False])
@asynchronous
async def test_a_refresh_that_takes_too_long_is_replaced(serve_stale: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock()
    monkeypatch.setattr(flights, "time", SimpleNamespace(monotonic=passing))
    worker, _, clock = make_worker()
    recipe, endless = Recipe(**TTL), Recipe("endless", **TTL)
    endless.gate = asyncio.Event()
    await worker.get(recipe)
    clock.now += 60.0
    await worker.get(endless)
    await until(lambda: endless.begun)
    passing.now += 59.9
    assert await worker.get(recipe) == ("STALE", "value 1")
    await idle()
    assert recipe.begun == 1
    passing.now += 0.1
    clock.now += 10.0  # its lease has ended
    state = await worker.get(recipe, serve_stale=serve_stale)
    assert state == (("STALE", "value 1") if serve_stale else ("MISS", "value 2"))
    await until(lambda: recipe.begun == 2)
    await idle()
    assert await worker.get(recipe) == ("HIT", "value 2")
    endless.gate.set()
    await worker.settle()


# Options


@asynchronous
async def test_peek_gives_what_is_fresh_in_memory() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(tags=("a",), **TTL)
    assert one.cache.peek("key") is None
    await one.get(recipe)
    assert one.peek() == "value 1"
    assert other.cache.peek("key") is None
    clock.now += 60.0
    assert one.cache.peek("key") is None
    clock.now -= 60.0
    await one.invalidate("b")
    assert one.peek() == "value 1"
    assert one.cache.peek("key", lambda: ("b",)) is None
    await other.invalidate("c")
    assert one.cache.peek("key") is None, "it might be invalidated"
    await one.get(recipe)
    assert one.peek() == "value 1"
    store.failing = {"version"}
    assert one.cache.peek("key") is None


@asynchronous
async def test_peek_gives_nothing_when_the_version_must_be_waited_for() -> None:
    clock = Clock()
    worker = Worker(AsyncVersionStore(MemoryStore(2**20, clock=clock)), clock)
    await worker.get(Recipe())
    assert worker.cache.peek("key") is None


@asynchronous
async def test_a_caller_that_is_stored_itself_waits_for_a_new_value() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    waiting = [asyncio.create_task(worker.get(recipe, serve_stale=False)) for _ in range(5)]
    await idle()
    recipe.gate.set()
    assert set(await asyncio.gather(*waiting)) == {("MISS", "value 2")}
    assert await worker.get(recipe, serve_stale=False) == ("HIT", "value 2")
    assert recipe.begun == 2


@asynchronous
async def test_what_is_older_than_max_age_is_stale_for_this_caller() -> None:
    worker, _, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 10.0
    assert await worker.get(recipe, max_age=11.0) == ("HIT", "value 1")
    assert await worker.get(recipe, max_age=10.0, serve_stale=False) == ("MISS", "value 2")
    clock.now += 10.0
    assert await worker.get(recipe, max_age=10.0) == ("STALE", "value 2")
    await worker.settle()
    assert await worker.get(recipe, max_age=10.0) == ("HIT", "value 3")


@asynchronous
async def test_renewing_makes_a_fresh_value_anew() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    await worker.get(recipe)
    found = await worker.cache.renew("key", TEXT, recipe, what="it")
    assert (found.state, found.value) == ("MISS", "value 2")
    assert await worker.get(recipe) == ("HIT", "value 2")


@pytest.mark.parametrize("error", [None, ValueError("no"), Stop()])
@asynchronous
async def test_renewing_waits_for_what_is_under_way_and_then_makes_it_anew(error: BaseException | None) -> None:
    worker, _, _ = make_worker()
    old, new = Recipe("old"), Recipe("new")
    old.gate, old.error = asyncio.Event(), error
    first = asyncio.create_task(worker.get(old))
    await until(lambda: old.begun)
    second = [asyncio.create_task(worker.cache.renew("key", TEXT, new, what="it")) for _ in range(2)]
    await idle()
    assert new.begun == 0
    old.gate.set()
    assert [(await one).value for one in second] == ["new 1", "new 2"]
    assert len(await asyncio.gather(first, return_exceptions=True)) == 1
    assert await worker.get(old) == ("HIT", "new 2")


@asynchronous
async def test_renewing_does_not_wait_for_ever_for_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LONGEST_WAIT", 0.01)
    worker, _, _ = make_worker()
    endless = Recipe("endless")
    endless.gate = asyncio.Event()
    first = asyncio.create_task(worker.get(endless))
    await until(lambda: endless.begun)
    assert (await worker.cache.renew("key", TEXT, Recipe(), what="it")).value == "value 1"
    endless.gate.set()
    await first


@asynchronous
async def test_renewing_raises_what_the_computing_raises_and_leaves_the_old_value() -> None:
    worker, _, _ = make_worker()
    recipe = Recipe()
    await worker.get(recipe)
    recipe.error = LookupError("no")
    with pytest.raises(LookupError, match="no"):
        await worker.cache.renew("key", TEXT, recipe, what="it")
    assert await worker.get(recipe) == ("HIT", "value 1")


# What the build has prerendered


@asynchronous
async def test_what_was_prerendered_is_found() -> None:
    worker, _, _ = make_worker(seeds={"key": entry(b"seed", seen=None)})
    recipe = Recipe()
    assert await worker.get(recipe) == ("HIT", "seed")
    assert worker.peek() == "seed"
    assert recipe.begun == 0


@pytest.mark.parametrize(("age", "state"), [(59.0, "HIT"), (60.0, "STALE"), (100.0, "MISS")])
@asynchronous
async def test_what_was_prerendered_ages(age: float, state: str) -> None:
    worker, _, clock = make_worker(seeds={"key": entry(b"seed", seen=None, **TTL)})
    clock.now += age
    recipe = Recipe()
    assert (await worker.get(recipe))[0] == state
    await worker.settle()
    assert (await worker.get(recipe))[0] == "HIT"
    assert recipe.begun == (state != "HIT")


@asynchronous
async def test_what_was_prerendered_is_invalidated_by_the_clock() -> None:
    worker, _, clock = make_worker(seeds={"key": entry(b"seed", seen=None, tags=("a",), created=1000.5)})
    recipe = Recipe()
    await worker.invalidate("a")
    clock.now += 1.0
    assert await worker.get(recipe) == ("HIT", "seed")
    await worker.invalidate("a")
    assert await worker.get(recipe) == ("MISS", "value 1")
    await worker.cache.forget_memory()
    assert await worker.get(recipe) == ("HIT", "value 1"), "the store goes before what was prerendered"


@pytest.mark.parametrize(("created", "state"), [(1001.0, "MISS"), (1003.0, "HIT")])
@asynchronous
async def test_what_was_prerendered_before_the_floor_is_out_of_date(created: float, state: str) -> None:
    worker, store, clock = make_worker(seeds={"key": entry(b"seed", seen=None, created=created)})
    clock.now += 10.0

    class Forgetful(MemoryStore):
        async def invalidations(self, since: int) -> Invalidations:
            return Invalidations(4, [Invalidation(5, "a", 1005.0, 1005.0)], 1002.0)

        def version(self) -> int:
            return 5

    store.inner = Forgetful(2**20)
    recipe = Recipe()
    assert (await worker.get(recipe))[0] == state
    assert (await worker.get(recipe))[0] == "HIT"


@asynchronous
async def test_a_prerendered_entry_that_cannot_be_decoded_is_a_miss() -> None:
    worker, _, _ = make_worker(seeds={"key": entry(b"\xff", seen=None)})
    assert await worker.get(Recipe()) == ("MISS", "value 1")


# Several workers


@asynchronous
async def test_of_two_workers_one_computes_and_the_other_waits_for_it() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for worker in (one, other) * 10]
    await until(lambda: recipe.begun and store.calls["lease"] > 2)
    recipe.gate.set()
    assert set(await asyncio.gather(*callers)) == {("MISS", "value 1")}
    assert recipe.begun == 1
    assert await other.get(recipe) == ("HIT", "value 1")


@asynchronous
async def test_a_worker_that_waited_takes_what_is_stale_already_for_making_it_took_long() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(**TTL)
    recipe.gate = asyncio.Event()
    callers = [asyncio.create_task(worker.get(recipe)) for worker in (one, other)]
    await until(lambda: recipe.begun and store.calls["lease"] > 2)
    clock.now += 9.0  # within the lease
    recipe.computed = {"revalidate": 1.0}
    recipe.gate.set()
    assert set(await asyncio.gather(*callers)) == {("MISS", "value 1")}
    assert recipe.begun == 1


@asynchronous
async def test_a_refresh_is_left_to_the_worker_that_is_at_it() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(**TTL)
    await one.get(recipe)
    await other.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    assert await one.get(recipe) == ("STALE", "value 1")
    await until(lambda: recipe.begun == 2)
    assert await other.get(recipe) == ("STALE", "value 1")
    await other.settle()
    recipe.gate.set()
    await one.settle()
    assert await other.get(recipe) == ("HIT", "value 2")
    assert recipe.begun == 2


@asynchronous
async def test_a_refresh_makes_nothing_when_another_worker_has_made_it_just_now() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    store.gates["lease"] = asyncio.Event()
    assert await worker.get(recipe) == ("STALE", "value 1")
    await until(lambda: store.waiting["lease"])
    await store.set("key", entry(b"theirs", created=clock()))
    store.gates.pop("lease").set()
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "theirs")
    assert recipe.begun == 1
    assert await store.lease("key", 10.0), "the lease was not given back"


@asynchronous
async def test_who_waits_never_takes_the_old_value_that_a_refresh_has_left() -> None:
    """Nor that of a second refresh, which began after this caller came."""
    worker, store, clock = make_worker()
    recipe = Recipe(**TTL)
    await worker.get(recipe)
    clock.now += 60.0
    token = await store.lease("key", 30.0)
    assert token
    store.gates["lease"] = first = asyncio.Event()
    second = asyncio.Event()

    async def refresh_again() -> None:
        await first.wait()
        store.gates["lease"] = second
        await worker.get(recipe)

    await worker.get(recipe)
    waiting = asyncio.create_task(worker.get(recipe, serve_stale=False))
    again = asyncio.create_task(refresh_again())
    await idle()
    first.set()
    await again
    await idle()
    assert store.waiting["lease"] == 1
    second.set()
    await idle()
    assert not waiting.done()
    await store.release("key", token)
    assert await waiting == ("MISS", "value 2")


@asynchronous
async def test_a_worker_that_must_not_serve_stale_waits_for_anothers_refresh() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(**TTL)
    await one.get(recipe)
    clock.now += 60.0
    recipe.gate = asyncio.Event()
    await one.get(recipe)
    await until(lambda: recipe.begun == 2)
    await other.get(recipe)  # its own refresh sees that one is at it
    waiting = asyncio.create_task(other.get(recipe, serve_stale=False))
    await until(lambda: store.calls["lease"] > 4)
    assert not waiting.done()
    recipe.gate.set()
    assert (await waiting)[1] == "value 2"
    assert recipe.begun == 2


@asynchronous
async def test_a_dead_worker_blocks_nobody_for_longer_than_its_lease() -> None:
    worker, store, clock = make_worker()
    assert await store.lease("key", 10.0)
    recipe = Recipe()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.calls["lease"] > 3)
    assert recipe.begun == 0
    clock.now += 10.0
    assert await waiting == ("MISS", "value 1")


@asynchronous
async def test_nobody_waits_for_ever_for_another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LONGEST_WAIT", 0.0)
    worker, store, _ = make_worker()
    assert await store.lease("key", 10.0)
    assert await worker.get(Recipe()) == ("MISS", "value 1")


@asynchronous
async def test_when_another_worker_fails_this_one_computes() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    failing, recipe = Recipe(), Recipe()
    failing.gate, failing.error = asyncio.Event(), LookupError("no")
    first = asyncio.create_task(one.get(failing))
    await until(lambda: failing.begun)
    second = asyncio.create_task(other.get(recipe))
    await until(lambda: store.calls["lease"] > 2)
    failing.gate.set()
    with pytest.raises(LookupError, match="no"):
        await first
    assert await second == ("MISS", "value 1")


@asynchronous
async def test_a_worker_that_waits_learns_what_is_invalidated_meanwhile() -> None:
    one, store, clock = make_worker()
    other = Worker(store, clock)
    recipe = Recipe(tags=("a",))
    recipe.gate = asyncio.Event()
    first = asyncio.create_task(one.get(recipe))
    await until(lambda: recipe.begun)
    await other.invalidate("a")
    second = asyncio.create_task(other.get(recipe))
    await until(lambda: store.calls["lease"] > 2)
    recipe.gate.set()
    assert await first == ("MISS", "value 1")
    assert await second == ("MISS", "value 2")


@asynchronous
async def test_a_worker_that_waits_does_not_take_what_is_invalidated_while_it_waits() -> None:
    one, store, clock = make_worker()
    other, third = Worker(store, clock), Worker(store, clock)
    recipe = Recipe(tags=("a",))
    recipe.gate = asyncio.Event()
    first = asyncio.create_task(one.get(recipe))
    await until(lambda: recipe.begun)
    second = asyncio.create_task(other.get(recipe))
    await until(lambda: store.calls["lease"] > 2)
    await third.invalidate("a")
    recipe.gate.set()
    assert await first == ("MISS", "value 1")
    assert await second == ("MISS", "value 2")


@asynchronous
async def test_a_lease_is_renewed_as_long_as_its_holder_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LEASE", 0.003)
    worker, store, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.calls["renew"] >= 3)
    recipe.gate.set()
    await waiting
    await worker.settle()
    assert await store.lease("key", 10.0), "it was not given back"


@asynchronous
async def test_a_lease_is_not_renewed_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    passing = Clock()
    monkeypatch.setattr(engine, "_LEASE", 0.003)
    monkeypatch.setattr(engine, "time", SimpleNamespace(monotonic=passing))
    worker, store, _ = make_worker()
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.calls["renew"])
    assert len(worker.tasks) == 2
    passing.now += 60.0
    await until(lambda: len(worker.tasks) == 1)
    recipe.gate.set()
    await waiting


@pytest.mark.parametrize("error", [LookupError("no"), Stop()])
@asynchronous
async def test_a_lease_is_given_back_when_computing_fails(error: BaseException) -> None:
    worker, store, _ = make_worker()
    recipe = Recipe()
    recipe.error = error
    with pytest.raises(type(error)):
        await worker.get(recipe)
    assert await store.lease("key", 10.0)


@asynchronous
async def test_a_lease_is_given_back_when_the_value_was_there_already() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe()
    store.gates["lease"] = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.waiting["lease"])
    await store.set("key", entry(b"theirs"))
    store.gates.pop("lease").set()
    assert await waiting == ("HIT", "theirs")
    assert recipe.begun == 0
    assert await store.lease("key", 10.0)


# The store fails


@pytest.mark.parametrize("method", METHODS)
@asynchronous
async def test_a_store_that_fails_is_logged_and_requests_go_on(method: str, caplog: pytest.LogCaptureFixture) -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",), **TTL)
    if method == "invalidations":
        await store.invalidate(["x"], 1000.0, 1000.0)
    store.failing = {method}
    await worker.cache.open()
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1")
    clock.now += 60.0
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    assert await worker.get(recipe) == ("HIT", "value 2")
    await worker.cache.close()
    assert [record.getMessage() for record in caplog.records] == [
        f"The cache's store failed ({method}): Unavailable: {method}. Requests go on without it; "
        "this is logged at most every 10 seconds."
    ]


@asynchronous
async def test_a_store_that_raises_before_there_is_anything_to_await_fails_in_the_same_way() -> None:
    worker, store, _ = make_worker()

    def fail(*_: Any) -> Any:
        raise Unavailable

    for method in (*METHODS, "renew"):
        setattr(store, method, fail)
    await worker.cache.open()
    assert await worker.get(Recipe()) == ("MISS", "value 1")
    assert await worker.get(Recipe()) == ("HIT", "value 1")
    await worker.cache.close()


@asynchronous
async def test_without_any_store_500_callers_compute_once() -> None:
    worker, store, _ = make_worker()
    store.failing = set(METHODS)
    recipe = Recipe()
    assert set(await asyncio.gather(*(worker.get(recipe) for _ in range(500)))) == {("MISS", "value 1")}


@asynchronous
async def test_a_lease_that_cannot_be_renewed_is_no_failure_of_the_computing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_LEASE", 0.003)
    worker, store, _ = make_worker()
    store.failing = {"renew"}
    recipe = Recipe()
    recipe.gate = asyncio.Event()
    waiting = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.calls["renew"] >= 2)
    recipe.gate.set()
    assert await waiting == ("MISS", "value 1")


@asynchronous
async def test_failures_are_logged_once_in_ten_seconds(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    monkeypatch.setattr(guarded_store, "time", SimpleNamespace(monotonic=clock))
    worker, store, _ = make_worker()
    store.failing = {"get", "set", "version", "lease"}
    counts: list[int] = []
    for clock.now in (5.0, 14.9, 15.0, 15.1, 25.0):
        await worker.cache.forget_memory()
        await worker.get(Recipe())
        counts.append(len(caplog.records))
    assert counts == [1, 1, 2, 2, 3]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


@asynchronous
async def test_what_cannot_be_delivered_counts_here_at_once_and_elsewhere_later() -> None:
    other, store, clock = make_worker()
    mine = FaultyStore(store.inner)
    one = Worker(mine, clock)
    recipe = Recipe(tags=("a",))
    await one.get(recipe)
    await other.get(recipe)
    clock.now += 1.0
    mine.failing = {"invalidate"}
    await one.invalidate("a")
    clock.now += 1.0
    assert one.cache.peek("key") is None
    assert await one.get(recipe) == ("MISS", "value 2")
    assert await one.get(recipe) == ("HIT", "value 2")
    assert await other.get(recipe) == ("HIT", "value 1")
    mine.failing = set()
    assert await one.get(recipe) == ("MISS", "value 3"), "nobody knows any more which came first"
    assert await other.get(recipe) == ("HIT", "value 3")
    assert await one.get(recipe) == ("HIT", "value 3")
    assert one.peek() == "value 3"


@asynchronous
async def test_what_cannot_be_delivered_keeps_its_window() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    store.failing = {"invalidate"}
    await worker.invalidate("a", window=300.0)
    recipe.error = ValueError("no")
    assert await worker.get(recipe) == ("STALE", "value 1")
    await worker.settle()
    clock.now += 299.0
    assert (await worker.get(recipe))[1] == "value 1"
    await worker.settle()
    clock.now += 1.0
    with pytest.raises(ValueError, match="no"):
        await worker.get(recipe)


@asynchronous
async def test_each_is_delivered_once_however_many_callers_come() -> None:
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    for tag in "abc":
        await worker.invalidate(tag)
    store.failing = set()
    store.gates["invalidate"] = asyncio.Event()
    callers = [asyncio.create_task(worker.get(Recipe(tags=(tag,)), tag)) for tag in "abc" * 5]
    await until(lambda: store.waiting["invalidate"])
    store.gates["invalidate"].set()
    await asyncio.gather(*callers)
    known = await store.invalidations(0)
    assert [(one.tag, one.at, one.due) for one in known.items] == [(tag, 1000.0, 1000.0) for tag in "abc"]


@asynchronous
async def test_while_one_delivers_others_go_by_the_clock() -> None:
    worker, store, clock = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    clock.now += 1.0
    store.failing = set()
    store.gates["invalidate"] = asyncio.Event()
    delivering = asyncio.create_task(worker.get(recipe))
    await until(lambda: store.waiting["invalidate"])
    assert await worker.get(recipe) == ("MISS", "value 2")
    store.gates["invalidate"].set()
    await delivering


@asynchronous
async def test_one_that_the_store_never_takes_does_not_hold_up_the_others() -> None:
    worker, store, clock = make_worker()

    class Picky(MemoryStore):
        async def invalidate(self, tags: Any, at: float, due: float) -> int:
            if "poison" in tags:
                raise Unavailable("poison")
            return await super().invalidate(tags, at, due)

    store.inner = Picky(2**20, clock=clock)
    other = Worker(store, clock)
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    await other.get(recipe)
    await worker.invalidate("poison")
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    store.failing = set()
    for _ in range(3):
        await worker.get(Recipe(), "any")
    assert (await other.get(recipe))[0] == "MISS"
    await other.invalidate("a")
    assert (await worker.get(recipe))[0] == "MISS"
    assert [one.tag for one in (await store.invalidations(0)).items] == ["a", "a"]


@asynchronous
async def test_what_was_delivered_counts_here_though_it_cannot_be_read_back() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    store.failing = {"version", "get", "set"}
    await worker.invalidate("a")
    worker.clock.now += 1.0
    assert await worker.get(recipe) == ("MISS", "value 2")
    assert await worker.get(recipe) == ("HIT", "value 2")


@asynchronous
async def test_what_was_delivered_is_not_forgotten_before_it_was_read_back() -> None:
    clock = Clock()
    store = AsyncVersionStore(MemoryStore(2**20, clock=clock))
    worker, recipe = Worker(store, clock), Recipe(tags=("a",))
    await worker.get(recipe)
    store.delays["version"] = asyncio.Event()
    late = asyncio.create_task(worker.get(Recipe(), "late"))
    await until(lambda: store.waiting["version"])
    gate = store.delays.pop("version")
    store.failing = {"invalidations", "get", "set"}
    await worker.invalidate("a")
    gate.set()
    await late
    clock.now += 1.0
    assert await worker.get(recipe) == ("MISS", "value 2")


@asynchronous
async def test_what_has_come_back_with_a_number_is_not_compared_by_the_clock_any_more() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(tags=("a",))
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    store.failing = set()
    assert await worker.get(recipe) == ("MISS", "value 1")
    assert await worker.get(recipe) == ("HIT", "value 1"), "made at the same moment, but after it"


@asynchronous
async def test_peek_gives_nothing_while_something_is_to_be_delivered() -> None:
    """So that `get` is called, which delivers it."""
    worker, store, _ = make_worker()
    recipe = Recipe()
    await worker.get(recipe)
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    store.failing = set()
    assert worker.cache.peek("key") is None
    assert await worker.get(recipe) == ("HIT", "value 1")
    assert worker.peek() == "value 1"


@asynchronous
async def test_an_invalidation_whose_caller_is_cancelled_is_delivered_later() -> None:
    worker, store, _ = make_worker()
    recipe = Recipe(tags=("a",))
    await worker.get(recipe)
    store.gates["invalidate"] = asyncio.Event()
    caller = asyncio.create_task(worker.invalidate("a"))
    await until(lambda: store.waiting["invalidate"])
    caller.cancel()
    assert isinstance((await asyncio.gather(caller, return_exceptions=True))[0], asyncio.CancelledError)
    store.gates.clear()
    assert await worker.get(recipe) == ("MISS", "value 2")
    assert store.inner.version() == 1


@asynchronous
async def test_what_cannot_be_delivered_is_sent_again_though_nobody_asks_for_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tag_sync, "_SEND_AGAIN", 0.002)
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    await worker.invalidate("b")
    await until(lambda: store.calls["invalidate"] >= 5)
    store.failing = set()
    await until(lambda: store.inner.version())
    await worker.settle()
    assert sorted(one.tag for one in (await store.invalidations(0)).items) == ["a", "b"]


@asynchronous
async def test_a_closed_cache_sends_nothing_again_until_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_sync, "_SEND_AGAIN", 0.002)
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    await worker.cache.close()
    calls = store.calls["invalidate"]
    await asyncio.sleep(0.01)
    assert store.calls["invalidate"] == calls
    await worker.cache.open()
    await worker.invalidate("b")
    store.failing = set()
    await until(lambda: store.inner.version() == 2)


@asynchronous
async def test_closing_delivers_what_is_left() -> None:
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    await worker.invalidate("a", "b")
    store.failing = set()
    await worker.cache.close()
    assert store.inner.version() == 2
    assert store.calls["close"] == 1


@asynchronous
async def test_a_store_that_fails_is_closed_all_the_same() -> None:
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    await worker.cache.close()
    assert store.calls["close"] == 1


@asynchronous
async def test_of_too_many_that_cannot_be_delivered_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_sync, "_MOST_UNSENT", 3)
    worker, store, _ = make_worker()
    store.failing = {"invalidate"}
    for tag in "abcde":
        await worker.invalidate(tag)
    store.failing = set()
    await worker.get(Recipe())
    assert [one.tag for one in (await store.invalidations(0)).items] == list("cde")


@asynchronous
async def test_what_could_not_be_delivered_outlives_an_emptied_store() -> None:
    worker, store, clock = make_worker()
    await worker.invalidate("x", "y")
    store.failing = {"invalidate"}
    await worker.invalidate("a")
    emptied(store, clock)
    await store.set("key", entry(b"theirs", created=999.0, tags=("a",)))
    assert await worker.get(Recipe()) == ("MISS", "value 1")


@asynchronous
async def test_a_store_that_is_asked_once_more_is_asked_for_what_is_new_only() -> None:
    worker, store, _ = make_worker()
    await worker.invalidate("a")
    asked = store.calls["invalidations"]
    for _ in range(3):
        await worker.get(Recipe())
    assert store.calls["invalidations"] == asked
