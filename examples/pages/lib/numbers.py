"""Numbers from services that take their time."""

import asyncio


async def visitors() -> int:
    await asyncio.sleep(0.3)
    return 12_408


async def orders() -> int:
    await asyncio.sleep(0.6)
    return 317


async def stars() -> int:
    await asyncio.sleep(0.9)
    return 4_096


async def longest_river() -> str:
    await asyncio.sleep(0.9)
    return "The Nile is the longest river, or the Amazon: it depends on who measures."
