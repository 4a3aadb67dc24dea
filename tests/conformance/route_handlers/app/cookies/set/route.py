from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    store.set("name", "lee")
    store.set("secure", "1", secure=True)
    store.set({"name": "object", "value": "one", "http_only": True, "path": "/only"})
    return Response("set")
