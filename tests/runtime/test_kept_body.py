"""The bodies of kept answers: read to their end, closed, and no larger than they may be."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from byway.http.body import BodyInit
from byway.http.request import Request
from byway.http.response import Response
from byway.runtime import kept_body
from byway.runtime.kept_body import read_body
from byway.runtime.work import Work

from ..support import loaded, write_app


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Work]:
    """A request for an app without routes."""
    write_app(tmp_path, {"app/.keep": ""})
    with loaded(tmp_path) as application:
        yield Work(application.app, Request("http://localhost/"))
        application.app.threads.close()


def read(work: Work, body: BodyInit) -> bytes:
    return asyncio.run(read_body(work, Response(body)))


class Chunks:
    """A stream, sync or async, that tells in which threads it ran and whether it was closed."""

    def __init__(self, *chunks: str | bytes) -> None:
        self.chunks = chunks
        self.threads: set[threading.Thread] = set()
        self.is_closed = False

    def sync(self) -> Iterator[str | bytes]:
        try:
            for chunk in self.chunks:
                self.threads.add(threading.current_thread())
                yield chunk
        finally:
            self.is_closed = True

    async def asynchronous(self) -> AsyncIterator[str | bytes]:
        try:
            for chunk in self.chunks:
                yield chunk
        finally:
            self.is_closed = True


def test_bodies_of_all_kinds_are_read_to_their_end(work: Work) -> None:
    assert read(work, None) == b""
    assert read(work, "ü") == "ü".encode()
    assert read(work, ["a", b"b", ""]) == b"ab"
    assert read(work, Chunks("a", b"b").sync()) == b"ab"
    assert read(work, Chunks("a", b"", b"b").asynchronous()) == b"ab"


def test_a_sync_stream_is_read_in_a_worker_thread(work: Work) -> None:
    chunks = Chunks("a", "b")
    read(work, chunks.sync())
    (thread,) = chunks.threads
    assert thread is not threading.main_thread()


@pytest.mark.parametrize("kind", ["sync", "asynchronous"])
def test_a_body_that_is_too_large_is_an_error_and_is_closed(
    work: Work, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_body, "LARGEST_BODY", 2**20)
    half, chunks = bytes(2**19), Chunks(bytes(2**19), bytes(2**19), b"x", b"not read")
    assert len(read(work, half + half)) == 2**20
    with pytest.raises(ValueError, match=r"^The answer is larger than 1 MB, so it cannot be kept\.$"):
        read(work, getattr(chunks, kind)())
    assert chunks.is_closed
    with pytest.raises(ValueError, match="larger than 1 MB"):
        read(work, half + half + b"x")


def test_a_stream_that_never_waits_lets_a_time_limit_strike(work: Work) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b""

    async def main() -> None:
        async with asyncio.timeout(0.01):
            await read_body(work, Response(endless()))

    with pytest.raises(TimeoutError):
        asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "asynchronous"])
def test_a_chunk_that_is_neither_text_nor_bytes_is_an_error(work: Work, kind: str) -> None:
    chunks = Chunks("a", 5)
    with pytest.raises(TypeError, match="yielded int"):
        read(work, getattr(chunks, kind)())
    assert chunks.is_closed
