import random

from byway.headers import cookies, headers
from byway.server import Request, Response

dynamic = "force-static"


async def GET(request: Request) -> Response:
    return Response.json(
        {
            "jar": [cookie.name for cookie in (await cookies()).get_all()],
            "head": list(await headers()),
            "requestHeaders": list(request.headers),
            "requestCookies": [cookie.name for cookie in request.cookies.get_all()],
            "search": request.url.search,
            "params": request.url.search_params.keys(),
            "path": request.url.pathname,
            "method": request.method,
            "stamp": random.random(),
        }
    )
