"""The memory level: what was used last, bounded by its size."""

from __future__ import annotations

from collections import OrderedDict
from sys import getsizeof
from typing import Generic, TypeVar

from byway.caching.store import Entry

T = TypeVar("T")

# What the dictionary, the tuple and the objects of an entry take beside what they hold; measured, and rounded up.
_OVERHEAD = 550


class LRU(Generic[T]):
    """Values by key, at most ``max_size`` bytes of them: when there are more, those not used for longest go."""

    __slots__ = ("_items", "max_size", "size")

    def __init__(self, max_size: int) -> None:
        self.max_size = max_size
        self.size = 0
        # The first key is the one that was not used for longest. A plain dictionary keeps that order, too, but finds
        # its first key only behind the holes of all that were taken out before.
        self._items: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._items)

    def get(self, key: str) -> T | None:
        """The value at ``key``, which becomes the last used one."""
        item = self._items.get(key)
        if item is None:
            return None
        self._items.move_to_end(key)
        return item[0]

    def put(self, key: str, value: T, size: int) -> None:
        """Keep ``value``, which takes ``size`` bytes beside its key, unless that is more than there may be of all."""
        self.pop(key)
        size += getsizeof(key) + _OVERHEAD
        if size > self.max_size:
            return
        self._items[key] = (value, size)
        self.size += size
        while self.size > self.max_size:
            self.size -= self._items.popitem(last=False)[1][1]

    def pop(self, key: str) -> None:
        """Forget what is at ``key``."""
        item = self._items.pop(key, None)
        if item is not None:
            self.size -= item[1]

    def clear(self) -> None:
        """Forget everything."""
        self._items.clear()
        self.size = 0


def entry_size(entry: Entry) -> int:
    """The bytes that the value and the tags of ``entry`` take."""
    return len(entry.value) + sum(map(getsizeof, entry.tags))
