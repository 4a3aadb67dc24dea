"""What is wrong with an image's markup or options."""

from __future__ import annotations


class ImageError(ValueError):
    """An image that cannot be drawn as it is described; the message names the element, what is wrong and the cure."""


def at(path: str) -> str:
    """``path`` (``div > p``) as messages end with it."""
    return f" (at {path})" if path else ""
