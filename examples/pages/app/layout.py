"""The root layout: the document around every page."""

from htpy import Element, Node, a, body, head, html, main, nav, style
from markupsafe import Markup

from byway.metadata import Metadata

# Byway adds the charset and the viewport by itself.
metadata: Metadata = {"title": {"template": "%s | Byway pages", "default": "Byway pages"}}

STYLE = Markup("body { max-width: 40rem; margin: 2rem auto; font-family: sans-serif } nav a { margin-right: 1rem }")
LINKS = {"/": "Home", "/blog": "Blog", "/about": "About"}


def layout(children: Node) -> Element:
    return html(lang="en")[
        head[style[STYLE]],
        body[
            nav[(a(href=path)[name] for path, name in LINKS.items())],
            main[children],
        ],
    ]
