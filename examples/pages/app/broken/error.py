"""Shown in the place of what fails in this folder. In production the message is masked; the log has the digest."""

from htpy import Element, a, code, div, p

from byway.server import RenderError


def error(error: RenderError) -> Element:
    return div(".card.wrong")[
        p[error.message],
        p(".muted")["The log has more under ", code[error.digest], ". ", a(href="/broken")["Start again"], "."],
    ]
