"""`Config`: what ``byway_config.py`` holds as ``config = Config(…)``."""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import PurePosixPath
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

_BASE_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|\Z))[A-Za-z0-9._~-]+)+")
_ENV_NAME = re.compile(r"(?!__|NODE_)[A-Za-z_][A-Za-z0-9_]*")
# Folders that a build, which may clear its own, must not lie in.
_SOURCES = frozenset({"app", "pages", "public", "src"})

# Settings of Next.js that Byway does not have, and why.
_NO_BUNDLER = "nothing is bundled"
_ALWAYS = "the feature is always there"
_NOT_YET = "this version does not have it"
_ABSENT = {
    "allowed_dev_origins": "allowed_hosts lists the hosts that a development server answers to",
    "asset_prefix": _NOT_YET,
    "auth_interrupts": _ALWAYS,
    "cache_components": _ALWAYS,
    "cache_handlers": "cache_handler keeps all that is cached",
    "deployment_id": "generate_build_id names a build",
    "experimental": "no setting is experimental",
    "global_not_found": _ALWAYS,
    "i18n": "a proxy can choose the language, as docs/proxy.md shows",
    "images": _NOT_YET,
    "output": _NOT_YET,
    "react_strict_mode": "there is no React",
    "server_actions": _NOT_YET,
    "server_external_packages": _NO_BUNDLER,
    "transpile_packages": _NO_BUNDLER,
    "turbopack": _NO_BUNDLER,
    "typescript": "there is no TypeScript",
    "webpack": _NO_BUNDLER,
}

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

    base_path: str = ""
    """The path that the whole app lies below, such as ``"/docs"``. It is not in the names of routes."""

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

    compress: bool = True
    """Whether answers are compressed for clients that take it; see `byway.asgi.compression`."""

    dist_dir: str = ".byway"
    """The folder of the build, in the project."""

    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Environment variables of the app. They win over those of the process and of the ``.env`` files."""

    expire_time: float = 31_536_000.0
    """Seconds that shared caches on the way may serve a stale answer for while they fetch a new one, counted from when
    it was made: ``stale-while-revalidate`` of answers that have no ``expire`` of their own."""

    generate_build_id: Callable[[], Any] | None = None
    """A function, ``def`` or ``async def``, that gives a build its name; None, or None from it, for a random one."""

    generate_etags: bool = True
    """Whether kept answers are given an ``ETag``, so that a client which has one already is answered 304."""

    headers: Callable[[], Any] | None = None
    """A function, ``def`` or ``async def``, that returns a list of ``{"source": …, "headers": [{"key": …, "value":
    …}]}``: headers that are put on answers."""

    logging: bool | Mapping[str, Any] = True
    """What the access log has in development: ``False`` for nothing, ``{"incoming_requests": {"ignore": ["^/api/"]}}``
    for all but the paths in which one of these regular expressions is found."""

    max_body_size: int | str = "10mb"
    """The size of a request's body, in bytes or as text; beyond it, reading raises ``BodyTooLarge`` (413)."""

    max_form_parts: int = 1000
    """How many fields and files a form may have; beyond it, reading raises ``BodyTooLarge`` (413)."""

    page_extensions: Sequence[str] = ("py",)
    """Accepted for those who come from Next.js; ``["py"]`` is all that it can be."""

    powered_by_header: bool = True
    """Whether pages say ``X-Powered-By: Byway``."""

    proxy_timeout: float = 30.0
    """Seconds that a server to which a rewrite passes requests on may keep silent; then 504."""

    redirects: Callable[[], Any] | None = None
    """A function, ``def`` or ``async def``, that returns a list of ``{"source": …, "destination": …, "permanent":
    …}``."""

    rewrites: Callable[[], Any] | None = None
    """A function, ``def`` or ``async def``, that returns a list of ``{"source": …, "destination": …}``, or a dict of
    such lists: ``{"before_files": …, "after_files": …, "fallback": …}``."""

    shutdown_timeout: float = 30.0
    """Seconds that running requests and `after()` work may take once the server is asked to stop."""

    skip_trailing_slash_redirect: bool = False
    """Whether paths with a slash at their end lead where those without do, instead of a redirect between them."""

    stale_times: Mapping[str, float] = field(default_factory=dict[str, float])
    """``{"static": seconds}`` is the ``stale`` of the ``default`` profile of `cache_life`: how long a browser may use
    what it has without asking; ``{"dynamic": seconds}`` the same for what is not cached."""

    static_page_generation_timeout: float = 60.0
    """Seconds that a build may take to make one answer, to list the paths of one route, and in the end for the work of
    `after()`."""

    threads: int = 40
    """How many ``def`` handlers, callbacks and steps of sync iterators run at once in a worker."""

    trailing_slash: bool = False
    """Whether paths end with a slash, and others are redirected there; those of files never do."""

    trusted_proxies: Sequence[str] = ()
    """Addresses and networks (``"10.0.0.0/8"``) whose ``X-Forwarded-*`` headers are believed; ``"unix"`` for whoever
    connects through a unix socket, ``"*"`` for everyone."""

    upload_spool_size: int | str = "1mb"
    """The size, in bytes or as text, beyond which an uploaded file goes from memory to a temporary file."""

    def __new__(cls, *args: Any, **settings: Any) -> Config:
        known = [one.name for one in fields(cls)]
        for name in settings:
            if name not in known:
                if name in _ABSENT:
                    raise TypeError(f"Config has no setting {name!r}: {_ABSENT[name]}.")
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
        self._positive("proxy_timeout")
        self._check_cache()
        self._check_paths()
        self._check_build()
        for name in ("compress", "generate_etags", "powered_by_header"):
            self._boolean(name)
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

    def _check_paths(self) -> None:
        base_path: Any = self.base_path
        if not isinstance(base_path, str) or (base_path and not _BASE_PATH.fullmatch(base_path)):
            raise ValueError(
                f"Config(base_path={base_path!r}): write a path of letters, digits and ._~- that begins with a slash "
                'and does not end with one, such as "/docs".'
            )
        for name in ("trailing_slash", "skip_trailing_slash_redirect"):
            self._boolean(name)
        for name in ("headers", "redirects", "rewrites", "generate_build_id"):
            value: object = getattr(self, name)
            if value is not None and not callable(value):
                example = f"write `def {name}(): return …` and Config({name}={name})."
                raise ValueError(f"Config({name}=…) is given {type(value).__name__}, not a function: {example}")

    def _check_build(self) -> None:
        folder = PurePosixPath(str(self.dist_dir))
        parts = folder.parts
        is_other = not parts or parts[0] in _SOURCES or parts[0].startswith("~")  # no shell is there to read the "~"
        if folder.is_absolute() or is_other or ".." in parts or ".git" in parts:
            raise ValueError(
                f"Config(dist_dir={self.dist_dir!r}): write a folder in the project, beside app/ and public/, such as "
                '"build".'
            )
        env: Any = self.env
        if not isinstance(env, Mapping):
            raise ValueError(f'Config(env={env!r}): write variables by name, such as {{"REGION": "eu"}}.')
        for name, value in cast("Mapping[object, object]", env).items():
            if not isinstance(name, str) or not _ENV_NAME.fullmatch(name):
                raise ValueError(
                    f"Config(env=…) has the name {name!r}: letters, digits and _ are allowed, but not first a digit, "
                    "two underscores or NODE_."
                )
            if not isinstance(value, str) or "\0" in value:
                raise ValueError(f"Config(env=…) gives {name} {type(value).__name__}: write a str.")
        if list(self._strings("page_extensions")) != ["py"]:
            raise ValueError(f'Config(page_extensions={self.page_extensions!r}): the files of an app end in "py".')
        self._check_logging()

    def _check_logging(self) -> None:
        logging: Any = self.logging
        example = 'Config(logging={"incoming_requests": {"ignore": ["^/api/"]}})'
        if isinstance(logging, bool):
            return
        if not isinstance(logging, Mapping):
            raise ValueError(f"Config(logging={logging!r}): write False, or {example}.")
        for name, value in cast("Mapping[object, object]", logging).items():
            if name != "incoming_requests":
                raise ValueError(f"Config(logging=…) has the key {name!r}, which logs nothing here: write {example}.")
            ignored: object = cast("Mapping[object, object]", value).get("ignore") if isinstance(value, Mapping) else ()
            if not isinstance(value, (bool, Mapping)) or not isinstance(ignored, (list, tuple)):
                raise ValueError(f"Config(logging={logging!r}): write True or False, or {example}.")
            for text in cast("Sequence[Any]", ignored):
                try:
                    re.compile(text)
                except (re.error, TypeError) as error:
                    raise ValueError(f"Config(logging=…) ignores {text!r}: {error}. Write {example}.") from None

    def _boolean(self, name: str) -> None:
        value: object = getattr(self, name)
        if not isinstance(value, bool):
            raise ValueError(f"Config({name}={value!r}): write True or False.")

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
