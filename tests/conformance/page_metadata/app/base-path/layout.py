from htpy import Node

from byway.server import URL

metadata = {"metadata_base": URL("https://other.example/deep/")}


def layout(children: Node) -> Node:
    return children
