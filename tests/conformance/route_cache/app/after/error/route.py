from lib.log import write

from byway.server import Request, Response, after


def fail() -> None:
    raise RuntimeError("a callback fails on purpose")


def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    after(fail)
    after(lambda: write(key, "the next one runs"))
    return Response.json({"answered": True})
