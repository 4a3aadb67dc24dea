"""The chunks between a handler and its client: in order, in bounds, and ended by either side."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.errors import Disconnected
from byway.pages_api.outbox import MOST_AHEAD, MOST_PENDING, Outbox, is_running


def run(test: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(test, 5))


@given(st.lists(st.binary(min_size=1, max_size=3)))
def test_chunks_come_out_as_they_went_in(chunks: list[bytes]) -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        for chunk in chunks:
            outbox.put(chunk)
        outbox.end()
        assert [chunk async for chunk in outbox] == chunks

    run(test())


def test_a_reader_waits_for_chunks_of_other_threads() -> None:
    async def test() -> None:
        loop = asyncio.get_running_loop()
        outbox = Outbox(loop)

        def write() -> None:
            assert not is_running(loop)
            for number in range(1000):
                outbox.put(b"%d," % number)
            outbox.end()

        thread = threading.Thread(target=write)
        thread.start()
        received = b"".join([chunk async for chunk in outbox])
        thread.join()
        assert received == b"".join(b"%d," % number for number in range(1000))

    run(test())


def test_a_writer_that_waits_is_held_back_until_the_client_has_taken_enough() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        await outbox.drained()
        outbox.put(b"x" * MOST_AHEAD)
        await outbox.drained()
        outbox.put(b"y")
        waiting = asyncio.create_task(outbox.drained())
        await asyncio.sleep(0)
        assert not waiting.done()
        assert not outbox.has_room
        await anext(outbox)
        await waiting

    run(test())


def test_one_that_does_not_wait_may_not_be_ahead_without_bounds() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.put(b"x" * (MOST_PENDING + 1))
        with pytest.raises(BufferError, match=r"^More than 16 MB were written, .* `await res\.write\(…\)`"):
            outbox.put(b"y")
        await anext(outbox)
        outbox.put(b"y")

    run(test())


def test_a_client_that_leaves_ends_reading_and_waiting_and_writing() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.put(b"x" * (MOST_AHEAD + 1))
        waiting = asyncio.create_task(outbox.drained())
        await asyncio.sleep(0)
        await outbox.aclose()
        with pytest.raises(Disconnected, match="left before it had the whole answer"):
            await waiting
        with pytest.raises(Disconnected, match="left before it had the whole answer"):
            outbox.put(b"y")
        outbox.end()
        assert not outbox.fail(ValueError())
        assert [chunk async for chunk in outbox] == []

    run(test())


def test_a_failure_before_the_first_chunk_comes_instead_of_it() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.put(b"x")
        assert outbox.fail(ValueError("no"))
        with pytest.raises(ValueError, match="no"):
            await anext(outbox)

    run(test())


def test_a_failure_after_the_first_chunk_comes_after_what_was_written() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        outbox.put(b"x")
        assert await anext(outbox) == b"x"
        outbox.put(b"y")
        assert outbox.fail(ValueError("no"))
        assert await anext(outbox) == b"y"
        with pytest.raises(ValueError, match="no"):
            await anext(outbox)

    run(test())


def test_a_failure_reaches_a_reader_that_waits() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop())
        reading = asyncio.ensure_future(anext(outbox))
        await asyncio.sleep(0)
        outbox.fail(ValueError("no"))
        with pytest.raises(ValueError, match="no"):
            await reading

    run(test())


def test_an_announced_length_is_kept() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop(), 3)
        outbox.put(b"ab")
        with pytest.raises(ValueError, match=r"^Less was written than"):
            outbox.end()
        outbox.put(b"c")
        with pytest.raises(ValueError, match=r"^More was written than"):
            outbox.put(b"d")

    run(test())


def test_a_whole_announced_length_ends_well() -> None:
    async def test() -> None:
        outbox = Outbox(asyncio.get_running_loop(), 3)
        outbox.put(b"abc")
        outbox.end()
        assert [chunk async for chunk in outbox] == [b"abc"]

    run(test())
