from __future__ import annotations

from htpy import Element, Node, body, html


def layout(children: Node) -> Element:
    return html(lang="en")[body[children]]
