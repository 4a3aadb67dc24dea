"""The tags of a head as HTML, and what is said of the images of files."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from byway.metadata.head import HeadImage, HeadTag, made_image, static_image
from byway.metadata.images import ImageInfo

PNG = "image/png"


def test_a_tag_is_an_element_without_an_end() -> None:
    assert HeadTag("link", (("rel", "icon"), ("href", "/icon.png"))).__html__() == '<link rel="icon" href="/icon.png">'


def test_a_title_has_a_text() -> None:
    assert HeadTag("title", (), "Acme").__html__() == "<title>Acme</title>"


HOSTILE = "</title><script>alert('1')</script>\"&"
ESCAPED = "&lt;/title&gt;&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;&quot;&amp;"


@pytest.mark.parametrize("text", [HOSTILE, Markup(HOSTILE)])
def test_every_value_is_escaped_even_that_which_calls_itself_markup(text: str) -> None:
    assert HeadTag("title", (), text).__html__() == f"<title>{ESCAPED}</title>"
    assert HeadTag("meta", (("name", text), ("content", text))).__html__() == (
        f'<meta name="{ESCAPED}" content="{ESCAPED}">'
    )


@pytest.mark.parametrize(("sizes", "expected"), [(((16, 16), (48, 48)), "16x16 48x48"), ((), "any")])
def test_a_static_icon_names_all_its_sizes_or_any(sizes: tuple[tuple[int, int], ...], expected: str) -> None:
    image = static_image("/favicon.ico?1f", "image/x-icon", ImageInfo("image/x-icon", sizes))
    assert image.sizes == expected


def test_a_static_image_has_the_size_that_its_bytes_say() -> None:
    image = static_image("/x.png", PNG, ImageInfo(PNG, ((1200, 630),)), "About Acme")
    assert image == HeadImage("/x.png", PNG, 1200, 630, "1200x630", "About Acme")


def test_a_static_image_that_cannot_be_read_has_any_size_as_an_icon_and_none_as_a_share_image() -> None:
    assert static_image("/x.png", PNG, None) == HeadImage("/x.png", PNG, None, None, "any", None)


def test_an_image_made_by_code_is_what_its_options_say() -> None:
    image = made_image("/x", {"alt": "About Acme", "size": {"width": 32, "height": 16}, "content_type": "image/webp"})
    assert image == HeadImage("/x", "image/webp", 32, 16, "32x16", "About Acme")


def test_code_without_options_makes_a_png_of_unknown_size() -> None:
    assert made_image("/x", {}) == made_image("/x", {"alt": "", "size": None}) == HeadImage("/x", PNG)
