"""HTML becomes a tree; what cannot be drawn is refused by name."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.imaging.errors import ImageError
from byway.imaging.limits import MAX_DEPTH, MAX_NODES, MAX_TEXT
from byway.imaging.markup import Element, Node, parse


def only(html: str) -> Element:
    (node,) = parse(html)
    assert isinstance(node, Element)
    return node


def shape(nodes: list[Node]) -> list[object]:
    return [node if isinstance(node, str) else (node.tag, shape(node.children)) for node in nodes]


def test_elements_nest_and_texts_are_unescaped() -> None:
    assert shape(parse("<div>a &lt; b<span>c</span></div>")) == [("div", ["a < b", ("span", ["c"])])]


def test_void_elements_need_no_end() -> None:
    assert shape(parse('<div><img src="x">a<br>b</div>')) == [("div", [("img", []), "a", ("br", []), "b"])]


def test_closing_slash_closes_any_element() -> None:
    assert shape(parse("<div/><span/>a")) == [("div", []), ("span", []), "a"]


def test_end_tag_closes_what_is_open_within_and_a_stray_one_is_ignored() -> None:
    assert shape(parse("<div><b>a</div></i>b")) == [("div", [("b", ["a"])]), "b"]


def test_of_a_whole_document_the_body_is_drawn() -> None:
    html = "<!doctype html><html><head><title>T</title><style>p{}</style></head><body><p>a</p></body></html>"

    assert shape(parse(html)) == [("p", ["a"])]


def test_comments_are_not_drawn() -> None:
    assert shape(parse("<div><!-- a -->b</div>")) == [("div", ["b"])]


def test_first_of_two_attributes_counts() -> None:
    assert only('<div id="a" id="b"></div>').attributes == {"id": "a"}


def test_svg_keeps_its_case_and_is_written_as_xml() -> None:
    svg = only("""<svg viewBox='0 0 8 8' WIDTH=8><linearGradient id="a"/><path d="M0 0 &amp;">x > y</svg>""").svg

    assert svg == (
        '<svg viewBox="0 0 8 8" WIDTH="8" xmlns="http://www.w3.org/2000/svg" '
        'xmlns:xlink="http://www.w3.org/1999/xlink" style=""><linearGradient id="a"/>'
        '<path d="M0 0 &amp;">x &gt; y</path></svg>'
    )


def test_style_of_an_svg_is_parted_into_box_and_shapes() -> None:
    element = only('<svg style="margin: 4px; fill: red; color: blue"></svg>')

    assert element.style == {"margin": "4px", "color": "blue"}
    assert element.svg is not None
    assert 'style="fill:red"' in element.svg


@pytest.mark.parametrize(
    ("html", "message"),
    [
        (
            "<div><style>p { color: red }</style></div>",
            '<style> cannot be drawn (at div > style). Write the CSS inline, in style="…".',
        ),
        (
            "<script>1</script>",
            "<script> cannot be drawn (at script). Nothing is run in an image: leave it out.",
        ),
        ("<p><video></video></p>", "<video> cannot be drawn (at p > video). Draw it with div, span, img and svg."),
        (
            '<div><p tw="flex">a</p></div>',
            "<p> has the attribute tw (at div > p), which is not supported. Write inline CSS.",
        ),
        (
            "<div><svg><g><text>a</text></g></svg></div>",
            "<text> cannot be drawn in an <svg> (at div > svg > g > text). Convert it to <path>.",
        ),
        (
            "<svg><foreignObject></foreignObject></svg>",
            "<foreignObject> cannot be drawn in an <svg> (at svg > foreignObject). Put the HTML beside the <svg>.",
        ),
        (
            '<svg><image href="file:///etc/passwd"/></svg>',
            "<image> refers to something outside of its <svg>: href='file:///etc/passwd' (at svg > image). "
            "Use a data: URI, or an <img> beside the <svg>.",
        ),
        (
            """<svg><rect fill="url('http://example.com/#a')"/></svg>""",
            """<rect> refers to something outside of its <svg>: fill="url('http://example.com/#a')" (at svg > rect). """
            "Use a data: URI, or an <img> beside the <svg>.",
        ),
        ("<div><svg><g>", "An <svg> is not closed (at div > svg)."),
    ],
)
def test_what_cannot_be_drawn_is_named_with_a_cure(html: str, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        parse(html)

    assert str(raised.value) == message


@pytest.mark.parametrize("href", ["#a", "data:image/png;base64,AAAA", " #a"])
def test_svg_may_refer_to_itself_and_to_data(href: str) -> None:
    assert only(f'<svg><use xlink:href="{href}"/></svg>').svg


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * (MAX_DEPTH + 1),
        "<svg>" + "<g>" * MAX_DEPTH,
        "<i></i>" * (MAX_NODES + 1),
        "<svg>" + "<g/>" * MAX_NODES + "</svg>",
        "a" * (MAX_TEXT + 1),
    ],
    ids=["depth", "depth in svg", "elements", "elements in svg", "text"],
)
def test_more_than_the_limits_allow_is_refused(html: str) -> None:
    with pytest.raises(ImageError, match=r"More than 100 elements|more than 1\d+,000"):
        parse(html)


@given(st.text("<>/ab=\"' svgimgdivp&;!-#", max_size=60))
def test_any_text_is_read_or_refused(html: str) -> None:
    with contextlib.suppress(ImageError):
        parse(html)
