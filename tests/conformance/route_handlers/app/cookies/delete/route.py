from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    store.delete("token")
    store.set("emptied", "")
    store.set("expired", "value", max_age=0)
    token = store.get("token")
    return Response.json({"after": token and token.value, "has": store.has("token")})
