"""A nested layout: around the list of posts and around each post, inside the root layout."""

from htpy import Element, Node, section, small


def layout(children: Node) -> Element:
    return section(".blog")[small["The blog"], children]
