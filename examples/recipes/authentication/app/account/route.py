"""A page for people: whoever is not signed in is sent to the login form."""

from html import escape

from lib.auth import current_user

from byway.navigation import redirect
from byway.server import Response

PAGE = """<!doctype html>
<html lang="en">
<title>Your account</title>
<p>You are signed in as {name}.</p>
<form method="post" action="/logout"><button>Log out</button></form>
"""


async def GET() -> Response:
    user = await current_user()
    if user is None:
        redirect("/login")
    return Response(
        PAGE.format(name=escape(user.name)),
        headers={"content-type": "text/html; charset=utf-8", "cache-control": "private, no-store"},
    )
