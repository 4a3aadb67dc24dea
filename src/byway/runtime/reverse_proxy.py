"""Passing a request on to another server, and its answer back: what a rewrite to another origin does.

Both bodies are streamed, neither faster than the other side takes it. The request goes on with its method and headers,
but for those that speak of the connection; ``Host`` is the other server's, and ``X-Forwarded-*`` say what this server
believes of the client. The answer comes back as it is: redirects are not followed, bodies stay in their encoding.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from byway.http.headers import Headers, RawHeaders
from byway.http.outgoing import (
    CONNECTION_HEADERS,
    FetchError,
    FetchTimeout,
    PreparedRequest,
    connection_headers,
)
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL
from byway.runtime.errors import answer_status
from byway.runtime.work import Work

if TYPE_CHECKING:
    from byway.http.client import HTTPClient

log = logging.getLogger("byway.proxy")

# Streams that go on for long must not keep others waiting.
_MOST_CONNECTIONS = 1000
# Besides those of the connection: what one proxy tells the next, and what the server has seen to already.
_NOT_PASSED_ON = frozenset({b"expect", b"host", b"http2-settings", b"proxy-authorization"})
# What the other server, or this one, goes by: a client that names one of these in ``Connection`` cannot take it away.
_END_TO_END = frozenset(
    {
        b"accept-encoding",
        b"authorization",
        b"baggage",
        b"cache-control",
        b"cookie",
        b"forwarded",
        b"origin",
        b"range",
        b"referer",
        b"traceparent",
        b"tracestate",
        b"user-agent",
        b"via",
        b"x-real-ip",
        b"x-request-id",
    }
)
_END_TO_END_PREFIXES = (b"content-", b"if-", b"sec-", b"x-forwarded-")
# By these the server tells of itself; what another one says in them is about that one.
_OWN_PREFIX = "x-byway-"
_MOST_ROUNDS = 3
# They would make the other server a tunnel, or have it echo what no script may see.
_REFUSED = frozenset({"CONNECT", "TRACE", "TRACK"})


class ReverseProxy:
    """Passes requests on. ``timeout`` is the seconds that the other server may keep silent."""

    __slots__ = ("_client", "_timeout")

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._client: HTTPClient | None = None

    async def pass_on(self, work: Work, url: URL) -> Response:
        """What the server at ``url`` answers to the request of ``work``.

        502 when it does not, 504 when it is silent, 508 when it is this server, again and again.

        Raises ``BodyTooLarge`` and its like, when that is what is wrong with the request.
        """
        request = work.request
        if request.method in _REFUSED:
            return answer_status(work, 400, detail="The method cannot be passed on.")
        work.endpoint = None
        # Nobody else calls itself so; and what came by here several times goes round in circles.
        name = f"byway-{work.app.build_id}"
        if ", ".join(request.headers.get_all("via")).count(name) >= _MOST_ROUNDS:
            return answer_status(work, 508, detail="This server passes the request on to itself, again and again.")
        body = await _body(request)
        # What a proxy or a middleware has set cannot be told from what the client has sent: then none of it is dropped.
        is_clients = work.app.proxy is None and work.app.config.asgi is None
        headers = _passed_on(request.headers, has_body=body is not None, is_clients=is_clients)
        headers.append("via", f"1.1 {name}")
        prepared = PreparedRequest(request.method, url, headers, body)
        try:
            response = await self._send(work, prepared)
        except FetchTimeout as error:
            return _failed(work, 504, error)
        except FetchError as error:
            return _failed(work, 502, error)
        response.headers.delete("proxy-authenticate")
        for header in [name for name in response.headers if name.startswith(_OWN_PREFIX)]:
            response.headers.delete(header)
        return response

    async def _send(self, work: Work, prepared: PreparedRequest) -> Response:
        telemetry = work.app.telemetry
        if telemetry is None:
            return await self._exchange(work, prepared)
        with telemetry.fetch(prepared.method, prepared.url) as span:
            telemetry.hand_on(prepared.headers)
            response = await self._exchange(work, prepared)
            span.set_attribute("http.response.status_code", response.status)
            return response

    async def _exchange(self, work: Work, prepared: PreparedRequest) -> Response:
        if work.app.transport is not None:
            return await work.app.transport(prepared)
        if self._client is None:
            # Imported by the first request that is passed on, for it takes a while.
            from byway.http.client import HTTPClient

            self._client = HTTPClient(max_connections=_MOST_CONNECTIONS, limited_by="Config(proxy_timeout=…)")
        return await self._client.send(
            prepared, redirect="manual", timeout=self._timeout, signal=work.request.signal, decode=False
        )

    async def aclose(self) -> None:
        """Close the connections that are kept."""
        if self._client is not None:
            await self._client.aclose()


async def _body(request: Request) -> AsyncIterator[bytes] | None:
    """The body of ``request``; None when it has none, which only its end tells."""
    if (stream := request.body) is None:
        return None
    first = await anext(stream, b"")
    return _joined(first, stream) if first else None


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _passed_on(headers: Headers, *, has_body: bool, is_clients: bool) -> Headers:
    """Those of ``headers`` that are for the other server. ``is_clients`` tells that all of them are the client's."""
    left_out = CONNECTION_HEADERS | _NOT_PASSED_ON
    if is_clients:
        left_out |= _named_by_connection(headers.raw)
    if not has_body:
        left_out |= {b"content-length"}
    return Headers.from_raw([pair for pair in headers.raw if pair[0] not in left_out])


def _named_by_connection(raw: RawHeaders) -> frozenset[bytes]:
    """The headers that the ``Connection`` of ``raw`` may take away: none on whose presence anyone relies."""
    named = connection_headers(raw)
    return frozenset([name for name in named if name not in _END_TO_END and not name.startswith(_END_TO_END_PREFIXES)])


def _failed(work: Work, status: int, error: FetchError) -> Response:
    log.error("%s Answered %d (request %s).", error, status, work.request_id)
    return answer_status(work, status)
