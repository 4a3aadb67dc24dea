from byway.headers import draft_mode
from byway.navigation import redirect
from byway.server import Request, Response


async def GET(request: Request) -> Response:
    if request.url.search_params.get("secret") != "open":
        return Response("Invalid token", status=401)
    (await draft_mode()).enable()
    return redirect("/draft/cached")
