"""What the options of a fetch mean in the mode that a route's file sets."""

from __future__ import annotations

from typing import Any

from byway.server import Request, Response

from .upstream import count


async def tried(path: str, **options: Any) -> int | str:
    try:
        return await count(path, **options)
    except Exception:
        return "error"


async def survey(request: Request) -> Response:
    path = f"/count/{request.url.search_params.get('key')}"
    return Response.json(
        {
            "unset": await tried(f"{path}-unset"),
            "forceCache": await tried(f"{path}-force", cache="force-cache"),
            "noStore": await tried(f"{path}-none", cache="no-store"),
            "revalidate": await tried(f"{path}-secs", revalidate=60),
        }
    )
