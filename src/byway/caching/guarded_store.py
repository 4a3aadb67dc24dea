"""A store that fails nobody: what goes wrong with it is logged, and requests go on without it."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import ParamSpec, TypeVar

from byway.caching.store import CacheStore, Entry

log = logging.getLogger("byway.cache")

T = TypeVar("T")
P = ParamSpec("P")

# Failures are logged once in this many seconds.
_LOG_INTERVAL = 10.0


class GuardedStore:
    """The store of a cache, opened by whoever first needs it. While it fails it is as if it were empty.

    ``raw`` is the store itself, for callers that go by its failures; they tell them to `complain`.
    """

    __slots__ = ("_complained", "_opening", "is_open", "raw")

    def __init__(self, store: CacheStore) -> None:
        self.raw = store
        self._complained = -math.inf
        self.prepare()

    def prepare(self) -> None:
        """Be opened anew, on the event loop that runs then."""
        self.is_open = False
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """Open the store, once."""
        async with self._opening:
            if not self.is_open:
                await self._guarded("open", None, self.raw.open)
                self.is_open = True

    async def close(self) -> None:
        """Close the store."""
        self.is_open = False
        await self._guarded("close", None, self.raw.close)

    async def get(self, key: str) -> Entry | None:
        """The entry at ``key``, however old."""
        return await self._guarded("get", None, self.raw.get, key)

    async def set(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` at ``key``."""
        await self._guarded("set", None, self.raw.set, key, entry)

    async def lease(self, key: str, seconds: float) -> str | None:
        """The right to compute ``key``; None while somebody else has it, and ``""`` when nobody can tell."""
        return await self._guarded("lease", "", self.raw.lease, key, seconds)

    async def renew(self, key: str, token: str, seconds: float) -> None:
        """Have the lease for ``seconds`` more."""
        await self._guarded("renew", False, self.raw.renew, key, token, seconds)

    async def release(self, key: str, token: str | None) -> None:
        """Give back what `lease` gave, if it was a lease."""
        if token:
            await self._guarded("release", None, self.raw.release, key, token)

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
            self.complain(operation, error)
            return otherwise

    def complain(self, operation: str, error: Exception) -> None:
        """Log that ``operation`` failed with ``error``, unless another failure was logged a moment ago."""
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
