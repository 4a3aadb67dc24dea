"""POST /flag?key=a&on=1 sets the switch of a key; on= clears it."""

from lib.log import set_flag

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    query = request.url.search_params
    set_flag(query.get("key", ""), query.get("on", ""))
    return Response.json({"set": query.get("on")})
