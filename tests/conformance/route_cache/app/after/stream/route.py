import asyncio
from collections.abc import AsyncIterator

from lib.log import write

from byway.server import Request, Response, after


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")

    async def body() -> AsyncIterator[str]:
        yield "one,"
        await asyncio.sleep(0.3)
        write(key, "stream ends")
        yield "two"

    after(lambda: write(key, "after"))
    return Response(body())
