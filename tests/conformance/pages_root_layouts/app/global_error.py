from htpy import Element, body, html, p


def global_error() -> Element:
    return html[body[p["global trouble"]]]
