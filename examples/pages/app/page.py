"""The home page, made by the build. The newest post is looked up while its part of the page is rendered."""

from htpy import Element, a, h1, li, p, ul
from lib.posts import newest_post

TOUR = {
    "/blog/folders": "made by the build, in nested layouts",
    "/blog/nothing": "the blog's not_found.py, for a post that does not exist",
    "/nothing": "the app's not_found.py, for a URL without a route",
    "/slow": "loading.py, until the page comes",
    "/dashboard": "Suspense: each part comes when it is ready",
    "/members": "unauthorized.py and forbidden.py",
    "/broken": "error.py, before and after the first bytes",
    "/crash": "global_error.py, where there is no error.py",
}


async def newest() -> Element:
    post = await newest_post()
    return p["The newest post is ", a(href=f"/blog/{post.slug}")[post.title], "."]


def page() -> list[object]:
    return [
        h1["Hello from Byway"],
        newest(),
        ul[(li[a(href=path)[path], f": {what}"] for path, what in TOUR.items())],
    ]
