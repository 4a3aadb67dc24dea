"""`Config`: what ``byway_config.py`` holds as ``config = Config(…)``."""

from __future__ import annotations

import difflib
import ipaddress
import math
import re
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias, cast

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
ASGIApp: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(b|kb|mb|gb)?\s*\Z", re.IGNORECASE)
_UNITS = {"b": 1, "kb": 1 << 10, "mb": 1 << 20, "gb": 1 << 30}
_HOST = re.compile(r"(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?(:\d+)?\Z|\[[0-9a-f:.]+\](:\d+)?\Z|\*\Z", re.IGNORECASE)


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

    max_body_size: int | str = "10mb"
    """The size of a request's body, in bytes or as text; beyond it, reading raises ``BodyTooLarge`` (413)."""

    max_form_parts: int = 1000
    """How many fields and files a form may have; beyond it, reading raises ``BodyTooLarge`` (413)."""

    shutdown_timeout: float = 30.0
    """Seconds that running requests and `after()` work may take once the server is asked to stop."""

    threads: int = 40
    """How many ``def`` handlers, callbacks and steps of sync iterators run at once in a worker."""

    trusted_proxies: Sequence[str] = ()
    """Addresses and networks (``"10.0.0.0/8"``) whose ``X-Forwarded-*`` headers are believed; ``"unix"`` for whoever
    connects through a unix socket, ``"*"`` for everyone."""

    upload_spool_size: int | str = "1mb"
    """The size, in bytes or as text, beyond which an uploaded file goes from memory to a temporary file."""

    def __new__(cls, *args: Any, **settings: Any) -> Config:
        known = [field.name for field in fields(cls)]
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
