"""For those only who have signed in as a member: it reads a cookie, so it is rendered for each request."""

from htpy import Renderable, button, form, fragment, h1, p

from byway.headers import cookies
from byway.navigation import forbidden, unauthorized

metadata = {"title": "Members"}


async def page() -> Renderable:
    name = (await cookies()).get("name")
    if name is None:
        unauthorized()
    if name.value == "guest":
        forbidden()
    return fragment[
        h1[f"Welcome, {name.value}"],
        p["The secret of this page is that there is none."],
        form(method="post", action="/members/sign-in")[button["Sign out"]],
    ]
