"""GET /files/…: a file that somebody uploaded, for downloading only."""

from lib.store import find, read

from byway.navigation import not_found
from byway.server import Request, Response, RouteContext


def GET(request: Request, ctx: RouteContext) -> Response:
    found = find(ctx.params["name"])
    if found is None:
        not_found()
    path, kind = found
    return Response(
        read(path),
        headers={
            "content-type": kind,
            "content-length": str(path.stat().st_size),
            "content-disposition": f'attachment; filename="{path.name}"',
            "x-content-type-options": "nosniff",
        },
    )
