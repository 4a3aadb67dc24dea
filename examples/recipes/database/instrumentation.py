"""Opens the pool when a worker starts, closes it when the worker stops, after the last request."""

from collections.abc import AsyncGenerator

from lib.db import open_pool


async def register() -> AsyncGenerator[None]:
    pool = open_pool()
    yield
    pool.close()
