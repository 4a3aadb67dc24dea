"""Pictures made of pixels: which kind one is, and how large, told by its first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from byway.imaging.errors import ImageError, at
from byway.imaging.limits import MAX_PICTURE_PIXELS


@dataclass(frozen=True, slots=True)
class Raster:
    """The kind of a picture, and its size in pixels."""

    kind: Literal["png", "jpeg", "gif", "webp"]
    width: int
    height: int


def checked_raster(data: bytes, where: str) -> Raster | None:
    """What picture ``data`` is; None when it is no PNG, JPEG, GIF or WebP.

    Raises `ImageError` when it is broken, or larger than the limits allow.
    """
    try:
        raster = _identify(data)
    except (IndexError, ValueError):
        raise ImageError(f"A picture is cut short or broken{at(where)}.") from None
    if raster is not None and raster.width * raster.height > MAX_PICTURE_PIXELS:
        raise ImageError(
            f"A picture has {raster.width} by {raster.height} pixels{at(where)}, more than the "
            f"{MAX_PICTURE_PIXELS:,} that are allowed: use a smaller one."
        )
    return raster


def _identify(data: bytes) -> Raster | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Raster("png", _big(data[16:20]), _big(data[20:24]))
    if data.startswith((b"GIF87a", b"GIF89a")):
        return Raster("gif", _little(data[6:8]), _little(data[8:10]))
    if data.startswith(b"\xff\xd8"):
        return Raster("jpeg", *_jpeg_size(data))
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return Raster("webp", *_webp_size(data))
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
