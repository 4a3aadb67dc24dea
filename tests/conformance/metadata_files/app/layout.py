from htpy import Element, Node, body, html

metadata = {"metadata_base": "https://site.example", "title": "Root"}


def layout(children: Node) -> Element:
    return html(lang="en")[body[children]]
