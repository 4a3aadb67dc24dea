"""``alternates``: the page's canonical URL, and its other forms by language, medium and type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Required, TypeAlias, TypedDict

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, Resolved, as_dict, as_list, link, plain
from byway.metadata.page.links import Links


class AlternateLink(TypedDict, total=False):
    """A URL, and what it is called."""

    url: Required[str | URL]
    title: str | None


AlternateLinks: TypeAlias = Mapping[str, str | URL | Sequence[str | URL | AlternateLink] | None]


class Alternates(TypedDict, total=False):
    """Other URLs of what the page shows; a path that begins with ``./`` is relative to the page."""

    canonical: str | URL | AlternateLink | None
    languages: AlternateLinks | None
    """By language: ``de-DE``, ``x-default``."""
    media: AlternateLinks | None
    """By media query: ``only screen and (max-width: 600px)``."""
    types: AlternateLinks | None
    """By media type: ``application/rss+xml``."""


# The attribute that tells the alternates of a kind apart.
_KINDS = {"languages": "hreflang", "media": "media", "types": "type"}


def resolve_alternates(alternates: Alternates, context: Context) -> Resolved:
    """``alternates`` with lists of ``url`` and ``title`` for all of them; what is not set is None."""
    resolved: Resolved = {"canonical": next(iter(_links(alternates.get("canonical"), context.links)), None)}
    for kind in _KINDS:
        given: AlternateLinks | None = alternates.get(kind)  # type: ignore[assignment]
        resolved[kind] = None if given is None else {plain(k): _links(v, context.links) for k, v in given.items()}
    return resolved


def alternates_tags(alternates: Any) -> Iterator[HeadTag]:
    """The ``link`` elements of alternates."""
    if canonical := alternates["canonical"]:
        yield from link("canonical", canonical["url"], {"title": canonical.get("title")})
    for kind, attribute in _KINDS.items():
        by_name: Mapping[str, list[Resolved]] = alternates[kind] or {}
        for name, links in by_name.items():
            for one in links:
                yield from link("alternate", one["url"], {attribute: name, "title": one.get("title")})


def _links(value: Any, links: Links) -> list[Resolved]:
    resolved: list[Resolved] = []
    for item in as_list(value):
        one = as_dict(item)
        if one["url"]:
            resolved.append(plain({**one, "url": links.alternate(one["url"])}))
    return resolved
