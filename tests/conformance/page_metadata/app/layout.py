from htpy import Element, Node, body, html

from byway.server import URL

metadata = {
    "metadata_base": URL("https://acme.example"),
    "title": {"template": "%s | Acme", "default": "Acme"},
    "description": "The root",
}


def layout(children: Node) -> Element:
    return html(lang="en")[body[children]]
