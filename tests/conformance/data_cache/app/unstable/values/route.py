from byway.cache import unstable_cache
from byway.server import Request, Response


async def load(key: str) -> dict[str, object]:
    return {"list": [1, "two", None], "text": "é", "flag": False, "nothing": None}


async def load_none(key: str) -> None:
    return None


read = unstable_cache(load, ["values"])
none = unstable_cache(load_none, ["none"])


async def GET(request: Request) -> Response:
    key = request.url.search_params.get("key")
    return Response.json({"value": await read(key), "none": await none(key) is None})
