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
# Bytes that are packed at once. A whole image at once would be written to memory that is new to the process each time,
# which takes longer than packing it.
_BLOCK: Final = 64 * 1024


def encode(pixels: bytes, width: int, height: int) -> bytes:
    """``pixels``, four bytes each (red, green, blue, alpha), row by row, as a PNG."""
    stride = width * 4
    block = max(1, _BLOCK // stride) * stride
    compressor = zlib_ng.compressobj(_LEVEL)  # pyright: ignore[reportUnknownMemberType]
    packed: list[bytes] = []
    for first in range(0, len(pixels), block):
        starts = range(first, min(first + block, len(pixels)), stride)
        rows = b"".join([b"\0" + pixels[start : start + stride] for start in starts])
        packed.append(compressor.compress(rows))  # pyright: ignore[reportUnknownMemberType]
    packed.append(compressor.flush())
    data = b"".join(packed)
    header = struct.pack(">IIBBBBB", width, height, 8, _RGBA, 0, 0, 0)
    return b"".join([_SIGNATURE, _chunk(b"IHDR", header), _chunk(b"IDAT", data), _chunk(b"IEND", b"")])


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
