"""The root layout. Its head links the icons and the manifest, as long as pages do not do that by themselves."""

from htpy import Element, Node, a, body, head, html, link, main, meta, nav, style, title
from lib.shop import NAME
from markupsafe import Markup

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
        head[
            meta(charset="utf-8"),
            meta(name="viewport", content="width=device-width, initial-scale=1"),
            title[NAME],
            link(rel="manifest", href="/manifest.webmanifest"),
            link(rel="icon", href="/favicon.ico", sizes="16x16 32x32"),
            link(rel="icon", href="/icon.svg", type="image/svg+xml", sizes="any"),
            link(rel="apple-touch-icon", href="/apple-icon", type="image/png", sizes="180x180"),
            style[STYLE],
        ],
        body[nav[(a(href=path)[name] for path, name in LINKS.items())], main[children]],
    ]
