from htpy import Element, Node, body, html


def layout(children: Node) -> Element:
    return html[body[children]]
