from lib.notes import add_note, find_notes

from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    if req.method == "GET":
        res.json(find_notes(req.query.get("tag")))
    elif req.method == "POST":
        text = req.body.get("text") if isinstance(req.body, dict) else None
        if not isinstance(text, str):
            res.status(400).json({"error": "text is missing"})
            return
        res.status(201).json(add_note(text, req.body.get("tags", [])))
    else:
        res.set_header("Allow", ["GET, POST"]).status(405).end()
