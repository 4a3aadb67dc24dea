"""The root layout: the document around every page."""

from htpy import Element, Node, a, body, head, html, main, nav, style
from markupsafe import Markup

from byway.metadata import Metadata

# Byway adds the charset and the viewport by itself.
metadata: Metadata = {"title": {"template": "%s | Byway pages", "default": "Byway pages"}}

STYLE = Markup("""
:root { color-scheme: light dark; --line: light-dark(#e4e2dc, #35343a); --muted: light-dark(#6b6a70, #a3a2aa);
  --accent: light-dark(#b3372f, #ff8a80); --card: light-dark(#fff, #1d1d21) }
body { max-width: 42rem; margin: 0 auto; padding: 0 1.25rem 4rem; background: light-dark(#fbfaf7, #141417);
  font: 1.0625rem/1.6 system-ui, sans-serif }
nav { display: flex; flex-wrap: wrap; gap: 1.25rem; padding: 1.5rem 0; border-bottom: 1px solid var(--line) }
nav a { color: inherit; text-decoration: none } nav a:hover { color: var(--accent) }
a { color: var(--accent) }
main { padding-top: 2rem }
h1 { margin: 0 0 1rem; font-size: 2rem; line-height: 1.2; text-wrap: balance }
small, .muted { color: var(--muted) }
.blog > small { display: block; margin-bottom: .25rem }
ul { padding: 0; list-style: none; display: grid; gap: .6rem }
li, .card { padding: .7rem 1.1rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--card) }
button { font: inherit; padding: .4rem 1rem; border: 1px solid var(--line); border-radius: .5rem; cursor: pointer }
.grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: 1rem }
.card strong { display: block; font-size: 1.75rem }
.wrong { border-left: .3rem solid var(--accent) }
.bone { height: 1.1em; margin: .6rem 0; border-radius: .4rem; background: var(--line); animation: pulse 1.2s infinite }
.enter { animation: enter .25s ease-out }
@keyframes pulse { 50% { opacity: .4 } }
@keyframes enter { from { opacity: 0; transform: translateY(.4rem) } }
""")
LINKS = {
    "/": "Home",
    "/blog": "Blog",
    "/slow": "Slow",
    "/dashboard": "Dashboard",
    "/members": "Members",
    "/broken": "Broken",
    "/about": "About",
}


def layout(children: Node) -> Element:
    return html(lang="en")[
        head[style[STYLE]],
        body[
            nav[(a(href=path)[name] for path, name in LINKS.items())],
            main[children],
        ],
    ]
