"""What is drawn: layout, texts, pictures and effects, told by pixels."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from byway.imaging.errors import ImageError
from byway.og import data_uri

from .support import colors, drawn, ink

XMLNS = 'xmlns="http://www.w3.org/2000/svg"'
RED, GREEN, BLUE, NONE = (255, 0, 0, 255), (0, 128, 0, 255), (0, 0, 255, 255), (0, 0, 0, 0)


def box(style: str, content: str = "") -> str:
    return f'<div style="display:flex;{style}">{content}</div>'


def picture(width: int = 20, height: int = 10, color: str = "red") -> str:
    stream = BytesIO()
    Image.new("RGB", (width, height), color).save(stream, "png")
    return data_uri(stream.getvalue())


def test_canvas_is_transparent_and_colours_keep_their_opacity() -> None:
    image = drawn(box("width:50px;height:100px;background:rgba(255,0,0,.5)"))

    assert image.getpixel((75, 50)) == NONE
    assert image.getpixel((25, 50)) == (255, 0, 0, 128)


def test_elements_are_rows_that_do_not_shrink() -> None:
    part = '<span style="width:80px;height:10px;background:red"></span>'

    assert ink(drawn(box("gap:10px", part * 2), 200)) == (0, 0, 170, 10)


def test_sizes_include_border_and_padding() -> None:
    assert ink(drawn(box("width:50px;height:40px;padding:10px;border:5px solid red"))) == (0, 0, 50, 40)


def test_column_centres_its_children() -> None:
    child = '<p style="width:20px;height:20px;margin:0;background:red"></p>'

    image = drawn(box("flex-direction:column;width:100%;height:100%;align-items:center;justify-content:center", child))

    assert ink(image) == (40, 40, 60, 60)


def test_absolute_boxes_stand_where_they_are_put() -> None:
    child = '<b style="position:absolute;right:10px;bottom:20px;width:5px;height:5px;background:red"></b>'

    assert ink(drawn(box("width:100px;height:100px", child))) == (85, 75, 90, 80)


def test_display_none_and_block() -> None:
    assert ink(drawn('<div style="display:none;width:10px;height:10px;background:red"></div>')) is None
    assert ink(drawn('<div style="display:block;width:10px;height:10px;background:red"></div>')) == (0, 0, 10, 10)


@pytest.mark.parametrize(
    "content", ["<i>a</i>", "<i>a</i><i>b</i>", "a<i>b</i>", '<i style="display:none">a</i>', "a<br><i>b</i>"]
)
@pytest.mark.parametrize("style", ["", "display:block", "display:-webkit-box"])
def test_div_with_element_children_needs_display(content: str, style: str) -> None:
    with pytest.raises(ImageError) as raised:
        drawn(f'<section><div style="{style}">{content}</div></section>')

    assert str(raised.value) == (
        'Expected <div> to have explicit "display: flex", "display: contents", or "display: none" if it has more than '
        "one child node (at section > div)."
    )


@pytest.mark.parametrize(
    "html",
    [
        "<div>a</div>",
        "<div></div>",
        "<div>a<br>b</div>",
        "<div>  <!-- a --> \n </div>",
        "<span><i>a</i><i>b</i></span>",
        '<div style="display:contents"><i>a</i><i>b</i></div>',
        '<div style="display:flex"><i>a</i></div>',
    ],
)
def test_display_is_not_needed_for_text_nor_by_other_elements(html: str) -> None:
    drawn(html)


@pytest.mark.parametrize(
    ("html", "same"),
    [
        (box("", "\n  one \n  two  "), box("", "one two")),
        (box("", "one<!-- -->&#32;&#32;two"), box("", "one two")),
        (box("white-space:pre", "one  two"), box("white-space:pre", "<span>one  two</span>")),
        (box("", "<i>a</i> \n <i>b</i>"), box("", "<i>a</i><i>b</i>")),
        (box("", "one <br> two"), box("white-space:pre", "one\ntwo")),
        (box("", "one<wbr>two"), box("", "one&#8203;two")),
    ],
)
def test_white_space_is_that_of_html(html: str, same: str) -> None:
    assert drawn(html).tobytes() == drawn(same).tobytes()


def test_text_wraps_within_its_box() -> None:
    one, two = (ink(drawn(box(f"width:{width}px;font-size:20px", "word word"), 200)) for width in (200, 70))

    assert one is not None
    assert two is not None
    assert two[2] <= 70 < one[2]
    assert two[3] > one[3]


LONG = "a text of so many words that they do not fit"


@pytest.mark.parametrize(
    "html",
    [
        box("flex-direction:column;align-items:center;width:200px", box("", LONG)),
        box("flex-direction:column;align-items:center;width:200px", LONG),
        box("flex-direction:column;width:200px", box("align-self:flex-end", LONG)),
        box("flex-direction:column;width:200px", box("margin:0 auto", LONG)),
        box("flex-direction:column;width:200px", box("align-self:center;margin:0 20px", LONG)),
        box("flex-direction:column;width:200px", box("position:absolute", LONG)),
        box("width:200px", box("flex-direction:column", box("", LONG))),
        box("width:200px", box("margin-left:10px;margin-right:10px;flex-direction:column", box("", LONG))),
        box("width:200px", '<i style="width:90px;height:9px"></i>' + box("", LONG)),
    ],
    ids=["centred", "text", "at the end", "auto", "margins", "absolute", "in a row", "with margins", "beside"],
)
def test_text_wraps_within_what_is_around_it(html: str) -> None:
    left, _, right, bottom = ink(drawn(html, 400)) or (0, 0, 0, 0)

    assert left >= 0
    assert right <= 200
    assert bottom > 30


def test_box_with_text_shrinks_and_another_does_not() -> None:
    column = "flex-direction:column;width:50px;height:50px"
    text, empty, own = (
        ink(drawn(box(column, f'<p style="margin:0;height:80px;background:red;{style}">{content}</p>')))
        for style, content in (("", "a"), ("", ""), ("flex-shrink:0", "a"))
    )

    assert text == (0, 0, 50, 50)
    assert empty == (0, 0, 50, 80)
    assert own == (0, 0, 50, 80)


def test_outermost_element_is_as_large_as_what_it_holds() -> None:
    assert ink(drawn(box("background:red", '<i style="width:10px;height:20px"></i>'))) == (0, 0, 10, 20)


def test_lines_are_as_high_as_their_font_rounded_as_a_whole() -> None:
    # Geist's lines are 1.3 times its size: 20.8 and 41.6 pixels, 12 times one of them.
    for size, height in ((16, 21), (32, 42)):
        html = box(f"background:red;font-size:{size}px;white-space:pre;line-height:normal", "\n".join("abc"))
        assert (ink(drawn(html, 100, 200)) or ())[3] == 3 * height


def test_underline_crosses_the_descenders_closely() -> None:
    image = drawn(
        box("font-size:100px;line-height:100px;color:transparent;text-decoration:underline red", "n"), 200, 200
    )

    _, top, _, bottom = ink(image) or (0, 0, 0, 0)
    assert (top, bottom) == (89, 100)


def test_text_that_does_not_fit_ends_in_an_ellipsis() -> None:
    style = "width:100px;overflow:hidden;white-space:nowrap;font-size:20px"
    cut, short = (drawn(box(style + more, "a long line of text")) for more in ("", ";text-overflow:ellipsis"))

    assert short.tobytes() == drawn(box(style, "a long lin…")).tobytes() != cut.tobytes()


@pytest.mark.parametrize(
    "clamp", ["line-clamp:2", "display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:2"]
)
def test_lines_are_clamped_with_an_ellipsis(clamp: str) -> None:
    style = "width:100px;font-size:20px"

    image = drawn(box(f"{style};{clamp}", "one long text that goes over many lines"))

    assert image.tobytes() == drawn(box(style, "one long text that …")).tobytes()


def test_contents_gives_its_place_to_its_children() -> None:
    part = '<i style="width:10px;height:10px;background:red"></i>'
    whole = box("font-size:20px;gap:10px;color:blue;white-space:pre", f"<b>a  b</b>{part}")
    inner = f'<p style="font-size:20px;color:blue;white-space:pre;display:contents"><b>a  b</b>{part}</p>'

    assert drawn(box("gap:10px", inner)).tobytes() == drawn(whole).tobytes()


@pytest.mark.parametrize(
    ("style", "same"),
    [
        ("margin:0", "margin-top:0;margin-bottom:0"),
        ("margin-left:50px;margin:0", "margin-top:0;margin-bottom:0"),
        ("margin:5px;margin-left:50px", "margin:5px 5px 5px 50px"),
        ("border-top:5px solid red;border:1px solid blue", "border:1px solid blue"),
        ("border:1px solid blue;border-top-width:5px", "border:solid blue;border-width:5px 1px 1px 1px"),
        ("background-image:linear-gradient(red,red);background:blue", "background:blue"),
    ],
)
def test_later_declaration_wins_be_it_a_shorthand_or_not(style: str, same: str) -> None:
    html = '<p style="width:40px;height:40px;{}"></p>'

    assert drawn(html.format(style)).tobytes() == drawn(html.format(same)).tobytes()


def test_decorations_reach_the_texts_within() -> None:
    plain, under, inherited = (
        drawn(html)
        for html in ("<p>text</p>", "<p><u>text</u></p>", '<p style="text-decoration:underline"><span>text</span></p>')
    )

    assert under.tobytes() == inherited.tobytes() != plain.tobytes()


def test_dotted_decorations_are_drawn_as_lines() -> None:
    dotted, solid = (drawn(box(f"text-decoration:underline {style} red", "text")) for style in ("dotted", ""))

    assert dotted.tobytes() == solid.tobytes()


def test_html_has_its_own_styles_of_elements() -> None:
    assert (
        drawn("<h1>a</h1>").tobytes()
        == drawn('<p style="font-size:2em;margin:.67em 0;font-weight:700">a</p>').tobytes()
    )
    assert (255, 255, 0, 255) in colors(drawn("<mark>a</mark>"))


def test_right_to_left_text_begins_at_the_right() -> None:
    ltr, rtl = (
        ink(drawn(f'<div {attribute} style="display:flex;width:100px">שלום</div>')) for attribute in ("", "dir=rtl")
    )

    assert ltr is not None
    assert rtl is not None
    assert ltr[0] < 10
    assert rtl[2] > 90


def test_background_is_clipped_to_text() -> None:
    style = "background-image:linear-gradient(red,red);background-clip:text;color:transparent;font-size:40px"

    shown = colors(drawn(box(style, "A")))

    assert RED in shown
    assert all(color[:3] == (255, 0, 0) or color[3] < 5 for color in shown)


def test_background_of_text_is_as_wide_as_its_box() -> None:
    style = "background-image:linear-gradient(90deg,red 50%,blue 50%);background-clip:text;color:transparent"

    shown = drawn(box("flex-direction:column;width:100px", box(f"{style};font-size:40px", "A")))
    centred = drawn(box(f"{style};width:100px;justify-content:center;font-size:40px", "A"))

    assert (0, 0, 255) not in {color[:3] for color in colors(shown) if color[3] > 200}
    assert {RED, BLUE} <= colors(centred)


def test_gradient_runs_from_side_to_side() -> None:
    image = drawn(box("width:100px;height:100px;background:linear-gradient(90deg, red, blue)"))

    left, right = image.getpixel((1, 50)), image.getpixel((98, 50))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    assert left[0] > 240 > 15 > left[2]
    assert right[2] > 240 > 15 > right[0]


def test_tiles_stay_within_their_box() -> None:
    image = drawn(box(f"width:50px;height:25px;background-image:url({picture()})"))

    assert ink(image) == (0, 0, 50, 25)


def test_radius_opacity_and_transform() -> None:
    assert drawn(box("width:100px;height:100px;background:red;border-radius:50%")).getpixel((2, 2)) == NONE
    assert drawn(box("width:100px;height:100px;background:red;opacity:.5")).getpixel((50, 50)) == (255, 0, 0, 128)
    assert ink(drawn(box("width:20px;height:40px;margin:30px;background:red;transform:rotate(90deg)"))) == (
        20,
        40,
        60,
        60,
    )


def test_shadow_lies_around_its_box() -> None:
    image = drawn(box("width:20px;height:20px;margin:40px;background:red;box-shadow:5px 0 0 blue"))

    assert image.getpixel((62, 50)) == BLUE
    assert image.getpixel((50, 50)) == RED
    assert ink(image) == (40, 40, 65, 60)


def test_inner_shadow_lies_within_its_box() -> None:
    style = "width:60px;height:60px;margin:20px;background:red;box-shadow:0 5px 0 green, inset 10px 0 0 blue"

    image = drawn(box(style))

    assert image.getpixel((25, 50)) == BLUE
    assert image.getpixel((35, 50)) == RED
    assert image.getpixel((50, 82)) == GREEN
    assert ink(image) == (20, 20, 80, 85)


def test_inner_shadow_of_a_round_box_is_round() -> None:
    image = drawn(box("width:100px;height:100px;background:red;border-radius:50%;box-shadow:inset 0 0 0 10px blue"))

    assert image.getpixel((5, 50)) == image.getpixel((50, 95)) == BLUE
    assert image.getpixel((50, 50)) == RED
    assert image.getpixel((2, 2)) == NONE


@pytest.mark.parametrize("more", ["", ";border-radius:30px"])
def test_inner_shadow_is_blurred_within_its_box(more: str) -> None:
    style = f"width:60px;height:60px;margin:20px;background:white;box-shadow:inset 0 0 10px blue{more}"

    image = drawn(box(style))
    edge, near, inner, middle = (image.getpixel((x, 50)) for x in (20, 23, 27, 50))

    assert ink(image) == (20, 20, 80, 80)
    assert middle == (255, 255, 255, 255)
    assert isinstance(edge, tuple)
    assert isinstance(near, tuple)
    assert isinstance(inner, tuple)
    assert edge[0] < near[0] < inner[0] < 255


def test_inner_shadow_with_other_lengths_is_refused() -> None:
    with pytest.raises(ImageError) as raised:
        drawn(box("box-shadow:inset 1em 0 red"))

    assert str(raised.value) == (
        'Invalid value for CSS property "box-shadow" of <div> (at div): "inset 1em 0 red". Expected: inset, two to '
        "four lengths in px, and a color."
    )


def test_circle_is_round_in_any_box() -> None:
    image = drawn(box("width:100px;height:50px;background:red;clip-path:circle(25%)"))

    left, top, right, bottom = ink(image) or (0, 0, 0, 0)
    assert abs((right - left) - (bottom - top)) <= 1


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="40" height="30"', (40, 30)),
        ('width="40"', (40, 20)),
        ('height="40"', (80, 40)),
        ('width="50%"', (50, 25)),
        ('style="width:40px"', (40, 20)),
        ('style="width:40px" height="10"', (40, 10)),
        ("", (100, 50)),
    ],
)
def test_size_of_a_picture_keeps_its_ratio(attributes: str, size: tuple[int, int]) -> None:
    image = drawn(box("width:100px;height:100px;align-items:flex-start", f'<img src="{picture()}" {attributes}>'))

    assert ink(image) == (0, 0, *size)


def test_pictures_of_every_type_are_drawn() -> None:
    for kind in ("png", "jpeg", "gif", "webp"):
        stream = BytesIO()
        Image.new("RGB", (10, 10), "blue").save(stream, kind)
        pixel = drawn(f'<img src="{data_uri(stream.getvalue())}" width="10" height="10">').getpixel((5, 5))
        assert isinstance(pixel, tuple)
        assert pixel[2] > 250 > 5 > pixel[0]


def test_svg_pictures_and_inline_svg_are_drawn() -> None:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10" fill="red"/></svg>'
    )

    for html in (
        svg,
        f'<img src="{data_uri(svg.encode())}">',
        f"<img src='data:image/svg+xml,{svg.replace('#', '%23')}'>",
    ):
        assert drawn(box("width:10px", html.replace("'", "&#39;") if html is svg else html)).getpixel((5, 5)) == RED


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("object-fit:cover", [RED, BLUE]),
        ("object-fit:cover;object-position:left", [RED, RED]),
        ("object-fit:fill", [RED, BLUE]),
        ("object-fit:contain", [NONE, NONE]),
    ],
)
def test_svg_picture_fits_its_box_as_others_do(style: str, shown: list[object]) -> None:
    svg = f'<svg {XMLNS} width="80" height="20">{{}}<rect x="40" width="40" height="20" fill="blue"/></svg>'
    source = data_uri(svg.format('<rect width="40" height="20" fill="red"/>').encode())

    image = drawn(f'<img src="{source}" width="40" height="40" style="{style}">')

    assert [image.getpixel((x, 5)) for x in (5, 35)] == shown


def test_current_colour_of_an_svg_is_that_of_the_text_around_it() -> None:
    svg = '<svg width="10" height="10"><rect width="10" height="10" fill="currentColor"/></svg>'

    assert drawn(box("color:blue", f"<span>{svg}</span>")).getpixel((5, 5)) == BLUE


def test_svg_reads_no_files(tmp_path: Path) -> None:
    path = tmp_path / "red.png"
    path.write_bytes(base64.b64decode(picture(10, 10).partition(",")[2]))
    for href in (path, path.as_uri()):
        svg = f'<svg {XMLNS} width="10" height="10"><image href="{href}" width="10" height="10"/></svg>'

        assert ink(drawn(f'<img src="{data_uri(svg.encode())}" width="10" height="10">')) is None


@pytest.mark.parametrize(
    ("html", "message"),
    [
        (
            "<p><i style='color: rebeccapink'>a</i></p>",
            'Invalid value for CSS property "color" of <i> (at p > i): "rebeccapink". '
            "Expected: 'currentColor' or <color>.",
        ),
        (
            box("transform: rotate(foo)"),
            'Invalid value for CSS property "transform" of <div> (at div): "rotate(foo)". '
            "Expected: <transform-function> or 'none'.",
        ),
        (
            f'<img src="{picture()[:80]}" width="1" height="1">',
            "A picture cannot be read (at img): Image resolution error: An error occurred while decoding the image "
            "data: unexpected end of file",
        ),
        (
            "<p><svg><image href='data:image/svg+xml,%3Csvg/%3E'/></svg></p>",
            "An SVG refers to a picture that is no PNG, JPEG, GIF or WebP (at p > svg). "
            "Put the elements of an SVG into it.",
        ),
        (
            "<svg><filter><feTurbulence/></filter></svg>",
            "An SVG has a <feTurbulence>, which is not drawn (at svg). Leave it out.",
        ),
        (
            '<p><img src="data:image/svg+xml,<svg/>"></p>',
            "Image size cannot be determined. Please provide the width and height of the image (at p > img).",
        ),
        (
            f'<p><img src="{picture()}" width="wide"></p>',
            '<img width="wide"> is no number of pixels (at p > img).',
        ),
    ],
)
def test_what_the_engine_refuses_is_named(html: str, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        drawn(html)

    assert str(raised.value) == message


@pytest.mark.parametrize(
    "html",
    [
        "<p>" * 100 + "deep",
        box("", "<i>a</i>" * 2000),
        box("", "word " * 15_000),
        box("width:1px;word-break:break-all", "hello world " * 200),
        box("width:1e9px;height:1e9px;background:red;border-radius:50%;opacity:.5;filter:blur(1e9px)"),
        box("font-size:1e30px", "a"),
        box("text-shadow:0 0 1e6px red;box-shadow:0 0 1e6px 1e6px red", "a"),
        "<svg width='5' height='5'>" + "<g opacity='.5'>" * 90 + "</svg>",
        '<svg width="9" height="9"><g id="a"><use href="#a"/></g></svg>',
    ],
    ids=["deep", "many", "long", "narrow", "huge box", "huge font", "huge shadow", "deep svg", "svg of itself"],
)
def test_extremes_are_drawn(html: str) -> None:
    drawn(html)


def test_debug_outlines_boxes() -> None:
    assert ink(drawn(box("width:10px;height:10px"))) is None
    assert ink(drawn(box("width:10px;height:10px"), debug=True)) is not None
