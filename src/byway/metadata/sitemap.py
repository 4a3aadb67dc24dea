"""``sitemap.py``: the URLs of a site, as objects and as the XML of ``sitemap.xml``.

Implements the ``sitemap.xml`` convention of the documents, with image, video and localised sitemaps. Text is escaped;
characters that XML cannot hold are left out.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, Required, TypeAlias, TypedDict, cast

from byway.metadata.numbers import decimal
from byway.metadata.shapes import MetadataError, Rule, is_list, required_keys, shape_of
from byway.metadata.times import written

MAX_URLS: Final = 50_000
"""The most URLs that one sitemap may have, by the sitemap protocol."""

ChangeFrequency = Literal["always", "hourly", "daily", "weekly", "monthly", "yearly", "never"]
Priority = Annotated[float, Rule(lambda number: 0 <= number <= 1, "a number from 0 to 1")]
Rating = Annotated[float, Rule(lambda number: 0 <= number <= 5, "a number from 0 to 5")]
Location = Annotated[str, Rule(bool, "an absolute URL")]
YesOrNo: TypeAlias = Literal["yes", "no"] | bool
Time: TypeAlias = str | date
"""A date, a datetime (a naive one is UTC), or a text in the W3C's datetime format, which goes out as it is."""


class SitemapAlternates(TypedDict, total=False):
    """The same page elsewhere."""

    languages: Mapping[str, str] | None
    """URLs by language."""


class SitemapRestriction(TypedDict, total=False):
    """Where a video may be shown, or may not: ``content`` lists countries or platforms, separated by spaces."""

    relationship: Required[Literal["allow", "deny"]]
    content: Required[str]


class SitemapUploader(TypedDict, total=False):
    """Who uploaded a video; ``info`` is a URL about them."""

    content: Required[str]
    info: str | None


class SitemapVideo(TypedDict, total=False):
    """A video on a page, with its fields in the order in which they are written. Texts that are optional and empty are
    left out."""

    title: Required[str]
    thumbnail_loc: Required[str]
    description: Required[str]
    content_loc: str | None
    player_loc: str | None
    duration: float | None
    """In seconds."""
    view_count: float | None
    tag: str | None
    rating: Rating | None
    expiration_date: Time | None
    publication_date: Time | None
    family_friendly: YesOrNo | None
    requires_subscription: YesOrNo | None
    live: YesOrNo | None
    restriction: SitemapRestriction | None
    platform: SitemapRestriction | None
    uploader: SitemapUploader | None


class SitemapEntry(TypedDict, total=False):
    """One URL of a sitemap."""

    url: Required[Location]
    last_modified: Time | None
    change_frequency: ChangeFrequency | None
    priority: Priority | None
    alternates: SitemapAlternates | None
    images: Sequence[str] | None
    videos: Sequence[SitemapVideo] | None


Sitemap: TypeAlias = Iterable[SitemapEntry] | AsyncIterable[SitemapEntry]
"""What the function of ``sitemap.py`` returns: ``MetadataRoute.Sitemap`` in the documents. An iterator, async or not,
is written as it yields, so that its entries need not be in memory at once."""

_ENTRY = shape_of(SitemapEntry)
_CHUNK = 64 * 1024

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_NAMESPACES: Final = {
    "images": ' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"',
    "videos": ' xmlns:video="http://www.google.com/schemas/sitemap-video/1.1"',
    "alternates": ' xmlns:xhtml="http://www.w3.org/1999/xhtml"',
}

# The other key of those fields that are dicts: it is written as an attribute.
_ATTRIBUTES: Final = {"restriction": "relationship", "platform": "relationship", "uploader": "info"}
_VIDEO_FIELDS: Final = {name: _ATTRIBUTES.get(name) for name in SitemapVideo.__annotations__}
_REQUIRED_OF_VIDEOS: Final = required_keys(SitemapVideo)


def serialise_sitemap(sitemap: Iterable[SitemapEntry]) -> Iterator[bytes]:
    """The ``sitemap.xml`` that ``sitemap`` describes, in chunks of some 64 KiB.

    A list is checked as a whole at once, and only the namespaces that it needs are declared. Of an iterator each entry
    is checked when its turn comes, and all namespaces are declared.

    :raises MetadataError: an entry is none, or there are more than 50,000.
    """
    if is_list(value := cast("object", sitemap)):
        if len(value) > MAX_URLS:
            raise _too_many(f"{len(value):,}")
        entries = cast("Sequence[SitemapEntry]", value)
        for _ in _checked(entries):
            pass
        used = [name for name in _NAMESPACES if any(entry.get(name) for entry in entries)]
        return _chunks(entries, used)
    if isinstance(value, (str, bytes, dict)) or not isinstance(value, Iterable):
        raise MetadataError("is no list.", 'Return a list of dicts: [{"url": "https://…", "last_modified": …}].')
    return _chunks(_checked(cast("Iterable[object]", value)), list(_NAMESPACES))


async def serialise_entries(entries: AsyncIterable[object]) -> AsyncIterator[bytes]:
    """`serialise_sitemap` of an async iterator, such as a cursor of a database.

    :raises MetadataError: an entry is none, or there are more than 50,000.
    """
    writer, index = _Writer(_NAMESPACES), 0
    async for entry in entries:
        chunk = writer.add(_check(index, entry))
        index += 1
        if chunk:
            yield chunk
    yield writer.end()


def _checked(entries: Iterable[object]) -> Iterator[SitemapEntry]:
    for index, entry in enumerate(entries):
        yield _check(index, entry)


def _check(index: int, entry: object) -> SitemapEntry:
    if index == MAX_URLS:
        raise _too_many("more than 50,000")
    try:
        _ENTRY.check(entry)
    except MetadataError as error:
        raise error.within(index)  # noqa: B904 - the same error
    return cast("SitemapEntry", entry)


def _too_many(number: str) -> MetadataError:
    return MetadataError(
        f"has {number} URLs; a sitemap may have {MAX_URLS:,}.",
        'Split it: let generate_sitemaps() return a list like [{"id": 0}, {"id": 1}], and sitemap(id) the URLs of one.',
    )


def _chunks(entries: Iterable[SitemapEntry], namespaces: Iterable[str]) -> Iterator[bytes]:
    writer = _Writer(namespaces)
    for entry in entries:
        if chunk := writer.add(entry):
            yield chunk
    yield writer.end()


class _Writer:
    """Gathers what is written until it makes a chunk. ``namespaces`` are those that are declared."""

    __slots__ = ("_pending", "_size")

    def __init__(self, namespaces: Iterable[str]) -> None:
        self._pending = [_HEAD, *(_NAMESPACES[name] for name in namespaces), ">\n"]
        self._size = 0

    def add(self, entry: SitemapEntry) -> bytes:
        """The chunk that ``entry`` completes; empty as long as it is not complete."""
        text = _entry(entry)
        self._pending.append(text)
        self._size += len(text)
        return self._taken() if self._size >= _CHUNK else b""

    def end(self) -> bytes:
        """The last chunk."""
        self._pending.append("</urlset>\n")
        return self._taken()

    def _taken(self) -> bytes:
        chunk = "".join(self._pending).encode()
        self._pending.clear()
        self._size = 0
        return chunk


def _entry(entry: SitemapEntry) -> str:
    text = f"<url>\n<loc>{_text(entry['url'])}</loc>\n"
    if alternates := entry.get("alternates"):
        for language, url in (alternates.get("languages") or {}).items():
            text += f'<xhtml:link rel="alternate" hreflang="{_text(language)}" href="{_text(url)}" />\n'
    for image in entry.get("images") or ():
        text += f"<image:image>\n<image:loc>{_text(image)}</image:loc>\n</image:image>\n"
    for video in entry.get("videos") or ():
        text += _video(video)
    if last_modified := entry.get("last_modified"):
        text += f"<lastmod>{_written(last_modified)}</lastmod>\n"
    if change_frequency := entry.get("change_frequency"):
        text += f"<changefreq>{change_frequency}</changefreq>\n"
    if (priority := entry.get("priority")) is not None:
        text += f"<priority>{decimal(priority)}</priority>\n"
    return f"{text}</url>\n"


def _video(video: SitemapVideo) -> str:
    text = "<video:video>\n"
    for name, attribute in _VIDEO_FIELDS.items():
        value: Any = video.get(name)
        if value is None:
            continue
        start = f"video:{name}"
        if attribute:
            if of_attribute := value.get(attribute):
                start += f' {attribute}="{_text(of_attribute)}"'
            # An empty one is written: to allow no country is not the same as to allow all.
            value = value["content"]
        elif value == "" and name not in _REQUIRED_OF_VIDEOS:
            continue
        text += f"<{start}>{_written(value)}</video:{name}>\n"
    return f"{text}</video:video>\n"


def _written(value: str | bool | float | date) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return written(value) if isinstance(value, date) else decimal(value)


_MARKED = re.compile("[^ !#-%'-;=?-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}


def _text(value: str) -> str:
    """``value`` as it stands in an element or an attribute."""
    return _MARKED.sub(_escape, value)


def _escape(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], "")
