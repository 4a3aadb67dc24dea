"""The rules of a config: headers, redirects and rewrites, and which of them are for a request.

Implements what the Next.js documents call ``headers``, ``redirects`` and ``rewrites``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Set
from dataclasses import dataclass
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar, cast
from urllib.parse import quote

from byway.http.headers import RawHeaders, encode_name
from byway.http.request import Request
from byway.routing.conditions import Conditions
from byway.routing.patterns import Pattern
from byway.routing.templates import COMPONENT_SAFE, Destination, Params, Template

# What no header name, and no value, can hold.
_NO_TOKEN = re.compile(r"[^!#$%&'*+\-.^_`|~0-9A-Za-z]")
_NO_VALUE = re.compile(r"[\0-\x1f\x7f]|[^\0-\xff]")


class Captures(NamedTuple):
    """What a rule has captured: parts of the ``path``, as they stand there, and what its conditions have ``found``."""

    path: Params
    found: dict[str, str]

    def as_text(self) -> Params:
        """All of them, for a header."""
        return {**self.path, **self.found}

    def as_url(self) -> Params:
        """All of them percent-encoded, for a destination."""
        return {**self.path, **{name: quote(value, safe=COMPONENT_SAFE) for name, value in self.found.items()}}


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests that a rule is for; with ``is_outer`` its pattern is not below the base path (``base_path: False``)."""

    pattern: Pattern
    conditions: Conditions
    is_outer: bool

    @property
    def is_for_all(self) -> bool:
        """Whether every request is one of them."""
        return self.pattern.is_for_all and not self.conditions

    def match(self, path: str, request: Request) -> Captures | None:
        """What is captured of ``request`` for the canonical ``path``; None when this rule is not for it."""
        params = self.pattern.match(path)
        if params is None:
            return None
        found = self.conditions.match(request) if self.conditions else {}
        return None if found is None else Captures(params, found)


@dataclass(frozen=True, slots=True)
class HeaderRule(Rule):
    """Headers that are put on the answer: their names and values, of which the constant ones are bytes already."""

    headers: tuple[tuple[Template, Template] | tuple[bytes, bytes], ...]

    @property
    def constant(self) -> RawHeaders | None:
        """The headers, when they are the same for every request; None when they are not."""
        raw = [(name, value) for name, value in self.headers if isinstance(name, bytes) and isinstance(value, bytes)]
        return raw if len(raw) == len(self.headers) else None

    def raw(self, captures: Captures) -> RawHeaders:
        """The headers for a request of which ``captures`` are known.

        What a header cannot hold of them is percent-encoded.
        """
        params: Params | None = None
        raw: RawHeaders = []
        for name, value in self.headers:
            if isinstance(name, Template) and isinstance(value, Template):
                params = captures.as_text() if params is None else params
                raw.append((encode_name(name.fill(params, _as_token)), value.fill(params, _as_value).encode("latin-1")))
            else:
                raw.append((cast("bytes", name), cast("bytes", value)))
        return raw


@dataclass(frozen=True, slots=True)
class RedirectRule(Rule):
    """A redirect with ``status``."""

    destination: Destination
    status: int


@dataclass(frozen=True, slots=True)
class RewriteRule(Rule):
    """A route, or another server, that answers instead."""

    destination: Destination


def _as_token(text: str) -> str:
    return _NO_TOKEN.sub(lambda found: quote(found[0], safe=""), text)


def _as_value(text: str) -> str:
    return _NO_VALUE.sub(lambda found: quote(found[0], safe=""), text)


R = TypeVar("R", bound=Rule)


class RuleTable(Generic[R]):
    """Rules in their order, each with its number."""

    __slots__ = ("_anywhere", "_by_first", "numbered")

    def __init__(self, numbered: Iterable[tuple[int, R]]) -> None:
        self.numbered = tuple(numbered)
        # By the first segment below the base path, in lower case; and those that are for several.
        self._by_first: dict[str, list[tuple[int, R]]] = {}
        self._anywhere: list[tuple[int, R]] = []
        for number, rule in self.numbered:
            first = None if rule.is_outer else rule.pattern.first
            place = self._anywhere if first is None else self._by_first.setdefault(first, [])
            place.append((number, rule))

    def __bool__(self) -> bool:
        return bool(self.numbered)

    @property
    def firsts(self) -> Set[str]:
        """The first segments below the base path, in lower case, that rules are for alone."""
        return self._by_first.keys()

    def for_segment(self, first: str | None) -> RuleTable[R]:
        """The rules that may be for paths with this ``first`` segment; None is one that no rule is for alone."""
        own = [] if first is None else self._by_first.get(first, [])
        return RuleTable(sorted(self._anywhere + own, key=itemgetter(0)))

    def has_conditions_at(self, path: str) -> bool:
        """Whether rules for the canonical ``path`` ask for more than the path."""
        return any(rule.conditions and rule.pattern.matches(path) for _, rule in self.numbered)


class Rewrites(NamedTuple):
    """The rewrites by when they are looked at: before files, after files and routes without parameters, at the end."""

    before_files: RuleTable[RewriteRule]
    after_files: RuleTable[RewriteRule]
    fallback: RuleTable[RewriteRule]


class Rules(NamedTuple):
    """All rules of a config."""

    headers: RuleTable[HeaderRule]
    redirects: RuleTable[RedirectRule]
    rewrites: Rewrites
