"""Requests as ``fetch()`` sends them, and responses as it gives them back; nothing here touches the network.

What the Web's ``fetch`` has rules for is done here: which requests there are, and what a redirect makes of one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass
from functools import partial

from msgspec import UNSET, UnsetType

from byway.http.blob import Blob, File
from byway.http.body import BodyInit, Stream, extract, to_bytes
from byway.http.forms import FormData, new_boundary, stream_multipart
from byway.http.headers import Headers, HeadersInit, RawHeaders
from byway.http.json import encode
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL

_METHOD = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Z]+")
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})

# Headers that speak of a connection, not of what is sent over it.
CONNECTION_HEADERS = frozenset(
    {b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
# As in browsers, these are the client's own matter; a request that is handed on to another server brings its own along.
_CLIENT_HEADERS = frozenset({b"accept-encoding", b"expect", b"host"})
_BODY_HEADERS = frozenset(
    {b"content-encoding", b"content-language", b"content-length", b"content-location", b"content-type"}
)
_SECRET_HEADERS = frozenset({b"authorization", b"cookie", b"proxy-authorization"})


class FetchError(OSError):
    """A fetch that got no answer, or lost it in the middle. The message names method, URL (without its query, which may
    hold secrets) and cause; ``__cause__`` is the error underneath.
    """


class FetchTimeout(FetchError, TimeoutError):
    """A fetch whose server kept silent for too long; also a ``TimeoutError``."""


@dataclass(frozen=True, slots=True)
class PreparedRequest:
    """A request as it will be sent, but for the headers that a client adds of its own.

    ``url`` is absolute, http or https. A ``body`` that is bytes, or a stream that can be iterated over again, is sent
    once more when a redirect asks for it.
    """

    method: str
    url: URL
    headers: Headers
    body: bytes | Stream | None = None

    @property
    def label(self) -> str:
        """Method and URL for messages and logs; the query is left out, as it may hold secrets."""
        return f"{self.method} {self.url.origin}{self.url.pathname}"

    async def content_length(self) -> int | None:
        """How many bytes a streamed body is, when it can tell; None for one that cannot, for bytes, for no body."""
        if isinstance(self.body, Blob):
            return self.body.size
        return await self.body.length() if isinstance(self.body, _Multipart) else None

    def content(self) -> bytes | AsyncIterator[bytes] | None:
        """The body as it is sent, from its beginning."""
        body = self.body
        return body if body is None or isinstance(body, bytes) else _as_bytes(body)


class FetchedResponse(Response):
    """The answer to a fetch. Its body streams from the network, no faster than it is read.

    The connection is free again once the body is read, or closed, or failed, or once nobody refers to the response.
    """

    __slots__ = ("redirected", "url")

    def __init__(
        self,
        body: BodyInit = None,
        *,
        status: int = 200,
        status_text: str | None = None,
        headers: HeadersInit = None,
        url: str = "",
        redirected: bool = False,
    ) -> None:
        super().__init__(body, status=status, status_text=status_text, headers=headers)
        self.url = url
        self.redirected = redirected

    @classmethod
    def replayed(
        cls, status: int, headers: RawHeaders, body: bytes | Stream | None, url: str, redirected: bool
    ) -> FetchedResponse:
        """An answer of ready parts, which are not checked, as from a cache; see `Response.from_raw`.

        ``body`` may be a stream as well.
        """
        if body is None or isinstance(body, bytes):
            response = cls.from_raw(status, headers, body)
        else:
            response = cls.from_raw(status, headers, None)
            response._stream = body
        response.url = url
        response.redirected = redirected
        return response


def build_request(
    url: str | URL | Request,
    *,
    method: str | None = None,
    headers: HeadersInit = None,
    body: BodyInit = None,
    json: object | UnsetType = UNSET,
) -> PreparedRequest:
    """The request that ``fetch(url, …)`` sends.

    ``json`` is written as ``Response.json`` writes it. The body of a ``Request`` is taken over, so it cannot be read
    any more; what is given beside a ``Request`` replaces what it has. As in browsers, headers that speak of the
    connection are left out: Host, Connection, Transfer-Encoding, Accept-Encoding and their like; Content-Length is kept
    for a streamed body only.

    Raises ``ValueError`` for a URL that is relative, holds a password or is neither http nor https, for an unknown
    method and for a body with GET or HEAD; ``TypeError`` for ``body`` together with ``json``, for a body that cannot be
    sent and for one that was already read.
    """
    given = url if isinstance(url, Request) else None
    target = _target(url.url if isinstance(url, Request) else url)
    method = _checked_method(method or (given.method if given is not None else "GET"))
    raw = (given.headers if given is not None and headers is None else Headers(headers)).raw
    content: bytes | Stream | None = None
    content_type: bytes | None = None
    if json is not UNSET:
        if body is not None:
            raise TypeError("fetch() takes body= or json=, not both.")
        content, content_type = encode(json), b"application/json"
    elif isinstance(body, FormData):
        content = _Multipart(body)
        content_type = b"multipart/form-data; boundary=" + content.boundary.encode()
    elif body is not None:
        data, stream, content_type = extract(body)
        content = data if stream is None else stream
    if content is not None:
        if method in ("GET", "HEAD"):
            raise ValueError(f'A {method} request cannot have a body: give method="POST" or another one.')
        if given is not None and headers is None:
            raw = [pair for pair in raw if pair[0] not in _BODY_HEADERS]
    elif given is not None and method not in ("GET", "HEAD"):
        content = given.payload()
    kept = _without_connection_headers(raw, has_stream=content is not None and not isinstance(content, bytes))
    if content_type is not None and not any(name == b"content-type" for name, _ in kept):
        kept.append((b"content-type", content_type))
    return PreparedRequest(method, target, Headers.from_raw(kept), content)


def _target(url: str | URL) -> URL:
    target = URL(str(url) if isinstance(url, URL) else url)  # a URL of the app's loses its base path: it is sent whole
    if target.protocol not in ("http:", "https:"):
        raise ValueError(f'fetch() speaks http and https, not "{target.protocol}" as in "{target.href}".')
    if target.username or target.password:
        raise ValueError(
            f'fetch() takes no user name or password in a URL ("{target.protocol}//…@{target.host}"): '
            'send them in a header, headers={"authorization": …}.'
        )
    return target


def _checked_method(method: str) -> str:
    method = method.upper()
    if not _METHOD.fullmatch(method) or method in _FORBIDDEN_METHODS:
        raise ValueError(f"fetch() cannot send the method {method!r}.")
    return method


def connection_headers(raw: RawHeaders) -> frozenset[bytes]:
    """The names of headers that speak of the connection: those that always do, and those that ``raw`` says do."""
    named = {name.strip().lower() for known, value in raw if known == b"connection" for name in value.split(b",")}
    return CONNECTION_HEADERS | named


def _without_connection_headers(raw: RawHeaders, *, has_stream: bool) -> RawHeaders:
    left_out = _CLIENT_HEADERS | connection_headers(raw)
    return [
        (name, value)
        for name, value in raw
        if name not in left_out and (name != b"content-length" or (has_stream and value.isdigit()))
    ]


class _Multipart:
    """A form as ``multipart/form-data``, which can be sent more than once."""

    __slots__ = ("_form", "boundary")

    def __init__(self, form: FormData) -> None:
        self._form = form
        self.boundary = new_boundary()

    def __aiter__(self) -> AsyncIterator[bytes]:
        return stream_multipart(self._form, self.boundary)

    async def length(self) -> int:
        """How many bytes it is, without reading the files."""
        hollow, total = FormData(), 0
        for name, value in self._form:
            if isinstance(value, File):
                total += value.size
                value = File(b"", value.name, value.type)
            hollow.append(name, value)
        return total + sum([len(chunk) async for chunk in stream_multipart(hollow, self.boundary)])


async def _as_bytes(stream: Stream) -> AsyncIterator[bytes]:
    if isinstance(stream, AsyncIterable):
        async for chunk in stream:
            yield to_bytes(chunk)
    elif isinstance(stream, Iterator):
        # Whoever writes a sync generator may well wait for a disk in it.
        step = partial(next, stream, None)
        while (chunk := await asyncio.to_thread(step)) is not None:
            yield to_bytes(chunk)
    else:
        for chunk in stream:
            yield to_bytes(chunk)


def redirected_request(request: PreparedRequest, status: int, location: str) -> PreparedRequest:
    """The request that follows when ``request`` is answered with ``status`` and ``location``.

    Raises ``FetchError`` when the redirect cannot be followed.
    """

    def refused(why: str) -> FetchError:
        return FetchError(f"{request.label} was redirected (status {status}) {why}.")

    try:
        url = URL(location, request.url)
    except ValueError:
        raise refused(f"to {location!r}, which is no URL") from None
    if url.protocol not in ("http:", "https:"):
        raise refused(f'to a URL that begins with "{url.protocol}", not with http: or https:')
    if url.username or url.password:
        raise refused("to a URL that holds a user name or password")
    method, body, left_out = request.method, request.body, frozenset[bytes]()
    if (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST"):
        method, body, left_out = "GET", None, _BODY_HEADERS
    elif isinstance(body, (Iterator, AsyncIterator)):
        raise refused("and wants the body once more, but an iterator runs once: give bytes, or fetch the final URL")
    if url.origin != request.url.origin:
        left_out |= _SECRET_HEADERS
    headers = Headers.from_raw([pair for pair in request.headers.raw if pair[0] not in left_out])
    return PreparedRequest(method, url, headers, body)
