"""SVG files, looked through before the engine reads them: what it would take too long for, or not come back from.

Its parser goes down the tree on a thread's stack, that of an SVG within an SVG as well; and a few bytes of SVG can ask
for minutes of work.
"""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from byway.imaging.data_uris import decode_data_uri
from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_DEPTH, MAX_SVG_BYTES, MAX_SVG_ELEMENTS, MAX_SVG_LAYERS
from byway.imaging.rasters import checked_raster

_START: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml|!--|!DOCTYPE|(?:[\w-]+:)?svg\b)", re.IGNORECASE)
# What filters take long for.
_COSTLY: Final = frozenset(
    {
        "feConvolveMatrix",
        "feDiffuseLighting",
        "feDisplacementMap",
        "feMorphology",
        "feSpecularLighting",
        "feTurbulence",
    }
)
_LAYER: Final = re.compile(r"\b(filter|mask|opacity)\b")
_PIXELS: Final = re.compile(r"\s*(\d+\.?\d*|\.\d+)\s*(?:px)?\s*")


def is_svg(data: bytes) -> bool:
    """Whether ``data`` begins as an SVG file does."""
    return _START.match(data) is not None


def svg_size(data: bytes, where: str) -> tuple[float | None, float | None]:
    """Width and height of an SVG file in pixels; what it does not say, its ``viewBox`` tells. None when neither does.

    Raises `ImageError` when it is not well-formed, is no SVG, declares entities, holds pictures that are none, or asks
    for more than the limits allow.
    """
    if len(data) > MAX_SVG_BYTES:
        raise ImageError(f"An SVG has more than {MAX_SVG_BYTES:,} bytes{at(where)}: use a simpler one.")
    reader = _Reader(where)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.EntityDeclHandler = reader.declare
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise ImageError(f"An SVG is not well-formed{at(where)}: {error}.") from None
    return _size(reader.root)


class _Reader:
    def __init__(self, where: str) -> None:
        self.root: dict[str, str] = {}
        self._where = where
        self._depth = self._elements = self._layers = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        if self._depth == 0:
            if name != "svg":
                raise ImageError(f"A picture is XML, but no SVG: its root is <{name[:40]}>{at(self._where)}.")
            self.root.update(attributes)
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise ImageError(f"More than {MAX_DEPTH} elements of an SVG stand within one another{at(self._where)}.")
        if self._elements > MAX_SVG_ELEMENTS:
            raise ImageError(f"An SVG has more than {MAX_SVG_ELEMENTS:,} elements{at(self._where)}.")
        if name in _COSTLY:
            raise ImageError(f"An SVG has a <{name}>, which is not drawn{at(self._where)}. Leave it out.")
        self._count_layers(name, attributes)
        for key, value in attributes.items():
            # Whatever prefix XLink goes by.
            if key.rpartition(":")[2] == "href":
                self._check_embedded(value)

    def end(self, name: str) -> None:
        self._depth -= 1

    def declare(self, *_: object) -> None:
        raise ImageError(f"An SVG that declares entities is not drawn{at(self._where)}. Write what they stand for.")

    def _count_layers(self, name: str, attributes: dict[str, str]) -> None:
        if name.startswith("fe"):
            self._layers += 10
        for key in (*attributes, *_LAYER.findall(attributes.get("style", ""))):
            self._layers += {"opacity": 1, "filter": 10, "mask": 10}.get(key, 0)
        if self._layers > MAX_SVG_LAYERS:
            raise ImageError(f"An SVG has too many filters, masks and opacities{at(self._where)}: use a simpler one.")

    def _check_embedded(self, reference: str) -> None:
        """Within an SVG, a ``data:`` URI is a picture made of pixels."""
        reference = reference.strip()
        if (
            reference[:5].lower() == "data:"
            and checked_raster(decode_data_uri(reference, self._where), self._where) is None
        ):
            raise ImageError(
                f"An SVG refers to a picture that is no PNG, JPEG, GIF or WebP{at(self._where)}. "
                "Put the elements of an SVG into it."
            )


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
