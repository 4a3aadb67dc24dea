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

What is computed may be given to anybody, so it sees no context variables but its own: it runs in an empty context.

An entry remembers how many invalidations its store had seen when its computing began. A caller that comes with a
younger one (it has just invalidated a tag itself, say) does not take the word of a flight from before: what it gets
must not be invalidated, or is made again. A flight that began after the caller came is good enough, whatever has been
invalidated since; and that what was made while the caller waited is old already, for making it took long, is no matter.

The store may fail at any time: that is logged, and the worker goes on with its memory level alone. Invalidations that
could not be delivered are kept and delivered later; until they have come back with a number, this worker goes by the
clock.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from contextvars import Context
from sys import getsizeof
from typing import Any, Generic, Literal, NamedTuple, ParamSpec, Protocol, TypeAlias, TypeVar

import msgspec

from byway.caching.lru import LRU
from byway.caching.policy import Freshness, TagIndex
from byway.caching.store import CacheStore, Entry, Invalidation

log = logging.getLogger("byway.cache")

T = TypeVar("T")
P = ParamSpec("P")

State: TypeAlias = Literal["HIT", "STALE", "MISS"]

# Seconds that a lease is good for; it is renewed as long as its holder computes.
_LEASE = 10.0
# Seconds that anybody waits for somebody else's computing before it computes by itself.
_LONGEST_WAIT = 60.0
# Seconds between two looks for an entry that another worker computes: from, to.
_LOOKS = (0.002, 0.05)
# Seconds until a refresh that failed is tried again: at least, at most; between them, its entry's `revalidate`.
_RETRY = (3.0, 30.0)
# Failures of the store are logged once in this many seconds.
_LOG_INTERVAL = 10.0
# Seconds until what could not be delivered to the store is sent again, should no request have done so.
_SEND_AGAIN = 1.0
# Of what could not be delivered to the store; beyond it the oldest go first.
_MOST_UNSENT = 10_000
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

    ``why`` says why it must not be kept: a phrase, for the log.
    """

    __slots__ = ("expire", "keep", "revalidate", "stale", "tags", "value", "why")

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
    ) -> None:
        self.value = value
        self.why = why
        self.keep = keep
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


class _Flight(NamedTuple):
    """What is under way for a key; ``until`` (monotonic seconds) is when it has taken too long to wait for."""

    task: asyncio.Task[Found[Any]]
    until: float


class Spawn(Protocol):
    """Starts background work."""

    def __call__(self, coroutine: Coroutine[Any, Any, Any], /, *, context: Context | None = None) -> asyncio.Task[Any]:
        """``coroutine`` as a task that runs in ``context``, or in a copy of the current one."""
        ...


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
        self._spawn = spawn
        self.seed = seed
        self._memory: LRU[tuple[Entry, Any]] = LRU(memory_size)
        self._tags = TagIndex()
        self._unsent: deque[tuple[tuple[str, ...], float, float]] = deque(maxlen=_MOST_UNSENT)
        self._is_delivering = False
        self._sending_again: asyncio.TimerHandle | None = None
        # The number of the last invalidation that this worker has delivered.
        self._delivered = 0
        self._learning = asyncio.Lock()
        self._is_open = False
        self._flights: dict[str, _Flight] = {}
        self._retries: LRU[float] = LRU(_RETRIES_SIZE)
        self._complained = -math.inf

    # Lifecycle

    async def open(self) -> None:
        """Get ready on this event loop. Who first uses the store opens it: an app that caches nothing has none."""
        self._learning = asyncio.Lock()
        self._is_open = False

    async def _open_store(self) -> None:
        async with self._learning:
            if not self._is_open:
                await self._guarded("open", None, self.store.open)
                self._is_open = True

    async def close(self) -> None:
        """Let go of the store, after a last try to deliver what it has not taken down."""
        if not self._is_open:
            return
        await self._deliver()
        self._is_open = False
        if self._sending_again is not None:
            self._sending_again.cancel()
            self._sending_again = None
        await self._guarded("close", None, self.store.close)

    async def forget_memory(self) -> None:
        """Drop the memory level."""
        self._memory.clear()
        self._retries.clear()

    # Reading

    def peek(self, key: str, more_tags: Sequence[str] = ()) -> Any | None:
        """The value at ``key`` when this worker has it in memory and can tell without waiting that it is fresh."""
        item = self._memory.get(key)
        if item is None or self._unsent:
            return None
        try:
            version = self.store.version()
        except Exception:  # `get` will say so
            return None
        if not isinstance(version, int):
            if asyncio.iscoroutine(version):
                version.close()
            return None
        tags = self._tags
        if version != tags.version or tags.freshness(item[0], more_tags, self.clock()):
            return None
        return item[1]

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
        await self._catch_up()
        held = await self._look(job)
        if held is not None:
            freshness = self._freshness(held[0], job)
            if freshness is Freshness.FRESH:
                return Found(held[1], held[0], "HIT")
            if freshness is Freshness.STALE and serve_stale:
                retry_after = self._begin_refresh(job, held)
                return Found(held[1], held[0], "STALE" if retry_after is None else "HIT", retry_after)
        return await self._make(job)

    async def renew(self, key: str, codec: Codec[T], compute: Compute[T], *, what: str) -> Found[T]:
        """Make the entry at ``key`` anew, however fresh it is. Raises what ``compute`` raises."""
        await self._catch_up()
        give_up = time.monotonic() + _LONGEST_WAIT
        while (flight := self._flight(key)) and (patience := give_up - time.monotonic()) > 0:
            await asyncio.wait([flight], timeout=patience)
        job = _Job(key, codec, compute, what)
        return await asyncio.shield(self._start(job, self._compute(job, None)))

    # Invalidating

    async def invalidate(self, tags: Sequence[str], due: float) -> None:
        """Make the entries with any of ``tags`` stale, and expired from ``due`` (Unix time) on."""
        if not tags:
            return
        tags, at = tuple(tags), self.clock()
        if not self._is_open:
            await self._open_store()
        try:
            last = await self.store.invalidate(tags, at, due)
        except BaseException as error:
            # Nobody can tell whether it has arrived, not even when only this caller was cancelled: twice does no harm.
            self._unsent.append((tags, at, due))
            self._send_again()
            self._tags.add(Invalidation(0, tag, at, due) for tag in tags)
            if not isinstance(error, Exception):
                raise
            self._complain("invalidate", error)
            return
        self._delivered = max(self._delivered, last)
        try:
            await self._catch_up(last)
        finally:
            if self._tags.version < last:
                self._tags.add(Invalidation(0, tag, at, due) for tag in tags)

    async def _deliver(self) -> None:
        """Hand over what the store has not taken down, until it fails again. One caller at a time does so."""
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._unsent:
                unsent = self._unsent[0]
                try:
                    last = await self.store.invalidate(*unsent)
                except Exception as error:
                    # Should it be this one that the store cannot take, the others get their turn.
                    self._unsent.rotate(-1)
                    self._complain("invalidate", error)
                    self._send_again()
                    return
                self._delivered = max(self._delivered, last)
                with suppress(ValueError):  # one too many came meanwhile, and this was the oldest
                    self._unsent.remove(unsent)
        finally:
            self._is_delivering = False

    def _send_again(self) -> None:
        """Deliver in a moment, even when nobody asks this worker for anything any more: others wait for the news."""

        def deliver() -> None:
            self._sending_again = None
            if self._unsent:
                self._spawn(self._deliver())

        if self._sending_again is None:
            self._sending_again = asyncio.get_running_loop().call_later(_SEND_AGAIN, deliver, context=Context())

    async def _catch_up(self, at_least: int = 0) -> None:
        """Learn of the invalidations of others. The version is asked for before anything else is read."""
        if not self._is_open:
            await self._open_store()
        if self._unsent:
            await self._deliver()
        operation = "version"
        try:
            index = self._tags
            known = index.version
            version = self.store.version()
            if not isinstance(version, int):
                version = await version
            version = max(version, at_least)
            # The store was emptied, its count begins anew: nothing can be told of what was made before.
            is_emptied = version < known
            if is_emptied or version > index.version:
                operation = "invalidations"
                async with self._learning:
                    # What somebody else has learnt meanwhile need not be asked for again.
                    has_begun_anew = self._tags is not index
                    if not has_begun_anew and (is_emptied or version > index.version):
                        await self._learn(is_emptied)
                if has_begun_anew:
                    await self._catch_up(at_least)
                    return
                index = self._tags
            if not self._unsent and index.version >= self._delivered:
                index.forget_unnumbered()
        except Exception as error:
            self._complain(operation, error)

    async def _learn(self, is_emptied: bool) -> None:
        index, known = self._tags, self._tags.version
        news = await self.store.invalidations(0 if is_emptied else known)
        if is_emptied:
            index = self._tags = TagIndex()
            index.add(Invalidation(0, tag, at, due) for tags, at, due in self._unsent for tag in tags)
            self._delivered = 0
            await self.forget_memory()
        # Where this worker has missed some, nobody knows any more what they were about, nor how old they are.
        has_missed = known > 0 and news.floor > known
        index.raise_floor(news.floor, max(news.floor_at, self.clock()) if has_missed else news.floor_at)
        index.add(news.items)

    # Making

    async def _look(self, job: _Job[T], *, only_stored: bool = False) -> tuple[Entry, T] | None:
        """The freshest entry that can be found, however old it is; of equals the younger."""
        held = None if only_stored else self._memory.get(job.key)
        if held is not None and self._freshness(held[0], job) is Freshness.FRESH:
            return held
        # Another worker may have made a younger one than this one remembers.
        stored = await self._guarded("get", None, self.store.get, job.key)
        if stored is None and held is None and self.seed is not None:
            stored = self.seed(job.key)
        if stored is None or (held is not None and self._rank(held[0], job) <= self._rank(stored, job)):
            return held
        try:
            value = job.codec.decode(stored.value)
        except ValueError as error:
            if not only_stored:
                log.warning("The entry of %s cannot be read and is made anew: %s", job.what, error)
            return held
        return self._remember(job.key, stored, value)

    def _rank(self, entry: Entry, job: _Job[Any]) -> tuple[Freshness, float]:
        return self._freshness(entry, job), -entry.created

    def _remember(self, key: str, entry: Entry, value: T) -> tuple[Entry, T]:
        held = (msgspec.structs.replace(entry, value=b""), value)
        self._memory.put(key, held, _VALUE_OVERHEAD + len(entry.value) + sum(map(getsizeof, entry.tags)))
        return held

    async def _make(self, job: _Job[T]) -> Found[T]:
        """The value made by this caller, or by one that is at it already."""
        give_up = time.monotonic() + _LONGEST_WAIT
        is_first = True
        while flight := self._flight(job.key):
            # Whoever stops waiting does not stop the others.
            await asyncio.wait([flight], timeout=give_up - time.monotonic())
            if not flight.done():
                return await self._begin(self._compute(job, None))
            try:
                found = flight.result()
            except NotKept:
                continue
            if found.entry is None:
                # It was not for sharing.
                return await self._begin(self._compute_for_one(job))
            # The first flight may be from before the latest invalidation; any may be a refresh that left the old value.
            if self._freshness(found.entry, job) is Freshness.FRESH or (
                found.state == "MISS" and (not is_first or self._is_valid(found.entry, job))
            ):
                return found
            is_first = False
        return await asyncio.shield(self._start(job, self._lead(job)))

    def _flight(self, key: str) -> asyncio.Task[Found[Any]] | None:
        """What is under way and worth waiting for. One that is done may not have been told to `_landed` yet."""
        flight = self._flights.get(key)
        return None if flight is None or flight.task.done() or time.monotonic() >= flight.until else flight.task

    def _start(self, job: _Job[T], making: Coroutine[Any, Any, Found[T]]) -> asyncio.Task[Found[T]]:
        flight = _Flight(self._begin(making), time.monotonic() + _LONGEST_WAIT)
        self._flights[job.key] = flight
        flight.task.add_done_callback(lambda _: self._landed(job.key, flight))
        return flight.task

    def _begin(self, making: Coroutine[Any, Any, Found[T]]) -> asyncio.Task[Found[T]]:
        return self._spawn(making, context=Context())

    def _landed(self, key: str, flight: _Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]
        if not flight.task.cancelled():
            flight.task.exception()  # told to those who wait, or logged by the refresh; asyncio need not do it again

    def _begin_refresh(self, job: _Job[T], held: tuple[Entry, T]) -> float | None:
        """Start a refresh unless one is under way, or has failed a moment ago: then, how long such a moment is."""
        retry_at = self._retries.get(job.key)
        # A clock that was set back does not put it off any longer.
        if retry_at is not None and 0 < retry_at - self.clock() <= _RETRY[1]:
            return _retry_after(held[0])
        if self._flight(job.key) is None:
            self._start(job, self._refresh(job, held))
        return None

    async def _refresh(self, job: _Job[T], held: tuple[Entry, T]) -> Found[T]:
        """A flight in the background: when another worker is at it, that is good enough."""
        token = await self._guarded("lease", "", self.store.lease, job.key, _LEASE)
        held = await self._look(job, only_stored=True) or held
        if token is None or self._freshness(held[0], job) is Freshness.FRESH:
            await self._release(job.key, token)
            return Found(held[1], held[0], "HIT")
        try:
            found = await self._compute(job, token)
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
            token = await self._guarded("lease", "", self.store.lease, job.key, _LEASE)
            # Looked for after the lease: what its former holder has made is found for certain.
            held = await self._look(job, only_stored=True)
            if held is not None:
                is_new = has_waited and held[0] != before
                if self._freshness(held[0], job) is Freshness.FRESH or (is_new and self._is_valid(held[0], job)):
                    await self._release(job.key, token)
                    return Found(held[1], held[0], "MISS" if is_new else "HIT")
            if token is not None or time.monotonic() >= give_up:
                return await self._compute(job, token)
            if not has_waited:
                has_waited, before = True, held and held[0]
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, longest)
            await self._catch_up()

    async def _compute(self, job: _Job[T], token: str | None) -> Found[T]:
        renewal = self._spawn(self._renew(job.key, token)) if token else None
        try:
            created, index = self.clock(), self._tags
            seen = index.version
            computed = await job.compute()
            if not computed.keep or computed.revalidate <= 0 or computed.expire <= 0:
                if computed.why:
                    log.warning("Not kept: %s, for it %s.", job.what, computed.why)
                return Found(computed.value, None, "MISS")
            entry = Entry(
                job.codec.encode(computed.value),
                created,
                # When the store was emptied meanwhile, its count has begun anew.
                seen if index is self._tags else 0,
                computed.revalidate,
                computed.expire,
                computed.stale,
                computed.tags,
            )
            held = self._remember(job.key, entry, computed.value)
            self._retries.pop(job.key)
            await self._guarded("set", None, self.store.set, job.key, entry)
            return Found(held[1], held[0], "MISS")
        finally:
            if renewal is not None:
                renewal.cancel()
            await self._release(job.key, token)

    async def _compute_for_one(self, job: _Job[T]) -> Found[T]:
        return Found((await job.compute()).value, None, "MISS")

    async def _renew(self, key: str, token: str) -> None:
        until = time.monotonic() + _LONGEST_WAIT
        while time.monotonic() < until:
            await asyncio.sleep(_LEASE / 3)
            await self._guarded("renew", False, self.store.renew, key, token, _LEASE)

    async def _release(self, key: str, token: str | None) -> None:
        if token:
            await self._guarded("release", None, self.store.release, key, token)

    def _freshness(self, entry: Entry, job: _Job[Any]) -> Freshness:
        return self._tags.freshness(entry, job.more_tags, self.clock(), job.max_age)

    def _is_valid(self, entry: Entry, job: _Job[Any]) -> bool:
        """Whether nothing has invalidated ``entry``; of its age nothing is said."""
        return self._tags.verdict(entry, job.more_tags, self.clock()) is Freshness.FRESH

    # The store's failures

    async def _guarded(
        self,
        operation: str,
        otherwise: T,
        method: Callable[P, Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        try:
            return await method(*args, **kwargs)
        except Exception as error:
            self._complain(operation, error)
            return otherwise

    def _complain(self, operation: str, error: Exception) -> None:
        now = time.monotonic()
        if now >= self._complained + _LOG_INTERVAL:
            self._complained = now
            log.error(
                "The cache's store failed (%s): %s: %s. Requests go on without it; this is logged at most every "
                "%d seconds.",
                operation,
                type(error).__name__,
                str(error).rstrip("."),
                _LOG_INTERVAL,
            )


def _retry_after(entry: Entry) -> float:
    """The seconds after which a failed refresh of ``entry`` is tried again."""
    low, high = _RETRY
    return min(max(low, entry.revalidate), high)
