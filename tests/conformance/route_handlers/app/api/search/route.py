from byway.server import Request, Response


def GET(request: Request) -> Response:
    query = request.next_url.search_params.get("query")
    return Response.json({"query": query})
