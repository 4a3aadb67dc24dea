from lib.log import write

from byway.navigation import redirect
from byway.server import Request, Response, after


def GET(request: Request) -> Response:
    key = request.url.search_params.get("key", "")
    after(lambda: write(key, "after a redirect"))
    redirect("/dynamic/default")
