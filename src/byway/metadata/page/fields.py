"""`Metadata`, and what becomes of each of its keys: the fields, in the order in which a page's head has them.

Implements the ``metadata`` object of the Next.js documents.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, TypedDict, cast

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.page import basic
from byway.metadata.page.alternates import Alternates, alternates_tags, resolve_alternates
from byway.metadata.page.apple import (
    AppleWebAppValue,
    AppLinks,
    ITunes,
    app_links_tags,
    apple_web_app_tags,
    itunes_tags,
    resolve_app_links,
    resolve_apple_web_app,
    resolve_itunes,
)
from byway.metadata.page.basic import Value, linked, named
from byway.metadata.page.field import Field, Resolved
from byway.metadata.page.icons import IconsValue, icons_tags, resolve_icons
from byway.metadata.page.links import is_absolute
from byway.metadata.page.open_graph import OpenGraph, open_graph_tags, resolve_open_graph
from byway.metadata.page.robots import RobotsValue, resolve_robots, robots_tags
from byway.metadata.page.title import Title, resolve_title, title_tags
from byway.metadata.page.twitter import Twitter, resolve_twitter, twitter_tags
from byway.metadata.shapes import MetadataError, Rule, shape_of

_BASE = Rule(is_absolute, 'an absolute URL, such as "https://acme.com"')


class Metadata(TypedDict, total=False):
    """What `metadata` is and `generate_metadata` returns: ``Metadata`` in the documents.

    A key that is None clears what the ancestors have set.
    """

    metadata_base: Annotated[str, _BASE] | Annotated[URL, _BASE] | None
    """What begins the URLs of this page and those below it: ``https://acme.com``."""
    title: Title | None
    description: str | None
    application_name: str | None
    authors: basic.Author | Sequence[basic.Author] | None
    manifest: str | URL | None
    generator: str | None
    keywords: str | Sequence[str] | None
    referrer: basic.Referrer | None
    creator: str | None
    publisher: str | None
    robots: RobotsValue | None
    abstract: str | None
    archives: str | URL | Sequence[str | URL] | None
    assets: str | URL | Sequence[str | URL] | None
    bookmarks: str | URL | Sequence[str | URL] | None
    pagination: basic.Pagination | None
    category: str | None
    classification: str | None
    other: Mapping[str, Value | Sequence[Value] | None] | None
    """``meta`` elements of any name; a list has several of one name. What the ancestors have set stays, key by key."""
    alternates: Alternates | None
    itunes: ITunes | None
    facebook: basic.Facebook | None
    pinterest: basic.Pinterest | None
    format_detection: basic.FormatDetection | None
    verification: basic.Verification | None
    apple_web_app: AppleWebAppValue | None
    open_graph: OpenGraph | None
    twitter: Twitter | None
    app_links: AppLinks | None
    icons: IconsValue | None


FIELDS: Final[Mapping[str, Field]] = {
    "title": Field(title_tags, resolve_title),
    "description": named("description"),
    "application_name": named("application-name"),
    "authors": basic.AUTHORS,
    "manifest": basic.MANIFEST,
    "generator": named("generator"),
    "keywords": basic.KEYWORDS,
    "referrer": named("referrer"),
    "creator": named("creator"),
    "publisher": named("publisher"),
    "robots": Field(robots_tags, resolve_robots),
    "abstract": named("abstract"),
    "archives": linked("archives"),
    "assets": linked("assets"),
    "bookmarks": linked("bookmarks"),
    "pagination": basic.PAGINATION,
    "category": named("category"),
    "classification": named("classification"),
    "other": basic.OTHER,
    "alternates": Field(alternates_tags, resolve_alternates),
    "itunes": Field(itunes_tags, resolve_itunes),
    "facebook": basic.FACEBOOK,
    "pinterest": basic.PINTEREST,
    "format_detection": basic.FORMAT_DETECTION,
    "verification": basic.VERIFICATION,
    "apple_web_app": Field(apple_web_app_tags, resolve_apple_web_app),
    "open_graph": Field(open_graph_tags, resolve_open_graph),
    "twitter": Field(twitter_tags, resolve_twitter),
    "app_links": Field(app_links_tags, resolve_app_links),
    "icons": Field(icons_tags, resolve_icons),
}
"""The keys but for ``metadata_base``, which makes no tag."""

MOVED: Final = ("viewport", "theme_color", "color_scheme")
"""Keys that the documents have moved to `viewport`: they have no effect here, and the author is told."""

_METADATA: Final = shape_of(Metadata)


def check_metadata(value: object) -> Metadata:
    """``value``, which is a file's ``metadata`` or what its ``generate_metadata`` returned, without keys of `MOVED`.

    :raises MetadataError: it is no such object.
    """
    if isinstance(value, Mapping) and any(key in value for key in MOVED):
        value = {key: item for key, item in cast("Mapping[str, object]", value).items() if key not in MOVED}
    if not isinstance(value, Mapping):
        raise MetadataError(f"is {type(value).__name__}.", 'Write a dict: {"title": "Hello"}.')
    _METADATA.check(cast("object", value))
    return cast("Metadata", value)


def unset() -> Resolved:
    """Resolved metadata of which nothing is set."""
    return {"metadata_base": None, **dict.fromkeys(FIELDS)}


def metadata_tags(resolved: Resolved) -> Iterator[HeadTag]:
    """The tags of a head for ``resolved``, in their order."""
    value: Any
    for name, field in FIELDS.items():
        if (value := resolved[name]) is not None:
            yield from field.tags(value)
