"""A fresh word for each run of a case, so that cases can be replayed on a server that ran before."""

import secrets

from byway.server import Response


async def GET() -> Response:
    return Response("ok", headers={"x-nonce": f"k{secrets.token_hex(4)}"})
