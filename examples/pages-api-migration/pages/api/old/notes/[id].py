from lib.notes import get_note, remove_note

from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    id = req.query["id"]
    if req.method == "GET":
        note = get_note(id)
        if note is None:
            res.status(404).json({"error": "no such note"})
        else:
            res.json(note)
    elif req.method == "DELETE":
        res.status(204 if remove_note(id) else 404).end()
    else:
        res.set_header("Allow", ["GET, DELETE"]).status(405).end()
