from lib.log import write

from byway.server import Request, Response, after


def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")

    def outer() -> None:
        write(key, "outer")
        after(lambda: write(key, "inner"))
        write(key, "outer ends")

    after(outer)
    return Response.json({"answered": True})
