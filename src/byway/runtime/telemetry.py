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
from byway.http.headers import Headers
from byway.http.url import URL
from byway.version import VERSION

_CACHE_HEADER = b"x-byway-cache"
# Those that the conventions know. Clients may make up any number of others, which would be as many names of spans.
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"})


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
        name, attributes = _told(scope["method"])
        attributes |= {"url.path": scope["path"], "url.scheme": scope.get("scheme", "http")}
        with self._tracer.start_as_current_span(
            name, propagate.extract(headers), kind=trace.SpanKind.SERVER, attributes=attributes
        ) as span:
            yield RequestSpan(span, name)

    @contextmanager
    def fetch(self, method: str, url: URL) -> Generator[Span]:
        """The span of a `fetch`, or of a request that is passed on to another server."""
        name, attributes = _told(method)
        attributes["url.full"] = f"{url.origin}{url.pathname}"
        with self._tracer.start_as_current_span(
            f"fetch {name}", kind=trace.SpanKind.CLIENT, attributes=attributes
        ) as span:
            yield span

    def hand_on(self, headers: Headers) -> None:
        """Name the span at hand in ``headers`` of a request, so that the other server's span lies within it."""
        fields: dict[str, str] = {}
        propagate.inject(fields)
        if "traceparent" in fields:
            headers.delete("tracestate")  # it belongs to the traceparent that is replaced
        for name, value in fields.items():
            headers.set(name, value)

    def failed(self, error: BaseException) -> None:
        """Say in the span at hand what was raised."""
        trace.get_current_span().record_exception(error)


def _told(method: str) -> tuple[str, dict[str, str]]:
    """What a span calls ``method`` in its name, and the attributes that tell it."""
    if method in _METHODS:
        return method, {"http.request.method": method}
    return "HTTP", {"http.request.method": "_OTHER", "http.request.method_original": method}


class RequestSpan:
    """The span of one request, whose name begins with ``name``."""

    __slots__ = ("_name", "_span")

    def __init__(self, span: Span, name: str) -> None:
        self._span = span
        self._name = name

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
        self._span.update_name(f"{self._name} {pattern}")
        self._span.set_attribute("http.route", pattern)
