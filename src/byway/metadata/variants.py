"""What ``generate_image_metadata`` and ``generate_sitemaps`` list: the images of one file, and its sitemaps.

Implements ``generateImageMetadata`` and ``generateSitemaps`` of the documents, and the ``size``, ``content_type`` and
``alt`` of an image file, which are the same for its one image.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Required, TypeAlias, TypedDict, cast

from byway.metadata.shapes import MetadataError, Rule, Shape, shape_of

Pixels = Annotated[int, Rule(lambda number: number > 0, "a whole number above 0")]
Id: TypeAlias = str | int


class ImageSize(TypedDict, total=False):
    """The size of an image in pixels."""

    width: Required[Pixels]
    height: Required[Pixels]


class ImageMetadata(TypedDict, total=False):
    """One image of those that ``generate_image_metadata`` lists."""

    id: Required[Id]
    alt: str | None
    size: ImageSize | None
    content_type: str | None


class ImageConfig(TypedDict, total=False):
    """The options at the top of an image file."""

    alt: str | None
    size: ImageSize | None
    content_type: str | None


class SitemapId(TypedDict, total=False):
    """One sitemap of those that ``generate_sitemaps`` lists."""

    id: Required[Id]


_IMAGES: Final = shape_of(Sequence[ImageMetadata])
_CONFIG: Final = shape_of(ImageConfig)
_SITEMAPS: Final = shape_of(Sequence[SitemapId])


def check_image_metadata(value: object) -> Sequence[ImageMetadata]:
    """``value``, which ``generate_image_metadata`` returned.

    :raises MetadataError: it is no list of images, or two of them have one id.
    """
    return cast("Sequence[ImageMetadata]", _check(_IMAGES, value))


def check_sitemap_ids(value: object) -> Sequence[SitemapId]:
    """``value``, which ``generate_sitemaps`` returned.

    :raises MetadataError: it is no list of ids, or two are the same.
    """
    return cast("Sequence[SitemapId]", _check(_SITEMAPS, value))


def check_image_config(options: dict[str, Any]) -> ImageConfig:
    """The ``options`` of an image file: those of ``alt``, ``size`` and ``content_type`` that it has.

    :raises MetadataError: one of them is something else.
    """
    _CONFIG.check(options)
    return cast("ImageConfig", options)


def _check(shape: Shape, value: object) -> object:
    shape.check(value)
    seen: set[str] = set()
    for index, item in enumerate(cast("Iterable[SitemapId]", value)):
        # 1 and "1" make one URL.
        written = str(item["id"])
        if not written or written in seen:
            error = MetadataError(f"is {item['id']!r}, as another is." if written else "is empty.", "Make ids unique.")
            raise error.within("id").within(index)
        seen.add(written)
    return value
