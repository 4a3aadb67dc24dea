"""Logging out changes state, so it is a POST: a link or an image of another site cannot do it."""

from lib.auth import check_same_origin, sign_out

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    check_same_origin(request)
    sign_out()
    return Response.redirect("/login", 303)
