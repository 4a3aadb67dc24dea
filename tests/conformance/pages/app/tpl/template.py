from htpy import Element, Node, div


def template(children: Node) -> Element:
    return div(id="template")[children]
