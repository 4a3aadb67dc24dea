"""All posts. The lifetime and the tag are those of `list_posts`."""

from lib.posts import list_posts

from byway.server import Response

revalidate = False


async def GET() -> Response:
    return Response.json([{"slug": post.slug, "title": post.title} for post in await list_posts()])
