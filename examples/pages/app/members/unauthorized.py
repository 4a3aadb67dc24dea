"""Shown with status 401 when a page of this folder calls `unauthorized()`."""

from htpy import Renderable, button, form, fragment, h1, p

metadata = {"title": "Sign in"}


def unauthorized() -> Renderable:
    return fragment[
        h1["Members only"],
        p["Who are you?"],
        form(method="post", action="/members/sign-in")[
            button(name="name", value="Ada")["Ada, a member"], " ", button(name="name", value="guest")["A guest"]
        ],
    ]
