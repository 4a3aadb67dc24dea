"""One post. The build makes those that it knows of, the first visit makes the others; so it is with the 404s."""

from lib.posts import find_post, list_posts

from byway.navigation import not_found
from byway.server import Request, Response, RouteContext


async def generate_static_params() -> list[dict[str, str]]:
    return [{"slug": post.slug} for post in await list_posts()]


async def GET(request: Request, ctx: RouteContext) -> Response:
    post = await find_post((await ctx.params)["slug"])
    if post is None:
        not_found()
    return Response.json(post)
