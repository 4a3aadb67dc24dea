"""A handler that cookies authenticate: a page of another site must not make a browser call it."""

from __future__ import annotations

from byway import forbidden, unauthorized
from byway.server import Request, Response, same_origin


async def DELETE(request: Request) -> Response:
    if not same_origin(request):
        forbidden()
    if not request.cookies.has("session"):
        unauthorized()
    return Response(status=204)
