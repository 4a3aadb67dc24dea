from lib.upstream import url

from byway import fetch
from byway.server import Request, Response


# What a cached answer keeps: status, headers, url, body.
async def GET(request: Request) -> Response:
    address = url(f"/head/{request.url.search_params.get('key')}")
    answer = await fetch(address, cache="force-cache")
    return Response.json(
        {
            "ok": answer.ok,
            "status": answer.status,
            "type": answer.headers.get("content-type"),
            "upstream": answer.headers.get("x-upstream"),
            "sameUrl": answer.url == address,
            "body": await answer.json(),
        }
    )
