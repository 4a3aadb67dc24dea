from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    store = await cookies()
    token = store.get("token")
    return Response("Hello, Next.js!", status=200, headers={"Set-Cookie": f"token={token.value}"})
