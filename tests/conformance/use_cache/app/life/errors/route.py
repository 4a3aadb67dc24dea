from math import inf, nan
from typing import Any

from byway.cache import cache_life, use_cache
from byway.server import Request, Response

CHOICES: dict[str, Any] = {
    "unknown": "fortnight",
    "spaces": " hours ",
    "number": 60,
    "nothing": None,
    "falseRevalidate": {"revalidate": False},
    "text": {"revalidate": "soon"},
    "nan": {"expire": nan},
    "upsideDown": {"revalidate": 100, "expire": 50},
    "equal": {"revalidate": 100, "expire": 100},
    "infinite": {"revalidate": inf, "expire": inf},
    "empty": {},
    "preset": "weeks",
}


# The cached function catches the error, and tells of it in its result.
@use_cache
async def attempt(name: str, key: str) -> str:
    try:
        cache_life(CHOICES[name])
    except Exception:
        return "refused"
    return "accepted"


async def GET(request: Request) -> Response:
    query = request.url.search_params
    return Response.json({"said": await attempt(query.get("name", ""), query.get("key", ""))})
