"""Sent at once, with the layouts around it, and shown until the page beside it comes."""

from htpy import Renderable, div, fragment, h1


def loading() -> Renderable:
    return fragment[h1["One moment …"], (div(".bone", style=f"width: {width}%") for width in (90, 75, 82, 40))]
