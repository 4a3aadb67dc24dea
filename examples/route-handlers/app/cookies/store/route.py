"""Cookies with cookies(): read one, set one, delete one."""

from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    cookie_store = await cookies()
    a = cookie_store.get("a")
    cookie_store.set("b", "1")
    cookie_store.delete("c")
    return Response.json({"a": a.value if a else None})
