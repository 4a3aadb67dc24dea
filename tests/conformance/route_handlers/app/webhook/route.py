import json

from byway.server import Request, Response


async def POST(request: Request) -> Response:
    try:
        json.loads(await request.text())
    except ValueError:
        return Response("Webhook error: bad payload", status=400)
    return Response("Success!", status=200)
