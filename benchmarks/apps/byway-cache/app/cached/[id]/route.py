from byway.server import Request, Response, RouteContext

dynamic = "force-static"


def generate_static_params() -> list[dict[str, str]]:
    return [{"id": "42"}]


async def GET(request: Request, ctx: RouteContext) -> Response:
    params = await ctx.params
    return Response.json({"id": params["id"], "q": "hello"})
