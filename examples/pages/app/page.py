"""The home page. The newest post is looked up while its part of the page is rendered."""

from htpy import Element, a, h1, p
from lib.posts import newest_post


async def newest() -> Element:
    post = await newest_post()
    return p["The newest post is ", a(href=f"/blog/{post.slug}")[post.title], "."]


def page() -> list[object]:
    return [h1["Hello from Byway"], newest()]
