from datetime import UTC, datetime

from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    store.set(
        "all",
        "a b;c",
        expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        domain="example.com",
        path="/deep",
        secure=True,
        http_only=True,
        same_site="strict",
        priority="high",
        partitioned=True,
    )
    store.set("lax", "1", same_site="lax")
    store.set("none", "1", same_site="none", secure=True)
    store.set("session", "x", max_age=3600)
    return Response("options")
