from lib.log import write

from byway.headers import cookies, headers
from byway.server import Request, Response, after


async def POST(request: Request) -> Response:
    key = request.url.search_params.get("key", "")

    async def note() -> None:
        who = (await cookies()).get("who")
        write(key, f"cookie {who and who.value}")
        write(key, f"header {(await headers()).get('x-word')}")

    after(note)
    return Response.json({"answered": True})
