from htpy import Element, Node, body, head, html, title


def layout(children: Node) -> Element:
    return html(lang="en")[head[title["Data"]], body[children]]
