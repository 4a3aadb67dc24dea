"""The elements of a page's head as data, and the images of metadata files that heads lead to."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Literal

from byway.metadata.conventions import DEFAULT_IMAGE_TYPE
from byway.metadata.images import ImageInfo
from byway.metadata.variants import ImageConfig, ImageMetadata


@dataclass(frozen=True, slots=True)
class HeadTag:
    """An element of a head: ``HeadTag("link", (("rel", "icon"), ("href", "/icon.png")))``.

    The values are not escaped; its HTML is. Only a ``title`` has a ``text``. The names of attributes are Byway's own,
    never an author's.
    """

    tag: Literal["link", "meta", "title"]
    attributes: tuple[tuple[str, str], ...]
    text: str = ""

    def __html__(self) -> str:
        attributes = "".join(f' {name}="{_escaped(value)}"' for name, value in self.attributes)
        end = f"{_escaped(self.text)}</title>" if self.tag == "title" else ""
        return f"<{self.tag}{attributes}>{end}"


def _escaped(value: str) -> str:
    # Markup, which is a str, knows another way of replacing characters.
    return escape(str.__str__(value))


@dataclass(frozen=True, slots=True)
class HeadImage:
    """An image that a head leads to.

    ``sizes`` is the attribute of icons, of which ``width`` and ``height`` in pixels say too little: an icon may have
    many sizes, or any.
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
