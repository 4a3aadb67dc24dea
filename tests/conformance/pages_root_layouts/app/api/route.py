from byway.server import Response


def GET() -> Response:
    return Response.json({"ok": True})
