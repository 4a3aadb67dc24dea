from collections.abc import AsyncIterator

from lib.notes import find_notes

from byway.server import Response


async def lines() -> AsyncIterator[str]:
    yield "id,text\n"
    for note in find_notes():
        yield f"{note.id},{note.text}\n"


async def GET() -> Response:
    return Response(lines(), headers={"content-type": "text/csv; charset=utf-8"})
