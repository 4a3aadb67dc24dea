from htpy import Element, Node, body, html

metadata = {"metadata_base": "https://static.example", "title": "Static"}


def layout(children: Node) -> Element:
    return html(lang="en")[body[children]]
