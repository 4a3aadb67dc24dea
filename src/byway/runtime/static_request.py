"""The request that a handler is given when its answer is for everyone: it tells the path and nothing of a client."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

from byway.http.abort import AbortSignal
from byway.http.body import Body, Limits
from byway.http.cookies import RequestCookies
from byway.http.forms import Blob, FormData
from byway.http.headers import Headers, ReadonlyHeaders
from byway.http.request import Request
from byway.http.url import URL

#: Called with the name of what is read, before it is read; it may raise.
Guard: TypeAlias = Callable[[str], object]

# What stands in for the host that a client would name.
_SCHEME, _HOST = "http", "localhost:3000"
STAND_IN_ORIGIN = f"{_SCHEME}://{_HOST}"


class StaticURL(URL):
    """The URL of a `StaticRequest`: the path, without a query, of a host that stands in for the client's."""

    __slots__ = ("_guard",)

    _guard: Guard

    @classmethod
    def at(cls, path: str, guard: Guard, base_path: str = "") -> StaticURL:
        """The URL of ``path``; ``guard`` is asked before anything else of it is read."""
        url = cls.from_parts(_SCHEME, _HOST, path, "", base_path)
        assert isinstance(url, cls)
        url._guard = guard
        return url

    def clone(self) -> URL:
        return StaticURL.at(self.pathname, self._guard, self.base_path)

    def __str__(self) -> str:
        return self.href

    def __repr__(self) -> str:
        return f'URL("{self.pathname}")'


def _guarded(name: str) -> property:
    part: property = getattr(URL, name)

    def read(url: StaticURL) -> Any:
        url._guard(f"request.url.{name}")  # pyright: ignore[reportPrivateUsage]
        assert part.fget is not None
        return part.fget(url)

    return property(read, part.fset, doc=part.__doc__)


# What of a URL depends on who asks; the path does not.
for _name in ("href", "origin", "protocol", "host", "hostname", "port", "search", "search_params"):
    setattr(StaticURL, _name, _guarded(_name))


class StaticRequest(Request):
    """A request for ``path`` without headers, cookies and query.

    ``guard`` is asked before any of these is read, or the URL's host, or the body. The body is that of ``sent``, when a
    client did send one.
    """

    __slots__ = ("_guard", "_sent")

    def __init__(
        self, method: str, path: str, guard: Guard, *, base_path: str = "", sent: Request | None = None
    ) -> None:
        self.method = method
        self._guard = guard
        self._sent = sent
        self._url = StaticURL.at(path, guard, base_path)
        self._headers = ReadonlyHeaders()
        self._cookies = RequestCookies("")
        self._signal = None
        self._connection = None
        self._body = None
        self._limits = Limits() if sent is None else sent._limits

    @property
    def headers(self) -> Headers:
        self._guard("request.headers")
        return super().headers

    @property
    def cookies(self) -> RequestCookies:
        self._guard("request.cookies")
        return super().cookies

    @property
    def signal(self) -> AbortSignal:
        if self._sent is not None:
            return self._sent.signal
        self._guard("request.signal")
        return super().signal

    @property
    def body(self) -> AsyncIterator[builtins.bytes] | None:
        self._guard("request.body")
        return super().body if self._sent is None else self._sent.body

    @property
    def body_used(self) -> bool:
        return super().body_used if self._sent is None else self._sent.body_used

    def preview(self) -> Request:
        self._guard("request.headers")
        return super().preview()

    # What the body is, its sender has said in a header.
    async def blob(self) -> Blob:
        self._guard("request.body")
        return await (super().blob() if self._sent is None else self._sent.blob())

    async def _form(self) -> FormData:
        self._guard("request.body")
        return await (super()._form() if self._sent is None else self._sent._form())

    def _content(self) -> Body:
        self._guard("request.body")
        return super()._content() if self._sent is None else self._sent._content()
