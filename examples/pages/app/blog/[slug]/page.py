"""One post, with its own title. The build makes the listed ones; each is made anew at most once a minute.

A slug that no post has is a 404.
"""

from collections.abc import Awaitable
from datetime import UTC, datetime

from htpy import Element, a, article, h1, p, small
from lib.posts import find_post, find_posts

from byway.metadata import Metadata
from byway.navigation import not_found

revalidate = 60


async def generate_static_params() -> list[dict[str, str]]:
    return [{"slug": post.slug} for post in await find_posts()]


async def generate_metadata(params: Awaitable[dict[str, str]]) -> Metadata:
    post = await find_post((await params)["slug"])
    if post is None:
        not_found()
    return {"title": post.title, "open_graph": {"type": "article", "tags": post.tags}}


async def page(params: Awaitable[dict[str, str]]) -> Element:
    post = await find_post((await params)["slug"])
    if post is None:
        not_found()
    return article[
        h1[post.title],
        (p[paragraph] for paragraph in post.text.split("\n\n")),
        p[(a(href=f"/blog?tag={tag}")[f"#{tag} "] for tag in post.tags)],
        small[f"Rendered at {datetime.now(UTC):%H:%M:%S} UTC."],
    ]
