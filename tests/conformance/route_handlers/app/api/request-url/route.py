from byway.server import URL, Request, Response


async def GET(request: Request) -> Response:
    url = URL(str(request.url))
    return Response.json({"pathname": url.pathname, "search": url.search, "name": url.search_params.get("name")})
