"""Type and size of an image, read from its first bytes.

Theory of operation. Each format begins with marks of its own, so the bytes tell the type whatever the file is called.
Then a reader of that format finds the size, without decoding a pixel: where the size stands is the format's business.
What is cut off or broken has a type but no size.

Icons may hold several images, hence several sizes. An SVG has none: it is drawn at any size.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """What the bytes of an image say: its media type, and the sizes of its pictures."""

    content_type: str
    all_sizes: tuple[Size, ...] = ()

    @property
    def size(self) -> Size | None:
        """The size of the largest picture; None when it is unknown, or any."""
        return max(self.all_sizes, key=lambda size: size[0] * size[1], default=None)

    @property
    def sizes(self) -> str:
        """All sizes in the form of an HTML ``sizes`` attribute: ``16x16 32x32``, or ``any``."""
        return " ".join(f"{width}x{height}" for width, height in self.all_sizes) or "any"


def read_image(data: bytes) -> ImageInfo | None:
    """What ``data`` says of itself; None when it is no image of a known type.

    Known are PNG, JPEG, GIF, ICO, SVG, WebP and AVIF.
    """
    for content_type, signature, read_sizes in _FORMATS:
        if signature.match(data):
            try:
                sizes = dict.fromkeys(read_sizes(data))
            except (struct.error, IndexError):
                sizes = {}
            return ImageInfo(content_type, tuple((width, height) for width, height in sizes if width and height))
    return None


def _png(data: bytes) -> Iterator[Size]:
    yield struct.unpack_from(">II", data, 16)


def _gif(data: bytes) -> Iterator[Size]:
    yield struct.unpack_from("<HH", data, 6)


def _jpeg(data: bytes) -> Iterator[Size]:
    at = 2
    while True:
        mark, kind, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF:
            return
        if kind == 0xFF:  # padding
            at += 1
        elif 0xC0 <= kind <= 0xCF and kind not in _JPEG_TABLES:
            height, width = struct.unpack_from(">HH", data, at + 5)
            yield width, height
            return
        else:
            at += 2 + length


# Of the marks that begin a frame, these three mean other things.
_JPEG_TABLES = (0xC4, 0xC8, 0xCC)


def _ico(data: bytes) -> Iterator[Size]:
    for number in range(struct.unpack_from("<H", data, 4)[0]):
        width, height = struct.unpack_from("BB", data, 6 + 16 * number)
        yield width or 256, height or 256


def _svg(_data: bytes) -> Iterator[Size]:
    return iter(())


def _webp(data: bytes) -> Iterator[Size]:
    match data[12:16]:
        case b"VP8 ":
            width, height = struct.unpack_from("<HH", data, 26)
            yield width & 0x3FFF, height & 0x3FFF
        case b"VP8L":
            bits: int = struct.unpack_from("<I", data, 21)[0]
            yield (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            low_width, high_width, low_height, high_height = struct.unpack_from("<HBHB", data, 24)
            yield (high_width << 16 | low_width) + 1, (high_height << 16 | low_height) + 1
        case _:
            pass


def _avif(data: bytes) -> Iterator[Size]:
    # An image in tiles has the size of each besides that of the whole.
    found = [struct.unpack_from(">II", data, at + 4) for at in _boxes(data, _AVIF_PATH, 0, len(data))]
    if found:
        width, height = max(found, key=lambda size: size[0] * size[1])
        yield width, height


_AVIF_PATH = ((b"meta", 4), (b"iprp", 0), (b"ipco", 0), (b"ispe", 0))


def _boxes(data: bytes, path: tuple[tuple[bytes, int], ...], at: int, end: int) -> Iterator[int]:
    """Where the contents of the boxes at ``path`` begin; with each name, how many bytes come before inner boxes."""
    while at + 8 <= end:
        length, name = struct.unpack_from(">I4s", data, at)
        inner = at + 8
        if length == 1:  # a length of 64 bits follows
            length = struct.unpack_from(">Q", data, inner)[0]
            inner += 8
        stop = end if length == 0 else min(at + length, end)
        if name == path[0][0]:
            if path[1:]:
                yield from _boxes(data, path[1:], inner + path[0][1], stop)
            else:
                yield inner
        at = max(stop, at + 8)


_FORMATS: Final[tuple[tuple[str, re.Pattern[bytes], Callable[[bytes], Iterator[Size]]], ...]] = (
    ("image/png", re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    ("image/jpeg", re.compile(rb"\xff\xd8\xff"), _jpeg),
    ("image/gif", re.compile(rb"GIF8[79]a"), _gif),
    ("image/x-icon", re.compile(rb"\x00\x00\x01\x00"), _ico),
    ("image/webp", re.compile(rb"RIFF....WEBP", re.DOTALL), _webp),
    ("image/avif", re.compile(rb"....ftypavi[fs]", re.DOTALL), _avif),
    # The root element comes after a byte order mark, the XML declaration, comments and the document type.
    (
        "image/svg+xml",
        re.compile(
            rb"(?:\xef\xbb\xbf)?(?:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*+(?:\[.*?\])?\s*+>)*+<(?:\w++:)?svg[\s/>]",
            re.DOTALL,
        ),
        _svg,
    ),
)
