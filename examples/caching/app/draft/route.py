"""Enters draft mode: whoever knows the secret sees what is not published yet."""

from lib.posts import find_post
from lib.secret import is_secret

from byway.headers import draft_mode
from byway.navigation import not_found, redirect, unauthorized
from byway.server import Request


async def GET(request: Request) -> None:
    query = request.url.search_params
    if not is_secret(query.get("secret")):
        unauthorized()
    draft_mode().enable()
    post = await find_post(query.get("slug") or "")
    if post is None:
        not_found()
    redirect(f"/posts/{post.slug}")  # The post's own slug: a path from the query could lead to another site.
