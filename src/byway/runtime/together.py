"""Awaiting several things at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any


async def together(*awaitables: Awaitable[Any]) -> list[Any]:
    """What ``awaitables`` give, run at once.

    Raises the error of the first that fails, as it is, when the others have been cancelled and have ended.
    """
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in tasks:
            if task in done:
                task.result()
        return [task.result() for task in tasks]
    finally:
        await ended(*tasks)


async def ended(*futures: asyncio.Future[Any]) -> None:
    """Cancel those of ``futures`` that are under way, and wait for their end."""
    for future in futures:
        future.cancel()
    await asyncio.gather(*futures, return_exceptions=True)
