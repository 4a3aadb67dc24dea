"""SVG files, looked through before the engine reads them: its parser goes down the tree on a thread's stack."""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_DEPTH

_START: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|(?:[\w-]+:)?svg\b)", re.IGNORECASE)
_PIXELS: Final = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(?:px)?\s*")


def is_svg(data: bytes) -> bool:
    """Whether ``data`` begins as an SVG file does."""
    return _START.match(data) is not None


def svg_size(data: bytes, where: str) -> tuple[float | None, float | None]:
    """Width and height of an SVG file in pixels; what it does not say, its ``viewBox`` tells. None when neither does.

    Raises `ImageError` when it is not well-formed, is no SVG, declares entities, or is nested too deeply.
    """
    root: dict[str, str] = {}
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0:
            if name.rpartition(":")[2] != "svg":
                raise ImageError(f"A picture is XML, but no SVG: its root is <{name[:40]}>{at(where)}.")
            root.update(attributes)
        depth += 1
        if depth > MAX_DEPTH:
            raise ImageError(f"More than {MAX_DEPTH} elements of an SVG stand within one another{at(where)}.")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    def declare(*_: object) -> None:
        raise ImageError(f"An SVG that declares entities is not drawn{at(where)}. Write what they stand for.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.EntityDeclHandler = declare
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ImageError(f"An SVG is not well-formed{at(where)}: {error}.") from None
    return _size(root)


def _size(root: dict[str, str]) -> tuple[float | None, float | None]:
    width, height = _pixels(root.get("width", "")), _pixels(root.get("height", ""))
    try:
        _, _, across, down = map(float, root.get("viewBox", "").replace(",", " ").split())
    except ValueError:
        return width, height
    if (width is None) == (height is None) or not across > 0 or not down > 0:
        return (across, down) if width is None and across > 0 and down > 0 else (width, height)
    if width is None:
        assert height is not None
        return height * across / down, height
    return width, width * down / across


def _pixels(value: str) -> float | None:
    match = _PIXELS.fullmatch(value)
    return float(match[1]) if match else None
