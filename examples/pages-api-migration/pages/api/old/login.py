from urllib.parse import quote

from byway.server import ApiRequest, ApiResponse


def handler(req: ApiRequest, res: ApiResponse) -> None:
    name = req.body.get("name", "") if isinstance(req.body, dict) else ""
    res.set_header("Set-Cookie", f"name={quote(name)}; Path=/; HttpOnly")
    res.redirect(303, "/api/old/notes")
