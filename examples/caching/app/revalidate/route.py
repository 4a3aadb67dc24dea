"""Invalidates a tag, for whoever knows the secret: the next visitor waits for what is new."""

from dataclasses import dataclass

from lib.secret import is_secret

from byway.cache import revalidate_tag
from byway.navigation import unauthorized
from byway.server import Request, Response


@dataclass
class Order:
    tag: str


async def POST(request: Request) -> Response:
    if not is_secret(request.headers.get("x-secret")):
        unauthorized()
    order = await request.json(Order)
    revalidate_tag(order.tag)
    return Response.json({"revalidated": order.tag})
