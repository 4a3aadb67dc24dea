from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.metadata.images import ImageInfo, read_image

from .pictures import avif, box, gif, ico, jpeg, png, webp, webp_extended, webp_lossless, webp_lossy

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10" width="10" height="10"><circle r="4"/></svg>'


@pytest.mark.parametrize(
    ("data", "content_type", "size"),
    [
        (png(32, 16), "image/png", (32, 16)),
        (png(1200, 630), "image/png", (1200, 630)),
        (gif(30, 20), "image/gif", (30, 20)),
        (gif(40_000, 1, b"87a"), "image/gif", (40_000, 1)),
        (jpeg(60, 30), "image/jpeg", (60, 30)),
        (jpeg(1200, 630, frame=0xC2), "image/jpeg", (1200, 630)),
        (ico((16, 16)), "image/x-icon", (16, 16)),
        (ico((256, 256)), "image/x-icon", (256, 256)),
        (webp_lossy(300, 200), "image/webp", (300, 200)),
        (webp_lossless(16_384, 3), "image/webp", (16_384, 3)),
        (webp_extended(70_000, 66_000), "image/webp", (70_000, 66_000)),
        (avif((640, 480)), "image/avif", (640, 480)),
        (avif((512, 512), (2000, 1500), (512, 512)), "image/avif", (2000, 1500)),
        (avif((8, 9), brand=b"avis"), "image/avif", (8, 9)),
    ],
)
def test_type_and_size_are_read_from_the_bytes(data: bytes, content_type: str, size: tuple[int, int]) -> None:
    info = read_image(data)
    assert info == ImageInfo(content_type, (size,))
    assert info.size == size
    assert info.sizes == f"{size[0]}x{size[1]}"


def test_an_icon_has_the_sizes_of_all_its_pictures() -> None:
    info = read_image(ico((16, 16), (256, 256), (48, 48), (16, 16)))
    assert info is not None
    assert info.sizes == "16x16 256x256 48x48"
    assert info.size == (256, 256)


@pytest.mark.parametrize(
    "data",
    [
        SVG,
        b"\xef\xbb\xbf" + SVG,
        b'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made > by hand -->\n' + SVG,
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd" [<!ENTITY a "<b>">]>' + SVG,
        b"  <!DOCTYPE svg>\n<svg/>",
        b'<svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
    ],
)
def test_an_svg_has_any_size(data: bytes) -> None:
    info = read_image(data)
    assert info == ImageInfo("image/svg+xml")
    assert info.size is None
    assert info.sizes == "any"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"hello",
        b"<html><svg></svg></html>",
        b"<svgx/>",
        b"<!-- <svg/> ",
        b"\x00\x00\x02\x00\x01\x00",  # a cursor
        b"RIFF\0\0\0\0WAVEfmt ",
        box(b"ftyp", b"heic" + bytes(8)),
    ],
)
def test_what_is_no_image_is_none(data: bytes) -> None:
    assert read_image(data) is None


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (png(1, 1)[:20], "image/png"),
        (png(1, 1)[:16] + bytes(8), "image/png"),  # 0 by 0
        (gif(1, 1)[:8], "image/gif"),
        (jpeg(1, 1)[:30], "image/jpeg"),
        (b"\xff\xd8\xff\xe0\x00\x04ab" + bytes(20), "image/jpeg"),
        (ico((16, 16))[:6], "image/x-icon"),
        (webp(b"VP8 ", b""), "image/webp"),
        (webp(b"WHAT", bytes(20)), "image/webp"),
        (avif(), "image/avif"),
        (avif((1, 1))[:40], "image/avif"),
    ],
)
def test_what_is_cut_off_has_a_type_but_no_size(data: bytes, content_type: str) -> None:
    assert read_image(data) == ImageInfo(content_type)


def test_boxes_of_long_and_of_open_length_are_read() -> None:
    extent = box(b"ispe", struct.pack(">III", 0, 7, 5))
    inner = box(b"iprp", box(b"ipco", extent))
    long = struct.pack(">I4sQ", 1, b"meta", 16 + 4 + len(inner)) + bytes(4) + inner
    to_the_end = struct.pack(">I4s", 0, b"meta") + bytes(4) + inner
    start = box(b"ftyp", b"avif" + bytes(4))
    for data in (start + long, start + to_the_end):
        assert read_image(data) == ImageInfo("image/avif", ((7, 5),))


@given(
    st.sampled_from(
        [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF89a", b"\0\0\1\0", b"RIFF    WEBPVP8X", b"    ftypavif", b"<svg "]
    ),
    st.binary(max_size=200),
)
def test_whatever_follows_a_signature_is_read_without_an_error(signature: bytes, rest: bytes) -> None:
    assert read_image(signature + rest) is not None
