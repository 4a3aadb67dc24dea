from collections.abc import Awaitable
from typing import Any

from htpy import Element, p

from byway.metadata import Metadata


async def generate_metadata(
    params: Awaitable[dict[str, str]], search_params: Awaitable[dict[str, str]], parent: Awaitable[dict[str, Any]]
) -> Metadata:
    id = (await params)["id"]
    before = await parent
    query = await search_params
    return {
        "title": f"Item {id}",
        "description": f"q={query.get('q', '')} after {before['description']}",
        "open_graph": {"images": [f"/items/{id}.png"]},
    }


def page() -> Element:
    return p["p"]
