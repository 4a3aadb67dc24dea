"""A store within one process: for tests, and for whoever runs a single worker and needs nothing kept."""

from __future__ import annotations

import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import islice

from byway.caching.lru import LRU, entry_size
from byway.caching.store import Entry, Invalidation, Invalidations

__all__ = ["MemoryStore"]

_MOST_INVALIDATIONS = 100_000
# Leases that nobody gave back are looked for when there are more than this many.
_MANY_LEASES = 10_000


class MemoryStore:
    """Keeps entries in this process: at most ``max_size`` bytes of them, and the last 100,000 invalidations.

    ``clock`` counts seconds, from whenever; leases end by it.
    """

    def __init__(self, max_size: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._entries: LRU[Entry] = LRU(max_size)
        self._last = 0
        self._floor_at = 0.0
        self._invalidations: deque[Invalidation] = deque()
        self._leases: dict[str, tuple[str, float]] = {}
        self._clock = clock

    async def open(self) -> None:
        """Nothing needs to be got ready."""

    async def close(self) -> None:
        """Nothing is let go of: a development server opens it again for the app that it has loaded anew."""

    async def get(self, key: str) -> Entry | None:
        """The entry at ``key``, however old."""
        return self._entries.get(key)

    async def set(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` at ``key``."""
        self._entries.put(key, entry, entry_size(entry))

    async def delete(self, key: str) -> None:
        """Forget the entry at ``key``."""
        self._entries.pop(key)

    def version(self) -> int:
        """The number of the last invalidation."""
        return self._last

    async def invalidate(self, tags: Sequence[str], at: float, due: float) -> int:
        """Write down an invalidation for each of ``tags``."""
        for number, tag in enumerate(tags, self._last + 1):
            self._invalidations.append(Invalidation(number, tag, at, due))
        while len(self._invalidations) > _MOST_INVALIDATIONS:
            self._floor_at = max(self._floor_at, self._invalidations.popleft().at)
        self._last += len(tags)
        return self._last

    async def invalidations(self, since: int) -> Invalidations:
        """Those with a number above ``since``."""
        floor = self._last - len(self._invalidations)
        items = list(islice(self._invalidations, max(0, since - floor), None))
        return Invalidations(floor, items, self._floor_at)

    async def lease(self, key: str, seconds: float) -> str | None:
        """The right to compute ``key`` for ``seconds``, unless somebody has it."""
        now = self._clock()
        if len(self._leases) > _MANY_LEASES:
            self._leases = {name: lease for name, lease in self._leases.items() if lease[1] > now}
        held = self._leases.get(key)
        if held is not None and held[1] > now:
            return None
        token = secrets.token_hex(8)
        self._leases[key] = (token, now + seconds)
        return token

    async def renew(self, key: str, token: str, seconds: float) -> bool:
        """Have the lease for ``seconds`` more from now on. One that has ended comes back while nobody took it."""
        held = self._leases.get(key)
        if held is None or held[0] != token:
            return False
        self._leases[key] = (token, self._clock() + seconds)
        return True

    async def release(self, key: str, token: str) -> None:
        """Give the lease back."""
        held = self._leases.get(key)
        if held is not None and held[0] == token:
            del self._leases[key]
