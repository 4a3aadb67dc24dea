"""Three cards that take different times. The page is sent with their fallbacks, and each follows when it is ready."""

from collections.abc import Awaitable

from htpy import Element, div, h1, p, strong
from lib.numbers import orders, stars, visitors

from byway import Suspense
from byway.server import connection

metadata = {"title": "Dashboard"}


async def card(name: str, number: Awaitable[int]) -> Element:
    return div(".card")[name, strong[f"{await number:,}"]]


def waiting(name: str) -> Element:
    return div(".card")[name, div(".bone")]


async def page() -> list[object]:
    await connection()
    return [
        h1["Dashboard"],
        p["The cards come one by one; they are asked for at once."],
        div(".grid")[
            Suspense(fallback=waiting("Visitors"))[card("Visitors", visitors())],
            Suspense(fallback=waiting("Orders"))[card("Orders", orders())],
            Suspense(fallback=waiting("Stars"))[card("Stars", stars())],
        ],
    ]
