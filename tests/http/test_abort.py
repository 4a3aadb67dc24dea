from __future__ import annotations

import asyncio

import pytest

from byway.http.abort import AbortSignal


def test_a_signal_begins_unaborted() -> None:
    signal = AbortSignal()
    assert not signal.aborted
    assert signal.reason is None
    signal.throw_if_aborted()


def test_abort_keeps_its_first_reason() -> None:
    signal = AbortSignal()
    first = ConnectionError("gone")
    signal.abort(first)
    signal.abort(ValueError("again"))
    assert signal.aborted
    assert signal.reason is first
    with pytest.raises(ConnectionError, match="gone"):
        signal.throw_if_aborted()


def test_wait_returns_once_aborted_and_at_once_after_that() -> None:
    async def main() -> None:
        signal = AbortSignal()
        waiting = [asyncio.create_task(signal.wait()) for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        signal.abort(ConnectionError())
        async with asyncio.timeout(1):
            await asyncio.gather(*waiting)
            await signal.wait()

    asyncio.run(main())


def test_a_signal_may_be_made_without_an_event_loop() -> None:
    signal = AbortSignal()

    async def main() -> None:
        signal.abort(ConnectionError())
        await signal.wait()

    asyncio.run(main())
