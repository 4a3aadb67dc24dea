"""`ImageResponse` as an answer: headers, what it draws from, when, and what it refuses."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import htpy
import pytest
from PIL import Image

from byway.asgi import Application
from byway.imaging import engine, response
from byway.imaging.fonts import bundled
from byway.imaging.limits import MAX_FONT_BYTES, MAX_PIXELS
from byway.og import Font, ImageError, ImageResponse
from byway.runtime.app import Mode
from byway.runtime.loading import load_app
from byway.testing import Client

from .support import HERE, drawn, ink, png

BOX = '<div style="width:10px;height:10px;background:red"></div>'


class Finished:
    def __html__(self) -> str:
        return BOX


class Streaming:
    async def aiter_chunks(self) -> AsyncIterator[str]:
        yield BOX[:10]
        await asyncio.sleep(0)
        yield BOX[10:]


def size_of(data: bytes) -> tuple[int, int]:
    return Image.open(BytesIO(data)).size


def test_defaults_are_those_of_the_original() -> None:
    answer = ImageResponse(BOX)

    assert answer.status == 200
    assert sorted(answer.headers.items()) == [
        ("cache-control", "public, max-age=0, must-revalidate"),
        ("content-type", "image/png"),
    ]
    assert size_of(asyncio.run(answer.bytes())) == (1200, 630)


def test_own_status_and_headers_win() -> None:
    answer = ImageResponse(BOX, status=404, headers={"Cache-Control": "max-age=1", "X-A": "1"})

    assert answer.status == 404
    assert answer.headers.get("cache-control") == "max-age=1"
    assert answer.headers.get("content-type") == "image/png"
    assert answer.headers.get("x-a") == "1"


@pytest.mark.parametrize(
    "element", [BOX, Finished(), Streaming(), htpy.div(style="width:10px;height:10px;background:red")]
)
def test_markup_is_html_or_renders_itself(element: Any) -> None:
    assert ink(drawn(element)) == (0, 0, 10, 10)


def test_text_of_an_element_is_escaped_once() -> None:
    assert png(htpy.div["a < b & c"], width=99, height=30) == png("<div>a &lt; b &amp; c</div>", width=99, height=30)


@pytest.mark.parametrize(("element", "name"), [(None, "NoneType"), (["a"], "list"), (3, "int"), (Finished, "type")])
def test_what_is_no_markup_is_refused(element: Any, name: str) -> None:
    with pytest.raises(TypeError) as raised:
        ImageResponse(element)

    assert str(raised.value) == (
        f"ImageResponse({name}): give markup (an object with __html__ or aiter_chunks(), such as an element of htpy), "
        "or a str of HTML."
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "ImageResponse(width=0): a whole number of pixels above 0 is expected."),
        ({"height": 6.5}, "ImageResponse(height=6.5): a whole number of pixels above 0 is expected."),
        (
            {"width": MAX_PIXELS, "height": 2},
            "ImageResponse(width=16777216, height=2): more than 16,777,216 pixels. Draw a smaller image.",
        ),
        (
            {"emoji": "noto"},
            "ImageResponse(emoji='noto'): \"twemoji\" comes with Byway. For other emoji give their colour font, "
            "byway.og.Font(name, data), or None for none.",
        ),
    ],
)
def test_wrong_option_is_refused_at_once(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ImageError) as raised:
        ImageResponse(BOX, **options)

    assert str(raised.value) == message


def test_font_is_needed_as_a_font() -> None:
    with pytest.raises(TypeError, match=r"ImageResponse\(fonts=…\) holds bytes: give byway.og.Font"):
        ImageResponse(BOX, fonts=[b"font"])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("A", b"text"), "Font('A'): data is no font. Give the bytes of a TTF, OTF, WOFF or WOFF2 file."),
        (("A", b"OTTO", 0), "Font('A', weight=0): a whole number from 1 to 1000 is expected."),
        (("A", b"OTTO", 400, "bold"), "Font('A', style='bold'): \"normal\" or \"italic\" is expected."),
    ],
)
def test_wrong_font_is_refused_at_once(arguments: tuple[Any, ...], message: str) -> None:
    with pytest.raises(ImageError) as raised:
        Font(*arguments)

    assert str(raised.value) == message


@pytest.mark.parametrize("data", [b"\0\1\0\0" + bytes(50), b"wOF2" + b"\xff" * 500])
def test_broken_font_is_named(data: bytes) -> None:
    with pytest.raises(ImageError, match=r"Font\('A'\) cannot be read: "):
        png(BOX, fonts=[Font("A", data)])


def test_own_fonts_come_first_and_are_found_by_family_weight_and_style() -> None:
    inter = [
        Font("Inter", (HERE / "fonts" / f"Inter-{name}.woff").read_bytes(), weight, style)
        for name, weight, style in (("Regular", 400, "normal"), ("Bold", 700, "normal"), ("Italic", 400, "italic"))
    ]
    shown = {
        png(f'<p style="{style}">agR</p>', width=90, height=90, fonts=inter).hex()
        for style in ("", "font-weight:bold", "font-style:italic", "font-family:Geist")
    }

    assert len(shown) == 4
    assert png('<p style="font-family:inter">agR</p>', width=90, height=90, fonts=inter).hex() in shown
    assert png("<p>agR</p>", width=90, height=90).hex() in shown


@pytest.mark.parametrize("text", ["漢", "说", "們", "한", "ש", "ع", "あ", "👋", "🇩🇪", "1️⃣"])
def test_bundled_fonts_have_glyphs_for_it(text: str) -> None:
    missing = drawn("<p>\U00010ffd</p>")

    assert ink(drawn(f"<p>{text}</p>")) not in (None, ink(missing))


def test_emoji_are_coloured_unless_there_are_none() -> None:
    def reddest(**options: Any) -> int:
        colors = drawn('<p style="font-size:60px">❤️</p>', **options).getcolors(10_000) or []
        return max(color[0] for _, color in colors if isinstance(color, tuple) and color[3] == 255)

    assert reddest() > 200
    assert reddest(emoji=Font("Mine", bundled("twemoji.woff2", "Twemoji").data)) > 200
    assert reddest(emoji=None) == 0


def test_fonts_are_of_any_format() -> None:
    woff2 = Font("Bold", (HERE / "fonts" / "Geist-Bold.woff2").read_bytes())

    assert png('<p style="font-family:Bold">a</p>', fonts=[woff2]) != png('<p style="font-family:Geist">a</p>')


def test_font_with_more_bytes_than_the_limit_is_refused() -> None:
    with pytest.raises(ImageError) as raised:
        Font("A", b"OTTO" + bytes(MAX_FONT_BYTES))

    assert str(raised.value) == (
        "Font('A'): data has 67,108,868 bytes, more than the 67,108,864 that are allowed. Make a subset of the font."
    )


def test_several_emoji_joined_are_one() -> None:
    one, joined, apart = (ink(drawn(f"<p>{text}</p>", 200)) for text in ("👨", "👨‍👩‍👧‍👦", "👨👩👧👦"))

    assert one is not None
    assert joined is not None
    assert apart is not None
    assert abs(joined[2] - one[2]) <= 2
    assert apart[2] > 3 * one[2]


@pytest.mark.parametrize(("module", "name"), [(response, "parse"), (response, "build"), (engine, "encode")])
def test_image_is_drawn_in_a_thread_when_it_is_read(module: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[threading.Thread] = []
    function = getattr(module, name)

    def recording(*arguments: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return function(*arguments, **options)

    monkeypatch.setattr(module, name, recording)
    image = ImageResponse(BOX)

    assert threads == []
    asyncio.run(image.bytes())
    assert len(threads) == 1
    assert threads[0] is not threading.main_thread()


def test_images_drawn_at_once_are_as_those_drawn_one_by_one() -> None:
    options: list[dict[str, Any]] = [
        {"element": f"<p>{text} {number}</p>", "width": 100, "height": 50}
        for number in range(8)
        for text in ("plain", "漢字", "👋", "שלום")
    ]

    async def together() -> list[bytes]:
        return await asyncio.gather(*(ImageResponse(**each).bytes() for each in options))

    assert asyncio.run(together()) == [asyncio.run(ImageResponse(**each).bytes()) for each in options]


def test_remote_pictures_are_drawn_and_missing_ones_leave_their_place(monkeypatch: pytest.MonkeyPatch) -> None:
    async def load(urls: Any) -> dict[str, bytes | None]:
        return {url: picture if "there" in url else None for url in urls}

    picture = png('<p style="width:9px;height:9px;margin:0;background:red"></p>', width=9, height=9)
    monkeypatch.setattr("byway.imaging.response.load", load)
    there, missing = (f'<img src="https://a.example/{name}" width="10" height="10">' for name in ("there", "missing"))

    assert ink(drawn(there + missing + there)) == (0, 0, 30, 10)
    assert ink(drawn(missing)) is None
    assert ink(drawn('<p style="background:url(https://a.example/missing)">')) is None
    with pytest.raises(ImageError, match="Image size cannot be determined"):
        png(missing.partition("width")[0] + ">")


def test_private_addresses_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(ImageError, match="blocked address"):
        png('<img src="http://127.0.0.1:1/a.png" width="1" height="1">')


def write_app(root: Path, source: str) -> Path:
    route = root / "app" / "image" / "route.py"
    route.parent.mkdir(parents=True)
    route.write_text(f"from byway.og import ImageResponse\n\nasync def GET():\n    return {source}\n", "utf-8")
    return root


@pytest.mark.parametrize(
    ("mode", "cache_control"),
    [("development", "no-cache, no-store"), ("production", "public, max-age=0, must-revalidate")],
)
def test_answer_of_a_route_is_kept_by_nobody_in_development(tmp_path: Path, mode: Mode, cache_control: str) -> None:
    app = load_app(write_app(tmp_path, "ImageResponse('<p>a</p>', width=10, height=10)"), mode)

    with Client(Application(app), base_url="http://localhost") as client:
        answer = client.get("/image")
    app.close()

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cache-control"] == cache_control
    assert size_of(answer.content) == (10, 10)


def test_image_that_cannot_be_drawn_is_an_error_of_the_server(tmp_path: Path) -> None:
    app = load_app(write_app(tmp_path, "ImageResponse('<p style=\"display:grid\">a</p>')"), "production")

    with Client(Application(app)) as client:
        assert client.get("/image").status_code == 500
    app.close()


@pytest.mark.parametrize("library", ["pytakumi", "zlib_ng"])
def test_without_the_library_the_import_says_what_to_install(library: str) -> None:
    code = f"import sys; sys.modules['{library}'] = None; import byway.og"

    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert run.returncode == 1
    assert run.stderr.endswith(
        "ModuleNotFoundError: byway.og draws images with a library that is not installed. "
        'Install it: pip install "byway[og]"\n'
    )


def test_byway_itself_does_without_the_library() -> None:
    code = "import sys; sys.modules['pytakumi'] = sys.modules['zlib_ng'] = None; import byway, byway.testing"

    subprocess.run([sys.executable, "-c", code], check=True)
