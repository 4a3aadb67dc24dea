"""Caching: keep the results of functions, and invalidate what is kept.

Implements ``next/cache`` as the documents describe it, and the stores that keep what is cached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from byway.caching.codec import NotCacheable
from byway.caching.memory import MemoryStore
from byway.caching.store import CacheStore, Entry, Invalidation, Invalidations
from byway.runtime.cached import cache_life, cache_tag, unstable_cache, unstable_no_store, use_cache
from byway.runtime.revalidation import refresh, revalidate_path, revalidate_tag, update_tag

if TYPE_CHECKING:
    from byway.caching.redis import RedisStore

__all__ = [
    "CacheStore",
    "Entry",
    "Invalidation",
    "Invalidations",
    "MemoryStore",
    "NotCacheable",
    "RedisStore",
    "cache_life",
    "cache_tag",
    "refresh",
    "revalidate_path",
    "revalidate_tag",
    "unstable_cache",
    "unstable_no_store",
    "update_tag",
    "use_cache",
]


def __getattr__(name: str) -> Any:
    # It needs a package that most apps do without.
    if name == "RedisStore":
        from byway.caching.redis import RedisStore

        return RedisStore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
