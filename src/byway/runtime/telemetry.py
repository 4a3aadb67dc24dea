"""OpenTelemetry: a span for each request and for each `fetch`, when somebody collects them.

Nothing happens unless ``opentelemetry-api`` is installed and a tracer provider is set, as a rule by the ``register()``
of ``instrumentation.py``. Names and attributes follow OpenTelemetry's conventions for HTTP; ``byway.cache`` tells the
state of the cache: HIT, STALE or MISS.

Implements the documents' guide to OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from byway.version import VERSION

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

try:
    from opentelemetry import propagate, trace
except ImportError:
    trace = None  # type: ignore[assignment, unused-ignore]


def find_telemetry() -> Telemetry | None:
    """What makes spans; None when nobody would see them."""
    if trace is None or isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return None
    return Telemetry(trace.get_tracer("byway", VERSION))


class Telemetry:
    """Makes spans with a ``tracer``."""

    __slots__ = ("_tracer",)

    def __init__(self, tracer: Tracer) -> None:
        self._tracer = tracer

    @contextmanager
    def request(self, method: str, path: str, headers: Mapping[str, str]) -> Iterator[Span]:
        """The span of a request that came in, as a part of the trace that its ``headers`` name."""
        attributes = {"http.request.method": method, "url.path": path}
        with self._tracer.start_as_current_span(
            method, propagate.extract(headers), kind=trace.SpanKind.SERVER, attributes=attributes
        ) as span:
            yield span

    @contextmanager
    def fetch(self, method: str, url: str) -> Iterator[Span]:
        """The span of a `fetch`. What the URL has of credentials is left out."""
        with self._tracer.start_as_current_span(
            f"fetch {method}",
            kind=trace.SpanKind.CLIENT,
            attributes={"http.request.method": method, "url.full": url},
        ) as span:
            yield span


def describe(span: Any, method: str, route: str | None, status: int, cache: str | None) -> None:
    """Say in ``span`` which ``route`` has answered, and how."""
    span.set_attribute("http.response.status_code", status)
    if route is not None:
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
    if cache is not None:
        span.set_attribute("byway.cache", cache)
    if status >= 500:
        span.set_status(trace.StatusCode.ERROR)
