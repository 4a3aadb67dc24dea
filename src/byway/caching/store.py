"""What the cache keeps, and the protocol of whoever keeps it: `Config(cache_handler=…)`.

Theory of operation
-------------------
An `Entry` is bytes with an age and tags. To invalidate a tag is to write down an `Invalidation`; no entry is looked
for, however many bear the tag. An entry is out of date when a younger invalidation names one of its tags.

"Younger" is told by counting, not by clocks, for those of two machines never agree. A store numbers its invalidations
1, 2, 3 …; an entry remembers, as ``seen``, the number of the last one when its computing *began*. What is invalidated
while an entry is computed therefore makes that entry out of date, as it must: nobody knows what the computing had
read by then. Only what a build has prerendered, elsewhere and without a store, has no ``seen``; it is compared by the
clock, with the moment ``at`` of the invalidation.

Before it answers from its memory, each worker asks for the store's `version`, the number of the last invalidation; when
it has moved on, the worker fetches what is new. So an invalidation on one instance is seen by the next request on every
other.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import NamedTuple, Protocol

import msgspec

__all__ = ["CacheStore", "Entry", "Invalidation", "Invalidations"]


class Entry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A cached value. Durations are seconds, counted from ``created``; ``inf`` is never."""

    value: bytes
    """What the entry's owner has encoded; a store does not look into it."""

    created: float
    """When its computing began: Unix time in seconds."""

    seen: int | None
    """The number of the last invalidation when its computing began; None for what a build has prerendered."""

    revalidate: float
    """After this it is stale: still served, while a new one is made."""

    expire: float
    """After this it is not served any more."""

    stale: float
    """How long a browser may use it without asking."""

    tags: tuple[str, ...] = ()


class Invalidation(NamedTuple):
    """From ``at`` on, entries with ``tag`` that are older are stale; from ``due`` on (Unix times), expired."""

    number: int
    tag: str
    at: float
    due: float


class Invalidations(NamedTuple):
    """The invalidations after a number, oldest first.

    A store need not keep them for ever: entries that have not seen ``floor``, the number of the youngest one it has
    forgotten (0 for none), count as expired, and so does what a build has prerendered before ``floor_at``, the moment
    of that one (Unix time).
    """

    floor: int
    items: Sequence[Invalidation]
    floor_at: float = 0.0


class CacheStore(Protocol):
    """Keeps the entries of one or more workers, on one or more machines.

    Whatever a method raises is logged, and the request goes on as if the store were empty: it need not catch anything.
    All methods are called on the event loop, so those that take long must not block it.
    """

    async def open(self) -> None:
        """Get ready; called once a worker, on its event loop, before anything else."""
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...

    async def get(self, key: str) -> Entry | None:
        """The entry at ``key``, however old; None when there is none, or when it cannot be read any more."""
        ...

    async def set(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` at ``key``, whole or not at all. It may be thrown out again, to keep within bounds."""
        ...

    async def delete(self, key: str) -> None:
        """Forget the entry at ``key``, if there is one."""
        ...

    def version(self) -> int | Awaitable[int]:
        """The number of the last invalidation; read anew, for others may write them, too. It never goes back, and
        while there are none it is the `floor` that a first entry has seen.
        """
        ...

    async def invalidate(self, tags: Sequence[str], at: float, due: float) -> int:
        """Write down an invalidation for each of ``tags``, all or none; every ``version()`` that is asked for from now
        on, here and elsewhere, tells of it. Returns the number of the last one.
        """
        ...

    async def invalidations(self, since: int) -> Invalidations:
        """Those with a number above ``since``."""
        ...

    async def lease(self, key: str, seconds: float) -> str | None:
        """The right to compute ``key``, for at most ``seconds``: a token, or None while somebody else has it.

        At most one worker has it at a time. A dead worker's lease ends by itself.
        """
        ...

    async def renew(self, key: str, token: str, seconds: float) -> bool:
        """Have the lease for ``seconds`` more from now on; False when it is lost to somebody else."""
        ...

    async def release(self, key: str, token: str) -> None:
        """Give the lease back, if ``token`` is still the one that holds it."""
        ...
