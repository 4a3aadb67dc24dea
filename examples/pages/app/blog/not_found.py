"""Shown inside the blog's layout when a page of the blog calls `not_found()`."""

from htpy import Renderable, a, fragment, h1, p

metadata = {"title": "No such post"}


def not_found() -> Renderable:
    return fragment[h1["There is no such post"], p["Here are ", a(href="/blog")["those that there are"], "."]]
