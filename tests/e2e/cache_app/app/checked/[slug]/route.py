import zlib

from lib.origin import checked

from byway.cache import cache_life, cache_tag, use_cache
from byway.server import Request, Response, RouteContext

revalidate = 1


def generate_static_params() -> list[dict[str, str]]:
    return []


@use_cache
async def part(slug: str) -> str:
    cache_life(revalidate=1, expire=3600)
    cache_tag("checked")
    return checked(f"part-{slug}", zlib.crc32(slug.encode()) % 40_000)


async def GET(_request: Request, ctx: RouteContext) -> Response:
    slug = (await ctx.params)["slug"]
    return Response.json([checked(slug, zlib.crc32(slug.encode()) % 20_000), await part(slug)])
