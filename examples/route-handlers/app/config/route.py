"""Segment config: options of one route, as names of its module."""

from byway.server import Response

dynamic = "auto"
dynamic_params = True
runtime = "python"
preferred_region = "auto"
max_duration = 5


async def GET() -> Response:
    return Response.json({"max_duration": max_duration})
