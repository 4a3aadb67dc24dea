from htpy import Element, Node, section


def layout(children: Node) -> Element:
    return section(id="outer")[children]
