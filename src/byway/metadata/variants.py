"""What ``generate_image_metadata`` and ``generate_sitemaps`` list: the images of one file, and its sitemaps.

Implements ``generateImageMetadata`` and ``generateSitemaps`` of the documents, and the ``size``, ``content_type`` and
``alt`` of an image file, which are the same for its one image.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Required, TypeAlias, TypedDict, cast

from byway.http.pairs import scalars
from byway.metadata.shapes import MetadataError, Rule, Shape, shape_of

Pixels = Annotated[int, Rule(lambda number: number > 0, "a whole number above 0")]
Id: TypeAlias = str | int

# RFC 9110, section 8.3.1.
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED = r'"(?:[\t !#-\[\]-~]|\\[\t -~])*"'
_MEDIA_TYPE = re.compile(rf"{_WORD}/{_WORD}(?:[ \t]*;[ \t]*{_WORD}=(?:{_WORD}|{_QUOTED}))*")
MediaType = Annotated[
    str, Rule(lambda text: _MEDIA_TYPE.fullmatch(text) is not None, 'a media type, such as "image/png"')
]


class ImageSize(TypedDict, total=False):
    """The size of an image in pixels."""

    width: Required[Pixels]
    height: Required[Pixels]


class ImageMetadata(TypedDict, total=False):
    """One image of those that ``generate_image_metadata`` lists."""

    id: Required[Id]
    alt: str | None
    size: ImageSize | None
    content_type: MediaType | None


class ImageConfig(TypedDict, total=False):
    """The options at the top of an image file."""

    alt: str | None
    size: ImageSize | None
    content_type: MediaType | None


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
        written = str(item["id"])  # 1 and "1" make one URL
        error = _fault_of(written)
        if written in seen:
            error = MetadataError(f"is {item['id']!r}, as another is.", "Make ids unique.")
        if error is not None:
            raise error.within("id").within(index)
        seen.add(written)
    return value


def _fault_of(written: str) -> MetadataError | None:
    """Why no URL can name an id."""
    if not written:
        return MetadataError("is empty, but it is a part of a URL.", "Give it a name or a number.")
    if written in (".", ".."):
        return MetadataError(f"is {written!r}, which stands for a folder in a URL.", "Give it another name.")
    if scalars(written) != written:
        return MetadataError(f"is {written!r}: a lone surrogate, which no URL can hold.", "Give it another name.")
    return None
