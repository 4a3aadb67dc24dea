from byway.server import Request, Response

config = {"matcher": "/posts/:path*"}


def proxy(request: Request) -> Response:
    url = request.url.clone()
    if url.pathname.startswith("/posts/move"):
        url.pathname = "/about"
        return Response.redirect(url)
    return Response.next(headers={"x-path": url.pathname})
