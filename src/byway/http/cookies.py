"""The cookies of a request, of a response, and of ``cookies()``, under one set of methods."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Protocol, Unpack

from byway.http.cookie import (
    EPOCH,
    Cookie,
    CookieFields,
    CookieOptions,
    CookieScope,
    encode_value,
    merge_set_cookies,
    new_cookie,
    parse_cookie_header,
    parse_set_cookie,
    serialize_set_cookie,
    set_cookie_name,
)

__all__ = ["Cookie", "CookieStore", "RequestCookies", "ResponseCookies", "SetCookieLines", "merge_set_cookies"]


class _Cookies(ABC):
    """What all three have in common."""

    __slots__ = ()

    @abstractmethod
    def _by_name(self) -> Mapping[str, Cookie]:
        """The cookies there are now, in their order."""

    @abstractmethod
    def _put(self, cookie: Cookie) -> None:
        """Set ``cookie``, which was checked."""

    @abstractmethod
    def _remove(self, expired: Cookie) -> None:
        """Remove the cookie of that name; ``expired`` is what makes a browser forget it."""

    def _now(self) -> float:
        return time.time()

    def get(self, name: str) -> Cookie | None:
        """The cookie ``name``, with its ``.name`` and ``.value``, or None."""
        return self._by_name().get(name)

    def get_all(self, name: str | None = None) -> list[Cookie]:
        """The cookies of that name; without a name, all."""
        cookies = self._by_name()
        if name is None:
            return list(cookies.values())
        return [cookies[name]] if name in cookies else []

    def has(self, name: str) -> bool:
        """Whether there is a cookie ``name``."""
        return name in self._by_name()

    def __contains__(self, name: object) -> bool:
        return name in self._by_name()

    def __iter__(self) -> Iterator[Cookie]:
        return iter(self.get_all())

    def __len__(self) -> int:
        return len(self._by_name())

    def set(self, name: str | CookieFields, value: str = "", **options: Unpack[CookieOptions]) -> None:
        """Set a cookie: ``set("theme", "dark", max_age=3600)``, or all in one mapping with ``name`` and ``value``.

        Options are ``expires`` (a datetime, a naive one being UTC, or Unix seconds), ``max_age`` (seconds),
        ``domain``, ``path`` (``"/"`` unless given), ``secure``, ``http_only``, ``same_site`` (``"strict"``, ``"lax"``,
        ``"none"``, True for strict), ``priority`` (``"low"``, ``"medium"``, ``"high"``) and ``partitioned``. A name
        that is set again keeps its place. Raises ``ValueError`` or ``TypeError`` for what no cookie can hold.
        """
        fields: CookieFields = {"name": name, "value": value, **options} if isinstance(name, str) else {**name}
        self._put(new_cookie(**fields, now=self._now()))

    def delete(self, name: str | CookieScope) -> None:
        """Remove a cookie: its name, or a mapping with ``name`` and the ``path`` and ``domain`` it was set with."""
        scope: CookieScope = {"name": name} if isinstance(name, str) else {**name}
        self._remove(new_cookie(**scope, value="", expires=EPOCH, now=0))

    def clear(self) -> None:
        """Remove every cookie."""
        for cookie in self.get_all():
            path = "/" if cookie.path is None else cookie.path
            # Not delete(): what a client sent may have a name that new_cookie() refuses.
            self._remove(Cookie(cookie.name, "", path=path, domain=cookie.domain, expires=EPOCH))

    def __str__(self) -> str:
        return "; ".join([f"{cookie.name}={encode_value(cookie.value)}" for cookie in self.get_all()])

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self._by_name())}>".replace(" >", ">")


class RequestCookies(_Cookies):
    """The cookies that a client sent: ``request.cookies``.

    ``header`` is the ``Cookie`` header. Setting and deleting change what later readers of this request see:
    ``on_change`` is called with the new header, which is empty when no cookie is left.
    """

    __slots__ = ("_cookies", "_on_change")

    def __init__(self, header: str, on_change: Callable[[str], None] | None = None) -> None:
        self._cookies = _sent(header)
        self._on_change = on_change

    def _by_name(self) -> Mapping[str, Cookie]:
        return self._cookies

    def _put(self, cookie: Cookie) -> None:
        # A request says nothing about paths or lifetimes.
        self._cookies[cookie.name] = Cookie(cookie.name, cookie.value)
        self._changed()

    def _remove(self, expired: Cookie) -> None:
        if self._cookies.pop(expired.name, None) is not None:
            self._changed()

    def clear(self) -> None:
        """Remove every cookie."""
        self._cookies.clear()
        self._changed()

    def _changed(self) -> None:
        if self._on_change is not None:
            self._on_change(str(self))


class SetCookieLines(Protocol):
    """A response's ``Set-Cookie`` headers."""

    def get_set_cookies(self) -> list[str]:
        """Their values, in order."""
        ...

    def replace_set_cookies(self, lines: list[str]) -> None:
        """Make ``lines`` the values."""
        ...


class ResponseCookies(_Cookies):
    """The cookies that a response sets: ``response.cookies``.

    It reads and writes the response's ``Set-Cookie`` headers, of which it rewrites only those it is told to.
    A deleted cookie is one that expired in 1970, and so no longer found here. ``now`` gives Unix seconds.
    """

    __slots__ = ("_clock", "_lines")

    def __init__(self, lines: SetCookieLines, now: Callable[[], float] = time.time) -> None:
        self._lines = lines
        self._clock = now

    def _now(self) -> float:
        return self._clock()

    def _by_name(self) -> Mapping[str, Cookie]:
        cookies: dict[str, Cookie] = {}
        for cookie in map(parse_set_cookie, self._lines.get_set_cookies()):
            cookies[cookie.name] = cookie
        return {name: cookie for name, cookie in cookies.items() if cookie.expires != EPOCH}

    def _put(self, cookie: Cookie) -> None:
        lines = self._lines.get_set_cookies()
        place = next((i for i, line in enumerate(lines) if set_cookie_name(line) == cookie.name), len(lines))
        others = [line for line in lines[place:] if set_cookie_name(line) != cookie.name]
        self._lines.replace_set_cookies([*lines[:place], serialize_set_cookie(cookie), *others])

    def _remove(self, expired: Cookie) -> None:
        self._put(expired)


class CookieStore(_Cookies):
    """What ``cookies()`` gives: the cookies of the request, with what this request has set and deleted so far.

    ``await`` it or use it as it is; both are the same object. ``header`` is the ``Cookie`` header, ``now`` gives Unix
    seconds. While ``read_only`` holds a message, changes raise ``RuntimeError`` with it.

    Implements ``cookies`` of the Next.js documents.
    """

    __slots__ = ("_changes", "_clock", "_cookies", "read_only")

    def __init__(self, header: str, *, now: Callable[[], float] = time.time, read_only: str | None = None) -> None:
        self._cookies = _sent(header)
        self._changes: dict[str, Cookie] = {}
        self._clock = now
        self.read_only = read_only

    def __await__(self) -> Generator[None, None, CookieStore]:
        yield from ()
        return self

    def changes(self) -> list[str]:
        """The ``Set-Cookie`` values of what was set and deleted, in the order in which each name was first changed."""
        return [serialize_set_cookie(cookie) for cookie in self._changes.values()]

    def show(self, line: str) -> None:
        """Show what the ``Set-Cookie`` value ``line`` sets or deletes, which the answer will have in any case."""
        cookie = parse_set_cookie(line)
        if cookie.expires == EPOCH:
            self._cookies.pop(cookie.name, None)
        else:
            self._cookies[cookie.name] = cookie

    def _now(self) -> float:
        return self._clock()

    def _by_name(self) -> Mapping[str, Cookie]:
        return self._cookies

    def _put(self, cookie: Cookie) -> None:
        self._check_writable()
        self._cookies[cookie.name] = self._changes[cookie.name] = cookie

    def _remove(self, expired: Cookie) -> None:
        self._check_writable()
        self._cookies.pop(expired.name, None)
        self._changes[expired.name] = expired

    def clear(self) -> None:
        """Remove every cookie."""
        self._check_writable()
        super().clear()

    def _check_writable(self) -> None:
        if self.read_only is not None:
            raise RuntimeError(self.read_only)


def _sent(header: str) -> dict[str, Cookie]:
    return {name: Cookie(name, value) for name, value in parse_cookie_header(header).items()} if header else {}
