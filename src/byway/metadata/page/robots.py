"""``robots``: what crawlers may do with a page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Literal, TypeAlias, TypedDict

from byway.metadata.head import HeadTag
from byway.metadata.page.field import Context, Resolved, meta, plain, text_of
from byway.metadata.shapes import Rule

_Hyphenated = TypedDict(
    "_Hyphenated",
    {
        "max-video-preview": int | str | None,
        "max-image-preview": Literal["none", "standard", "large"] | None,
        "max-snippet": int | None,
    },
    total=False,
)


# Words of the format that are no keys, for which difflib would name others.
_NoIndex = Annotated[bool, Rule(lambda _: False, '"index": False instead')]
_NoFollow = Annotated[bool, Rule(lambda _: False, '"follow": False instead')]


class RobotsRules(_Hyphenated, total=False):
    """What crawlers may do. ``max_snippet`` is ``max-snippet`` in the spelling of Python, and so are the others."""

    index: bool | None
    follow: bool | None
    noarchive: bool | None
    nosnippet: bool | None
    noimageindex: bool | None
    nocache: bool | None
    notranslate: bool | None
    indexifembedded: bool | None
    nositelinkssearchbox: bool | None
    unavailable_after: str | date | None
    max_video_preview: int | str | None
    max_image_preview: Literal["none", "standard", "large"] | None
    max_snippet: int | None
    noindex: _NoIndex
    nofollow: _NoFollow


class PageRobots(RobotsRules, total=False):
    """What crawlers may do, and what Google's may do instead."""

    google_bot: str | RobotsRules | None


_FLAGS = (
    "noarchive",
    "nosnippet",
    "noimageindex",
    "nocache",
    "notranslate",
    "indexifembedded",
    "nositelinkssearchbox",
    "unavailable_after",
    "max-video-preview",
    "max-image-preview",
    "max-snippet",
)

RobotsValue: TypeAlias = str | PageRobots


def resolve_robots(robots: RobotsValue, _: Context) -> Resolved:
    """``robots`` as the texts for all crawlers, ``basic``, and for Google's, ``google_bot``; None for none."""
    google_bot = None if isinstance(robots, str) else robots.get("google_bot")
    return {"basic": _text(robots), "google_bot": None if google_bot is None else _text(google_bot)}


def robots_tags(robots: Any) -> Iterator[HeadTag]:
    """The ``meta`` elements of crawlers."""
    yield from meta("robots", robots["basic"])
    yield from meta("googlebot", robots["google_bot"])


def _text(robots: str | RobotsRules) -> str:
    if isinstance(robots, str):
        return str.__str__(robots)
    rules: Resolved = plain(robots)
    words = [word if rules[word] else f"no{word}" for word in ("index", "follow") if rules.get(word) is not None]
    for name in _FLAGS:
        value = rules.get(name, rules.get(name.replace("-", "_")))
        if value is not None and value is not False:
            words.append(name if value is True else f"{name}:{text_of(value)}")
    return ", ".join(words)
