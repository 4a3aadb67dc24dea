"""Path patterns: the ``source`` of matchers and rules, as in ``/about/:path*``.

Theory of operation
-------------------
A source, whose dialect is in `path_syntax`, becomes one regular expression for a whole path. A slash at the end of path
or source makes no difference. ``/about/:path*`` matches ``/about`` as well, and so does ``/about/(.*)?``, but not
``/about/(.*)``. A parameter that repeats is captured as a list. Captures are not percent-decoded. In regular
expressions ``\\d``, ``\\w`` and ``\\s`` know ASCII only and ``.`` matches line breaks too: a guard must not be evaded
by an exotic character.

One path has several spellings, since any character may be percent-encoded, and routes match what a path *means*. There
are two answers to that:

* The matcher of a proxy is a guard. It matches when any of the `spellings` in which its source may have been written
  does, letter case included.
* The source of a rule (redirect, rewrite, header) is compared with the one `canonical` spelling of the path, and is
  brought into that spelling itself: what it captures goes into URLs again. Letter case makes no difference.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from byway.routing.matcher import SEGMENT_SAFE, BadPath, decode_path
from byway.routing.path_syntax import FLAGS, Group, RuleError, parse, python_regex

MAX_SOURCE_LENGTH = 4096

_ODD_CHARACTER = re.compile(rf"[^A-Za-z0-9/{re.escape(SEGMENT_SAFE)}]")


# Sources that every path matches: "/:path*", by any name, and "/(.*)".
_FOR_ALL = re.compile(r"/(?::\w+\*|\(\.\*\))", re.ASCII)


class _Param(NamedTuple):
    name: str
    group: str
    separator: str | None
    """What stands between the values of a parameter that repeats; None for one that does not."""


class Pattern:
    """A compiled ``source``.

    It is for paths below ``base_path``, which begins with a slash or is empty. With ``of_rule`` it is matched with
    canonical paths, in any letter case.

    ``matches(path)`` is true when ``path`` matches: it is the regular expression's own method, with no step between.
    ``repeats`` tells for each parameter, by name, whether it is a list. ``first`` is the first segment below
    ``base_path``, in lower case, when all paths that match have the same; ``is_for_all`` tells that every path matches.

    Raises ``RuleError`` when ``source`` is longer than 4096 characters, does not begin with a slash, or is malformed.
    """

    __slots__ = ("_params", "first", "is_for_all", "matches", "repeats", "source")

    def __init__(self, source: str, *, base_path: str = "", of_rule: bool = False) -> None:
        if not source.startswith("/"):
            raise RuleError(f"The source {source!r} does not begin with a slash.", f'Write "/{source}".')
        if len(source) > MAX_SOURCE_LENGTH:
            raise RuleError(
                f"A source has {len(source):,} characters; {MAX_SOURCE_LENGTH:,} are allowed.",
                "Split it into several sources.",
            )
        self.source = source
        self._params: list[_Param] = []
        parts = parse(source)
        if of_rule:
            parts = [_canonical_part(part) for part in parts]
        regex = "".join(self._regex_of(number, part) for number, part in enumerate(_eager(parts)))
        try:
            compiled = re.compile(re.escape(base_path) + regex + "/?", FLAGS | (re.IGNORECASE if of_rule else 0))
        except re.error as error:
            raise RuleError(
                f"The source {source!r} makes no regular expression: {error}.",
                "Give every group inside its regular expressions another name, or none.",
            ) from None
        self.matches = compiled.fullmatch
        self.repeats = {param.name: param.separator is not None for param in self._params}
        self.first = _first_segment(parts)
        self.is_for_all = not base_path and _FOR_ALL.fullmatch(source) is not None

    def match(self, path: str) -> dict[str, str | list[str]] | None:
        """The parameters of ``path``, as they stand there; None when the path does not match.

        A parameter that repeats is a list; one that is absent has no key.
        """
        found = self.matches(path)
        if found is None:
            return None
        params: dict[str, str | list[str]] = {}
        for name, group, separator in self._params:
            value = found[group]
            if value is not None:
                params[name] = value if separator is None else value.split(separator)
        return params

    def _regex_of(self, number: int, part: str | Group) -> str:
        if isinstance(part, str):
            return re.escape(part)
        prefix, suffix, modifier = re.escape(part.prefix), re.escape(part.suffix), part.modifier
        if part.regex is None:
            return f"(?:{prefix}{suffix}){modifier}"
        inner = python_regex(part.regex)
        group = f"_{number}"
        if part.name is not None:
            separator = part.suffix + part.prefix if part.repeats else None
            self._params.append(_Param(part.name, group, separator))
        if not part.repeats:
            return f"(?:{prefix}(?P<{group}>{inner}){suffix}){modifier}"
        more = f"(?:{suffix}{prefix}(?:{inner}))*"
        return f"(?:{prefix}(?P<{group}>(?:{inner}){more}){suffix}){'?' if modifier == '*' else ''}"

    def __repr__(self) -> str:
        return f"Pattern({self.source!r})"


def _eager(parts: Sequence[str | Group]) -> Iterator[str | Group]:
    """``parts``, in which a parameter that ends with its segment takes all of it at once: there is nothing to try."""
    for part, following in zip(parts, [*parts[1:], "/"], strict=False):
        if isinstance(part, Group) and part.regex == "[^/]+?" and not part.suffix:
            text = following if isinstance(following, str) else following.prefix
            yield part._replace(regex="[^/]+") if text.startswith("/") else part
        else:
            yield part


def _canonical_part(part: str | Group) -> str | Group:
    """``part`` with its text in the spelling that `canonical` gives paths."""
    if isinstance(part, str):
        return _encode(part)
    return part._replace(prefix=_encode(part.prefix), suffix=_encode(part.suffix))


def _encode(text: str) -> str:
    """The canonical spelling of a piece of a source, in which characters may be percent-encoded or not."""
    return "/".join(quote(unquote_to_bytes(piece), safe=SEGMENT_SAFE) for piece in text.split("/"))


def _first_segment(parts: list[str | Group]) -> str | None:
    """The first segment, in lower case, of every path that ``parts`` match; None when there are several."""
    if not parts:
        return ""
    text = parts[0]
    if not isinstance(text, str):
        return None
    first, slash, _ = text[1:].partition("/")
    if not slash and len(parts) > 1:
        following = parts[1]
        if not isinstance(following, Group) or not following.prefix.startswith("/"):
            return None
    return first.lower()


def is_canonical(path: str) -> bool:
    """Whether no other spelling of ``path`` is likely: it has nothing encoded, nor anything that should be."""
    return _ODD_CHARACTER.search(path) is None


@lru_cache(maxsize=64)  # several steps ask for the same one
def canonical(path: str) -> str:
    """The one spelling of ``path`` in which only those characters are percent-encoded that must be.

    Raises ``BadPath`` when it has a percent-encoding that is malformed or not UTF-8.
    """
    if is_canonical(path):
        return path
    return "/".join(quote(piece, safe=SEGMENT_SAFE) for piece in decode_path(path))


def spellings(path: str) -> tuple[str, ...]:
    """The forms in which a source may write the undecoded ``path``, which comes first.

    They are: as it was sent; decoded; decoded but for slashes within segments; with only those characters encoded that
    must be. Raises ``BadPath`` when the path does not begin with a slash, or has a percent-encoding that is malformed
    or not UTF-8.
    """
    if not path.startswith("/"):
        raise BadPath(f"The path {path!r} does not begin with a slash.")
    if is_canonical(path):
        return (path,)
    pieces = decode_path(path)
    decoded = "/".join(pieces)
    by_segment = "/".join(piece.replace("/", "%2F") for piece in pieces)
    encoded = "/".join(quote(piece, safe=SEGMENT_SAFE) for piece in pieces)
    return tuple(dict.fromkeys((path, decoded, by_segment, encoded)))
