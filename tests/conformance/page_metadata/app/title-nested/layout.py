from htpy import Node

metadata = {"title": {"template": "%s - Inner", "default": "Inner default"}}


def layout(children: Node) -> Node:
    return children
