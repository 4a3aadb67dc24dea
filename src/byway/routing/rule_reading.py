"""The lists that the functions ``headers``, ``redirects`` and ``rewrites`` of a config return → rules.

Every mistake is collected, with the number of its rule.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeVar, cast

from byway.http.headers import encode_name, encode_value
from byway.http.outgoing import CONNECTION_HEADERS
from byway.http.response import REDIRECT_STATUSES
from byway.routing.conditions import Conditions, read_conditions
from byway.routing.path_syntax import RuleError
from byway.routing.patterns import Pattern
from byway.routing.rules import HeaderRule, RedirectRule, RewriteRule, Rewrites, Rule, Rules, RuleTable
from byway.routing.templates import Destination, Template

R = TypeVar("R", bound=Rule)

_COMMON = ("source", "has", "missing", "base_path")
_STAGES = ("before_files", "after_files", "fallback")
_EXAMPLES: Final = {
    "headers": '{"source": "/about", "headers": [{"key": "x-name", "value": "its value"}]}',
    "redirects": '{"source": "/old/:path*", "destination": "/new/:path*", "permanent": True}',
    "rewrites": '{"source": "/about", "destination": "/"}',
}
_SERVERS_OWN = CONNECTION_HEADERS | {b"content-length"}
_STATUSES = ", ".join(map(str, sorted(REDIRECT_STATUSES)))


class RawRules(NamedTuple):
    """What the three functions of a config returned; None for one that there is not."""

    headers: object = None
    redirects: object = None
    rewrites: object = None


class _Head(NamedTuple):
    """What all kinds of rules have."""

    pattern: Pattern
    conditions: Conditions
    is_outer: bool
    #: Which parameters are captured, and whether they are lists.
    params: Mapping[str, bool]


def read_rules(raw: RawRules, base_path: str = "") -> tuple[Rules, list[RuleError]]:
    """The rules that ``raw`` describes for an app below ``base_path``, and what is wrong with them."""
    reader = _Reader(base_path)
    headers = reader.table("headers", "headers()", raw.headers, ("headers",), reader.header_rule)
    keys = ("destination", "permanent", "status_code")
    redirects = reader.table("redirects", "redirects()", raw.redirects, keys, reader.redirect_rule)
    rules = Rules(headers, redirects, reader.rewrites(raw.rewrites))
    return rules, reader.errors


class _Reader:
    def __init__(self, base_path: str) -> None:
        self.errors: list[RuleError] = []
        self._base_path = base_path

    def rewrites(self, raw: object) -> Rewrites:
        """The rewrites: a list is of those after files."""
        stages: dict[str, object] = {"after_files": raw}
        where = {"after_files": "rewrites()"}
        if isinstance(raw, Mapping):
            stages = {str(name): value for name, value in cast("Mapping[object, object]", raw).items()}
            where = {name: f"rewrites()[{name!r}]" for name in stages}
            for name in stages:
                if name not in _STAGES:
                    self.errors.append(_unknown("rewrites()", name, _STAGES))
        return Rewrites(
            *(
                self.table("rewrites", where.get(stage, ""), stages.get(stage), ("destination",), self.rewrite_rule)
                for stage in _STAGES
            )
        )

    def table(
        self,
        kind: str,
        where: str,
        raw: object,
        keys: Sequence[str],
        read: Callable[[_Head, Mapping[str, Any]], R],
    ) -> RuleTable[R]:
        """The rules of the list ``raw``, which stands at ``where``; ``keys`` are those of their kind alone."""
        if raw is None:
            return RuleTable(())
        if not isinstance(raw, (list, tuple)):
            what = f"{where} is {type(raw).__name__}, not a list."
            self.errors.append(RuleError(what, f"Return a list of rules such as {_EXAMPLES[kind]}."))
            return RuleTable(())
        rules: list[R] = []
        for number, item in enumerate(cast("Sequence[object]", raw)):
            place = f"{where}[{number}]"
            if not isinstance(item, Mapping):
                self.errors.append(
                    RuleError(f"{place} is {type(item).__name__}, not a dict.", f"Write {_EXAMPLES[kind]}.")
                )
                continue
            fields = cast("Mapping[str, Any]", item)
            self.errors += [_unknown(place, key, (*_COMMON, *keys)) for key in fields if key not in (*_COMMON, *keys)]
            head = self._head(place, fields)
            if head is None:
                continue
            try:
                rules.append(read(head, fields))
            except RuleError as error:
                self.errors.append(error.at(place))
        return RuleTable(enumerate(rules))

    def _head(self, where: str, fields: Mapping[str, Any]) -> _Head | None:
        has, mistakes = read_conditions(f"{where}.has", fields.get("has", ()))
        self.errors += mistakes
        missing, mistakes = read_conditions(f"{where}.missing", fields.get("missing", ()))
        self.errors += mistakes
        given = fields.get("base_path")
        if given is not None and given is not False:
            cure = "Write False, so that the base path is not put before it, or leave it out."
            self.errors.append(RuleError(f"{where}: base_path is {given!r}.", cure))
        is_outer = given is False and bool(self._base_path)
        source = fields.get("source")
        if not isinstance(source, str):
            cure = 'Write the paths that it is for: "source": "/about/:path*".'
            self.errors.append(RuleError(f"{where} has no source.", cure))
            return None
        try:
            pattern = Pattern(source, base_path="" if is_outer else self._base_path, of_rule=True)
        except RuleError as error:
            self.errors.append(error.at(where))
            return None
        conditions = Conditions(has, missing)
        return _Head(pattern, conditions, is_outer, pattern.repeats | dict.fromkeys(conditions.names, False))

    def header_rule(self, head: _Head, fields: Mapping[str, Any]) -> HeaderRule:
        """One rule of ``headers()``. Raises ``RuleError``."""
        raw: object = fields.get("headers")
        cure = f"Write {_EXAMPLES['headers']}."
        if not raw:
            raise RuleError("A rule has no headers.", cure)
        if not isinstance(raw, (list, tuple)):
            raise RuleError(f"headers is {type(raw).__name__}, not a list.", cure)
        headers: list[tuple[Template, Template] | tuple[bytes, bytes]] = []
        for number, item in enumerate(cast("Sequence[object]", raw)):
            if not isinstance(item, Mapping):
                raise RuleError(f"headers[{number}] is {type(item).__name__}, not a dict.", cure)
            pair = cast("Mapping[str, Any]", item)
            for key in pair:
                if key not in ("key", "value"):
                    raise _unknown(f"headers[{number}]", key, ("key", "value"))
            name, value = pair.get("key"), pair.get("value")
            if not isinstance(name, str) or not isinstance(value, str):
                raise RuleError(f"headers[{number}] needs a key and a value, both of them str.", cure)
            named, text = Template(name, head.params), Template(value, head.params)
            try:
                raw_name = encode_name(named.fill(dict.fromkeys(named.names, "x")))
                raw_value = encode_value(name, value)
            except ValueError as error:
                raise RuleError(f"headers[{number}] cannot be sent.", str(error)) from None
            if raw_name in _SERVERS_OWN:
                what = f"headers[{number}] sets {name!r}, which the server decides about each answer."
                raise RuleError(what, "Leave it out.")
            headers.append((named, text) if named.names or text.names else (raw_name, raw_value))
        return HeaderRule(head.pattern, head.conditions, head.is_outer, tuple(headers))

    def redirect_rule(self, head: _Head, fields: Mapping[str, Any]) -> RedirectRule:
        """One rule of ``redirects()``. Raises ``RuleError``."""
        destination = self._destination(head, fields)
        permanent, status = fields.get("permanent"), fields.get("status_code")
        cure = f'Write "permanent": True (308) or False (307), or "status_code": one of {_STATUSES}.'
        if status is None:
            if not isinstance(permanent, bool):
                what = (
                    "It says neither permanent nor status_code."
                    if permanent is None
                    else f"permanent is {permanent!r}."
                )
                raise RuleError(what, cure)
            status = 308 if permanent else 307
        elif permanent is not None:
            raise RuleError("It has both permanent and status_code.", cure)
        elif isinstance(status, bool) or not isinstance(status, int) or status not in REDIRECT_STATUSES:
            raise RuleError(f"status_code is {status!r}.", cure)
        return RedirectRule(head.pattern, head.conditions, head.is_outer, destination, int(status))

    def rewrite_rule(self, head: _Head, fields: Mapping[str, Any]) -> RewriteRule:
        """One rule of ``rewrites()``. Raises ``RuleError``."""
        destination = self._destination(head, fields)
        if head.is_outer and not destination.is_external:
            cure = 'Write a URL as its destination ("https://…"), or leave out base_path.'
            raise RuleError("A rewrite with base_path False leads to a path of this app, which is below it.", cure)
        return RewriteRule(head.pattern, head.conditions, head.is_outer, destination)

    def _destination(self, head: _Head, fields: Mapping[str, Any]) -> Destination:
        text = fields.get("destination")
        if not isinstance(text, str) or not text:
            raise RuleError("A rule has no destination.", 'Write where it leads: "destination": "/about/:path*".')
        return Destination(text, head.params, "" if head.is_outer else self._base_path)


def _unknown(where: str, key: object, known: Sequence[str]) -> RuleError:
    close = difflib.get_close_matches(str(key), known, n=1)
    cure = f"Did you mean {close[0]!r}?" if close else f"Its keys are {', '.join(map(repr, known))}."
    return RuleError(f"{where} has an unknown key {key!r}.", cure)
