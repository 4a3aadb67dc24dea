"""Opens the client on the loop that serves, and closes it there."""

from collections.abc import AsyncIterator

from lib.weather import connected


async def register() -> AsyncIterator[None]:
    async with connected():
        yield
