import random
from collections.abc import Awaitable

from htpy import Element, p


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "1"}, {"id": "2"}]


async def page(params: Awaitable[dict[str, str]]) -> Element:
    return p["post ", (await params)["id"], " ", f"{random.random():.16f}"]
