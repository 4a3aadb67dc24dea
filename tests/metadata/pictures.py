"""Small real images, made from what their formats are."""

from __future__ import annotations

import struct
import zlib


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = zlib.compress(b"".join(b"\0" + b"\0" * 3 * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def gif(width: int, height: int, version: bytes = b"89a") -> bytes:
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    picture = b"\x2c" + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF" + version + screen + picture + b"\x3b"


def jpeg(width: int, height: int, frame: int = 0xC0) -> bytes:
    """The headers of a JPEG whose frame comes after others, one of them padded."""
    jfif = b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    tables = b"\xff\xff\xff\xc4\x00\x04\xc0\xc0"
    start = struct.pack(">BBHBHHB", 0xFF, frame, 11, 8, height, width, 1) + b"\x01\x11\x00"
    return b"\xff\xd8" + jfif + tables + start + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


def ico(*sizes: tuple[int, int]) -> bytes:
    pictures = [png(width, height) for width, height in sizes]
    at = 6 + 16 * len(pictures)
    entries = b""
    for (width, height), picture in zip(sizes, pictures, strict=True):
        entries += struct.pack("<BBBBHHII", width % 256, height % 256, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return struct.pack("<HHH", 0, 1, len(pictures)) + entries + b"".join(pictures)


def webp(name: bytes, body: bytes) -> bytes:
    data = b"WEBP" + name + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(data)) + data


def webp_lossy(width: int, height: int) -> bytes:
    return webp(b"VP8 ", b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", width | 0x4000, height))


def webp_lossless(width: int, height: int) -> bytes:
    return webp(b"VP8L", b"\x2f" + struct.pack("<I", width - 1 | (height - 1) << 14))


def webp_extended(width: int, height: int) -> bytes:
    return webp(b"VP8X", bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little"))


def box(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", 8 + len(data)) + name + data


def avif(*sizes: tuple[int, int], brand: bytes = b"avif") -> bytes:
    extents = b"".join(box(b"ispe", struct.pack(">III", 0, width, height)) for width, height in sizes)
    properties = box(b"iprp", box(b"ipco", box(b"pixi", bytes(4)) + extents))
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(24)) + properties)
    return box(b"ftyp", brand + bytes(4) + b"mif1") + meta + box(b"mdat", bytes(8))
