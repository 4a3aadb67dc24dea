"""A page that waits for nothing: a plain function, which the build calls once."""

from htpy import Renderable, fragment, h1, p

metadata = {"title": "About"}


def page() -> Renderable:
    return fragment[h1["About"], p["The folder is the path, page.py is the page, layout.py is what is around it."]]
