"""The file conventions of metadata, as a table, and the reading of one file name by it.

Implements the tables of the documents' pages on app icons, Open Graph and Twitter images, ``robots.txt``,
``sitemap.xml`` and ``manifest.json``. Static files are named as there, Python files with ``_`` for ``-``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

MetadataKind = Literal[
    "favicon", "icon", "apple-icon", "opengraph-image", "twitter-image", "robots", "sitemap", "manifest"
]

CACHE_CONTROL: Final = "public, max-age=0, must-revalidate"
"""``Cache-Control`` of static metadata files, and of robots, sitemaps and manifests made by code."""

CACHE_CONTROL_IN_DEVELOPMENT: Final = "no-cache, no-store"
"""``Cache-Control`` of static metadata files in development."""

DEFAULT_IMAGE_TYPE: Final = "image/png"
"""The media type of an image made by code that states none."""

IMAGE_TYPES: Final = {
    "ico": "image/x-icon",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "webp": "image/webp",
    "avif": "image/avif",
}
"""The media types of images by their endings; of the endings of one type the usual one comes first."""


def _images(*endings: str) -> Mapping[str, str]:
    return {ending: IMAGE_TYPES[ending] for ending in endings}


_SHARE_IMAGES: Final = _images("jpg", "jpeg", "png", "gif")
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Convention:
    """One row of the table.

    ``types`` are the media types of static files by their endings. ``made`` is the file that code makes, None when
    code cannot; images have no ending then. ``everywhere`` tells whether every folder may have one, or the app folder
    alone; ``numbered`` whether a number may follow the name; ``max_bytes`` limits static files.
    """

    kind: MetadataKind
    types: Mapping[str, str]
    made: str | None
    everywhere: bool
    numbered: bool = False
    max_bytes: int | None = None

    @property
    def is_image(self) -> bool:
        """Whether it is an icon or a share image, not a text."""
        return self.kind not in ("robots", "sitemap", "manifest")

    @property
    def has_alt(self) -> bool:
        """Whether an ``.alt.txt`` file describes it."""
        return self.kind in ("opengraph-image", "twitter-image")

    @property
    def made_type(self) -> str | None:
        """The media type of what code makes; None for images, which state their own."""
        return None if self.is_image or self.made is None else self.types[self.made.rpartition(".")[2]]


CONVENTIONS: Final[Mapping[MetadataKind, Convention]] = {
    row.kind: row
    for row in (
        Convention("favicon", _images("ico"), None, everywhere=False),
        Convention(
            "icon",
            _images("ico", "jpg", "jpeg", "png", "svg"),
            "icon",
            everywhere=True,
            numbered=True,
        ),
        Convention(
            "apple-icon",
            _images("jpg", "jpeg", "png"),
            "apple-icon",
            everywhere=True,
            numbered=True,
        ),
        Convention(
            "opengraph-image",
            _SHARE_IMAGES,
            "opengraph-image",
            everywhere=True,
            numbered=True,
            max_bytes=8 * _MEGABYTE,
        ),
        Convention(
            "twitter-image",
            _SHARE_IMAGES,
            "twitter-image",
            everywhere=True,
            numbered=True,
            max_bytes=5 * _MEGABYTE,
        ),
        Convention("robots", {"txt": "text/plain"}, "robots.txt", everywhere=False),
        Convention("sitemap", {"xml": "application/xml"}, "sitemap.xml", everywhere=True),
        Convention(
            "manifest",
            {"json": "application/manifest+json", "webmanifest": "application/manifest+json"},
            "manifest.webmanifest",
            everywhere=False,
        ),
    )
}

# Files of other endings may be an author's own, but these can only be meant as metadata.
_MEANT_AS_IMAGE = frozenset(
    ("apng", "avif", "bmp", "gif", "ico", "jfif", "jpe", "jpeg", "jpg", "png", "svg", "tif", "tiff", "webp")
)
_MEANT_AS_TEXT = frozenset(("txt", "xml", "webmanifest"))

_NAME = re.compile(rf"({'|'.join(kind.replace('-', '[-_]') for kind in CONVENTIONS)})(\d*)(\.alt)?\.(\w+)")


@dataclass(frozen=True, slots=True)
class MetadataName:
    """A file name that a convention knows.

    ``name`` is the part before the endings, number included, with ``-`` in static files and ``_`` in Python files.
    ``ending`` is that of a static file, without its dot, and empty for code. ``is_alt`` tells an ``.alt.txt`` file.
    """

    convention: Convention
    name: str
    ending: str
    is_alt: bool = False

    @property
    def is_code(self) -> bool:
        """Whether a Python file makes the metadata."""
        return not self.ending


class MisnamedError(ValueError):
    """A file name close to a convention; ``what`` is wrong with it, and its ``cure``, are whole sentences."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure


def parse_name(file_name: str) -> MetadataName | None:
    """What convention ``file_name`` follows: None for a name that is an author's own.

    :raises MisnamedError: it is meant as metadata, but not named or typed as a convention wants.
    """
    found = _NAME.fullmatch(file_name)
    if found is None:
        return None
    name, number, alt, ending = found[1], found[2], found[3], found[4]
    static = name.replace("_", "-")
    convention = next(row for row in CONVENTIONS.values() if row.kind == static)
    if number and not convention.numbered:
        return None
    if alt:
        return _parse_alt(convention, name + number, ending)
    if ending == "py":
        return _parse_code(convention, name + number)
    lowered = ending.lower()
    meant = _MEANT_AS_IMAGE if convention.is_image else _MEANT_AS_TEXT
    if lowered not in meant and lowered not in convention.types:
        return None
    if lowered not in convention.types:
        raise MisnamedError(
            f"{_label(convention).capitalize()} cannot be of the type .{lowered}.",
            f"Use {_alternatives(f'{static}{number}.{one}' for one in convention.types)}.",
        )
    wanted = f"{static}{number}.{lowered}"
    if wanted != file_name:
        raise MisnamedError(f'The name "{file_name}" is not that of {_label(convention)}.', f'Name it "{wanted}".')
    return MetadataName(convention, static + number, ending)


def _parse_alt(convention: Convention, name: str, ending: str) -> MetadataName | None:
    if not convention.has_alt or ending != "txt":
        return None
    wanted = f"{name.replace('_', '-')}.alt.txt"
    if "_" in name:
        raise MisnamedError(f'The name "{name}.alt.txt" is not that of an alt text.', f'Name it "{wanted}".')
    return MetadataName(convention, name, ending, is_alt=True)


def _parse_code(convention: Convention, name: str) -> MetadataName:
    if convention.made is None:
        raise MisnamedError(
            f"{_label(convention).capitalize()} cannot be made by code.",
            f'Name the file "icon.py", with the function icon(), or put a "{convention.kind}.ico" there.',
        )
    wanted = name.replace("-", "_")
    if wanted != name:
        raise MisnamedError(f'"{name}.py" is no name of a Python module.', f'Name it "{wanted}.py".')
    return MetadataName(convention, name, "")


def _label(convention: Convention) -> str:
    article = "an" if convention.kind[0] in "aio" else "a"
    return f"{article} {convention.kind}{'' if convention.is_image else ' file'}"


def _alternatives(names: Iterable[str]) -> str:
    *others, last = [f'"{name}"' for name in names]
    return f"{', '.join(others)} or {last}" if others else last
