from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    return Response.json({one.name: one.value for one in cookies().get_all()})


async def POST() -> Response:
    store = cookies()
    store.set("plain", "a b;c=ä")
    store.set("hidden", "1", http_only=True, same_site="lax")
    return Response(status=204)
