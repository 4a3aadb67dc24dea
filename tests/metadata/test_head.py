from __future__ import annotations

from collections.abc import Iterable
from html import escape

import pytest

from byway.metadata.head import HeadTag, image_tags, made_image, manifest_tag, static_image
from byway.metadata.images import ImageInfo

PNG = "image/png"


def html(tags: Iterable[HeadTag]) -> str:
    """The tags as the documents print them."""
    return "\n".join(map(_html, tags))


def _html(tag: HeadTag) -> str:
    attributes = " ".join(f'{name}="{escape(value)}"' for name, value in tag.attributes)
    return f"<{tag.tag} {attributes} />"


class TestDocuments:
    """The "<head> output" of the documents, with values for ``<generated>``."""

    def test_favicon(self) -> None:
        image = static_image("/favicon.ico", None, None)
        assert html(image_tags("favicon", image)) == '<link rel="icon" href="/favicon.ico" sizes="any" />'

    def test_icon(self) -> None:
        image = static_image("/icon.png?1f", PNG, ImageInfo(PNG, ((32, 32),)))
        assert html(image_tags("icon", image)) == (
            '<link rel="icon" href="/icon.png?1f" type="image/png" sizes="32x32" />'
        )

    def test_apple_icon(self) -> None:
        image = static_image("/apple-icon.png?1f", PNG, ImageInfo(PNG, ((180, 180),)))
        assert html(image_tags("apple-icon", image)) == (
            '<link rel="apple-touch-icon" href="/apple-icon.png?1f" type="image/png" sizes="180x180" />'
        )

    def test_icon_made_by_code(self) -> None:
        image = made_image("/icon?1f", {"size": {"width": 32, "height": 32}, "content_type": PNG})
        assert html(image_tags("icon", image)) == '<link rel="icon" href="/icon?1f" type="image/png" sizes="32x32" />'

    def test_opengraph_image(self) -> None:
        image = static_image("https://acme.com/opengraph-image.png?1f", PNG, ImageInfo(PNG, ((1200, 630),)))
        assert html(image_tags("opengraph-image", image)) == (
            '<meta property="og:image" content="https://acme.com/opengraph-image.png?1f" />\n'
            '<meta property="og:image:type" content="image/png" />\n'
            '<meta property="og:image:width" content="1200" />\n'
            '<meta property="og:image:height" content="630" />'
        )

    def test_twitter_image(self) -> None:
        image = static_image("https://acme.com/twitter-image.png?1f", PNG, ImageInfo(PNG, ((1200, 630),)))
        assert html(image_tags("twitter-image", image)) == (
            '<meta name="twitter:image" content="https://acme.com/twitter-image.png?1f" />\n'
            '<meta name="twitter:image:type" content="image/png" />\n'
            '<meta name="twitter:image:width" content="1200" />\n'
            '<meta name="twitter:image:height" content="630" />'
        )

    def test_opengraph_image_made_by_code(self) -> None:
        config = {"alt": "About Acme", "size": {"width": 1200, "height": 630}, "content_type": "image/png"}
        image = made_image("https://acme.com/about/opengraph-image?1f", config)  # type: ignore[arg-type]
        assert html(image_tags("opengraph-image", image)) == (
            '<meta property="og:image" content="https://acme.com/about/opengraph-image?1f" />\n'
            '<meta property="og:image:alt" content="About Acme" />\n'
            '<meta property="og:image:type" content="image/png" />\n'
            '<meta property="og:image:width" content="1200" />\n'
            '<meta property="og:image:height" content="630" />'
        )


@pytest.mark.parametrize(("sizes", "expected"), [(((16, 16), (48, 48)), "16x16 48x48"), ((), "any")])
def test_an_icon_names_all_its_sizes_or_any(sizes: tuple[tuple[int, int], ...], expected: str) -> None:
    image = static_image("/favicon.ico?1f", "image/x-icon", ImageInfo("image/x-icon", sizes))
    assert html(image_tags("favicon", image)) == (
        f'<link rel="icon" href="/favicon.ico?1f" type="image/x-icon" sizes="{expected}" />'
    )


def test_an_image_that_cannot_be_read_has_any_size_as_an_icon_and_none_as_a_share_image() -> None:
    image = static_image("/x.png", PNG, None)
    assert html(image_tags("icon", image)) == '<link rel="icon" href="/x.png" type="image/png" sizes="any" />'
    assert html(image_tags("opengraph-image", image)) == (
        '<meta property="og:image" content="/x.png" />\n<meta property="og:image:type" content="image/png" />'
    )


def test_an_alt_text_describes_a_static_share_image() -> None:
    tags = html(image_tags("twitter-image", static_image("/x.png", PNG, None, 'About "Acme" & friends')))
    assert '<meta name="twitter:image:alt" content="About &quot;Acme&quot; &amp; friends" />' in tags


def test_code_without_options_makes_a_png_of_unknown_size() -> None:
    assert (
        html(image_tags("icon", made_image("/icon?1f", {}))) == '<link rel="icon" href="/icon?1f" type="image/png" />'
    )
    assert html(image_tags("opengraph-image", made_image("/og", {"alt": "", "size": None}))) == (
        '<meta property="og:image" content="/og" />\n<meta property="og:image:type" content="image/png" />'
    )


def test_a_manifest_has_a_link() -> None:
    assert manifest_tag("/manifest.webmanifest") == HeadTag(
        "link", (("rel", "manifest"), ("href", "/manifest.webmanifest"))
    )


def test_a_text_is_no_image() -> None:
    with pytest.raises(ValueError, match="robots is no image"):
        list(image_tags("robots", made_image("/robots.txt", {})))
