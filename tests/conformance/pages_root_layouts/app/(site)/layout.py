from htpy import Element, Node, body, html

metadata = {"title": {"default": "Site", "template": "%s - Site"}}


def layout(children: Node) -> Element:
    return html(lang="en")[body(id="site")[children]]
