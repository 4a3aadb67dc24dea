import asyncio
import os
from pathlib import Path

from lib.marks import mark

from byway.server import Request, Response, RouteContext

revalidate = 3600


def generate_static_params() -> list[dict[str, str]]:
    return []


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    mark(f"slow {slug} {os.getpid()}")
    await asyncio.sleep(0.5)
    while Path(f"{os.environ['MARKS']}.{slug}").exists():
        await asyncio.sleep(0.05)
    return Response(f"{slug} of {os.getpid()}")
