"""What a CMS calls when a post has changed."""

from typing import Literal

import msgspec
from lib.secret import is_signed

from byway.cache import revalidate_tag
from byway.server import Request, Response


class Event(msgspec.Struct):
    kind: Literal["created", "changed", "deleted"]
    slug: str


async def POST(request: Request) -> Response:
    body = await request.bytes()
    if not is_signed(body, request.headers.get("x-signature-256")):
        return Response("The signature is wrong.", status=401)
    try:
        event = msgspec.json.decode(body, type=Event)
    except msgspec.DecodeError as error:
        return Response(str(error), status=400)
    # A change may be seen a moment later, and nobody waits; what is new is a 404 so far, what is deleted must go now.
    profile = "max" if event.kind == "changed" else None
    revalidate_tag("posts", profile)
    revalidate_tag(f"post:{event.slug}", profile)
    return Response(status=204)
