from htpy import Node

metadata = {"title": "Middle"}


def layout(children: Node) -> Node:
    return children
