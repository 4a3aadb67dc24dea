"""Two workers on one store, against a naive model: what they give is never out of date in a way that they could know.

The model remembers every value that was ever made, and every invalidation. It knows nothing of memory levels, indexes,
numbers or flights.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from byway.caching import tag_sync
from byway.caching.embedded import EmbeddedStore
from byway.caching.engine import Computed
from byway.caching.memory import MemoryStore
from byway.caching.redis import RedisStore
from byway.caching.store import CacheStore

from .support import TEXT, Clock, FaultyStore, Worker

METHODS = {"get", "set", "version", "invalidate", "invalidations", "lease", "renew", "release"}
# Seconds until a value is stale, and until it expires.
LIVES = [(math.inf, math.inf), (60.0, math.inf), (60.0, 300.0), (5.0, 60.0)]
LONGEST_PAUSE = 30.0

workers = st.integers(0, 1)
keys = st.sampled_from(["one", "two"])
some_tags = st.sampled_from([("a",), ("b",), ("a", "b"), ("b", "c")])
tags = st.just(()) | some_tags

# Gives a function that makes the stores of workers that share their data.
Opening = Callable[[Clock], Callable[[], CacheStore]]


@dataclass
class Made:
    """A value: what it was made of, and in which step of the history."""

    step: int
    created: float
    tags: tuple[str, ...]
    revalidate: float
    expire: float


@dataclass
class Written:
    """An invalidation, made by a worker in one ``step`` and ``delivered`` in the same or in a later one, or not yet."""

    by: int
    step: int
    tag: str
    at: float
    due: float
    delivered: int | None


class Failed(Exception):
    """Raised by a computing that fails."""


class Engines(RuleBasedStateMachine):
    opening: Opening

    @initialize(memory_sizes=st.tuples(*[st.sampled_from([0, 2**20])] * 2))
    def begin(self, memory_sizes: tuple[int, int]) -> None:
        self.runner = asyncio.Runner()
        self.clock = Clock(float(math.ceil(time.time())))
        self.make_store = type(self).opening(self.clock)
        self.memory_sizes = memory_sizes
        self.step = 0
        self.is_out = False
        self.counter = itertools.count(1)
        self.made: dict[str, Made] = {}
        self.written: list[Written] = []
        # Of each worker: what it could not deliver, the step of its last look at the store, and when refreshes failed.
        self.unsent: list[list[Written]] = [[], []]
        self.looked: list[int] = [0, 0]
        self.failed: list[dict[str, float]] = [{}, {}]
        # The value that was last written to the store at each key.
        self.stored: dict[str, Made] = {}
        self.stores: list[FaultyStore] = []
        self.workers: list[Worker] = []
        for number in (0, 1):
            store, worker = self.start(number)
            self.stores.append(store)
            self.workers.append(worker)

    def start(self, number: int) -> tuple[FaultyStore, Worker]:
        store = FaultyStore(self.make_store())
        worker = Worker(store, self.clock, memory_size=self.memory_sizes[number])
        self.runner.run(worker.cache.open())
        return store, worker

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            for number, worker in enumerate(self.workers):
                self.stores[number].failing = set()
                self.runner.run(worker.cache.close())
            self.runner.close()

    def move_on(self) -> None:
        """No two steps happen at the same moment."""
        self.step += 1
        self.clock.now += 2**-10

    # What happens

    @rule(seconds=st.sampled_from([1.0, 4.0, 5.0, 31.0, 60.0, 240.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule(number=workers, names=some_tags, window=st.sampled_from([0.0, 10.0, 300.0, math.inf]))
    def invalidate(self, number: int, names: tuple[str, ...], window: float) -> None:
        self.move_on()
        self.runner.run(self.workers[number].cache.invalidate(names, self.clock() + window))
        delivered = None if self.is_out else self.step
        new = [Written(number, self.step, tag, self.clock(), self.clock() + window, delivered) for tag in names]
        self.written += new
        self.unsent[number] += new
        self.look(number)

    @precondition(lambda self: not self.is_out)
    @rule()
    def the_store_goes(self) -> None:
        self.is_out = True
        for store in self.stores:
            store.failing = set(METHODS)

    @precondition(lambda self: self.is_out)
    @rule()
    def the_store_comes_back(self) -> None:
        self.is_out = False
        for store in self.stores:
            store.failing = set()

    @rule(number=workers)
    def memory_is_dropped(self, number: int) -> None:
        self.runner.run(self.workers[number].cache.forget_memory())
        self.failed[number].clear()

    @rule(number=workers)
    def worker_restarts(self, number: int) -> None:
        self.move_on()
        if not self.is_out:
            self.deliver(number)
        # What was not delivered dies with the only one that knew of it.
        self.written = [one for one in self.written if one not in self.unsent[number]]
        self.unsent[number] = []
        self.failed[number].clear()
        self.looked[number] = 0
        self.runner.run(self.workers[number].cache.close())
        self.stores[number], self.workers[number] = self.start(number)
        if self.is_out:
            self.stores[number].failing = set(METHODS)

    @rule(
        number=workers, key=keys, names=tags, life=st.sampled_from(LIVES), fails=st.sampled_from([False] * 4 + [True])
    )
    def get(self, number: int, key: str, names: tuple[str, ...], life: tuple[float, float], fails: bool) -> None:
        self.ask([number], key, names, life, fails=fails)

    @rule(key=keys, names=tags, life=st.sampled_from(LIVES), serve_stale=st.booleans())
    def both_get_at_once(self, key: str, names: tuple[str, ...], life: tuple[float, float], serve_stale: bool) -> None:
        self.ask([0, 1, 0, 1], key, names, life, serve_stale=serve_stale)

    # What is asked, and claimed

    def deliver(self, number: int) -> None:
        for one in self.unsent[number]:
            one.delivered = self.step if one.delivered is None else one.delivered
        self.unsent[number] = []

    def look(self, number: int) -> None:
        """The worker asks the store, and learns what was there before this step for certain."""
        if not self.is_out:
            self.deliver(number)
            self.looked[number] = self.step - 1

    def invalidations_of(self, made: Made, number: int) -> list[Written]:
        """Those younger than the value that the worker knows of."""
        return [
            one
            for one in self.written
            if one.tag in made.tags
            and one.step > made.step
            and (one.by == number or (one.delivered is not None and one.delivered <= self.looked[number]))
        ]

    def doubts_about(self, made: Made) -> list[Written]:
        """Those that might count as younger than the value: where numbers are lacking, or came late."""
        return [
            one
            for one in self.written
            if one.tag in made.tags and (one.delivered is None or one.delivered > made.step or one.at >= made.created)
        ]

    def is_surely_fresh(self, made: Made) -> bool:
        return self.clock() - made.created < min(made.revalidate, made.expire) and not self.doubts_about(made)

    def is_surely_served(self, made: Made) -> bool:
        now = self.clock()
        return now - made.created < made.expire and all(one.due > now for one in self.doubts_about(made))

    def ask(
        self,
        numbers: list[int],
        key: str,
        names: tuple[str, ...],
        life: tuple[float, float],
        *,
        fails: bool = False,
        serve_stale: bool = True,
    ) -> None:
        self.move_on()
        now, begun = self.clock(), 0
        before = dict(self.made)
        # What an outage has held up is delivered now, and may be younger than a computing that has begun already.
        delivered = 0 if self.is_out else sum(map(len, self.unsent))
        for number in numbers:
            self.look(number)
        stored = None if self.is_out else self.stored.get(key)

        async def compute() -> Computed[str]:
            nonlocal begun
            begun += 1
            await asyncio.sleep(0)
            if fails:
                raise Failed
            value = f"{key} {next(self.counter)}"
            self.made[value] = made = Made(self.step, now, names, *life)
            if not self.is_out:
                self.stored[key] = made
            return Computed(value, revalidate=life[0], expire=life[1], tags=names)

        async def run() -> list[Any]:
            answers = await asyncio.gather(
                *(
                    self.workers[number].cache.get(key, TEXT, compute, what=key, serve_stale=serve_stale)
                    for number in numbers
                ),
                return_exceptions=True,
            )
            for worker in self.workers:
                await worker.settle()
            return answers

        answers = self.runner.run(run())

        assert begun <= (2 if self.is_out else 1 + delivered), "one computing serves all who ask at once"
        if stored is not None and self.is_surely_fresh(stored):
            assert begun == 0, "nothing is computed when a fresh value is in the store"
        for number, answer in zip(numbers, answers, strict=True):
            if isinstance(answer, BaseException):
                assert isinstance(answer, Failed)
                assert fails
                assert stored is None or not self.is_surely_served(stored), "there was something to serve"
                continue
            made = self.made[answer.value]
            assert answer.value.split()[0] == key
            if answer.value not in before:
                assert answer.state == "MISS" or len(numbers) > 1
                continue
            assert now - made.created < made.expire, "expired by its age"
            younger = self.invalidations_of(made, number)
            assert all(one.due > now for one in younger), "expired by an invalidation"
            is_stale = bool(younger) or now - made.created >= made.revalidate
            assert not is_stale or serve_stale, "this caller must not get what is stale"
            if answer.state == "STALE":
                assert is_stale or self.doubts_about(made), "it is fresh"
            else:
                assert answer.state == "HIT"
                if answer.retry_after is None:
                    assert not is_stale, "it is stale"
                else:
                    assert now - self.failed[number][key] < LONGEST_PAUSE
        if fails and begun:
            for number in numbers:
                self.failed[number][key] = now

    @invariant()
    def nothing_is_left_undone(self) -> None:
        for worker in getattr(self, "workers", ()):
            assert not worker.tasks
            assert not worker.cache._flights._flights


@pytest.mark.parametrize(("kind", "examples", "steps"), [("memory", 100, 40), ("embedded", 25, 30), ("redis", 25, 30)])
def test_two_workers_on_one_store_never_give_what_is_out_of_date(
    kind: str,
    examples: int,
    steps: int,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.CRITICAL, "byway.cache")
    # A timer would deliver at moments of which the model knows nothing.
    monkeypatch.setattr(tag_sync, "_SEND_AGAIN", 1e6)
    places = itertools.count()

    def memory(clock: Clock) -> Callable[[], CacheStore]:
        class Shared(MemoryStore):
            async def close(self) -> None:
                """The other worker goes on."""

        store = Shared(2**24, clock=clock)
        return lambda: store

    def embedded(clock: Clock) -> Callable[[], CacheStore]:
        folder = tmp_path / str(next(places))
        return lambda: EmbeddedStore(folder, max_size=2**24, clock=clock)

    def redis(clock: Clock) -> Callable[[], CacheStore]:
        url, prefix = request.getfixturevalue("redis_server").url, f"model {next(places)}"
        return lambda: RedisStore(url, prefix=prefix)

    kinds: dict[str, Opening] = {"memory": memory, "embedded": embedded, "redis": redis}

    class Machine(Engines):
        opening = staticmethod(kinds[kind])

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
