"""`Request`: what a handler is given."""

from __future__ import annotations

import builtins
from collections.abc import AsyncIterator
from email.message import Message
from typing import Any, Protocol, TypeVar, overload

from byway.http.abort import AbortSignal
from byway.http.body import (
    Body,
    BodyInit,
    BytesSource,
    LimitedSource,
    Limits,
    PreviewSource,
    Source,
    Stream,
    StreamSource,
    extract,
)
from byway.http.cookies import RequestCookies
from byway.http.errors import BodyError
from byway.http.forms import Blob, FormData, parse_multipart, too_many_parts
from byway.http.headers import Headers, HeadersInit, RawHeaders
from byway.http.json import decode, validate, validate_form
from byway.http.text import utf8_decode
from byway.http.url import URL, URLSearchParams

M = TypeVar("M")

_DEFAULT_LIMITS = Limits()


class Connection(Source, Protocol):
    """The client's side of a request that a server received."""

    def url(self) -> URL:
        """The request's URL."""
        ...

    def headers(self) -> RawHeaders:
        """The request's headers, as the server vouches for them."""
        ...

    def names_cookie(self, name: bytes) -> bool:
        """Whether a ``Cookie`` header holds the text ``name``: told without making anything of the headers."""
        ...

    def watch(self, signal: AbortSignal) -> None:
        """Abort ``signal`` once the client leaves."""
        ...


class Request:
    """The Web's ``Request`` with the extras of ``NextRequest``.

    A handler gets the request that came in; ``Request(url, …)`` makes one, for `fetch` or a test. ``url`` is absolute;
    ``body`` is what `Response` takes. ``method`` is in upper case.

    Raises ``ValueError`` when ``url`` is no URL, or when a GET or HEAD request is given a body.
    """

    __slots__ = ("_body", "_connection", "_cookies", "_headers", "_limits", "_signal", "_url", "method")

    method: str
    _url: URL | None
    _headers: Headers | None
    _cookies: RequestCookies | None
    _body: Body | None
    _signal: AbortSignal | None
    _connection: Connection | None
    _limits: Limits

    def __init__(
        self, url: str | URL, *, method: str = "GET", headers: HeadersInit = None, body: BodyInit = None
    ) -> None:
        self.method = method.upper()
        if body is not None and self.method in ("GET", "HEAD"):
            raise ValueError(f"A {self.method} request cannot have a body.")
        self._url = URL(url)
        self._headers = Headers(headers)
        self._cookies = None
        self._signal = None
        self._connection = None
        self._limits = _DEFAULT_LIMITS
        self._body = None
        if body is not None:
            data, stream, content_type = extract(body)
            self._body = Body(BytesSource(data or b"") if stream is None else StreamSource(stream))
            if content_type is not None and not self._headers.has("content-type"):
                self._headers.set("content-type", content_type.decode("latin-1"))

    @classmethod
    def received(cls, method: str, connection: Connection, limits: Limits) -> Request:
        """A request that a server received; ``connection`` is asked for its parts when a handler is."""
        self = cls.__new__(cls)
        self.method = method
        self._connection = connection
        self._limits = limits
        self._url = self._headers = self._cookies = self._body = self._signal = None
        return self

    @property
    def url(self) -> URL:
        """The request's URL; ``str(request.url)`` is its href. Also reachable as ``next_url``."""
        url = self._url
        if url is None:
            assert self._connection is not None  # a request made by hand has its URL from the start
            url = self._url = self._connection.url()
        return url

    next_url = url

    @property
    def headers(self) -> Headers:
        """The request's headers. A handler may change them; later reads in the same request see that."""
        headers = self._headers
        if headers is None:
            assert self._connection is not None  # a request made by hand has its headers from the start
            headers = self._headers = Headers.from_raw(self._connection.headers())
        return headers

    @property
    def cookies(self) -> RequestCookies:
        """The cookies that the client sent: ``get``, ``get_all``, ``has``."""
        if self._cookies is None:
            headers = self.headers
            # HTTP/2 lets a client split its cookies over several headers.
            sent = "; ".join(headers.get_all("cookie"))

            def changed(value: str) -> None:
                headers.set("cookie", value) if value else headers.delete("cookie")

            self._cookies = RequestCookies(sent, on_change=changed)
        return self._cookies

    def names_cookie(self, name: str) -> bool:
        """Whether a ``Cookie`` header holds the text ``name``: if not, there is no such cookie.

        For what is asked of every request: headers that nobody has read yet are not made for it.
        """
        if self._headers is None and self._connection is not None:
            return self._connection.names_cookie(name.encode())
        return name in (self.headers.get("cookie") or "")

    @property
    def signal(self) -> AbortSignal:
        """Aborted once the client leaves or the server stops; the client is watched from the first access on."""
        if self._signal is None:
            self._signal = AbortSignal()
            if self._connection is not None:
                self._connection.watch(self._signal)
        return self._signal

    def abort(self, reason: Exception) -> None:
        """Abort `signal`, when somebody has asked for it; only on the event loop's thread."""
        if self._signal is not None:
            self._signal.abort(reason)

    @property
    def body(self) -> AsyncIterator[bytes] | None:
        """The body as an async iterator of bytes, as it arrives, once; None for GET and HEAD."""
        return None if self.method in ("GET", "HEAD") else self._content().stream()

    @property
    def body_used(self) -> bool:
        """Whether the body was read, or is being read."""
        return self._body is not None and self._body.used

    async def bytes(self) -> builtins.bytes:
        """The whole body.

        Raises ``BodyTooLarge`` (413) when it is larger than ``Config(max_body_size=…)``, ``Disconnected`` when the
        client left in the middle, ``TypeError`` when the body was already read.
        """
        return await self._content().read_all()

    async def text(self) -> str:
        """The whole body, decoded from UTF-8; bytes that are none become U+FFFD, a byte order mark is dropped.

        Raises what `bytes` raises.
        """
        return utf8_decode(await self.bytes())

    async def blob(self) -> Blob:
        """The whole body as a ``Blob`` of the request's content type. Raises what `bytes` raises."""
        return Blob(await self.bytes(), type=self.headers.get("content-type") or "")

    @overload
    async def json(self) -> Any: ...
    @overload
    async def json(self, model: type[M]) -> M: ...
    async def json(self, model: type[Any] | None = None) -> Any:
        """The body as JSON, whatever its content type; with ``model``, validated into it.

        ``model`` is a msgspec struct, a dataclass, a pydantic model, or any type that msgspec knows.
        Raises ``BodyError`` (400) when the body is no JSON, ``ValidationError`` (422, listing the fields) when it does
        not fit the model, and what `bytes` raises.
        """
        value = decode(await self.bytes())
        return value if model is None else validate(value, model)

    @overload
    async def form_data(self) -> FormData: ...
    @overload
    async def form_data(self, model: type[M]) -> M: ...
    async def form_data(self, model: type[Any] | None = None) -> Any:
        """The fields of a form post; with ``model``, validated into it.

        Reads ``multipart/form-data``, whose files go to temporary files beyond ``Config(upload_spool_size=…)``, and
        ``application/x-www-form-urlencoded``. Raises ``BodyError`` (400) for any other or malformed body,
        ``BodyTooLarge`` (413) beyond ``Config(max_form_parts=…)``, ``ValidationError`` (422) when it does not fit the
        model, and what `bytes` raises.
        """
        form = await self._form()
        return form if model is None else validate_form(form, model)

    async def _form(self) -> FormData:
        kind = Message()
        kind["content-type"] = self.headers.get("content-type") or ""
        match kind.get_content_type() if kind["content-type"] else "":
            case "multipart/form-data":
                boundary = kind.get_param("boundary")
                if not isinstance(boundary, str) or not boundary:
                    raise BodyError("The body's content type is multipart/form-data without a boundary.")
                return await parse_multipart(
                    self._content().stream(),
                    boundary,
                    max_parts=self._limits.max_form_parts,
                    spool_size=self._limits.upload_spool_size,
                )
            case "application/x-www-form-urlencoded":
                text, form = await self.text(), FormData()
                if text.count("&") >= self._limits.max_form_parts:
                    raise too_many_parts(self._limits.max_form_parts)
                for name, value in URLSearchParams.from_query(text):
                    form.append(name, value)
                return form
            case _:
                raise BodyError(
                    f"The body is no form: its content type is {kind['content-type'] or 'missing'!r}, not "
                    "multipart/form-data or application/x-www-form-urlencoded."
                )

    def payload(self) -> builtins.bytes | Stream | None:
        """What a client sends as the body: bytes that are all there, or a stream, or None. The body counts as read.

        Raises ``TypeError`` when the body was already read.
        """
        if self.method in ("GET", "HEAD"):
            return None
        payload = self._content().payload()
        if isinstance(payload, builtins.bytes):
            return payload or None
        return None if self.headers.get("content-length") == "0" else payload

    def clone(self) -> Request:
        """A copy whose body can be read as well.

        Raises ``TypeError`` when the body was already read.
        """
        copy = Request(self.url, method=self.method, headers=self.headers)
        copy._limits = self._limits
        copy._connection = self._connection
        copy._signal = self._signal
        copy._body = self._content().clone()
        return copy

    def preview(self) -> Request:
        """A copy for whoever sees the request before its handler does; what is changed there is not changed here.

        Its body is the same one: what is read there is kept for this request's own reader.
        """
        copy = Request.__new__(Request)
        copy.method = self.method
        copy._connection = self._connection
        copy._limits = self._limits
        copy._url = None if self._url is None else self._url.clone()
        copy._headers = None if self._headers is None else Headers(self._headers)
        copy._cookies = copy._signal = None
        copy._body = None if self.method in ("GET", "HEAD") else Body(PreviewSource(self._content()))
        return copy

    def hand_on(self, *, url: URL | None, headers: Headers | None) -> None:
        """From now on be a request for ``url`` with ``headers``; None leaves either as it is."""
        if url is not None:
            self._url = url
        if headers is not None:
            self._headers = headers
            self._cookies = None

    def _content(self) -> Body:
        if self._body is None:
            source: Source = BytesSource(b"")
            if self._connection is not None and self.method not in ("GET", "HEAD"):
                length = self.headers.get("content-length")
                announced = int(length) if length is not None and length.isdecimal() else None
                source = LimitedSource(self._connection, self._limits.max_body_size, announced)
            self._body = Body(source)
        return self._body

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url.pathname}>"
