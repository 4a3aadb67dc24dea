from typing import Any

from htpy import Element, body, html


def layout(children: Any) -> Element:
    return html(lang="en")[body[children]]
