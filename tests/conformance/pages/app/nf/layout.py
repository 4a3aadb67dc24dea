from htpy import Element, Node, div


def layout(children: Node) -> Element:
    return div(id="nf")[children]
