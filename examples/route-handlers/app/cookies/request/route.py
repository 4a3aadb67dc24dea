"""Cookies of the request object, and of the response object."""

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    token = request.cookies.get("token")
    response = Response.json({"token": token.value if token else None})
    response.cookies.set("seen", "yes", http_only=True, same_site="lax")
    return response
