from lib.notes import get_note, remove_note

from byway.server import Request, Response, RouteContext


async def GET(request: Request, ctx: RouteContext) -> Response:
    note = get_note((await ctx.params)["id"])
    if note is None:
        return Response.json({"error": "no such note"}, status=404)
    return Response.json(note)


async def DELETE(request: Request, ctx: RouteContext) -> Response:
    return Response(status=204 if remove_note((await ctx.params)["id"]) else 404)
