"""The tags of cached values: those an author gives, and those that `revalidate_path` goes by.

Theory of operation
-------------------
A value made for a route bears, besides its author's tags, the *path tags* of that route. Of ``app/(shop)/items/[id]``,
asked for as ``/items/7``, they are

- ``/layout``, ``/(shop)/layout``, ``/(shop)/items/layout`` and ``/(shop)/items/[id]/layout``, whether there are such
  layouts or not,
- ``/(shop)/items/[id]/page``, or ``…/route`` of a route handler,
- ``/items/7``, its URL.

`revalidate_path` is nothing but the invalidation of one of these: of ``/items/7``, or of a pattern with its type. So
``("/", "layout")`` reaches everything, and the type ``"page"`` reaches no route handlers: those of a pattern are
reached as ``"layout"``, or one by one.

A path tag begins with a character that no other tag may begin with. Its path is percent-decoded, so that ``/é`` and
``/%C3%A9`` are one; a ``/`` within a segment stays ``%2F``.

Implements the pages "cacheTag" and "revalidatePath" of the Next.js documents.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast
from urllib.parse import unquote

__all__ = ["MAX_TAGS", "MAX_TAG_LENGTH", "Revalidation", "path_tags", "revalidated_path_tag", "valid_tags"]

MAX_TAG_LENGTH: Final = 256
"""The most characters of a tag."""

MAX_TAGS: Final = 128
"""The most tags of a value."""

_MAX_PATH_LENGTH = 1024
_PATH_MARK = "\x1f"
_DYNAMIC = re.compile(r"/\[[^/]+\](/|\Z)")


def valid_tags(tags: Iterable[object], where: str, present: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """Those of ``tags`` that a value may have, each once and in their order, and a warning for each of the others.

    ``where`` begins the warnings (``cache_tag() in get_posts()``); ``present`` are the tags that the value has already,
    which are not returned again. Raises ``TypeError`` when ``tags`` is a single str.
    """
    if isinstance(tags, (str, bytes)):
        raise TypeError(f"{where}: tags={tags!r} is a single tag, but tags is a list: write tags=[{tags!r}].")
    kept: dict[str, None] = {}
    warnings: list[str] = []
    for tag in tags:
        if (reason := _unfit(tag)) is not None:
            warnings.append(f"{where}: the tag {_shown(tag)} {reason}; it is left out.")
        elif tag in present or tag in kept:
            continue
        elif len(present) + len(kept) >= MAX_TAGS:
            warnings.append(
                f"{where}: the tag {_shown(tag)} is one too many, a value may have {MAX_TAGS} tags; it is left out."
            )
        else:
            kept[cast("str", tag)] = None
    return list(kept), warnings


def path_tags(pattern: str, path: str, kind: Literal["page", "route"]) -> tuple[str, ...]:
    """The path tags of a value made for the route in the folder ``pattern``, asked for as ``path``.

    ``pattern`` holds the folders' names as they are, groups included (``/(shop)/items/[id]``; ``/`` is the root);
    ``path`` is the URL's, percent-encoded or not.
    """
    return (*_pattern_tags(pattern, kind), _url_tag(path))


class Revalidation(NamedTuple):
    """What `revalidate_path` is to do: invalidate ``tag``, unless that is None, and log ``warning``, unless None."""

    tag: str | None
    warning: str | None = None


def revalidated_path_tag(path: str, type: str | None = None) -> Revalidation:
    """The path tag that ``revalidate_path(path, type)`` invalidates.

    Without a type ``path`` is a URL's, and ``/index`` is ``/``; with a type it is the pattern of a folder. What can
    reach nothing has a warning. Raises ``ValueError`` for another type, ``TypeError`` when ``path`` is no str.
    """
    if not isinstance(path, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f'revalidate_path({path!r}): the path is a str such as "/blog/first" or "/blog/[slug]".')
    if type not in (None, "page", "layout"):
        raise ValueError(
            f'revalidate_path({_shown(path)}, {type!r}): the type is "page" or "layout", or left out for the path of '
            "one URL."
        )
    call = f"revalidate_path({_shown(path)})" if type is None else f"revalidate_path({_shown(path)}, {type!r})"
    if len(path) > _MAX_PATH_LENGTH:
        return Revalidation(
            None, f"{call}: the path has {len(path)} characters, at most {_MAX_PATH_LENGTH} are allowed; it is ignored."
        )
    if not path.startswith("/"):
        return Revalidation(None, f'{call} reaches nothing: a path begins with "/".')
    if "?" in path or "#" in path:
        return Revalidation(None, f"{call} reaches nothing: the query and the hash are no part of a path.")
    if type is not None:
        return Revalidation(_PATH_MARK + _below(_normal(path), type))
    if _DYNAMIC.search(path):
        warning = (
            f'{call} reaches nothing: a path with a dynamic segment needs a type, "page" or "layout". '
            "For one URL, write its path, such as /blog/first."
        )
        return Revalidation(_url_tag(path), warning)
    return Revalidation(_url_tag(path))


def _unfit(tag: object) -> str | None:
    """Why ``tag`` cannot be a tag, if it cannot."""
    if not isinstance(tag, str):
        return f"is of type {type(tag).__name__}, and tags are str"
    if len(tag) > MAX_TAG_LENGTH:
        return f"has {len(tag)} characters, at most {MAX_TAG_LENGTH} are allowed"
    if tag.startswith(_PATH_MARK):
        return "begins with the character U+001F, which is Byway's own"
    if not tag.isascii() and any("\ud800" <= character <= "\udfff" for character in tag):
        return "holds half of a surrogate pair, which no store can keep"
    return None


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:60]}…{text[-1]}"


@lru_cache(maxsize=1024)
def _pattern_tags(pattern: str, kind: str) -> tuple[str, ...]:
    pattern = _normal(pattern)
    return (
        *(_PATH_MARK + _below(folder, "layout") for folder in _folders(pattern)),
        _PATH_MARK + _below(pattern, kind),
    )


def _folders(pattern: str) -> Iterator[str]:
    """The root and each folder on the way to ``pattern``."""
    yield "/"
    end = 0
    while end < len(pattern) > 1:
        end = pattern.find("/", end + 1)
        end = len(pattern) if end < 0 else end
        yield pattern[:end]


def _below(folder: str, name: str) -> str:
    return f"/{name}" if folder == "/" else f"{folder}/{name}"


def _url_tag(path: str) -> str:
    path = _normal(path)
    return _PATH_MARK + ("/" if path == "/index" else path)


def _normal(path: str) -> str:
    """``path`` without a slash at its end, decoded."""
    if "%" in path:
        path = "/".join(_decoded(segment) for segment in path.split("/"))
    return path.rstrip("/") or "/"


def _decoded(segment: str) -> str:
    # What separates segments, and what marks that, is encoded again: else `a%2Fb` and `a/b` would be one.
    return unquote(segment).replace("%", "%25").replace("/", "%2F")
