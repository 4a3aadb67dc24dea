"""OpenTelemetry: which spans there are, and what they say."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from byway.http.outgoing import PreparedRequest
from byway.runtime import telemetry
from byway.server import Response
from byway.testing import Client, FetchStub
from tests.support import route, write_app


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Collects the spans of the apps that are started meanwhile."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    def get_tracer(*_: object) -> trace.Tracer:
        return provider.get_tracer("byway")

    monkeypatch.setattr(trace, "get_tracer", get_tracer)
    yield exporter
    provider.shutdown()


def told(span: ReadableSpan) -> tuple[str, dict[str, Any]]:
    return span.name, dict(span.attributes or {})


def spans_of(exporter: InMemorySpanExporter, root: Path, files: dict[str, str], *paths: str) -> list[ReadableSpan]:
    with Client(write_app(root, files)) as client:
        for path in paths:
            client.get(path, headers={"cookie": "secret=1"})
    return list(exporter.get_finished_spans())


def test_a_request_has_a_span_with_its_route_and_its_status(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    files = {"app/items/[id]/route.py": route("async def GET(): return Response('x', status=201)")}
    [span] = spans_of(exporter, tmp_path, files, "/items/7?token=secret")
    assert span.kind is trace.SpanKind.SERVER
    assert told(span) == (
        "GET /items/[id]",
        {
            "http.request.method": "GET",
            "url.path": "/items/7",
            "url.scheme": "http",
            "http.route": "/items/[id]",
            "http.response.status_code": 201,
        },
    )


def test_it_tells_the_state_of_the_cache_however_it_was_answered(
    tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    files = {"app/route.py": route("revalidate = 60\nasync def GET(): return Response('x')")}
    spans = spans_of(exporter, tmp_path, files, "/", "/", "/")
    assert [(span.name, (span.attributes or {})["byway.cache"]) for span in spans] == [("GET /", "HIT")] * 3


def test_what_no_route_answers_has_a_span_with_its_method(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    [span] = spans_of(exporter, tmp_path, {"app/route.py": route("def GET(): ...")}, "/nowhere")
    assert (span.name, (span.attributes or {})["http.response.status_code"]) == ("GET", 404)


def test_what_a_handler_raises_is_in_its_span(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    [span] = spans_of(exporter, tmp_path, {"app/route.py": route("async def GET(): 1 / 0")}, "/")
    assert span.status.status_code is trace.StatusCode.ERROR
    assert [(event.attributes or {})["exception.type"] for event in span.events] == ["ZeroDivisionError"]


def test_a_span_belongs_to_the_trace_that_the_client_names(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    with Client(write_app(tmp_path, {"app/route.py": route("async def GET(): return Response('')")})) as client:
        client.get("/", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    [span] = exporter.get_finished_spans()
    assert span.context is not None
    assert trace.format_trace_id(span.context.trace_id) == trace_id


def test_a_fetch_has_a_span_within_that_of_its_request(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    stub = FetchStub()
    stub.on("https://api.test/a", Response.json([]))
    handler = route("async def GET():\n    await byway.fetch('https://api.test/a?key=secret')\n    return Response('')")
    with Client(write_app(tmp_path, {"app/route.py": handler}), fetch=stub) as client:
        client.get("/")
    fetched, request = exporter.get_finished_spans()
    assert told(fetched) == (
        "fetch GET",
        {"http.request.method": "GET", "url.full": "https://api.test/a", "http.response.status_code": 200},
    )
    assert fetched.parent is not None
    assert request.context is not None
    assert fetched.parent.span_id == request.context.span_id


def test_methods_that_nobody_knows_make_no_names_of_spans(tmp_path: Path, exporter: InMemorySpanExporter) -> None:
    with Client(write_app(tmp_path, {"app/route.py": route("def GET(): return Response('')")})) as client:
        client.request("BREW", "/")
        client.request("PATCH", "/")
    brew, patch = [told(span) for span in exporter.get_finished_spans()]
    assert (brew[0].partition(" ")[0], patch[0].partition(" ")[0]) == ("HTTP", "PATCH")
    assert (brew[1]["http.request.method"], brew[1]["http.request.method_original"]) == ("_OTHER", "BREW")
    assert patch[1]["http.request.method"] == "PATCH"
    assert "http.request.method_original" not in patch[1]


def test_a_scope_without_a_scheme_is_http(exporter: InMemorySpanExporter) -> None:
    found = telemetry.find_telemetry()
    assert found is not None
    with found.request({"type": "http", "method": "GET", "path": "/", "headers": []}):
        pass
    [span] = exporter.get_finished_spans()
    assert (span.attributes or {})["url.scheme"] == "http"


def test_a_request_that_is_passed_on_has_a_span_of_which_the_other_server_is_told(
    tmp_path: Path, exporter: InMemorySpanExporter
) -> None:
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    config = """
        from byway import Config
        config = Config(rewrites=lambda: {"fallback": [{"source": "/up", "destination": "https://api.test/a?k=secret"}]})
        """
    told_of: list[str | None] = []

    def answer(request: PreparedRequest) -> Response:
        told_of.append(request.headers.get("traceparent"))
        return Response("x", status=418)

    stub = FetchStub()
    stub.on("https://api.test/a?k=secret", answer)
    stub.on("https://api.test/b", answer)
    handler = route("async def GET():\n    await byway.fetch('https://api.test/b')\n    return Response('')")
    files = {"byway_config.py": config, "app/own/route.py": handler}
    with Client(write_app(tmp_path, files), fetch=stub) as client:
        client.get("/up", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
        client.get("/own")
    passed_on, request, *_ = exporter.get_finished_spans()
    assert told(passed_on) == (
        "fetch GET",
        {"http.request.method": "GET", "url.full": "https://api.test/a", "http.response.status_code": 418},
    )
    assert passed_on.kind is trace.SpanKind.CLIENT
    assert passed_on.parent is not None
    assert request.context is not None
    assert passed_on.context is not None
    assert passed_on.parent.span_id == request.context.span_id
    assert told_of == [f"00-{trace_id}-{trace.format_span_id(passed_on.context.span_id)}-01", None]


def test_without_a_provider_there_is_none(tmp_path: Path) -> None:
    assert telemetry.find_telemetry() is None
    with Client(write_app(tmp_path, {"app/route.py": route("async def GET(): return Response('x')")})) as client:
        assert client.get("/").text == "x"


def test_without_the_package_nothing_of_it_is_looked_for(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "sys.modules['opentelemetry'] = None\n"
        "from byway.testing import Client\n"
        f"with Client({str(tmp_path)!r}) as client:\n"
        "    assert client.get('/').text == 'x'"
    )
    write_app(tmp_path, {"app/route.py": route("async def GET(): return Response('x')")})
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_register_may_set_the_provider(tmp_path: Path) -> None:
    files = {
        "app/route.py": route("async def GET(): return Response('x')"),
        "instrumentation.py": """
            from opentelemetry import trace
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor


            def register() -> None:
                provider = TracerProvider()
                provider.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
                trace.set_tracer_provider(provider)
            """,
        "main.py": "from byway.testing import Client\nwith Client('.') as client:\n    client.get('/')\n",
    }
    command = [sys.executable, "main.py"]
    done = subprocess.run(command, cwd=write_app(tmp_path, files), capture_output=True, text=True, check=True)
    assert '"name": "GET /"' in done.stdout
