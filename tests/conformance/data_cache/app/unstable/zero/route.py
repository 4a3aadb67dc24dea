from byway.cache import unstable_cache
from byway.server import Response


async def load() -> int:
    return 1


async def GET() -> Response:
    try:
        read = unstable_cache(load, ["zero"], revalidate=0)
        return Response.json({"n": await read()})
    except Exception:
        return Response.json({"refused": True}, status=400)
