"""Streams: sent as fast as the client takes them, closed when it leaves, cut when they fail."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from byway.asgi import Application, StreamAborted

from ..support import Peer, call, loaded, make_scope, route, write_app

APP = {
    "seen.py": "lines = []\nimport threading\ngo = threading.Event()\nin_step = threading.Event()\n",
    "app/async/route.py": route("""
        import seen

        async def stream():
            try:
                for number in range(5):
                    seen.lines.append(number)
                    yield str(number)
            finally:
                seen.lines.append("closed")

        async def GET(): return Response(stream(), headers={"content-type": "text/x"})
    """),
    "app/waits/route.py": route("""
        import seen

        async def stream():
            try:
                yield "first"
                await asyncio.sleep(5)
            finally:
                seen.lines.append("closed")

        async def GET(): return Response(stream())

        class Iterable:
            async def __aiter__(self):
                async for chunk in stream():
                    yield chunk

        class Plain:
            closed = False
            def __aiter__(self): return self
            async def __anext__(self):
                if seen.lines:
                    await asyncio.sleep(5)
                seen.lines.append("step")
                return b"first"
            async def aclose(self): seen.lines.append("aclose")

        async def PUT(): return Response(Iterable())
        async def PATCH(): return Response(Plain())
    """),
    "app/sync/route.py": route("""
        import seen

        def stream():
            try:
                for number in range(3):
                    seen.lines.append(threading.current_thread().name.partition("_")[0])
                    yield str(number)
            finally:
                seen.lines.append("closed")

        def slow():
            try:
                yield "first"
                seen.in_step.set()
                seen.go.wait(2)
                yield "second"
            finally:
                seen.lines.append("closed")

        def GET(): return Response(stream())
        def POST(): return Response(["a", b"b", "", bytearray(b"c")])
        def PUT(): return Response(slow())
    """),
    "app/fails/route.py": route("""
        async def stream():
            yield "half"
            raise ValueError("broken")

        def sync():
            yield "half"
            raise ValueError("broken")

        async def wrong():
            yield "half"
            yield 1

        async def leaves():
            yield "half"
            not_found()

        async def cancels():
            yield "half"
            raise asyncio.CancelledError

        class Own:
            def __iter__(self): raise ValueError("broken")

        async def GET(): return Response(stream())
        async def POST(): return Response(sync())
        async def PUT(): return Response(wrong())
        async def PATCH(): return Response(leaves())
        async def DELETE(): return Response(cancels())
        async def OPTIONS(): return Response(Own())
    """),
    "app/limited/route.py": route("""
        import seen
        max_duration = 0.05

        async def stream():
            try:
                yield "first"
                await asyncio.sleep(5)
            finally:
                seen.lines.append("closed")

        async def late():
            await asyncio.sleep(5)
            yield "late"

        async def GET(): return Response(stream())
        async def POST(): return Response(late())
    """),
    "app/early/route.py": route("""
        async def stream():
            not_found()
            yield "never"

        async def GET(): return Response(stream())
    """),
    "app/cookies/route.py": route("""
        import seen

        async def stream():
            yield "first"
            try:
                cookies().set("late", "1")
            except RuntimeError as error:
                seen.lines.append(str(error))
            yield cookies().get("early").value

        async def GET():
            cookies().set("early", "1")
            return Response(stream())
    """),
    "app/signal/route.py": route("""
        import seen

        async def GET(request: Request):
            await request.signal.wait()
            seen.lines.append((request.signal.aborted, type(request.signal.reason).__name__))
            return Response("nobody reads this")

        def PUT(request: Request):
            byway.run(request.signal.wait())
            seen.lines.append("left")
            return Response("nobody reads this")

        async def POST(request: Request):
            signal = request.signal
            await asyncio.sleep(0.01)
            body = await request.text()
            return Response(f"{body} {signal.aborted}")

        async def DELETE(request: Request):
            signal = request.signal
            after(lambda: seen.lines.append(signal.aborted))
            return Response("x")
    """),
    "app/echo/route.py": route("""
        async def POST(request: Request):
            request.signal
            return Response(request.body)
    """),
}


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    with loaded(write_app(tmp_path, APP)) as application:
        yield application


def seen() -> list[Any]:
    found: list[Any] = sys.modules["seen"].lines
    return found


def begin(application: Application, path: str, method: str = "GET") -> tuple[Peer, asyncio.Task[None]]:
    peer = Peer(make_scope(path, method))
    return peer, asyncio.create_task(application(peer.scope, peer.receive, peer.send))  # type: ignore[arg-type]


async def ended(task: asyncio.Task[None]) -> None:
    async with asyncio.timeout(2):
        await task


def test_a_stream_is_sent_chunk_by_chunk_and_closed(application: Application) -> None:
    peer = asyncio.run(call(application, "/async"))
    assert (peer.status, peer.headers) == (200, [("content-type", "text/x"), ("vary", "accept-encoding")])
    assert peer.chunks == [b"0", b"1", b"2", b"3", b"4"]
    assert peer.is_complete
    assert seen()[-1] == "closed"


def test_no_chunk_is_made_before_the_client_took_the_one_before(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/async")
        await peer.until(1)
        peer.takes.clear()
        await asyncio.sleep(0.02)
        made = len(seen())
        assert made <= len(peer.chunks) + 1
        peer.takes.set()
        await ended(task)
        assert len(peer.chunks) == 5

    asyncio.run(main())


def test_a_stream_is_closed_when_the_client_leaves(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/waits")
        await peer.until(2)
        peer.leave()
        await ended(task)
        assert seen() == ["closed"]

    asyncio.run(main())


def test_a_stream_that_waits_for_a_slow_client_is_closed_when_it_leaves(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/waits")
        peer.takes.clear()
        await asyncio.sleep(0.01)
        peer.leave()
        await asyncio.sleep(0.01)
        peer.takes.set()
        await ended(task)
        assert seen() in (["closed"], [])

    asyncio.run(main())


def test_an_iterable_whose_iterator_is_a_generator_is_closed_when_the_client_leaves(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/waits", "PUT")
        await peer.until(2)
        peer.leave()
        await ended(task)
        assert seen() == ["closed"]

    asyncio.run(main())


def test_an_iterator_of_ones_own_is_closed_when_it_can_be(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/waits", "PATCH")
        await peer.until(2)
        peer.leave()
        await ended(task)
        assert seen() == ["step", "aclose"]

    asyncio.run(main())


def test_a_sync_iterator_takes_each_step_in_a_worker_thread(application: Application) -> None:
    peer = asyncio.run(call(application, "/sync"))
    assert peer.chunks == [b"0", b"1", b"2"]
    assert seen() == ["byway", "byway", "byway", "closed"]
    assert asyncio.run(call(application, "/sync", "POST")).chunks == [b"a", b"b", b"c"]


def test_a_sync_generator_is_closed_after_the_step_it_is_in(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        peer, task = begin(application, "/sync", "PUT")
        await peer.until(2)
        await asyncio.to_thread(sys.modules["seen"].in_step.wait, 2)
        peer.leave()
        await asyncio.sleep(0.01)
        sys.modules["seen"].go.set()
        await ended(task)
        for _ in range(100):
            if seen():
                break
            await asyncio.sleep(0.005)
        assert seen() == ["closed"]

    asyncio.run(main())
    assert "already executing" not in caplog.text


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_an_error_in_the_middle_cuts_the_connection(
    application: Application, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    async def main() -> None:
        peer, task = begin(application, "/fails", method)
        with pytest.raises(StreamAborted, match=f"The stream of {method} /fails failed: the connection is cut."):
            await ended(task)
        assert peer.chunks == [b"half"]
        assert not peer.is_complete

    asyncio.run(main())
    assert f"The stream of {method} /fails failed after its answer had begun (request " in caplog.text


def test_an_error_before_the_first_chunk_is_a_500(application: Application, caplog: pytest.LogCaptureFixture) -> None:
    peer = asyncio.run(call(application, "/fails", "OPTIONS"))
    assert (peer.status, peer.is_complete) == (500, True)
    assert "OPTIONS /fails failed (request " in caplog.text


def test_control_flow_before_the_first_chunk_acts_as_in_the_handler(application: Application) -> None:
    peer = asyncio.run(call(application, "/early"))
    assert (peer.status, peer.chunks, peer.is_complete) == (404, [], True)


def test_max_duration_before_the_first_chunk_is_a_504(application: Application) -> None:
    assert asyncio.run(call(application, "/limited", "POST")).status == 504


def test_a_stream_beyond_max_duration_is_cut(application: Application, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        peer, task = begin(application, "/limited")
        with pytest.raises(StreamAborted):
            await ended(task)
        assert peer.chunks == [b"first"]
        assert seen() == ["closed"]

    asyncio.run(main())
    assert "GET /limited took longer than max_duration = 0.05 seconds." in caplog.text


def test_head_closes_the_stream_without_a_chunk(application: Application) -> None:
    peer = asyncio.run(call(application, "/async", "HEAD"))
    assert (peer.status, peer.chunks, peer.is_complete) == (200, [], True)
    assert seen() == []
    assert asyncio.run(call(application, "/sync", "HEAD")).is_complete


def test_cookies_cannot_be_set_once_the_stream_has_begun(application: Application) -> None:
    peer = asyncio.run(call(application, "/cookies"))
    assert peer.text == "first1"
    (message,) = seen()
    assert "Cookies cannot be set" in message
    assert (peer.header("set-cookie") or "").startswith("early=1;")


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_the_signal_is_aborted_when_the_client_leaves(application: Application, method: str) -> None:
    async def main() -> None:
        peer, task = begin(application, "/signal", method)
        await asyncio.sleep(0.01)
        peer.leave()
        await ended(task)
        assert seen() == ([(True, "Disconnected")] if method == "GET" else ["left"])

    asyncio.run(main())


def test_the_signal_is_not_aborted_by_an_answer_that_arrived_whole(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/signal", "DELETE")
        await ended(task)
        peer.leave()
        await application.app.background.drain(1)
        assert peer.text == "x"
        assert seen() == [False]

    asyncio.run(main())


def test_a_watched_body_is_read_whole_and_in_order(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/signal", "POST")
        peer.body(*(str(number).encode() for number in range(10)))
        await ended(task)
        assert peer.text == "0123456789 False"

    asyncio.run(main())


def test_of_a_body_that_nobody_reads_one_chunk_is_taken_ahead(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/signal", "GET")
        peer.body(*[b"chunk"] * 10, end=False)
        await asyncio.sleep(0.02)
        assert peer.received == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())


def test_a_body_streams_back_while_its_client_is_watched(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/echo", "POST")
        for number in range(5):
            peer.body(str(number).encode(), end=False)
            await peer.until(number + 2)
        assert peer.chunks == [b"0", b"1", b"2", b"3", b"4"]
        assert not task.done()
        assert peer.received <= 6
        peer.body()
        await ended(task)
        assert peer.is_complete

    asyncio.run(main())


def test_a_slow_client_holds_the_body_back_that_is_streamed_to_it(application: Application) -> None:
    async def main() -> None:
        peer, task = begin(application, "/echo", "POST")
        peer.body(*[b"x"] * 50)
        await peer.until(2)
        peer.takes.clear()
        await asyncio.sleep(0.02)
        assert peer.received <= len(peer.chunks) + 4
        peer.takes.set()
        await ended(task)
        assert len(peer.chunks) == 50

    asyncio.run(main())


def test_a_client_that_leaves_while_its_body_streams_back_is_no_fault(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        peer, task = begin(application, "/echo", "POST")
        peer.body(b"0", end=False)
        await peer.until(2)
        peer.leave()
        await asyncio.wait([task], timeout=2)
        assert task.done()
        assert not task.cancelled()
        assert not peer.is_complete or peer.chunks == [b"0"]
        task.exception()

    asyncio.run(main())
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
