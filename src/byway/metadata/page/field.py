"""What one key of a page's metadata is: how its value is resolved, and which tags it makes.

Resolved values are plain: text, numbers, booleans, lists and dicts, with URLs and times as text. A child is given what
its ancestors have resolved, and can use it in its own: ``[*parent["open_graph"]["images"], "/own.png"]``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, TypeAlias, cast

from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.metadata.numbers import decimal
from byway.metadata.page.links import Links
from byway.metadata.shapes import is_list
from byway.metadata.times import written

Resolved: TypeAlias = dict[str, Any]
"""Resolved metadata: every top-level key, None where it is not set."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a value is resolved with: the page's `Links`, and the template of the ancestors for the title at hand."""

    links: Links
    template: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One key. ``resolve`` is given a value that is sound and not None, and may return None; ``tags`` what it made."""

    tags: Callable[[Any], Iterable[HeadTag]]
    resolve: Callable[[Any, Context], Any] = lambda value, _: plain(value)


def plain(value: Any) -> Any:
    """``value`` as a resolved one: URLs and times as text, without the keys of dicts that are None."""
    if isinstance(value, str):
        return str.__str__(value)  # of markup, the text
    if isinstance(value, URL):
        return value.href
    if isinstance(value, date):
        return written(value)
    if isinstance(value, Mapping):
        items = cast("dict[Any, Any]", value).items()
        return {plain(key): plain(item) for key, item in items if item is not None}
    if is_list(value):
        return [plain(item) for item in value if item is not None]
    return value


def as_list(value: Any) -> list[Any]:
    """``value``, or the items that it has."""
    return [value] if isinstance(value, str) or not is_list(value) else list(value)


def as_dict(value: Any, key: str = "url") -> Resolved:
    """``value``, which may be given as what would be its ``key`` alone."""
    return {**value} if isinstance(value, Mapping) else {key: value}


def many(value: Any, _: Context) -> list[Any]:
    """Resolves a value of which there may be several."""
    return cast("list[Any]", plain(as_list(value)))


def text_of(value: object) -> str:
    """A resolved value as the content of a tag; empty for what makes none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return decimal(value)
    return "" if value is None else str(value)


def meta(name: str, value: object, *, key: Literal["name", "property"] = "name") -> Iterator[HeadTag]:
    """A ``meta`` element; for a list one for each item, for nothing and empty text none."""
    for item in as_list(value):
        if content := text_of(item):
            yield HeadTag("meta", ((key, name), ("content", content)))


def link(rel: str, href: object, attributes: Mapping[str, object] | None = None) -> Iterator[HeadTag]:
    """A ``link`` element with those of ``attributes`` that say something; none without a ``href``."""
    if url := text_of(href):
        others = tuple((name, text) for name, value in (attributes or {}).items() if (text := text_of(value)))
        yield HeadTag("link", (("rel", rel), ("href", url), *others))


def described(
    name: str, value: object, parts: Sequence[str], *, key: Literal["name", "property"] = "property"
) -> Iterator[HeadTag]:
    """Groups of ``meta`` elements for things that are a URL each, or a dict with a ``url`` and some of ``parts``."""
    for item in as_list(value):
        if isinstance(item, dict):
            one = cast("Resolved", item)
            yield from meta(name, one.get("url"), key=key)
            for part in parts:
                yield from meta(f"{name}:{part}", one.get(part), key=key)
        else:
            yield from meta(name, item, key=key)
