"""Writing PNG files.

The engine can do it as well, but most of an image's time would go there. Rows are stored unfiltered, as suits the even
areas of cards and icons.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from zlib_ng import zlib_ng

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_RGBA: Final = 6
_LEVEL: Final = 3


def encode(pixels: bytes, width: int, height: int) -> bytes:
    """``pixels``, four bytes each (red, green, blue, alpha), row by row, as a PNG."""
    stride = width * 4
    rows = b"".join([b"\0" + pixels[start : start + stride] for start in range(0, height * stride, stride)])
    data = zlib_ng.compress(rows, _LEVEL)  # pyright: ignore[reportUnknownMemberType]
    header = struct.pack(">IIBBBBB", width, height, 8, _RGBA, 0, 0, 0)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
