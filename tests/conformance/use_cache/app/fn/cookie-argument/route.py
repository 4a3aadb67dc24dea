import random

from byway.cache import use_cache
from byway.headers import cookies
from byway.server import Request, Response


@use_cache
async def read(who: str | None, key: str) -> dict[str, object]:
    return {"who": who, "stamp": random.random()}


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    who = (await cookies()).get("who")
    return Response.json(await read(who and who.value, key))
