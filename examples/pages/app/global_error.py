"""Shown with status 500 when no error.py is around what failed, such as the root layout: a document of its own."""

from htpy import Element, a, body, h1, html, p

from byway.server import RenderError


def global_error(error: RenderError) -> Element:
    return html(lang="en")[
        body(style="max-width: 36rem; margin: 4rem auto; font: 1.1rem/1.6 system-ui, sans-serif")[
            h1["Something went wrong"],
            p["Go back to the ", a(href="/")["home page"], f", or tell us this number: {error.digest}."],
        ]
    ]
