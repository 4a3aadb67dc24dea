"""The list of posts, or those with one tag: /blog?tag=python. As it reads the query, each request renders it anew."""

from collections.abc import Awaitable

from htpy import a, h1, li, p, ul
from lib.posts import find_posts

metadata = {"title": "Posts"}


async def page(search_params: Awaitable[dict[str, str | list[str]]]) -> list[object]:
    tag = (await search_params).get("tag")
    posts = await find_posts(tag if isinstance(tag, str) else None)
    return [
        h1["Posts" if tag is None else f"Posts about {tag}"],
        ul[(li[a(href=f"/blog/{post.slug}")[post.title]] for post in posts)] if posts else p["There are none."],
    ]
