"""Shown with status 404 at every URL that has no route, inside the root layout; a folder may have its own."""

from htpy import Renderable, a, fragment, h1, p

metadata = {"title": "Not found"}


def not_found() -> Renderable:
    return fragment[h1["There is nothing here"], p["Go back to the ", a(href="/")["home page"], "."]]
