"""Awaiting several things at once."""

from __future__ import annotations

import asyncio

import pytest

from byway.runtime.control_flow import HTTPInterrupt
from byway.runtime.together import ended, together


async def give(value: str) -> str:
    await asyncio.sleep(0)
    return value


async def fail(error: BaseException) -> None:
    await asyncio.sleep(0)
    raise error


def test_all_results_come_in_their_order() -> None:
    async def run() -> list[str]:
        return await together(asyncio.sleep(0.01, "slow"), give("quick"))

    assert asyncio.run(run()) == ["slow", "quick"]


def test_all_run_at_once() -> None:
    async def run() -> None:
        met = asyncio.Barrier(2)
        async with asyncio.timeout(5):
            await together(met.wait(), met.wait())

    asyncio.run(run())


@pytest.mark.parametrize("error", [LookupError("x"), HTTPInterrupt(404)])
def test_the_first_error_comes_as_it_is_when_the_others_have_ended(error: BaseException) -> None:
    ends: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0)
            ends.append("ended")

    async def run() -> None:
        await together(wait(), fail(error), wait())

    with pytest.raises(type(error)) as caught:
        asyncio.run(run())
    assert caught.value is error
    assert ends == ["ended", "ended"]


def test_of_two_errors_at_one_time_that_of_the_former_counts() -> None:
    async def run() -> None:
        await together(fail(LookupError()), fail(ValueError()))

    with pytest.raises(LookupError):
        asyncio.run(run())


def test_to_cancel_it_is_to_cancel_all() -> None:
    async def run() -> list[bool]:
        tasks = [asyncio.create_task(asyncio.sleep(60)), asyncio.create_task(asyncio.sleep(60))]
        waiting = asyncio.create_task(together(*tasks))
        await asyncio.sleep(0)
        waiting.cancel()
        await ended(waiting)
        return [task.cancelled() for task in tasks]

    assert asyncio.run(run()) == [True, True]
