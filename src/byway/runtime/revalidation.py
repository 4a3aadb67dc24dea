"""Invalidating what is cached: `revalidate_tag`, `revalidate_path`, and their like for server actions.

They are not awaited: a request collects its invalidations and delivers them to the store before it reads from the cache
again, and before its answer begins; `after()` work delivers them at its end.

Implements ``revalidateTag``, ``revalidatePath``, ``updateTag`` and ``refresh`` of the Next.js documents.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from typing import Any, Literal, NoReturn, cast

from byway.caching.engine import Cache
from byway.caching.tags import revalidated_path_tag, valid_tags
from byway.http.url import URL
from byway.runtime.work import Work, current_work

log = logging.getLogger("byway.cache")


class Invalidations:
    """What one request has invalidated and not yet delivered."""

    __slots__ = ("_cache", "_waiting")

    def __init__(self, cache: Cache) -> None:
        self._cache = cache
        # Tags by the seconds that they may be served stale for; each once, in order.
        self._waiting: dict[float, dict[str, None]] = {}

    def add(self, tag: str, expire: float) -> None:
        """Invalidate ``tag``: stale from now on, expired in ``expire`` seconds."""
        self._waiting.setdefault(expire, {})[tag] = None

    @property
    def are_waiting(self) -> bool:
        """Whether some are still to be delivered."""
        return bool(self._waiting)

    async def deliver(self) -> None:
        """Have the store take down what has come together so far."""
        while self._waiting:
            waiting, self._waiting = self._waiting, {}
            now = self._cache.clock()
            for expire, tags in waiting.items():
                await self._cache.invalidate(list(tags), now + expire)


def revalidate_tag(tag: str, profile: str | Mapping[str, float] | None = None) -> None:
    """Invalidate every cached value with ``tag``, in all workers and on all machines that share the store.

    Without ``profile`` it expires at once: whoever wants it next waits for the new one. With the name of a `cache_life`
    profile (``"max"`` is the usual one) or ``{"expire": seconds}`` it is served stale, for up to that profile's
    ``expire``, while a new one is made; ``{"expire": 0}`` is at once. Later reads of the same request see it.

    Raises ``ValueError`` for an unknown profile, ``TypeError`` for a tag that is no str, and ``RuntimeError`` outside a
    request, in a cached function, and while a page renders.
    """
    caller = "revalidate_tag()"
    work = _writer(caller)
    if not isinstance(tag, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"revalidate_tag({tag!r}): a tag is a str. Call it once for each tag.")
    expire = 0.0 if profile is None else _expire(work, profile)
    kept, warnings = valid_tags([tag], caller)
    for warning in warnings:
        log.warning("%s", warning)
    for one in kept:
        _collect(work, one, expire)


def revalidate_path(path: str | URL, type: Literal["page", "layout"] | None = None) -> None:
    """Invalidate what is cached for a path: its answer, and the fetches and cached functions that belong to it.

    ``path`` is the path of one URL (``/blog/first``), or with ``type`` the pattern of a folder: ``"page"`` for all URLs
    of its page, ``"layout"`` for these and everything below. ``("/", "layout")`` is everything. With rewrites it is the
    path that they lead to. A URL's path may have the base path before it; a folder's never has. What it cannot reach
    anything with is logged.

    Raises ``ValueError`` for another ``type``, and ``RuntimeError`` where `revalidate_tag` does.
    """
    work = _writer("revalidate_path()")
    text = path.pathname if isinstance(path, URL) else path
    tag, warning = revalidated_path_tag(text, type)
    if warning is not None:
        log.warning("%s", warning)
    if tag is None:
        return
    _collect(work, tag, 0.0)
    base_path, inner = work.app.path_form.split(text)
    if base_path and type is None and (tag := revalidated_path_tag(inner).tag) is not None:
        _collect(work, tag, 0.0)


def update_tag(tag: str) -> NoReturn:
    """Expire ``tag`` so that a server action reads its own writes.

    Raises ``RuntimeError`` everywhere else, and so in handlers.
    """
    raise RuntimeError(
        f"update_tag({tag!r}) belongs to server actions: they show the page anew to whoever has changed something. "
        f'Elsewhere write revalidate_tag({tag!r}), or revalidate_tag({tag!r}, "max") to serve the old value meanwhile.'
    )


def refresh() -> NoReturn:
    """Have the browser fetch the current page anew after a server action.

    Raises ``RuntimeError`` everywhere else, and so in handlers.
    """
    raise RuntimeError(
        "refresh() belongs to server actions: it tells the browser that called one to fetch its page anew. "
        "A handler has no page; to invalidate what is cached, write revalidate_path() or revalidate_tag()."
    )


def _writer(caller: str) -> Work:
    work = current_work(caller)
    if work.scope is not None:
        # A route that invalidates when it is made is no route that can be made ahead.
        work.scope.read_request(caller)
    if work.is_rendering:
        raise RuntimeError(
            f"{caller} was called while {work.where} renders, which must not change anything: "
            "call it in a route handler or in after()."
        )
    return work.root


def _expire(work: Work, profile: str | Mapping[str, Any]) -> float:
    profiles = work.app.profiles
    if isinstance(profile, str):
        if profile not in profiles:
            raise ValueError(
                f"revalidate_tag(…, {profile!r}): there is no such profile. The profiles are: {', '.join(profiles)}; "
                f"Config(cache_life={{{profile!r}: {{…}}}}) adds one."
            )
        return profiles[profile].expire
    expire: Any = profile.get("expire") if set(profile) == {"expire"} else None
    if isinstance(expire, bool) or not isinstance(expire, (int, float)) or not 0 <= cast("float", expire) <= math.inf:
        raise ValueError(
            f'revalidate_tag(…, {dict(profile)!r}): write {{"expire": seconds}}, with 0 or more, or a profile\'s name.'
        )
    return float(cast("float", expire))


def _collect(work: Work, tag: str, expire: float) -> None:
    invalidations = work.invalidations
    if invalidations is None:
        invalidations = work.invalidations = Invalidations(work.app.cache)
    invalidations.add(tag, expire)
    if work.closed:
        # Called by something that goes on beyond the request's own work; there may be no event loop in this thread.
        app = work.app
        app.loop.call_soon_threadsafe(lambda: app.background.start(invalidations.deliver()))
