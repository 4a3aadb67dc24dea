"""`create_app` where Byway's own server is not: under uvicorn on asyncio's loop, and mounted in Starlette."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from byway import create_app
from byway.config import ASGIApp

from .servers import wait_for

pytestmark = pytest.mark.slow


@contextmanager
def serve(app: ASGIApp) -> Generator[str]:
    """Serve ``app`` with uvicorn in a thread, on a free port; gives its URL."""
    config = uvicorn.Config(app, port=0, loop="asyncio", log_level="warning", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    try:
        wait_for(lambda: server.started, "uvicorn")
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def marks(built: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the app's marks."""
    path = built.with_name("marks")
    monkeypatch.setenv("MARKS", str(path))
    return path


def names(marks: Path) -> list[str]:
    """The first words of the marks."""
    return [mark.split()[0] for mark in marks.read_text().splitlines()]


@pytest.fixture
def alone(built: Path, marks: Path) -> Iterator[str]:
    app = create_app(built)
    try:
        with serve(app) as url:
            yield url
    finally:
        app.app.close()


@pytest.fixture
def mounted(built: Path, marks: Path) -> Iterator[str]:
    """The app below ``/inner`` of a Starlette app."""

    async def outer(request: Request) -> PlainTextResponse:
        return PlainTextResponse("outer")

    app = create_app(built)
    try:
        with serve(Starlette(routes=[Route("/", outer), Mount("/inner", app)])) as url:
            yield url
    finally:
        app.app.close()


def test_uvicorn_serves_an_app(alone: str) -> None:
    answer = httpx2.get(f"{alone}/echo/a%2Fb/c?x=1")
    assert answer.status_code == 200
    assert answer.json() == {
        "path": ["a/b", "c"],
        "url": f"{alone}/echo/a%2Fb/c?x=1",
        "pathname": "/echo/a%2Fb/c",
    }


def test_uvicorn_runs_the_lifespan_and_waits_for_after(built: Path, marks: Path) -> None:
    app = create_app(built)
    with serve(app) as url:
        assert httpx2.get(f"{url}/slow").text == "done"
    app.app.close()
    assert names(marks) == ["started", "begun", "after", "stopped"]


def test_uvicorn_streams(alone: str) -> None:
    with httpx2.stream("GET", f"{alone}/stream") as answer:
        assert list(answer.iter_text()) == ["one ", "two ", "three"]


@pytest.mark.parametrize("path", ["/endless", "/endless/sync"])
def test_a_stream_under_uvicorn_is_closed_when_its_client_leaves(alone: str, marks: Path, path: str) -> None:
    with httpx2.stream("GET", f"{alone}{path}") as answer:
        chunks = answer.iter_text()
        assert next(chunks) == "tick\n"
    wait_for(lambda: "stream closed" in marks.read_text(), "the generator to be closed")


def test_uvicorn_uploads(alone: str) -> None:
    answer = httpx2.post(f"{alone}/upload", files={"file": ("a.bin", b"x" * 3_000_000)})
    assert answer.json()[0]["size"] == 3_000_000


def test_a_body_that_is_too_large_is_refused_under_uvicorn(alone: str) -> None:
    answer = httpx2.post(f"{alone}/body", content=b"x" * (9 << 20), headers={"accept": "application/json"})
    assert answer.status_code == 413
    assert "Config(max_body_size=…)" in answer.json()["detail"]


def test_cookies_are_kept_apart_under_uvicorn(alone: str) -> None:
    assert len(httpx2.post(f"{alone}/cookies").headers.get_list("set-cookie")) == 2


def test_a_mounted_app_answers_below_its_path_and_knows_it(mounted: str) -> None:
    assert httpx2.get(mounted).text == "outer"
    answer = httpx2.get(f"{mounted}/inner/echo/a%2Fb?x=1")
    assert answer.json() == {
        "path": ["a/b"],
        "url": f"{mounted}/inner/echo/a%2Fb?x=1",
        "pathname": "/echo/a%2Fb",
    }


def test_a_mounted_app_redirects_below_its_path(mounted: str) -> None:
    answer = httpx2.get(f"{mounted}/inner/echo//a/")
    assert (answer.status_code, answer.headers["location"]) == (308, "/inner/echo/a")


def test_a_mounted_app_starts_at_its_first_request_and_does_its_after_work(mounted: str, marks: Path) -> None:
    assert not marks.exists()
    assert httpx2.get(f"{mounted}/inner/slow").text == "done"
    wait_for(lambda: names(marks) == ["started", "begun", "after"], "the work after the answer")


def test_an_unknown_path_below_the_mount_is_byways_404(mounted: str) -> None:
    answer = httpx2.get(f"{mounted}/inner/nowhere", headers={"accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
