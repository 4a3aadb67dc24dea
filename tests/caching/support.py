"""Clocks, stores that fail or hold back, and things to compute, for tests of the cache."""

from __future__ import annotations

import asyncio
import functools
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextvars import Context
from typing import Any, ParamSpec, TypeVar

from byway.caching.engine import Cache, Computed
from byway.caching.memory import MemoryStore
from byway.caching.store import CacheStore, Entry, Invalidations

P = ParamSpec("P")
T = TypeVar("T")


def asynchronous(test: Callable[P, Coroutine[Any, Any, None]]) -> Callable[P, None]:
    """Run ``test`` on a loop of its own."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        async def main() -> None:
            async with asyncio.timeout(20):
                await test(*args, **kwargs)

        asyncio.run(main())

    return run


class Clock:
    """Unix time that moves only when told to."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Text:
    """A codec; bytes that are no UTF-8 cannot be decoded."""

    def encode(self, value: str, /) -> bytes:
        return value.encode()

    def decode(self, data: bytes, /) -> str:
        return data.decode()


TEXT = Text()


class Unavailable(Exception):
    """Raised by a store that fails."""


class FaultyStore:
    """A store in front of ``inner``: methods named in ``failing`` raise, those in ``gates`` wait before they go on,
    and those in ``delays`` have their answer and wait before they give it.
    """

    def __init__(self, inner: CacheStore) -> None:
        self.inner = inner
        self.failing: set[str] = set()
        self.gates: dict[str, asyncio.Event] = {}
        self.delays: dict[str, asyncio.Event] = {}
        self.calls: Counter[str] = Counter()
        self.waiting: Counter[str] = Counter()

    async def _call(self, name: str, call: Callable[[], Awaitable[T]]) -> T:
        self._begin(name)
        if name in self.gates:
            await self._wait(name, self.gates)
        answer = await call()
        if name in self.delays:
            await self._wait(name, self.delays)
        return answer

    async def _wait(self, name: str, events: dict[str, asyncio.Event]) -> None:
        self.waiting[name] += 1
        await events[name].wait()
        self.waiting[name] -= 1

    def _begin(self, name: str) -> None:
        self.calls[name] += 1
        if name in self.failing:
            raise Unavailable(name)

    async def open(self) -> None:
        await self._call("open", self.inner.open)

    async def close(self) -> None:
        await self._call("close", self.inner.close)

    async def get(self, key: str) -> Entry | None:
        return await self._call("get", lambda: self.inner.get(key))

    async def set(self, key: str, entry: Entry) -> None:
        await self._call("set", lambda: self.inner.set(key, entry))

    async def delete(self, key: str) -> None:
        await self._call("delete", lambda: self.inner.delete(key))

    def version(self) -> int | Awaitable[int]:
        self._begin("version")
        return self.inner.version()

    async def invalidate(self, tags: Sequence[str], at: float, due: float) -> int:
        return await self._call("invalidate", lambda: self.inner.invalidate(tags, at, due))

    async def invalidations(self, since: int) -> Invalidations:
        return await self._call("invalidations", lambda: self.inner.invalidations(since))

    async def lease(self, key: str, seconds: float) -> str | None:
        return await self._call("lease", lambda: self.inner.lease(key, seconds))

    async def renew(self, key: str, token: str, seconds: float) -> bool:
        return await self._call("renew", lambda: self.inner.renew(key, token, seconds))

    async def release(self, key: str, token: str) -> None:
        await self._call("release", lambda: self.inner.release(key, token))


class AsyncVersionStore(FaultyStore):
    """As a store on another machine: asking for the version takes a while."""

    def version(self) -> Awaitable[int]:
        async def answer() -> int:
            number = self.inner.version()
            return number if isinstance(number, int) else await number

        return self._call("version", answer)


class Recipe:
    """Makes ``"<name> 1"``, ``"<name> 2"`` …; waits for ``gate`` and raises ``error``, if there are any."""

    def __init__(self, name: str = "value", /, **computed: Any) -> None:
        self.name = name
        self.computed = computed
        self.begun = 0
        self.gate: asyncio.Event | None = None
        self.error: BaseException | None = None

    async def __call__(self) -> Computed[str]:
        self.begun += 1
        value = f"{self.name} {self.begun}"
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        return Computed(value, **self.computed)


class Worker:
    """A cache with its background work, in front of ``store``."""

    def __init__(
        self, store: CacheStore, clock: Clock, *, memory_size: int = 2**20, seeds: dict[str, Entry] | None = None
    ) -> None:
        self.tasks: set[asyncio.Task[Any]] = set()
        self.clock = clock
        self.cache = Cache(
            store, memory_size=memory_size, spawn=self.spawn, clock=clock, seed=None if seeds is None else seeds.get
        )

    def spawn(self, coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None) -> asyncio.Task[Any]:
        task = asyncio.create_task(coroutine, context=context)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def settle(self) -> None:
        """Wait until no background work is left."""
        while self.tasks:
            await asyncio.wait(self.tasks)

    async def get(self, recipe: Recipe, key: str = "key", **options: Any) -> tuple[str, str]:
        """The state and the value."""
        found = await self.cache.get(key, TEXT, recipe, what=f"“{key}”", **options)
        return found.state, found.value

    def peek(self, key: str = "key") -> str:
        """The value that can be had without waiting."""
        held = self.cache.peek(key)
        assert held is not None
        value: str = held[1]
        return value

    async def invalidate(self, *tags: str, window: float = 0.0) -> None:
        await self.cache.invalidate(tags, self.clock() + window)


def make_store(clock: Clock) -> FaultyStore:
    return FaultyStore(MemoryStore(2**24, clock=clock))


def make_worker(**options: Any) -> tuple[Worker, FaultyStore, Clock]:
    clock = Clock()
    store = make_store(clock)
    return Worker(store, clock, **options), store, clock


async def until(condition: Callable[[], Any]) -> None:
    """Let others run until ``condition`` holds."""
    while not condition():
        await asyncio.sleep(0)


async def idle(turns: int = 50) -> None:
    """Let others run until they can only wait."""
    for _ in range(turns):
        await asyncio.sleep(0)


def entry(value: bytes = b"stored", **fields: Any) -> Entry:
    """An entry made at 1000 that lives for ever."""
    values: dict[str, Any] = {
        "created": 1000.0,
        "seen": 0,
        "revalidate": math.inf,
        "expire": math.inf,
        "stale": 0.0,
        "tags": (),
    }
    return Entry(value, **(values | fields))
