"""GET /events listens, POST /events publishes."""

import os

from lib.hub import hub

from byway.server import Request, Response

HEADERS = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",  # nginx would hold the events back otherwise
}


async def GET(request: Request) -> Response:
    last = request.headers.get("last-event-id") or ""
    keep_alive = float(os.environ.get("KEEP_ALIVE", "15"))
    stream = hub.stream(int(last) if last.isdecimal() else None, keep_alive=keep_alive)
    return Response(stream, headers=HEADERS)


async def POST(request: Request) -> Response:
    event = hub.publish(await request.text())
    return Response.json({"id": event.id}, status=202)
