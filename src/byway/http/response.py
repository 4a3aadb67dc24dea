"""`Response`: what a handler returns."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Protocol, Self, overload
from urllib.parse import quote

from byway.http.body import Body, BodyInit, BodyStream, BytesSource, Source, Stream, StreamSource, extract
from byway.http.cookies import ResponseCookies
from byway.http.errors import BodyError
from byway.http.headers import Headers, HeadersInit, RawHeaders
from byway.http.json import decode, encode
from byway.http.pairs import scalars
from byway.http.text import utf8_decode
from byway.http.url import URL

_JSON = b"application/json"
_NULL_BODY_STATUSES = frozenset({204, 205, 304})
REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))


def location(url: str | URL) -> str:
    """``url`` as the value of a ``Location`` header; control characters and those beyond ASCII are percent-encoded.

    Raises ``ValueError`` when it is empty.
    """
    text = str(url)
    if not text:
        raise ValueError("A redirect needs a URL; got an empty one.")
    return text if text.isascii() and text.isprintable() else quote(scalars(text), safe=_PRINTABLE)


class _SetCookieHeaders:
    """The ``set-cookie`` lines of a response, for `ResponseCookies`."""

    __slots__ = ("_headers",)

    def __init__(self, headers: Headers) -> None:
        self._headers = headers

    def get_set_cookies(self) -> list[str]:
        return self._headers.get_all("set-cookie")

    def replace_set_cookies(self, lines: list[str]) -> None:
        self._headers.delete("set-cookie")
        for line in lines:
            self._headers.append("set-cookie", line)


class _Maker(Protocol):
    def __call__(
        self, data: Any, *, status: int = 200, status_text: str | None = None, headers: HeadersInit = None
    ) -> Response:
        """A response of ``data`` as compact JSON, with the content type ``application/json``.

        Writes dicts, lists, str, numbers, bool, None, datetimes, UUIDs, decimals, dataclasses, msgspec structs and
        pydantic models. Raises ``TypeError`` for anything else, ``ValueError`` for a status that allows no body.
        """
        ...


class _Reader(Protocol):
    async def __call__(self) -> Any:
        """The body as JSON.

        Raises ``ValueError`` when it is none, ``TypeError`` when it was already read.
        """
        ...


class _Json:
    """``Response.json(data)`` makes a response, ``await response.json()`` reads one: the Web names both alike."""

    @overload
    def __get__(self, instance: None, owner: type[Response]) -> _Maker: ...
    @overload
    def __get__(self, instance: Response, owner: type[Response]) -> _Reader: ...
    def __get__(self, instance: Response | None, owner: type[Response]) -> _Maker | _Reader:
        return _json_response if instance is None else instance._read_json  # pyright: ignore[reportPrivateUsage]


class Response:
    """The Web's ``Response`` with the extras of ``NextResponse``.

    ``body`` is ``str``, ``bytes``, a ``Blob``, ``FormData`` or ``URLSearchParams``, None, or a sync or async iterator
    of ``str | bytes``, which streams. A ``str`` is sent as ``text/plain;charset=UTF-8`` unless ``headers`` has another
    ``content-type``; bytes and iterators get none. ASGI sends no reason phrase: ``status_text`` stays on the object.

    Raises ``ValueError`` for a status outside 200 to 599 and for a body with status 204, 205 or 304, ``TypeError`` for
    a body of another type.
    """

    __slots__ = ("_body", "_content_type", "_cookies", "_data", "_headers", "_status", "_stream", "status_text")

    #: Where the answer to a `fetch` came from, after redirects, without fragment; empty for a response made by hand.
    url: str = ""
    #: Whether a `fetch` followed a redirect to get this answer.
    redirected: bool = False

    status_text: str
    _status: int
    _headers: Headers | None
    _cookies: ResponseCookies | None
    _body: Body | None
    _data: builtins.bytes | None
    _stream: Stream | None
    _content_type: builtins.bytes | None

    def __init__(
        self,
        body: BodyInit = None,
        *,
        status: int = 200,
        status_text: str | None = None,
        headers: HeadersInit = None,
    ) -> None:
        self._begin(status, status_text, headers, body is not None)
        if body is not None:
            self._data, self._stream, self._content_type = extract(body)

    def _begin(self, status: int, status_text: str | None, headers: HeadersInit, has_body: bool) -> None:
        """Be a response that is yet without its body; raises as the constructor does."""
        if type(status) is not int or not 200 <= status <= 599 or (has_body and status in _NULL_BODY_STATUSES):
            status = _checked_status(status, has_body=has_body)
        self._status = status
        self.status_text = status_text or ""
        self._headers = None if headers is None else Headers(headers)
        self._cookies = self._body = self._data = self._stream = self._content_type = None

    json = _Json()

    @classmethod
    def from_raw(cls, status: int, headers: RawHeaders, body: bytes | None) -> Self:
        """A response of ready parts, which are not checked: ``headers`` are the byte pairs to send, names in lower
        case, and are taken as they are.
        """
        response = cls(None, status=status)
        response._headers = Headers.from_raw(headers)
        response._data = body
        return response

    @staticmethod
    def redirect(url: str | URL, status: int = 307, *, headers: HeadersInit = None) -> Response:
        """A redirect to ``url``, which may be relative; a ``str`` goes out as it is.

        ``status`` is 301, 302, 303, 307 or 308; any other raises ``ValueError``, as an empty URL does.
        """
        if status not in REDIRECT_STATUSES:
            raise ValueError(f"Response.redirect(…, {status!r}): a redirect's status is 301, 302, 303, 307 or 308.")
        response = Response(None, status=status, headers=headers)
        response.headers.set("location", location(url))
        return response

    @staticmethod
    def next(*, headers: HeadersInit = None, request_headers: HeadersInit = None) -> Response:
        """In ``proxy.py``: go on with the request.

        ``headers`` are added to the answer, whoever gives it. ``request_headers`` replace the headers that a handler
        sees: all of them, so begin with a copy (``Headers(request.headers)``).
        """
        return Onward(None, headers, request_headers)

    @staticmethod
    def rewrite(url: str | URL, *, headers: HeadersInit = None, request_headers: HeadersInit = None) -> Response:
        """In ``proxy.py``: go on with the request as if it were for ``url``, which may be relative.

        The client does not notice. The query is that of ``url``. The rest is as with `next`. Raises ``ValueError``
        when ``url`` is empty.
        """
        onward = Onward(location(url), headers, request_headers)
        onward.is_text = isinstance(url, str)
        return onward

    @property
    def headers(self) -> Headers:
        """The headers that will be sent; changing them changes the answer."""
        headers = self._headers
        if headers is None:
            headers = self._headers = Headers()
        if self._content_type is not None:
            # Only a response whose headers someone looks at pays for merging the default content type.
            if not headers.has("content-type"):
                headers.raw.insert(0, (b"content-type", self._content_type))
            self._content_type = None
        return headers

    @property
    def cookies(self) -> ResponseCookies:
        """The cookies that this response sets: ``get``, ``get_all``, ``has``, ``set``, ``delete``."""
        if self._cookies is None:
            self._cookies = ResponseCookies(_SetCookieHeaders(self.headers))
        return self._cookies

    @property
    def status(self) -> int:
        """The status, from 200 to 599.

        Assigning another number, or 204, 205 or 304 to a response with a body, raises ``ValueError``.
        """
        return self._status

    @status.setter
    def status(self, value: int) -> None:
        self._status = _checked_status(value, has_body=self._data is not None or self._stream is not None)

    @property
    def ok(self) -> bool:
        """Whether the status is one of 200 to 299."""
        return 200 <= self._status <= 299

    @property
    def body(self) -> BodyStream | None:
        """The body as an async iterator of bytes, once; None when there is none.

        Its ``aclose()`` lets go of the rest: of a fetch's connection, of a generator.
        """
        return None if self._data is None and self._stream is None else self._take().stream()

    @property
    def body_used(self) -> bool:
        """Whether the body was read; such a response cannot be sent."""
        return self._body is not None and self._body.used

    async def bytes(self) -> builtins.bytes:
        """The whole body.

        Raises ``TypeError`` when it was already read.
        """
        return await self._take().read_all()

    async def text(self) -> str:
        """The whole body as text, decoded from UTF-8; a byte order mark is dropped.

        Raises ``TypeError`` when it was already read.
        """
        return utf8_decode(await self.bytes())

    async def _read_json(self) -> Any:
        data = await self.bytes()
        try:
            return decode(data)
        except BodyError as error:
            # A BodyError says that the client sent something wrong, but this is no body of the client's.
            raise ValueError(str(error)) from None

    def _take(self) -> Body:
        if self._body is None:
            source: Source = BytesSource(self._data or b"") if self._stream is None else StreamSource(self._stream)
            self._body = Body(source)
        return self._body

    def payload(self) -> tuple[builtins.bytes | None, Stream | None]:
        """What a server sends: bytes that are all there, or a stream, or neither.

        Raises ``TypeError`` when the body was already read.
        """
        if self._body is not None and self._body.used:
            raise TypeError("This response's body was already read, so there is nothing left to send.")
        stream = self._stream
        if stream is not None and isinstance(stream, (Iterator, AsyncIterator)):
            self._take().used = True  # an iterator runs once: sent again, the answer would be empty
        return self._data, stream

    def ready(self) -> tuple[int, RawHeaders, builtins.bytes] | None:
        """What a server sends as it is: status, headers with their length, and body.

        None unless the body is all there and nobody gave this response a header of its own, or looked at them.
        """
        data = self._data
        if data is None or self._headers is not None or self._body is not None:
            return None
        headers = self.raw_headers()
        headers.append((b"content-length", b"%d" % len(data)))
        return self._status, headers, data

    def raw_headers(self) -> RawHeaders:
        """A new list of the byte pairs to send, the default content type included."""
        if self._headers is None:
            return [] if self._content_type is None else [(b"content-type", self._content_type)]
        return list(self.headers.raw)

    def __repr__(self) -> str:
        return f"<Response {self._status}>"


class Onward(Response):
    """No answer, but how to go on to one: what `Response.next` and `Response.rewrite` return.

    ``target`` is the URL to go on with, None for the request's own; with ``is_text`` it was given as a str, not as a
    ``URL``, which is made from the request's as a rule. ``request_headers`` are the headers to go on with, None for the
    request's own.
    """

    __slots__ = ("is_text", "request_headers", "target")

    def __init__(self, target: str | None, headers: HeadersInit, request_headers: HeadersInit) -> None:
        super().__init__(headers=headers)
        self.target = target
        self.is_text = False
        self.request_headers = None if request_headers is None else Headers(request_headers)

    def __repr__(self) -> str:
        return "Response.next(…)" if self.target is None else f"Response.rewrite({self.target!r}, …)"


def _checked_status(status: int, *, has_body: bool) -> int:
    """``status``; an ``HTTPStatus`` as the number it is. Raises ``ValueError`` when a response cannot have it."""
    if not isinstance(status, int) or not 200 <= status <= 599:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"Response(status={status!r}): a response's status is a whole number from 200 to 599.")
    if has_body and status in _NULL_BODY_STATUSES:
        raise ValueError(f"Response(status={status}) cannot have a body: leave it out, or use another status.")
    return int(status)


def _json_response(
    data: Any, *, status: int = 200, status_text: str | None = None, headers: HeadersInit = None
) -> Response:
    # Most answers are made here: filling one in by position costs half of what Response(status=…, …) does.
    response = Response.__new__(Response)
    response._begin(status, status_text, headers, False)  # pyright: ignore[reportPrivateUsage]
    if status in _NULL_BODY_STATUSES:
        raise ValueError(f"Response.json(status={status}) cannot have a body: use Response(status={status}).")
    response._data = encode(data)  # pyright: ignore[reportPrivateUsage]
    response._content_type = _JSON  # pyright: ignore[reportPrivateUsage]
    return response


if TYPE_CHECKING:
    _check: _Maker = _json_response
