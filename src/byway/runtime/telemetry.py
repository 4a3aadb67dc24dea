"""OpenTelemetry: a span for each request and for each `fetch`, when somebody collects them.

This module is only imported when something else has imported OpenTelemetry: see `App.start`. Nothing happens unless a
tracer provider is set, as a rule by the ``register()`` of ``instrumentation.py``. Names and attributes follow
OpenTelemetry's conventions for HTTP; ``byway.cache`` tells the state of the cache: HIT, STALE or MISS. No query, cookie
or other header stands in a span.

Implements the documents' guide to OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.trace import Span, Tracer

from byway.config import Message, Scope, Send
from byway.http.url import URL
from byway.version import VERSION

_CACHE_HEADER = b"x-byway-cache"


def find_telemetry() -> Telemetry | None:
    """What makes spans; None when nobody would see them."""
    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return Telemetry(trace.get_tracer("byway", VERSION))


class Telemetry:
    """Makes spans with a ``tracer``."""

    __slots__ = ("_tracer",)

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def request(self, scope: Scope) -> Generator[RequestSpan]:
        """The span of the ASGI request ``scope``, as a part of the trace that its headers name."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method: str = scope["method"]
        with self._tracer.start_as_current_span(
            method,
            propagate.extract(headers),
            kind=trace.SpanKind.SERVER,
            attributes={"http.request.method": method, "url.path": scope["path"], "url.scheme": scope["scheme"]},
        ) as span:
            yield RequestSpan(span, method)

    @contextmanager
    def fetch(self, method: str, url: URL) -> Generator[Span]:
        """The span of a `fetch`."""
        attributes = {"http.request.method": method, "url.full": f"{url.origin}{url.pathname}"}
        with self._tracer.start_as_current_span(
            f"fetch {method}", kind=trace.SpanKind.CLIENT, attributes=attributes
        ) as span:
            yield span

    def failed(self, error: BaseException) -> None:
        """Say in the span at hand what was raised."""
        trace.get_current_span().record_exception(error)


class RequestSpan:
    """The span of one request."""

    __slots__ = ("_method", "_span")

    def __init__(self, span: Span, method: str) -> None:
        self._span = span
        self._method = method

    def watching(self, send: Send) -> Send:
        """``send``, which tells the span how the request was answered."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._answered(message)
            await send(message)

        return watched

    def _answered(self, start: Message) -> None:
        status: int = start["status"]
        self._span.set_attribute("http.response.status_code", status)
        for name, value in start["headers"]:
            if name == _CACHE_HEADER:
                self._span.set_attribute("byway.cache", value.decode("latin-1"))
        if status >= 500:
            self._span.set_status(trace.StatusCode.ERROR)

    def routed(self, pattern: str) -> None:
        """Name the span by the route that has answered."""
        self._span.update_name(f"{self._method} {pattern}")
        self._span.set_attribute("http.route", pattern)
