"""`Config`: what ``byway_config.py`` holds as ``config = Config(…)``."""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias, cast

from byway.caching.lifetimes import read_profiles
from byway.caching.store import CacheStore

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?\s*\Z", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:\d+)?\Z|\[[0-9a-f:.]+\](:\d+)?\Z|\*\Z", re.IGNORECASE)

_STALE_TIMES = frozenset({"static", "dynamic"})
_STORE_METHODS = sorted(name for name in vars(CacheStore) if not name.startswith("_"))


def parse_size(value: int | str) -> int:
    """``value`` in bytes: a number of bytes, or text such as ``"500kb"``, ``"1mb"``, ``"1.5 GB"``.

    Raises ``ValueError`` when it is neither, or negative.
    """
    if isinstance(value, str) and (found := _SIZE.match(value)):
        return int(float(found[1]) * _UNITS[(found[2] or "b").lower()])
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise ValueError(f'{value!r} is no size: write a number of bytes or text such as "500kb" or "1mb".')


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """The settings of an app. Every limit has a default, and its error names the setting.

    Raises ``TypeError`` for an unknown setting and ``ValueError`` for an invalid value, naming both.
    """

    allowed_hosts: Sequence[str] = ()
    """The hosts that requests may name, such as ``"example.com"``, ``"*.example.com"`` (any subdomain) or
    ``"localhost:3000"``; empty allows every valid one, but in development only ``localhost``, ``*.localhost`` and IP
    addresses."""

    asgi: Callable[[ASGIApp], ASGIApp] | None = None
    """Wraps the ASGI application: for an error tracker, sessions, or any other ASGI middleware."""

    body_timeout: float = 30.0
    """Seconds that a client may be silent in the middle of its body; then reading it raises ``BodyTimeout`` (408)."""

    cache_dir: str | None = None
    """The folder of the embedded cache, relative to the project; ``.byway/cache`` unless given, or when that cannot be
    written, a folder of this build in the user's cache folder."""

    cache_handler: CacheStore | None = None
    """Where cached values are kept instead of the embedded store: ``RedisStore(…)`` for several machines, or any object
    with the methods of ``byway.cache.CacheStore``."""

    cache_life: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """Profiles for `cache_life`, by name: ``{"biweekly": {"stale": …, "revalidate": …, "expire": …}}``, in seconds.
    They add to the presets or redefine them; what one leaves out comes from ``default``."""

    cache_max_disk_size: int | str = "1gb"
    """The size of the embedded cache on disk, in bytes or as text; beyond it, what was not used for longest goes."""

    cache_max_memory_size: int | str = "50mb"
    """The size of the cache in the memory of each worker, in bytes or as text; 0 keeps nothing there."""

    expire_time: float = 31_536_000.0
    """Seconds that shared caches on the way may serve a stale answer for while they fetch a new one, counted from when
    it was made: ``stale-while-revalidate`` of answers that have no ``expire`` of their own."""

    generate_etags: bool = True
    """Whether kept answers are given an ``ETag``, so that a client which has one already is answered 304."""

    max_body_size: int | str = "10mb"
    """The size of a request's body, in bytes or as text; beyond it, reading raises ``BodyTooLarge`` (413)."""

    max_form_parts: int = 1000
    """How many fields and files a form may have; beyond it, reading raises ``BodyTooLarge`` (413)."""

    shutdown_timeout: float = 30.0
    """Seconds that running requests and `after()` work may take once the server is asked to stop."""

    stale_times: Mapping[str, float] = field(default_factory=dict[str, float])
    """``{"static": seconds}`` is the ``stale`` of the ``default`` profile of `cache_life`: how long a browser may use
    what it has without asking; ``{"dynamic": seconds}`` the same for what is not cached."""

    static_page_generation_timeout: float = 60.0
    """Seconds that a build may take to make one answer, to list the paths of one route, and in the end for the work of
    `after()`."""

    threads: int = 40
    """How many ``def`` handlers, callbacks and steps of sync iterators run at once in a worker."""

    trusted_proxies: Sequence[str] = ()
    """Addresses and networks (``"10.0.0.0/8"``) whose ``X-Forwarded-*`` headers are believed; ``"unix"`` for whoever
    connects through a unix socket, ``"*"`` for everyone."""

    upload_spool_size: int | str = "1mb"
    """The size, in bytes or as text, beyond which an uploaded file goes from memory to a temporary file."""

    def __new__(cls, *args: Any, **settings: Any) -> Config:
        known = [one.name for one in fields(cls)]
        for name in settings:
            if name not in known:
                close = difflib.get_close_matches(name, known, n=1)
                hint = f"Did you mean {close[0]!r}?" if close else f"The settings are: {', '.join(known)}."
                raise TypeError(f"Config has no setting {name!r}. {hint}")
        if args:
            raise TypeError("Config takes its settings by name: Config(max_body_size=…).")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        self._size("max_body_size")
        self._size("upload_spool_size")
        self._positive("max_form_parts", whole=True)
        self._positive("threads", whole=True)
        self._positive("shutdown_timeout", zero=True)
        self._positive("body_timeout")
        self._size("cache_max_disk_size")
        self._size("cache_max_memory_size")
        self._positive("expire_time")
        self._positive("static_page_generation_timeout")
        self._check_cache()
        if self.asgi is not None and not callable(self.asgi):
            raise ValueError("Config(asgi=…) takes a function that gets an ASGI application and returns one.")
        for host in self._strings("allowed_hosts"):
            if not _HOST.match(host):
                raise ValueError(
                    f"Config(allowed_hosts=…) holds {host!r}; write host names such as "
                    '"example.com", "*.example.com" or "localhost:3000", without a scheme.'
                )
        for address in self._strings("trusted_proxies"):
            if address not in ("*", "unix"):
                try:
                    ipaddress.ip_network(address, strict=False)
                except ValueError:
                    raise ValueError(
                        f"Config(trusted_proxies=…) holds {address!r}; write addresses or networks "
                        'such as "127.0.0.1" or "10.0.0.0/8", "unix", or "*".'
                    ) from None

    def _check_cache(self) -> None:
        stale_times: Any = self.stale_times
        if not isinstance(stale_times, Mapping) or not set(cast("Mapping[str, Any]", stale_times)) <= _STALE_TIMES:
            raise ValueError(
                f'Config(stale_times={stale_times!r}): write {{"static": seconds}}, {{"dynamic": seconds}}, or both.'
            )
        for name, seconds in self.stale_times.items():
            if isinstance(seconds, bool) or not isinstance(cast("Any", seconds), (int, float)) or not seconds >= 0:
                raise ValueError(f"Config(stale_times={{{name!r}: {seconds!r}}}): write seconds, 0 or more.")
        if not isinstance(cast("Any", self.cache_life), Mapping):
            raise ValueError(
                f"Config(cache_life={self.cache_life!r}): write profiles by name, such as "
                '{"biweekly": {"revalidate": 86_400, "expire": 1_209_600}}.'
            )
        read_profiles(self.cache_life, self.stale_times.get("static"))
        if not isinstance(cast("Any", self.generate_etags), bool):
            raise ValueError(f"Config(generate_etags={self.generate_etags!r}): write True or False.")
        if self.cache_dir is not None and (not isinstance(cast("Any", self.cache_dir), str) or not self.cache_dir):
            raise ValueError(f"Config(cache_dir={self.cache_dir!r}): write the path of a folder.")
        handler: Any = self.cache_handler
        if isinstance(handler, type):
            name = handler.__name__
            raise ValueError(f"Config(cache_handler={name}) is given a class: write {name}(…), which makes a store.")
        missing = [name for name in _STORE_METHODS if not callable(getattr(handler, name, None))]
        if handler is not None and missing:
            raise ValueError(
                f"Config(cache_handler={handler!r}) has no method {missing[0]!r}: give an object with the "
                "methods of byway.cache.CacheStore, such as RedisStore(…)."
            )

    def _size(self, name: str) -> None:
        try:
            object.__setattr__(self, name, parse_size(getattr(self, name)))
        except ValueError as error:
            raise ValueError(f"Config({name}=…): {error}") from None

    def _positive(self, name: str, *, whole: bool = False, zero: bool = False) -> None:
        value: Any = getattr(self, name)
        kinds = (int,) if whole else (int, float)
        is_number = isinstance(value, kinds) and not isinstance(value, bool)
        if not is_number or not 0 <= value < math.inf or (value == 0 and not zero):
            kind = "a whole number" if whole else "a number of seconds"
            raise ValueError(f"Config({name}={value!r}): write {kind}, {'0 or more' if zero else 'above 0'}.")

    def _strings(self, name: str) -> Sequence[str]:
        value: Any = getattr(self, name)
        if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in cast("list[Any]", value)):
            raise ValueError(f"Config({name}={value!r}): write a list of str.")
        return cast("Sequence[str]", value)
