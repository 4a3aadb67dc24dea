"""Cookies with a new Response: the Set-Cookie header, written by hand."""

from byway.headers import cookies
from byway.server import Response


async def GET() -> Response:
    token = (await cookies()).get("token")
    value = token.value if token else "new"
    return Response("Hello, Byway!", status=200, headers={"Set-Cookie": f"token={value}"})
