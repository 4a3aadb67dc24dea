"""Opens the client on the loop that serves, and closes it there."""

from collections.abc import AsyncGenerator

from lib.weather import connected


async def register() -> AsyncGenerator[None]:
    async with connected():
        yield
