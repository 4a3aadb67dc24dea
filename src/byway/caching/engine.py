"""The engine: finds an entry or has it made, once for everyone who waits for it.

Theory of operation
-------------------
`Cache.get` looks into the memory level, then into the store (and what the build has prerendered), and asks `policy` how
fresh the find is. Fresh: it is the answer. Stale: it is the answer, and a refresh begins in the background. Expired or
missing: it is made, and whoever wants it meanwhile waits.

Making an entry is a *flight*. In one worker there is at most one flight a key, which all callers share; between workers
and machines the store's lease sees to it that one of them computes while the others look, again and again, whether the
entry has come. A lease ends by itself unless it is renewed, so a dead worker blocks nobody. Nobody waits longer than
`_LONGEST_WAIT`: then a flight is no longer waited for, and its lease is not renewed.

An entry remembers how many invalidations its store had seen when its computing began. A caller that comes with a
younger one (it has just invalidated a tag itself, say) does not take the word of a flight from before: what it gets
must not be invalidated, or is made again. A flight that began after the caller came is good enough, whatever has been
invalidated since; and that what was made while the caller waited is old already, for making it took long, is no matter.
Likewise, whoever is given an old value while a refresh from before the latest invalidation is under way has another one
follow it: what the first is about to store may be as old as what was served.

The store may fail at any time: that is logged, and the worker goes on with its memory level alone.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, Literal, NamedTuple, Protocol, TypeAlias, TypeVar

import msgspec

from byway.caching.flights import Flights, Spawn
from byway.caching.guarded_store import GuardedStore
from byway.caching.lru import LRU, entry_size
from byway.caching.policy import Freshness
from byway.caching.store import CacheStore, Entry
from byway.caching.tag_sync import TagSync

log = logging.getLogger("byway.cache")

T = TypeVar("T")

State: TypeAlias = Literal["HIT", "STALE", "MISS"]

# Seconds that a lease is good for; it is renewed as long as its holder computes.
_LEASE = 10.0
# Seconds that anybody waits for somebody else's computing before it computes by itself.
_LONGEST_WAIT = 60.0
# Seconds between two looks for an entry that another worker computes: from, to.
_LOOKS = (0.002, 0.05)
# Seconds until a refresh that failed is tried again: at least, at most; between them, its entry's `revalidate`.
_RETRY = (3.0, 30.0)
# Bytes for the failed refreshes that are remembered, ten thousand or so.
_RETRIES_SIZE = 2**23
# What the objects of a decoded value take beside its encoded size: measured with answers of a few headers.
_VALUE_OVERHEAD = 400


class Codec(Protocol[T]):
    """How values of one kind are stored."""

    def encode(self, value: T, /) -> bytes:
        """``value`` as the store keeps it."""
        ...

    def decode(self, data: bytes, /) -> T:
        """What `encode` made ``data`` of. Raises ``ValueError`` when that cannot be told any more."""
        ...


class Computed(Generic[T]):
    """What computing an entry gave: a value and, unless it must not be kept, how long it is good for (seconds).

    ``why`` says why it must not be kept: a phrase, for the log. With ``is_gone`` the value says that there is nothing:
    it is not kept, and what was is not served any longer.
    """

    __slots__ = ("expire", "is_gone", "keep", "revalidate", "stale", "tags", "value", "why")

    def __init__(
        self,
        value: T,
        *,
        keep: bool = True,
        revalidate: float = math.inf,
        expire: float = math.inf,
        stale: float = 0.0,
        tags: Sequence[str] = (),
        why: str = "",
        is_gone: bool = False,
    ) -> None:
        self.value = value
        self.why = why
        self.is_gone = is_gone
        self.keep = keep and not is_gone
        self.revalidate = revalidate
        self.expire = expire
        self.stale = stale
        self.tags = tuple(tags)


class Found(Generic[T]):
    """A value and its `Entry`, whose own ``value`` is empty here; None when it was computed and not kept.

    ``state`` tells whether it was there (``"HIT"``), there and out of date (``"STALE"``), or made (``"MISS"``);
    ``retry_after`` is set when its refresh has failed: so many seconds lie between two tries, and meanwhile it counts
    as fresh.
    """

    __slots__ = ("entry", "retry_after", "state", "value")

    def __init__(self, value: T, entry: Entry | None, state: State, retry_after: float | None = None) -> None:
        self.value = value
        self.entry = entry
        self.state: State = state
        self.retry_after = retry_after


class NotKept(Exception):
    """A refresh that came to something which must not be kept; the old value stays."""


Compute: TypeAlias = Callable[[], Awaitable[Computed[T]]]


class _Job(NamedTuple, Generic[T]):
    """What is asked for, and how to make it."""

    key: str
    codec: Codec[T]
    compute: Compute[T]
    what: str
    more_tags: Sequence[str] = ()
    max_age: float = math.inf


class Cache:
    """The cache of one worker, in front of a ``store`` that it may share with others.

    ``memory_size`` bounds the memory level, in bytes; 0 leaves it out. ``clock`` gives Unix time in seconds; ``spawn``
    starts background work. ``seed`` finds what the build has prerendered.
    """

    def __init__(
        self,
        store: CacheStore,
        *,
        memory_size: int,
        spawn: Spawn,
        clock: Callable[[], float] = time.time,
        seed: Callable[[str], Entry | None] | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.seed = seed
        self._spawn = spawn
        self._memory: LRU[tuple[Entry, Any]] = LRU(memory_size)
        self._retries: LRU[float] = LRU(_RETRIES_SIZE)
        self._store = GuardedStore(store)
        self._sync = TagSync(self._store, clock=lambda: self.clock(), spawn=spawn, begin_anew=self._forget)
        self._flights: Flights[Found[Any]] = Flights(spawn, _LONGEST_WAIT)

    # Lifecycle

    async def open(self) -> None:
        """Get ready on this event loop. Who first uses the store opens it: an app that caches nothing has none."""
        self._store.prepare()
        self._sync.prepare()

    async def close(self) -> None:
        """Let go of the store, after a last try to deliver what it has not taken down."""
        if self._store.is_open:
            await self._sync.close()
            await self._store.close()

    async def forget_memory(self) -> None:
        """Drop the memory level."""
        self._forget()

    def _forget(self) -> None:
        self._memory.clear()
        self._retries.clear()

    # Reading

    def peek(self, key: str, more_tags: Callable[[], Sequence[str]] = tuple) -> tuple[Entry, Any] | None:
        """The entry, with an empty ``value``, and the value at ``key``, when they are in memory and known to be fresh.

        ``more_tags``, asked for only when they matter, count as the entry's own. Nothing is waited for.
        """
        held = self._memory.get(key)
        if held is None or not self._sync.is_current():
            return None
        return held if self._sync.index.is_fresh(held[0], more_tags, self.clock()) else None

    async def get(
        self,
        key: str,
        codec: Codec[T],
        compute: Compute[T],
        *,
        what: str,
        more_tags: Sequence[str] = (),
        serve_stale: bool = True,
        max_age: float = math.inf,
    ) -> Found[T]:
        """The value at ``key``, made by ``compute`` when there is none that may be served.

        ``what`` names the value in logs; ``more_tags`` count as the entry's own. Without ``serve_stale`` what is stale
        is made anew first, for a caller that will itself be stored. What is older than ``max_age`` seconds is stale.
        Raises what ``compute`` raises, when there is nothing to serve.
        """
        job = _Job(key, codec, compute, what, more_tags, max_age)
        await self._sync.catch_up()
        held = self._memory.get(key)
        freshness = None if held is None else self._freshness(held[0], job)
        # A flight that is under way finds by itself what another worker has made meanwhile.
        is_enough = freshness is Freshness.STALE and serve_stale and self._flights.get(key) is not None
        if freshness is not Freshness.FRESH and not is_enough:
            held = await self._look(job, held)
            freshness = None if held is None else self._freshness(held[0], job)
        if held is not None and freshness is Freshness.FRESH:
            return Found(held[1], held[0], "HIT")
        if held is not None and freshness is Freshness.STALE and serve_stale:
            retry_after = self._begin_refresh(job, held)
            return Found(held[1], held[0], "STALE" if retry_after is None else "HIT", retry_after)
        return await self._make(job)

    async def renew(self, key: str, codec: Codec[T], compute: Compute[T], *, what: str) -> Found[T]:
        """Make the entry at ``key`` anew, however fresh it is. Raises what ``compute`` raises."""
        await self._sync.catch_up()
        give_up = time.monotonic() + _LONGEST_WAIT
        while (flight := self._flights.get(key)) and (patience := give_up - time.monotonic()) > 0:
            await asyncio.wait([flight], timeout=patience)
        job = _Job(key, codec, compute, what)
        return await asyncio.shield(self._flights.start(key, self._compute(job, None)))

    # Invalidating

    async def invalidate(self, tags: Sequence[str], due: float) -> None:
        """Make the entries with any of ``tags`` stale, and expired from ``due`` (Unix time) on."""
        if tags:
            await self._sync.invalidate(tuple(tags), due)

    # Making

    async def _look(
        self, job: _Job[T], held: tuple[Entry, T] | None, *, is_first: bool = True
    ) -> tuple[Entry, T] | None:
        """The fresher of ``held`` and of what the store has, however old it is; of equals the younger."""
        stored = await self._store.get(job.key)
        if stored is None and held is None and self.seed is not None:
            stored = self.seed(job.key)
        if stored is None or (held is not None and self._rank(held[0], job) <= self._rank(stored, job)):
            return held
        try:
            value = job.codec.decode(stored.value)
        except ValueError as error:
            if is_first:
                log.warning("The entry of %s cannot be read and is made anew: %s", job.what, error)
            return held
        return self._remember(job.key, stored, value)

    def _rank(self, entry: Entry, job: _Job[Any]) -> tuple[Freshness, float]:
        return self._freshness(entry, job), -entry.created

    def _remember(self, key: str, entry: Entry, value: T) -> tuple[Entry, T]:
        held = (msgspec.structs.replace(entry, value=b""), value)
        self._memory.put(key, held, _VALUE_OVERHEAD + entry_size(entry))
        return held

    async def _make(self, job: _Job[T]) -> Found[T]:
        """The value made by this caller, or by one that is at it already."""
        give_up = time.monotonic() + _LONGEST_WAIT
        is_first = True
        while flight := self._flights.get(job.key):
            # Whoever stops waiting does not stop the others.
            await asyncio.wait([flight], timeout=give_up - time.monotonic())
            if not flight.done():
                return await self._flights.start_alone(self._compute(job, None))
            try:
                found = flight.result()
            except NotKept:
                continue
            if found.entry is None:
                # It was not for sharing.
                return await self._flights.start_alone(self._compute_for_one(job))
            # The first flight may be from before the latest invalidation; any may be a refresh that left the old value.
            if self._freshness(found.entry, job) is Freshness.FRESH or (
                found.state == "MISS" and (not is_first or self._is_valid(found.entry, job))
            ):
                return found
            is_first = False
        return await asyncio.shield(self._flights.start(job.key, self._lead(job)))

    def _begin_refresh(self, job: _Job[T], held: tuple[Entry, T]) -> float | None:
        """Start a refresh unless one is under way, or has failed a moment ago: then, how long such a moment is."""
        retry_at = self._retries.get(job.key)
        # A clock that was set back does not put it off any longer.
        if retry_at is not None and 0 < retry_at - self.clock() <= _RETRY[1]:
            return _retry_after(held[0])
        flight = self._flights.get(job.key)
        # What was begun before an invalidation, and may be as good as done, is followed by another refresh.
        if flight is None or self._flights.is_older(job.key, self._sync.index.version):
            self._flights.start(job.key, self._refresh(job, held, after=flight))
        return None

    async def _refresh(self, job: _Job[T], held: tuple[Entry, T], *, after: asyncio.Task[Found[T]] | None) -> Found[T]:
        """A flight in the background: when another worker is at it, that is good enough."""
        if after is not None:
            await asyncio.wait([after], timeout=_LONGEST_WAIT)
        token = await self._store.lease(job.key, _LEASE)
        held = await self._look(job, None, is_first=False) or held
        if token is None or self._freshness(held[0], job) is Freshness.FRESH:
            await self._store.release(job.key, token)
            return Found(held[1], held[0], "HIT")
        try:
            found = await self._compute(job, token, is_refresh=True)
            if found.entry is None:
                raise NotKept(f"{job.what} cannot be kept any more")
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # control flow does not make an entry, either
            self._retries.put(job.key, self.clock() + _retry_after(held[0]), 0)
            if not isinstance(error, NotKept):
                log.error("Refreshing %s failed; the old value stays.", job.what, exc_info=error)
            raise
        return found

    async def _lead(self, job: _Job[T]) -> Found[T]:
        """A flight that somebody waits for: with the lease, or when another worker has it, that one's value."""
        give_up = time.monotonic() + _LONGEST_WAIT
        pause, longest = _LOOKS
        before: Entry | None = None
        has_waited = False
        while True:
            token = await self._store.lease(job.key, _LEASE)
            # Looked for after the lease: what its former holder has made is found for certain.
            held = await self._look(job, None, is_first=False)
            if held is not None:
                is_new = has_waited and held[0] != before
                if self._freshness(held[0], job) is Freshness.FRESH or (is_new and self._is_valid(held[0], job)):
                    await self._store.release(job.key, token)
                    return Found(held[1], held[0], "MISS" if is_new else "HIT")
            if token is not None or time.monotonic() >= give_up:
                return await self._compute(job, token)
            if not has_waited:
                has_waited, before = True, held and held[0]
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, longest)
            await self._sync.catch_up()

    async def _compute(self, job: _Job[T], token: str | None, *, is_refresh: bool = False) -> Found[T]:
        renewal = self._spawn(self._renew(job.key, token)) if token else None
        try:
            created, index = self.clock(), self._sync.index
            seen = index.version
            self._flights.began(job.key, seen)
            computed = await job.compute()
            if computed.is_gone and is_refresh:
                # In the place of what was kept, here and elsewhere, there is an entry that has expired.
                gone = Entry(job.codec.encode(computed.value), created, seen, 0.0, 0.0, 0.0, ())
                self._memory.pop(job.key)
                await self._store.set(job.key, gone)
                return Found(computed.value, gone, "MISS")
            if not computed.keep or computed.revalidate <= 0 or computed.expire <= 0:
                if computed.why:
                    log.warning("Not kept: %s, for it %s.", job.what, computed.why)
                return Found(computed.value, None, "MISS")
            entry = Entry(
                job.codec.encode(computed.value),
                created,
                # When the store was emptied meanwhile, its count has begun anew.
                seen if index is self._sync.index else 0,
                computed.revalidate,
                computed.expire,
                computed.stale,
                computed.tags,
            )
            held = self._remember(job.key, entry, computed.value)
            self._retries.pop(job.key)
            await self._store.set(job.key, entry)
            return Found(held[1], held[0], "MISS")
        finally:
            if renewal is not None:
                renewal.cancel()
            await self._store.release(job.key, token)

    async def _compute_for_one(self, job: _Job[T]) -> Found[T]:
        return Found((await job.compute()).value, None, "MISS")

    async def _renew(self, key: str, token: str) -> None:
        until = time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < until:
            await asyncio.sleep(_LEASE / 3)
            await self._store.renew(key, token, _LEASE)

    def _freshness(self, entry: Entry, job: _Job[Any]) -> Freshness:
        return self._sync.index.freshness(entry, job.more_tags, self.clock(), job.max_age)

    def _is_valid(self, entry: Entry, job: _Job[Any]) -> bool:
        """Whether nothing has invalidated ``entry``; of its age nothing is said."""
        return self._sync.index.verdict(entry, job.more_tags, self.clock()) is Freshness.FRESH


def _retry_after(entry: Entry) -> float:
    """The seconds after which a failed refresh of ``entry`` is tried again."""
    low, high = _RETRY
    return min(max(low, entry.revalidate), high)
