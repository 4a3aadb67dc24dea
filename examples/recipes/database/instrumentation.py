"""Opens the pool when a worker starts, closes it when the worker stops, after the last request."""

from collections.abc import AsyncIterator

from lib.db import open_pool


async def register() -> AsyncIterator[None]:
    pool = open_pool()
    yield
    pool.close()
