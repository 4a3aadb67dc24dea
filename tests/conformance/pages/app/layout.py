from htpy import Element, Node, body, header, html

metadata = {"title": "App"}


def layout(children: Node) -> Element:
    return html(lang="en")[body(class_="main")[header["top"], children]]
