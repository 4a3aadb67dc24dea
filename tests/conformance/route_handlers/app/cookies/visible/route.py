from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    count = store.get("count")
    before = count.value if count else None
    store.set("count", str(int(before or 0) + 1))
    return Response.json({"before": before, "after": store.get("count").value})
