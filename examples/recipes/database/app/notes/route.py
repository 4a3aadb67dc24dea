"""GET and POST /notes. Plain functions: sqlite3 blocks, so they run in worker threads."""

from lib.notes import NewNote, add_note, list_notes

from byway import run
from byway.server import Request, Response


def GET() -> Response:
    return Response.json(list_notes())


def POST(request: Request) -> Response:
    note = add_note(run(request.json(NewNote)))
    return Response.json(note, status=201, headers={"location": f"/notes/{note.id}"})
