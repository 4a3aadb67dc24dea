"""The root layout. The tags that lead to icons, pictures and the manifest go into its head by themselves."""

from htpy import Element, Node, a, body, head, html, main, nav, style
from lib.shop import NAME, ORIGIN, SLOGAN
from markupsafe import Markup

from byway.metadata import Metadata

metadata: Metadata = {"metadata_base": ORIGIN, "title": NAME, "description": SLOGAN}

STYLE = Markup("""
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 sans-serif; background: #fff }
body, a { color: #1f2937 }
nav a { margin-right: 1rem }
figure { margin: 0 }
figcaption { font-size: 0.8rem }
img { max-width: 100%; border-radius: 6px }
.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1.5rem; align-items: end }
""")
LINKS = {"/": "Home", "/items/pencil": "Pencil", "/items/ink": "Ink", "/items/notebook": "Notebook", "/about": "About"}


def layout(children: Node) -> Element:
    return html(lang="en")[
        head[style[STYLE]],
        body[nav[(a(href=path)[name] for path, name in LINKS.items())], main[children]],
    ]
