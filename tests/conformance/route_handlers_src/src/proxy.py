from byway.server import Response

config = {"matcher": "/team/:path*"}


def proxy() -> Response:
    return Response.next(headers={"x-src-proxy": "yes"})
