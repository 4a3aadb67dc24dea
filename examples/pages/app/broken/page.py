"""Fails on demand: at once, which is a 500, or late, when the first bytes have gone out with a 200."""

import asyncio
from collections.abc import Awaitable

from htpy import a, h1, li, p, ul

from byway import Suspense

metadata = {"title": "Broken"}


async def late() -> str:
    await asyncio.sleep(0.6)
    raise RuntimeError("The second half could not be found.")


async def page(search_params: Awaitable[dict[str, str | list[str]]]) -> list[object]:
    match (await search_params).get("fail"):
        case "early":
            raise RuntimeError("The page could not be made.")
        case "late":
            return [h1["The first half is here"], Suspense(fallback=p["The second half is on its way …"])[late()]]
        case _:
            return [
                h1["What shall fail?"],
                ul[
                    li[a(href="?fail=early")["The page"], ", before anything was sent"],
                    li[a(href="?fail=late")["A part of it"], ", when the rest is there already"],
                ],
            ]
