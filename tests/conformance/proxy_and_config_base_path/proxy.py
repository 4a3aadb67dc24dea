from byway.server import URL, Request, Response

config = {"matcher": ["/px/:path*", "/"]}


def proxy(request: Request) -> Response:
    url = request.url.clone()
    if url.pathname == "/px/redirect":
        url.pathname = "/items"
        return Response.redirect(url)
    if url.pathname == "/px/rewrite":
        url.pathname = "/items/rewritten"
        return Response.rewrite(url)
    path = URL(str(request.url)).pathname
    return Response.json({"pathname": url.pathname, "basePath": url.base_path, "path": path})
