"""The fields of a page's metadata that are a few plain tags each: who wrote it, what it is about, whose it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, TypeAlias, TypedDict

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, Field, Resolved, as_list, link, many, meta, plain

Value: TypeAlias = str | bool | float

Referrer = Literal[
    "no-referrer",
    "origin",
    "no-referrer-when-downgrade",
    "origin-when-cross-origin",
    "same-origin",
    "strict-origin",
    "strict-origin-when-cross-origin",
    "unsafe-url",
]


class Author(TypedDict, total=False):
    """Who wrote the page."""

    name: str | None
    url: str | URL | None


class Pagination(TypedDict, total=False):
    """The pages before and after this one."""

    previous: str | URL | None
    next: str | URL | None


class Facebook(TypedDict, total=False):
    """Who may look at the page's statistics: an app, or accounts."""

    app_id: str | int | None
    admins: str | int | Sequence[str | int] | None


class Pinterest(TypedDict, total=False):
    """Whether the page makes rich pins."""

    rich_pin: bool | str | None


class FormatDetection(TypedDict, total=False):
    """What a phone may make links of; only what is False is written."""

    telephone: bool | None
    date: bool | None
    address: bool | None
    email: bool | None
    url: bool | None


class Verification(TypedDict, total=False):
    """Tokens by which search engines and others know whose site this is; ``other`` has those of any name."""

    google: Value | Sequence[Value] | None
    yahoo: Value | Sequence[Value] | None
    yandex: Value | Sequence[Value] | None
    me: Value | Sequence[Value] | None
    other: Mapping[str, Value | Sequence[Value] | None] | None


_VERIFICATION = {"google": "google-site-verification", "yahoo": "y_key", "yandex": "yandex-verification", "me": "me"}
_FORMATS = ("telephone", "date", "address", "email", "url")


def named(name: str) -> Field:
    """A field that is the content of one ``meta`` element."""
    return Field(lambda value: meta(name, value))


def linked(rel: str) -> Field:
    """A field of one URL or several, each a ``link`` element."""
    return Field(lambda urls: (tag for url in urls for tag in link(rel, url)), many)


def _author_tags(authors: Any) -> Iterator[HeadTag]:
    for author in authors:
        yield from link("author", author.get("url"))
        yield from meta("author", author.get("name"))


def _pagination(value: Pagination, context: Context) -> Resolved:
    return {name: context.links.alternate(url) for name in ("previous", "next") if (url := _url(value.get(name)))}


def _url(value: Any) -> str | URL | None:
    return value or None


def _pagination_tags(pagination: Any) -> Iterator[HeadTag]:
    yield from link("prev", pagination.get("previous"))
    yield from link("next", pagination.get("next"))


def _other_tags(other: Any) -> Iterator[HeadTag]:
    for name, value in other.items():
        yield from meta(name, value)


def _facebook_tags(facebook: Any) -> Iterator[HeadTag]:
    yield from meta("fb:app_id", facebook.get("app_id"), key="property")
    yield from meta("fb:admins", facebook.get("admins"), key="property")


def _format_detection_tags(formats: Any) -> Iterator[HeadTag]:
    yield from meta("format-detection", ", ".join(f"{name}=no" for name in _FORMATS if formats.get(name) is False))


def _verification_tags(verification: Any) -> Iterator[HeadTag]:
    for key, name in _VERIFICATION.items():
        yield from meta(name, verification.get(key))
    yield from _other_tags(verification.get("other") or {})


AUTHORS = Field(_author_tags, many)
KEYWORDS = Field(lambda words: meta("keywords", ",".join(words)), many)
PAGINATION = Field(_pagination_tags, _pagination)
MANIFEST = Field(lambda url: link("manifest", url))
OTHER = Field(_other_tags)
FACEBOOK = Field(_facebook_tags, lambda value, _: plain({**value, "admins": _all(value.get("admins"))}))
PINTEREST = Field(lambda pinterest: meta("pinterest-rich-pin", pinterest.get("rich_pin"), key="property"))
FORMAT_DETECTION = Field(_format_detection_tags)
VERIFICATION = Field(_verification_tags)


def _all(value: Any) -> list[Any] | None:
    return None if value is None else as_list(value)
