"""URL query parameters. A handler that awaits nothing may be a plain function: it runs in a worker thread."""

from byway.server import Request, Response


def GET(request: Request) -> Response:
    query = request.url.search_params.get("query")
    # query is "hello" for /api/search?query=hello
    return Response.json({"query": query})
