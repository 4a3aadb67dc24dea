"""Around what every page shows, inside the layout: a new one for each page, so the animation runs each time."""

from htpy import Element, Node, div


def template(children: Node) -> Element:
    return div(".enter")[children]
