"""The same for programs: whoever is not signed in is answered 401."""

from lib.auth import require_user

from byway.server import Response


async def GET() -> Response:
    user = await require_user()
    return Response.json({"name": user.name}, headers={"cache-control": "private, no-store"})
