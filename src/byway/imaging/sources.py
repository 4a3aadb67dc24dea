"""The pictures that markup names: where they are, and what they are.

A picture is a ``data:`` URI, or at an ``http(s)`` URL. Files are not read by name: a path in markup may come from
anyone. `data_uri` makes a picture of a file or of bytes that an app has chosen itself.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias
from urllib.parse import unquote_to_bytes

from byway.imaging.css import urls
from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_PICTURE_BYTES, MAX_PICTURE_PIXELS
from byway.imaging.markup import Element, Node
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


def decode_data_uri(uri: str, where: str) -> bytes:
    """The bytes of a ``data:`` URI.

    Raises `ImageError` when it is none, or too large.
    """
    head, comma, body = uri.partition(",")
    if not comma:
        raise ImageError(f"The data: URI {uri[:60]!r} has no comma, hence no data{at(where)}.")
    if len(body) > MAX_PICTURE_BYTES * 3:
        raise too_large("A picture in a data: URI", where)
    data = unquote_to_bytes(body)
    if head.lower().endswith(";base64"):
        try:
            data = base64.b64decode(b"".join(data.split()) + b"==")
        except binascii.Error:
            raise ImageError(f"The data: URI {uri[:60]!r} is not valid base64{at(where)}.") from None
    return data


def too_large(what: str, where: str) -> ImageError:
    """The error for a picture of too many bytes."""
    return ImageError(f"{what} has more than {MAX_PICTURE_BYTES:,} bytes{at(where)}: use a smaller one.")


def identify(data: bytes, where: str) -> Picture:
    """What picture ``data`` is, told by its bytes alone.

    Raises `ImageError` when it is no PNG, JPEG, GIF, WebP or SVG, or larger than the limits allow.
    """
    if len(data) > MAX_PICTURE_BYTES:
        raise too_large("A picture", where)
    if is_svg(data):
        return Picture("svg", data, *svg_size(data, where))
    try:
        picture = _identify(data)
    except (IndexError, ValueError):
        raise ImageError(f"A picture is cut short or broken{at(where)}.") from None
    if picture is None:
        raise ImageError(f"Unsupported image type{at(where)}. Use PNG, JPEG, GIF, WebP or SVG.")
    if (picture.width or 0) * (picture.height or 0) > MAX_PICTURE_PIXELS:
        raise ImageError(
            f"A picture has {picture.width:.0f} by {picture.height:.0f} pixels{at(where)}, more than the "
            f"{MAX_PICTURE_PIXELS:,} that are allowed: use a smaller one."
        )
    return picture


def _identify(data: bytes) -> Picture | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Picture("png", data, _big(data[16:20]), _big(data[20:24]))
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Picture("gif", data, _little(data[6:8]), _little(data[8:10]))
    if data.startswith(b"\xff\xd8"):
        return Picture("jpeg", data, *_jpeg_size(data))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Picture("webp", data, *_webp_size(data))
    return None


def _big(data: bytes) -> int:
    if not data:
        raise IndexError
    return int.from_bytes(data, "big")


def _little(data: bytes) -> int:
    if not data:
        raise IndexError
    return int.from_bytes(data, "little")


def _jpeg_size(data: bytes) -> tuple[int, int]:
    position = 2
    while True:
        if data[position] != 0xFF:
            raise ValueError
        while data[position] == 0xFF:
            position += 1
        marker = data[position]
        position += 1
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _big(data[position + 5 : position + 7]), _big(data[position + 3 : position + 5])
        if marker != 0x01 and not 0xD0 <= marker <= 0xD7:
            position += _big(data[position : position + 2])


def _webp_size(data: bytes) -> tuple[int, int]:
    match data[12:16]:
        case b"VP8X":
            return _little(data[24:27]) + 1, _little(data[27:30]) + 1
        case b"VP8L":
            bits = _little(data[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            return _little(data[26:28]) & 0x3FFF, _little(data[28:30]) & 0x3FFF
        case _:
            raise ValueError
