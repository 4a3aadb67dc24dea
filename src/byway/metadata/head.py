"""The tags of a page's head that lead to metadata files, as data.

Implements the "<head> output" of the documents' pages on app icons, Open Graph and Twitter images and the manifest.
The values are not escaped: whoever writes the page does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from byway.metadata.conventions import DEFAULT_IMAGE_TYPE, MetadataKind
from byway.metadata.images import ImageInfo
from byway.metadata.variants import ImageConfig, ImageMetadata


@dataclass(frozen=True, slots=True)
class HeadTag:
    """An element without content: ``HeadTag("link", (("rel", "icon"), ("href", "/icon.png")))``."""

    tag: Literal["link", "meta"]
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class HeadImage:
    """An image that a head leads to.

    ``url`` is absolute for share images. ``sizes`` is the attribute of icons, of which ``width`` and ``height`` in
    pixels say too little: an icon may have many sizes, or any.
    """

    url: str
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    sizes: str | None = None
    alt: str | None = None


def static_image(url: str, content_type: str | None, info: ImageInfo | None, alt: str | None = None) -> HeadImage:
    """The image of a static file, of which ``info`` is what its bytes say; None when they cannot be read."""
    width, height = (info.size if info else None) or (None, None)
    return HeadImage(url, content_type, width, height, info.sizes if info else "any", alt)


def made_image(url: str, config: ImageConfig | ImageMetadata) -> HeadImage:
    """An image that code makes, as the file's options or its ``generate_image_metadata`` describe it."""
    size = config.get("size")
    width, height = (size["width"], size["height"]) if size else (None, None)
    sizes = f"{width}x{height}" if size else None
    return HeadImage(
        url, config.get("content_type") or DEFAULT_IMAGE_TYPE, width, height, sizes, config.get("alt") or None
    )


def image_tags(kind: MetadataKind, image: HeadImage) -> Iterator[HeadTag]:
    """The tags for one image: a link to an icon, a group of meta tags for a share image.

    :raises ValueError: ``kind`` is that of a text.
    """
    match kind:
        case "favicon" | "icon" | "apple-icon":
            rel = "apple-touch-icon" if kind == "apple-icon" else "icon"
            yield _tag("link", ("rel", rel), ("href", image.url), ("type", image.content_type), ("sizes", image.sizes))
        case "opengraph-image":
            yield from _share_tags("property", "og:image", image)
        case "twitter-image":
            yield from _share_tags("name", "twitter:image", image)
        case _:
            raise ValueError(f"{kind} is no image.")


def manifest_tag(url: str) -> HeadTag:
    """The link to the web app manifest."""
    return _tag("link", ("rel", "manifest"), ("href", url))


def _share_tags(key: str, name: str, image: HeadImage) -> Iterator[HeadTag]:
    yield _tag("meta", (key, name), ("content", image.url))
    for part, value in (
        ("alt", image.alt),
        ("type", image.content_type),
        ("width", image.width),
        ("height", image.height),
    ):
        if value is not None and value != "":
            yield _tag("meta", (key, f"{name}:{part}"), ("content", str(value)))


def _tag(tag: Literal["link", "meta"], *attributes: tuple[str, str | None]) -> HeadTag:
    return HeadTag(tag, tuple((name, value) for name, value in attributes if value is not None))
