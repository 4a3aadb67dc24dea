"""A kept fetch is sent for all who wait: what is one caller's own, and what all get."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import pytest

from byway.fetch import FetchTimeout, fetch
from byway.http.abort import AbortSignal
from byway.http.response import Response

from .conftest import Inside

T = TypeVar("T")

LARGE = 12 * 1024 * 1024


class Left(Exception):
    """The reason of a signal."""


class Upstream:
    """A server that sends ``head``, and after ``gate`` ``body``; it never answers the first ``deaf`` requests."""

    def __init__(self, *, status: str = "200 OK", head: str = "", body: bytes = b"hello", deaf: int = 0) -> None:
        self.head = f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{head}\r\n".encode()
        self.body = body
        self.deaf = deaf
        self.url = ""
        self.calls = 0
        self.connections: set[asyncio.Task[None]] = set()
        self.gate = asyncio.Event()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.connections.add(task)
        try:
            with suppress(asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
                while await reader.readuntil(b"\r\n\r\n"):
                    self.calls += 1
                    if self.calls > self.deaf:
                        writer.write(self.head)
                        await until(lambda: self.gate.is_set() or reader.at_eof())
                        writer.write(self.body)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.connections.discard(task)

    async def tell(self, code: Callable[[Upstream], Awaitable[T]]) -> T:
        """What ``code`` gives while the server runs."""
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with asyncio.timeout(20):
            try:
                return await code(self)
            finally:
                server.close()
                while self.connections:
                    for connection in self.connections:
                        connection.cancel()
                    await asyncio.wait(self.connections)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


async def ask(upstream: Upstream, signal: AbortSignal | None = None, timeout: float = 20.0) -> Response:
    return await fetch(upstream.url, revalidate=60, signal=signal, timeout=timeout)


async def text(upstream: Upstream, signal: AbortSignal | None = None, timeout: float = 20.0) -> str:
    return await (await ask(upstream, signal, timeout)).text()


def test_who_leaves_does_not_end_the_fetch_for_those_who_wait_for_it(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.head, head = b"", upstream.head
        upstream.body = head + upstream.body
        signal = AbortSignal()
        first = asyncio.create_task(text(upstream, signal))
        await until(lambda: upstream.calls == 1)
        second = asyncio.create_task(text(upstream))
        await asyncio.sleep(0)
        signal.abort(Left("the first"))
        with pytest.raises(Left, match="the first"):
            await first
        upstream.gate.set()
        assert await second == await text(upstream) == "hello"
        assert upstream.calls == 1

    inside(lambda: Upstream().tell(code))


def test_who_waits_for_anothers_fetch_may_leave_by_itself(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        signal = AbortSignal()
        first = asyncio.create_task(text(upstream))
        await until(lambda: upstream.calls == 1)
        second = asyncio.create_task(text(upstream, signal))
        await asyncio.sleep(0.01)
        assert not second.done()
        signal.abort(Left("the second"))
        with pytest.raises(Left, match="the second"):
            await second
        upstream.gate.set()
        assert await first == "hello"

    inside(lambda: Upstream().tell(code))


def test_who_has_left_already_sends_nothing(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        signal = AbortSignal()
        signal.abort(Left("long ago"))
        with pytest.raises(Left, match="long ago"):
            await ask(upstream, signal)
        await asyncio.sleep(0.01)
        assert upstream.calls == 0

    inside(lambda: Upstream().tell(code))


def test_who_leaves_while_it_reads_does_not_end_what_is_kept(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        signal = AbortSignal()
        first = asyncio.create_task((await ask(upstream, signal)).text())
        second = asyncio.create_task(text(upstream))
        await asyncio.sleep(0.01)
        signal.abort(Left("in the middle"))
        with pytest.raises(Left, match="in the middle"):
            await first
        upstream.gate.set()
        assert await second == "hello"
        assert upstream.calls == 1

    inside(lambda: Upstream().tell(code))


def test_who_stays_reads_all_of_it(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.gate.set()
        assert await text(upstream, AbortSignal()) == await text(upstream, AbortSignal()) == "hello"

    inside(lambda: Upstream().tell(code))


def test_what_is_for_one_caller_alone_ends_when_that_one_leaves(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        signal = AbortSignal()
        answer = await ask(upstream, signal)
        assert (answer.status, answer.url, answer.headers.get("x-a")) == (404, upstream.url, "b")
        reading = asyncio.create_task(answer.text())
        await asyncio.sleep(0)
        signal.abort(Left("in the middle"))
        with pytest.raises(Left, match="in the middle"):
            await reading
        await until(lambda: not upstream.connections)

    inside(lambda: Upstream(status="404 Not Found", head="x-a: b\r\n").tell(code))


def test_what_is_too_large_to_keep_ends_when_its_reader_leaves(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.gate.set()
        signal = AbortSignal()
        body = (await ask(upstream, signal)).body
        assert body is not None
        read = 0
        with pytest.raises(Left, match="in the middle"):
            async for chunk in body:
                read += len(chunk)
                if read > LARGE // 6 * 5:
                    signal.abort(Left("in the middle"))
        assert LARGE // 6 * 5 < read < LARGE
        await until(lambda: not upstream.connections)

    inside(lambda: Upstream(body=bytes(LARGE)).tell(code))


def test_who_has_more_patience_than_the_one_who_sent_sends_again(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.gate.set()
        first = asyncio.create_task(text(upstream, timeout=0.2))
        await until(lambda: upstream.calls == 1)
        others = [asyncio.create_task(text(upstream)) for _ in range(3)]
        with pytest.raises(FetchTimeout, match=r"nothing for 0\.2 seconds"):
            await first
        assert await asyncio.gather(*others) == ["hello"] * 3
        assert upstream.calls == 2

    inside(lambda: Upstream(deaf=1).tell(code))


def test_who_has_no_more_patience_gives_up_with_the_one_who_sent(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        first = asyncio.create_task(text(upstream, timeout=0.2))
        await until(lambda: upstream.calls == 1)
        second = asyncio.create_task(text(upstream, timeout=0.2))
        for one in (first, second):
            with pytest.raises(FetchTimeout, match=r"nothing for 0\.2 seconds"):
                await one
        assert upstream.calls == 1

    inside(lambda: Upstream(deaf=1).tell(code))


def test_a_caller_that_is_cancelled_does_not_end_the_fetch(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.head, head = b"", upstream.head
        upstream.body = head + upstream.body
        first = asyncio.create_task(text(upstream))
        await until(lambda: upstream.calls == 1)
        first.cancel()
        await asyncio.wait([first])
        assert first.cancelled()
        upstream.gate.set()
        assert await text(upstream) == "hello"
        assert upstream.calls == 1

    inside(lambda: Upstream().tell(code))


def test_who_sends_again_for_itself_ends_that_when_it_leaves(inside: Inside) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.head, head = b"", upstream.head
        upstream.body = head + upstream.body
        signal = AbortSignal()
        first = asyncio.create_task(text(upstream))
        await until(lambda: upstream.calls == 1)
        second = asyncio.create_task(text(upstream, signal))
        await asyncio.sleep(0)
        upstream.gate.set()
        assert await first == "hello"
        upstream.gate.clear()
        await until(lambda: upstream.calls == 2)
        signal.abort(Left("the second"))
        with pytest.raises(Left, match="the second"):
            await second
        await until(lambda: len(upstream.connections) == 1)  # that of the first is kept

    inside(lambda: Upstream(status="404 Not Found").tell(code))


def test_a_body_that_fails_is_told_to_its_reader_alone(inside: Inside, caplog: pytest.LogCaptureFixture) -> None:
    async def code(upstream: Upstream) -> None:
        answer = await ask(upstream, timeout=0.05)
        with pytest.raises(FetchTimeout, match=r"nothing for 0\.05 seconds"):
            await answer.text()
        await asyncio.sleep(0.01)
        gc.collect()
        assert not caplog.records

    inside(lambda: Upstream().tell(code))


def test_nobody_gets_the_cookies_of_a_kept_answer(inside: Inside, caplog: pytest.LogCaptureFixture) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.gate.set()
        for path in ("a", "a", "b?secret", "b"):
            answer = await fetch(f"{upstream.url}{path}", revalidate=60)
            assert answer.headers.get_all("set-cookie") == []
            assert answer.headers.get("x-a") == "b"
            assert await answer.text() == "hello"
        assert upstream.calls == 3
        assert [record.getMessage() for record in caplog.records if record.name == "byway.fetch"] == [
            f"The answer to GET {upstream.url}{path} sets a cookie, but it is kept and given to everyone, so the "
            'cookie is left out. To get it, write cache="no-store".'
            for path in ("a", "b")
        ]

    caplog.set_level(logging.INFO, "byway.fetch")
    inside(lambda: Upstream(head="set-cookie: a=1\r\nx-a: b\r\nset-cookie: b=2\r\n").tell(code))


@pytest.mark.parametrize(("status", "revalidate"), [("404 Not Found", 60), ("200 OK", 0)])
def test_an_answer_that_is_not_kept_has_its_cookies(inside: Inside, status: str, revalidate: float) -> None:
    async def code(upstream: Upstream) -> None:
        upstream.gate.set()
        answer = await fetch(upstream.url, revalidate=revalidate)
        assert answer.headers.get_all("set-cookie") == ["a=1", "b=2"]

    inside(lambda: Upstream(status=status, head="set-cookie: a=1\r\nset-cookie: b=2\r\n").tell(code))
