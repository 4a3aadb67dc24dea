"""GET /weather/…: what the service says, or 404, 502 or 504."""

import logging

from lib.weather import UpstreamError, UpstreamTimeout, weather

from byway.navigation import not_found
from byway.server import Request, Response, RouteContext

log = logging.getLogger("weather")


async def GET(request: Request, ctx: RouteContext) -> Response:
    city = (await ctx.params)["city"]
    try:
        found = await weather(city)
    except UpstreamError as error:
        log.warning("%s %r", error, error.__cause__)
        return Response.json({"error": str(error)}, status=504 if isinstance(error, UpstreamTimeout) else 502)
    if found is None:
        not_found()
    return Response.json(found)
