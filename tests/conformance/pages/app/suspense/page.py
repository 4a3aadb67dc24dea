import asyncio

from htpy import Element, main, p

from byway import Suspense

dynamic = "force-dynamic"


async def part() -> Element:
    await asyncio.sleep(0.6)
    return p["part two"]


def page() -> Element:
    return main[p["part one"], Suspense(fallback=p["loading part"])[part()]]
