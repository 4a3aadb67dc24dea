"""Shown with status 403 when a page of this folder calls `forbidden()`."""

from htpy import Renderable, button, form, fragment, h1, p

metadata = {"title": "No entry"}


def forbidden() -> Renderable:
    return fragment[
        h1["This is not for guests"],
        p["You are signed in, but not as a member."],
        form(method="post", action="/members/sign-in")[button["Sign out"]],
    ]
