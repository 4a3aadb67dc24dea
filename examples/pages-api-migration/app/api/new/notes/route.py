from lib.notes import add_note, find_notes

from byway.server import Request, Response


async def GET(request: Request) -> Response:
    return Response.json(find_notes(request.url.search_params.get("tag")))


async def POST(request: Request) -> Response:
    body = await request.json()
    text = body.get("text") if isinstance(body, dict) else None
    if not isinstance(text, str):
        return Response.json({"error": "text is missing"}, status=400)
    return Response.json(add_note(text, body.get("tags", [])), status=201)
