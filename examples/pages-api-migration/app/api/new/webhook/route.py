from lib.notes import is_signed

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    body = await request.bytes()
    if is_signed(body, request.headers.get("x-signature", "")):
        return Response.json({"received": len(body)})
    return Response.json({"error": "wrong signature"}, status=401)
