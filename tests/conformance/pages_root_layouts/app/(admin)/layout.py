from htpy import Element, Node, body, html

viewport = {"theme_color": "red"}


def layout(children: Node) -> Element:
    return html(lang="de")[body(id="admin")[children]]
