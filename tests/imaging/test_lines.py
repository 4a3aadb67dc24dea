"""Lines of text: how high they are and where their baselines lie, in whole pixels."""

from __future__ import annotations

import pytest

from byway.imaging.css import Style
from byway.imaging.lines import Line
from byway.imaging.sfnt import Face

LATIN = Face("Latin", 0.97, 0.24, 0.97, 0.24, 0.17, lambda code: code < 0x250)
KANJI = Face("Kanji", 1.16, 0.29, 1.16, 0.29, 0.12, lambda code: code < 0x80 or 0x3000 <= code < 0xA000)


def line(style: Style, size: float | None = 16, faces: tuple[Face | None, ...] = (LATIN,)) -> Line:
    return Line(size, "normal", faces).styled(style, 1200, 630)


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ("20px", 20),
        ("2em", 80),
        ("50%", 20),
        ("1.5rem", 24),
        ("5vw", 60),
        ("10vh", 63),
        ("larger", 48),
        ("inherit", 40),
        ("0", None),
        ("calc(1px + 1em)", None),
        ("var(--size)", None),
        ("99999px", None),
    ],
)
def test_font_size_is_computed_where_it_can_be(value: str, size: float | None) -> None:
    assert line({"fontSize": value}, 40).size == size


@pytest.mark.parametrize(
    ("value", "height"),
    [
        ("normal", "normal"),
        ("1.5", "1.5"),
        ("30px", "30.0px"),
        ("2em", "40.0px"),
        ("150%", "30.0px"),
        ("calc(1px)", None),
    ],
)
def test_line_height_is_kept_as_it_is_inherited(value: str, height: str | None) -> None:
    assert line({"fontSize": "20px", "lineHeight": value}).height == height


@pytest.mark.parametrize(
    ("style", "height", "down"),
    [
        # 19.36 pixels; the engine would have 16 above the baseline and 4 below it.
        ({}, "19px", 1),
        ({"fontSize": "46px"}, "56px", 0),
        # Half a pixel above the middle, which the engine rounds away.
        ({"fontSize": "20px", "lineHeight": "1.15"}, "23px", 1),
        ({"fontSize": "20px", "lineHeight": "40px"}, "40px", 0),
        ({"fontSize": "20px", "lineHeight": "0"}, "0px", 0),
    ],
)
def test_line_is_rounded_as_a_whole(style: Style, height: str, down: int) -> None:
    told, moved = line(style).style("Text")

    assert told["lineHeight"] == height
    assert moved == down


def test_what_is_not_known_is_left_to_the_engine() -> None:
    assert line({}, None).style("Text") == ({}, 0)
    assert line({}, faces=(None,)).style("Text") == ({}, 0)
    assert line({"lineHeight": "1.1"}, faces=(None,)).style("Text") == ({"lineHeight": "18px"}, 0)
    assert line({}).style("عربي") == ({}, 0)
    assert line({}, faces=(LATIN, None)).style("👋") == ({}, 0)
    assert line({}, faces=(LATIN, None)).style("Text") == line({}).style("Text")


def test_text_of_another_font_stands_in_the_lines_of_that() -> None:
    told, down = line({"fontSize": "40px"}, faces=(LATIN, KANJI)).style("日本語")

    assert told["fontFamily"] == '"Kanji"'
    assert told["lineHeight"] == "58px"
    assert down == 0


def test_text_of_several_fonts_is_left_to_the_engine() -> None:
    assert line({}, faces=(LATIN, KANJI)).style("日本語 and more") == ({}, 0)


def test_lines_with_emoji_are_as_high_as_those_of_the_last_font() -> None:
    # The engine puts the emoji deeper than the letters, and would make the line higher than it was told by as much.
    alone, _ = line({"fontSize": "100px"}).style("Text 👋")
    with_kanji, _ = line({"fontSize": "100px"}, faces=(LATIN, KANJI)).style("Text 👋")

    assert (alone["lineHeight"], with_kanji["lineHeight"]) == ("121px", "145px")


def test_underline_lies_a_tenth_of_the_baseline_below_it() -> None:
    told, _ = line({"fontSize": "100px"}).style("Text")

    # 9.7 pixels below the baseline, less half of its thickness and the 17 pixels that the engine adds.
    assert told["textUnderlineOffset"] == "-12.3px"
