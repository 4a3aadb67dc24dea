"""``robots.py``: the rules for crawlers, as an object and as the text of ``robots.txt``.

Implements the ``robots.txt`` convention of the documents. The text follows RFC 9309: the agents of one rule stand in
one group, which means the same as the group for each that the documents show.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, Required, TypedDict, cast

from byway.http.text import utf8_encode
from byway.metadata.numbers import decimal
from byway.metadata.shapes import Rule, Shape, is_list, shape_of

# A line break would end the line, and begin another that nobody wrote.
Line = Annotated[str, Rule(lambda text: "\n" not in text and "\r" not in text, "a str without line breaks")]
# A colon would end the name, "#" begin a comment.
_NAME = re.compile("[A-Za-z0-9_-]+")
Name = Annotated[str, Rule(lambda text: _NAME.fullmatch(text) is not None, 'a name of letters, digits, "-" and "_"')]
Seconds = Annotated[float, Rule(lambda number: number >= 0, "a number of seconds, 0 or more")]


class RobotsRule(TypedDict, total=False):
    """What some crawlers may visit. Empty paths are left out."""

    user_agent: Line | Sequence[Line] | None
    """Whom the rule is for; everyone, ``*``, unless given."""
    allow: Line | Sequence[Line] | None
    disallow: Line | Sequence[Line] | None
    crawl_delay: Seconds | None
    """Seconds between two visits."""
    other: Mapping[Name, Line | float | Sequence[Line | float]] | None
    """Further lines, by names that go out as they are written."""


class Robots(TypedDict, total=False):
    """What the function of ``robots.py`` returns: ``MetadataRoute.Robots`` in the documents."""

    rules: Required[RobotsRule | Sequence[RobotsRule]]
    sitemap: Line | Sequence[Line] | None
    host: Line | None


_ROBOTS: Final[Shape] = shape_of(Robots)


def serialise_robots(robots: Robots) -> bytes:
    """The ``robots.txt`` that ``robots`` describes.

    :raises MetadataError: ``robots`` is no such object.
    """
    _ROBOTS.check(robots)
    return utf8_encode("".join(f"{line}\n" for line in _lines(robots)))


def _lines(robots: Robots) -> Iterator[str]:
    rules = robots["rules"]
    for rule in cast("Sequence[RobotsRule]", rules if is_list(rules) else [rules]):
        yield from _named("User-Agent", rule.get("user_agent") or "*")
        yield from _named("Allow", rule.get("allow"))
        yield from _named("Disallow", rule.get("disallow"))
        yield from _named("Crawl-delay", rule.get("crawl_delay"))
        for name, value in (rule.get("other") or {}).items():
            yield from _named(name, value)
        yield ""
    yield from _named("Host", robots.get("host"))
    yield from _named("Sitemap", robots.get("sitemap"))


def _named(name: str, value: Any) -> Iterator[str]:
    """A line for each of the values."""
    for one in value if is_list(value) else (value,):
        if one is not None and one != "":
            yield f"{name}: {one if isinstance(one, str) else decimal(cast('float', one))}"
