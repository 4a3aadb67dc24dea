from byway.server import Request, Response


async def GET(request: Request) -> Response:
    url = request.next_url
    return Response.json(
        {
            "pathname": url.pathname,
            "search": url.search,
            "hash": url.hash,
            "protocol": url.protocol,
            "basePath": url.base_path,
            "entries": list(url.search_params.items()),
            "query": url.search_params.get("query"),
            "all": url.search_params.get_all("query"),
            "has": url.search_params.has("query"),
        }
    )
