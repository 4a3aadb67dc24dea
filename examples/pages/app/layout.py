"""The root layout: the document around every page."""

from htpy import Element, Node, a, body, head, html, main, meta, nav, style, title
from markupsafe import Markup

STYLE = Markup("body { max-width: 40rem; margin: 2rem auto; font-family: sans-serif } nav a { margin-right: 1rem }")
LINKS = {"/": "Home", "/blog": "Blog", "/about": "About"}


def layout(children: Node) -> Element:
    return html(lang="en")[
        head[
            meta(charset="utf-8"),
            meta(name="viewport", content="width=device-width, initial-scale=1"),
            title["Byway pages"],
            style[STYLE],
        ],
        body[
            nav[(a(href=path)[name] for path, name in LINKS.items())],
            main[children],
        ],
    ]
