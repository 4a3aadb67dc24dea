from lib.marks import mark
from lib.origin import url_of

from byway import fetch
from byway.server import Response

revalidate = 3600


async def GET() -> Response:
    mark("ahead")
    return Response.json(await (await fetch(url_of("ahead"), cache="force-cache", tags=["ahead"])).json())
