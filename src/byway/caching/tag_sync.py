"""How the workers that share a store learn of each other's invalidations.

Theory of operation
-------------------
Each worker has a `TagIndex` of what it knows. It asks for the store's version before it answers from its memory, and
for the invalidations behind that when they are new; its own it delivers to the store and learns of in the same way,
with their numbers.

The store may fail at any time. Invalidations that could not be delivered are kept and delivered later; until they have
come back with a number, this worker goes by the clock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import Context

from byway.caching.flights import Spawn
from byway.caching.guarded_store import GuardedStore
from byway.caching.policy import TagIndex
from byway.caching.store import Invalidation

# Seconds until what could not be delivered to the store is sent again, should no request have done so.
_SEND_AGAIN = 1.0
# Of what could not be delivered to the store; beyond it the oldest go first.
_MOST_UNSENT = 10_000


class TagSync:
    """Keeps ``index``, what this worker knows of invalidations, in step with ``store``.

    ``clock`` gives Unix time in seconds. ``begin_anew`` is called when the store was emptied: then nothing can be told
    any more of what was made before, and ``index`` is another one.
    """

    __slots__ = (
        "_begin_anew",
        "_clock",
        "_delivered",
        "_is_delivering",
        "_learning",
        "_sending_again",
        "_spawn",
        "_store",
        "_unsent",
        "index",
    )

    def __init__(
        self, store: GuardedStore, *, clock: Callable[[], float], spawn: Spawn, begin_anew: Callable[[], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._spawn = spawn
        self._begin_anew = begin_anew
        self.index = TagIndex()
        self._unsent: deque[tuple[tuple[str, ...], float, float]] = deque(maxlen=_MOST_UNSENT)
        self._is_delivering = False
        self._sending_again: asyncio.TimerHandle | None = None
        # The number of the last invalidation that this worker has delivered.
        self._delivered = 0
        self.prepare()

    def prepare(self) -> None:
        """Be used on the event loop that runs next."""
        self._learning = asyncio.Lock()

    async def close(self) -> None:
        """Send nothing again by itself, after a last try to deliver what the store has not taken down."""
        await self._deliver()
        if self._sending_again is not None:
            self._sending_again.cancel()
            self._sending_again = None

    def is_current(self) -> bool:
        """Whether this worker can tell without waiting that there is nothing `catch_up` would do."""
        if self._unsent:
            return False
        try:
            version = self._store.raw.version()
        except Exception:  # `catch_up` will say so
            return False
        if version == self.index.version:
            return True
        if asyncio.iscoroutine(version):
            version.close()
        return False

    async def invalidate(self, tags: tuple[str, ...], due: float) -> None:
        """Make the entries with any of ``tags`` stale, and expired from ``due`` (Unix time) on."""
        at = self._clock()
        if not self._store.is_open:
            await self._store.open()
        try:
            last = await self._store.raw.invalidate(tags, at, due)
        except BaseException as error:
            # Nobody can tell whether it has arrived, not even when only this caller was cancelled: twice does no harm.
            self._unsent.append((tags, at, due))
            self._send_again()
            self.index.add(_unnumbered(tags, at, due))
            if not isinstance(error, Exception):
                raise
            self._store.complain("invalidate", error)
            return
        self._delivered = max(self._delivered, last)
        try:
            await self.catch_up(last)
        finally:
            if self.index.version < last:
                self.index.add(_unnumbered(tags, at, due))

    async def catch_up(self, at_least: int = 0) -> None:
        """Learn of the invalidations of others: of number ``at_least``, and of all that the store tells of now.

        The version is asked for before anything else is read.
        """
        if not self._store.is_open:
            await self._store.open()
        if self._unsent:
            await self._deliver()
        operation = "version"
        try:
            index = self.index
            known = index.version
            version = self._store.raw.version()
            if not isinstance(version, int):
                version = await version
            version = max(version, at_least)
            # The store was emptied, its count begins anew.
            is_emptied = version < known
            if is_emptied or version > index.version:
                operation = "invalidations"
                async with self._learning:
                    # What somebody else has learnt meanwhile need not be asked for again.
                    has_begun_anew = self.index is not index
                    if not has_begun_anew and (is_emptied or version > index.version):
                        await self._learn(is_emptied)
                if has_begun_anew:
                    await self.catch_up(at_least)
                    return
                index = self.index
            if not self._unsent and index.version >= self._delivered:
                index.forget_unnumbered()
        except Exception as error:
            self._store.complain(operation, error)

    async def _learn(self, is_emptied: bool) -> None:
        index, known = self.index, self.index.version
        news = await self._store.raw.invalidations(0 if is_emptied else known)
        if is_emptied:
            index = self.index = TagIndex()
            for unsent in self._unsent:
                index.add(_unnumbered(*unsent))
            self._delivered = 0
            self._begin_anew()
        # Where this worker has missed some, nobody knows any more what they were about, nor how old they are.
        has_missed = known > 0 and news.floor > known
        index.raise_floor(news.floor, max(news.floor_at, self._clock()) if has_missed else news.floor_at)
        index.add(news.items)

    async def _deliver(self) -> None:
        """Hand over what the store has not taken down, until it fails again. One caller at a time does so."""
        if self._is_delivering:
            return
        self._is_delivering = True
        try:
            while self._unsent:
                unsent = self._unsent[0]
                try:
                    last = await self._store.raw.invalidate(*unsent)
                except Exception as error:
                    # Should it be this one that the store cannot take, the others get their turn.
                    self._unsent.rotate(-1)
                    self._store.complain("invalidate", error)
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


def _unnumbered(tags: Sequence[str], at: float, due: float) -> list[Invalidation]:
    """One for each of ``tags`` that no store has given a number yet."""
    return [Invalidation(0, tag, at, due) for tag in tags]
