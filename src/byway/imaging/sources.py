"""The pictures that markup names: where they are, and what they are.

A picture is a ``data:`` URI, or at an ``http(s)`` URL. Files are not read by name: a path in markup may come from
anyone. `data_uri` makes a picture of a file or of bytes that an app has chosen itself.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from byway.imaging.css import urls
from byway.imaging.data_uris import too_large
from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_PICTURE_BYTES
from byway.imaging.markup import Element, Node
from byway.imaging.rasters import checked_raster
from byway.imaging.svg import is_svg, svg_size

Kind: TypeAlias = Literal["png", "jpeg", "gif", "webp", "svg"]
_MEDIA_TYPES: Final = {
    "png": "image/png",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}

#: Styles whose value may refer to a picture.
STYLES_WITH_URLS: Final = ("background", "backgroundImage", "mask", "maskImage", "WebkitMaskImage")

_URL: Final = re.compile(r"\Ahttps?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's bytes, what they are, and its own size in pixels; None where an SVG does not say."""

    kind: Kind
    data: bytes
    width: float | None
    height: float | None


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture that is named somewhere in the markup: ``path`` says where."""

    source: str
    path: str


def data_uri(picture: bytes | Path) -> str:
    """``picture``, or the file at that path, as a ``data:`` URI for ``<img src=…>`` and ``url(…)``.

    Raises `ImageError` when it is no PNG, JPEG, GIF, WebP or SVG, or too large; ``OSError`` when it cannot be read.
    """
    data = picture.read_bytes() if isinstance(picture, Path) else bytes(picture)
    kind = identify(data, "data_uri(…)").kind
    return f"data:{_MEDIA_TYPES[kind]};base64,{base64.b64encode(data).decode()}"


def references(nodes: Iterable[Node]) -> Iterator[Reference]:
    """Every picture that ``nodes`` and what is in them refer to; one may come several times.

    Raises `ImageError` for what is neither a ``data:`` URI nor an absolute URL.
    """
    for node in nodes:
        if isinstance(node, str):
            continue
        if node.tag == "img":
            source = node.attributes.get("src", "").strip()
            if not source:
                raise ImageError(f"Image source is not provided{at(node.path)}. Give <img> a src.")
            yield _checked(source, node)
        for name in STYLES_WITH_URLS:
            value = node.style.get(name)
            if value is not None and "url(" in value:
                yield from (_checked(source, node) for source in urls(value))
        yield from references(node.children)


def is_remote(source: str) -> bool:
    """Whether ``source`` is to be loaded from elsewhere."""
    return _URL.match(source) is not None


def _checked(source: str, element: Element) -> Reference:
    if not is_remote(source) and source[:5].lower() != "data:":
        raise ImageError(
            f"Image source must be an absolute URL: {source[:200]}{at(element.path)}. Use http:// or https://, or a "
            "data: URI: byway.og.data_uri(…) makes one of bytes or of a file."
        )
    return Reference(source, element.path)


def identify(data: bytes, where: str) -> Picture:
    """What picture ``data`` is, told by its bytes alone.

    Raises `ImageError` when it is no PNG, JPEG, GIF, WebP or SVG, or larger than the limits allow.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise too_large("A picture", where)
    if is_svg(data):
        return Picture("svg", data, *svg_size(data, where))
    raster = checked_raster(data, where)
    if raster is None:
        raise ImageError(f"Unsupported image type{at(where)}. Use PNG, JPEG, GIF, WebP or SVG.")
    return Picture(raster.kind, data, raster.width, raster.height)
