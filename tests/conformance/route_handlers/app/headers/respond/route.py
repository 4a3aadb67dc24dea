from byway.server import Headers, Response


async def GET() -> Response:
    headers = Headers({"X-One": "1", "x-TWO": "2"})
    headers.append("X-Many", "a")
    headers.append("x-many", "b")
    headers.append("Set-Cookie", "a=1; Path=/")
    headers.append("set-cookie", "b=2; Path=/; HttpOnly")
    headers.set("Cache-Control", "max-age=60")
    return Response("headers", headers=headers)
