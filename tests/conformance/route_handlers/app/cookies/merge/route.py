from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    store.set("a", "from-store")
    store.set("b", "from-store")
    return Response("merged", headers={"Set-Cookie": "a=from-response"})
