"""Pictures: where markup may take them from, and what they are told to be by their bytes."""

from __future__ import annotations

import base64
import contextlib
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from byway.imaging.data_uris import decode_data_uri
from byway.imaging.errors import ImageError
from byway.imaging.limits import MAX_DEPTH, MAX_PICTURE_BYTES, MAX_SVG_BYTES, MAX_SVG_ELEMENTS
from byway.imaging.markup import parse
from byway.imaging.sources import data_uri, identify, references

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 20"/>'


def picture(kind: str, width: int = 30, height: int = 20, **options: object) -> bytes:
    stream = BytesIO()
    Image.new("RGB", (width, height), "red").save(stream, kind, **options)
    return stream.getvalue()


PNG = picture("png")


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("png", PNG),
        ("jpeg", picture("jpeg")),
        ("jpeg", picture("jpeg", progressive=True)),
        ("gif", picture("gif")),
        ("webp", picture("webp")),
        ("webp", picture("webp", lossless=True)),
        ("webp", picture("webp", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0")),
    ],
)
def test_type_and_size_are_read_from_the_bytes(kind: str, data: bytes) -> None:
    found = identify(data, "img")

    assert (found.kind, found.width, found.height) == (kind, 30, 20)


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="40" height="20px"', (40, 20)),
        ('viewBox="0 0 40 20"', (40, 20)),
        ('viewBox="0,0,40,20" width="80"', (80, 40)),
        ('viewBox="0 0 40 20" height="40"', (80, 40)),
        ('viewBox="0 0 40 20" width="10" height="10"', (10, 10)),
        ('width="100%" height="1em" viewBox="a b"', (None, None)),
        ('viewBox="0 0 0 20"', (None, None)),
        ("", (None, None)),
    ],
)
def test_size_of_an_svg_is_that_of_its_root_or_view_box(
    attributes: str, size: tuple[float | None, float | None]
) -> None:
    data = f'<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg" {attributes}><rect/></svg>'

    found = identify(data.encode(), "img")

    assert (found.kind, found.width, found.height) == ("svg", *size)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "Unsupported image type (at img). Use PNG, JPEG, GIF, WebP or SVG."),
        (b"\0\0\0 ftypavif", "Unsupported image type (at img). Use PNG, JPEG, GIF, WebP or SVG."),
        (b"<html></html>", "Unsupported image type (at img). Use PNG, JPEG, GIF, WebP or SVG."),
        (PNG[:16], "A picture is cut short or broken (at img)."),
        (b"\xff\xd8\xff\xe0\0\x04ab", "A picture is cut short or broken (at img)."),
        (b"RIFF\0\0\0\0WEBPabcd", "A picture is cut short or broken (at img)."),
        (b"<svg><g></svg>", "An SVG is not well-formed (at img): mismatched tag: line 1, column 10."),
        (b"<?xml version='1.0'?><html/>", "A picture is XML, but no SVG: its root is <html> (at img)."),
        (
            b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>',
            "An SVG that declares entities is not drawn (at img). Write what they stand for.",
        ),
        (
            b"<svg>" + b"<g>" * 20_000,
            "More than 100 elements of an SVG stand within one another (at img).",
        ),
        (
            b"<svg>" + b"<g/>" * MAX_SVG_ELEMENTS + b"</svg>",
            "An SVG has more than 10,000 elements (at img).",
        ),
        (
            b"<svg>" + b" " * MAX_SVG_BYTES + b"</svg>",
            "An SVG has more than 2,097,152 bytes (at img): use a simpler one.",
        ),
        (
            b"<svg><filter><feMorphology radius='9999'/></filter></svg>",
            "An SVG has a <feMorphology>, which is not drawn (at img). Leave it out.",
        ),
        (
            b"<svg>" + b"<g mask='url(#a)' style='opacity:.5'/>" * 91 + b"</svg>",
            "An SVG has too many filters, masks and opacities (at img): use a simpler one.",
        ),
        (
            b"<svg><filter>" + b"<feBlend/>" * 101 + b"</filter></svg>",
            "An SVG has too many filters, masks and opacities (at img): use a simpler one.",
        ),
        (
            b"<svg><image href='data:image/svg+xml;base64,PHN2Zy8+'/></svg>",
            "An SVG refers to a picture that is no PNG, JPEG, GIF or WebP (at img). "
            "Put the elements of an SVG into it.",
        ),
        (
            b"<svg xmlns:x='http://www.w3.org/1999/xlink'><feImage x:href=' DATA:,a'/></svg>",
            "An SVG refers to a picture that is no PNG, JPEG, GIF or WebP (at img). "
            "Put the elements of an SVG into it.",
        ),
        (
            b"<svg><image href='data:;base64,"
            + base64.b64encode(PNG[:16] + (50_000).to_bytes(4, "big") * 2)
            + b"'/></svg>",
            "A picture has 50000 by 50000 pixels (at img), more than the 40,000,000 that are allowed: "
            "use a smaller one.",
        ),
        (
            PNG[:16] + (50_000).to_bytes(4, "big") * 2 + PNG[24:],
            "A picture has 50000 by 50000 pixels (at img), more than the 40,000,000 that are allowed: "
            "use a smaller one.",
        ),
        (
            PNG + b"\0" * MAX_PICTURE_BYTES,
            "A picture has more than 10,485,760 bytes (at img): use a smaller one.",
        ),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        identify(data, "img")

    assert str(raised.value) == message


def test_svg_may_be_nested_as_deep_as_the_limit() -> None:
    depth = MAX_DEPTH - 1

    assert identify(b"<svg>" + b"<g>" * depth + b"</g>" * depth + b"</svg>", "img").kind == "svg"


def test_svg_may_hold_pictures_of_pixels() -> None:
    source = base64.b64encode(PNG)

    assert (
        identify(b"<svg><image href='data:image/png;base64," + source + b"'/><use href='#a'/></svg>", "img").kind
        == "svg"
    )


@given(st.binary(max_size=64), st.sampled_from([b"", PNG[:8], b"\xff\xd8\xff", b"GIF89a", b"RIFF    WEBP", b"<svg"]))
def test_any_bytes_are_identified_or_refused(data: bytes, head: bytes) -> None:
    with contextlib.suppress(ImageError):
        identify(head + data, "img")


@pytest.mark.parametrize(
    "uri",
    [
        "data:image/png;base64," + base64.b64encode(b"a picture").decode(),
        "data:image/png;base64,YSBwaWN0\ndXJl",
        "data:image/png;base64,YSBwaWN0dXJl%0A",
        "DATA:;BASE64,YSBwaWN0dXJl",
        "data:,a%20picture",
        "data:image/svg+xml;utf8,a picture",
    ],
)
def test_data_uri_is_decoded(uri: str) -> None:
    assert decode_data_uri(uri, "") == b"a picture"


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("data:image/png", "The data: URI 'data:image/png' has no comma, hence no data (at img)."),
        ("data:;base64,A", "The data: URI 'data:;base64,A' is not valid base64 (at img)."),
        (
            "data:," + "a" * (3 * MAX_PICTURE_BYTES + 1),
            "A picture in a data: URI has more than 10,485,760 bytes (at img): use a smaller one.",
        ),
    ],
    ids=["comma", "base64", "size"],
)
def test_broken_data_uri_is_refused(uri: str, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        decode_data_uri(uri, "img")

    assert str(raised.value) == message


def test_data_uri_of_bytes_and_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "logo.svg").write_bytes(SVG)

    assert decode_data_uri(data_uri(SVG), "") == SVG
    assert data_uri(tmp_path / "logo.svg") == data_uri(SVG)
    assert data_uri(SVG).startswith("data:image/svg+xml;base64,")
    with pytest.raises(ImageError, match="Unsupported image type"):
        data_uri(b"text")


def test_every_reference_is_found() -> None:
    html = """
        <div style="background: url(https://a.example/1.png), url('data:,2')">
          <img src=" https://a.example/3.png ">
          <p style="mask-image: url(http://a.example/4.png)">a</p>
        </div>
    """

    assert [(reference.source, reference.path) for reference in references(parse(html))] == [
        ("https://a.example/1.png", "div"),
        ("data:,2", "div"),
        ("https://a.example/3.png", "div > img"),
        ("http://a.example/4.png", "div > p"),
    ]


@pytest.mark.parametrize("source", ["/a.png", "a.png", "file:///etc/passwd", "//a.example/a.png", "ftp://a/b"])
@pytest.mark.parametrize("html", ['<p><img src="{}"></p>', '<p style="background-image: url({})"></p>'])
def test_only_absolute_urls_and_data_are_sources(html: str, source: str) -> None:
    with pytest.raises(ImageError) as raised:
        list(references(parse(html.format(source))))

    path = "p > img" if "img" in html else "p"
    assert str(raised.value) == (
        f"Image source must be an absolute URL: {source} (at {path}). Use http:// or https://, or a data: URI: "
        "byway.og.data_uri(…) makes one of bytes or of a file."
    )


def test_img_without_source_is_refused() -> None:
    with pytest.raises(ImageError) as raised:
        list(references(parse("<img>")))

    assert str(raised.value) == "Image source is not provided (at img). Give <img> a src."
