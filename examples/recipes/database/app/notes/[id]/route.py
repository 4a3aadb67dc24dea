"""GET and DELETE /notes/…"""

from lib.notes import delete_note, find_note

from byway.navigation import not_found
from byway.server import Request, Response, RouteContext


def GET(request: Request, ctx: RouteContext) -> Response:
    note = find_note(ctx.params["id"])
    if note is None:
        not_found()
    return Response.json(note)


def DELETE(request: Request, ctx: RouteContext) -> Response:
    if not delete_note(ctx.params["id"]):
        not_found()
    return Response(status=204)
