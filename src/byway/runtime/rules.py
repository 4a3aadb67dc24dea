"""The steps that apply a config's rules: headers, redirects and rewrites."""

from __future__ import annotations

from collections.abc import Coroutine, Set
from copy import copy
from typing import Any

from byway.http.headers import RawHeaders
from byway.http.response import Response
from byway.http.url import URL
from byway.routing.patterns import canonical
from byway.routing.rules import HeaderRule, RedirectRule, RewriteRule, RuleTable
from byway.routing.templates import Target, merged_query
from byway.runtime.paths import PathForm, normal_path
from byway.runtime.reverse_proxy import ReverseProxy
from byway.runtime.routes import Routes
from byway.runtime.work import ADDING_UP, Settled, Work


def _merged(headers: list[RawHeaders]) -> RawHeaders:
    """All ``headers``; of one name the last one counts, but for those that add up."""
    one: dict[bytes, bytes] = {}
    several: RawHeaders = []
    for raw in headers:
        for name, value in raw:
            if name in ADDING_UP:
                several.append((name, value))
            else:
                one[name] = value
    return [*one.items(), *several]


class AddHeaders:
    """Puts the headers of all rules for a request on its answer; of one name the last one counts."""

    __slots__ = ("_always", "_rules")

    def __init__(self, rules: RuleTable[HeaderRule]) -> None:
        self._rules = rules
        # When all rules are for every request, and constant, there is nothing to look at.
        constants = [rule.constant if rule.is_for_all else None for _, rule in rules.numbered]
        known = [raw for raw in constants if raw is not None]
        self._always = Settled.of(_merged(known)) if len(known) == len(constants) else None

    def __call__(self, work: Work, path: str) -> str:
        """The path to go on with. Raises ``BadPath`` for a malformed one."""
        if self._always is not None:
            work.settled = self._always
            return path
        ruled, request = canonical(path), work.request
        found = [(rule, rule.match(ruled, request)) for _, rule in self._rules.numbered]
        headers = _merged([rule.raw(captures) for rule, captures in found if captures is not None])
        if headers:
            work.settle(headers)
        return path

    def varies(self, path: str) -> bool:
        """Whether there are rules for ``path`` that ask for more than it."""
        return self._rules.has_conditions_at(canonical(path))

    @property
    def firsts(self) -> Set[str]:
        """The first segments that rules are for alone."""
        return self._rules.firsts

    def for_segment(self, first: str | None) -> AddHeaders | None:
        """This for paths whose first segment is ``first``; None when there are no rules for them."""
        rules = self._rules.for_segment(first)
        return AddHeaders(rules) if rules else None


class Redirects:
    """Answers with the redirect of the first rule for a request. The headers of other rules do not go with it."""

    __slots__ = ("_form", "_rules")

    def __init__(self, rules: RuleTable[RedirectRule], form: PathForm) -> None:
        self._rules = rules
        self._form = form

    def __call__(self, work: Work, path: str) -> Response | str:
        """The redirect, or the path to go on with. Raises ``BadPath`` for a malformed one."""
        ruled = canonical(path)
        for _, rule in self._rules.numbered:
            captures = rule.match(ruled, work.request)
            if captures is None:
                continue
            url = work.request.url
            target = rule.destination.fill(captures.as_url(), merged_query(url.search[1:], {}))
            if target is not None:
                work.settled = None
                mount = "" if target.origin else self._form.mount(url, path)
                return Response.redirect(f"{mount}{target}", rule.status)
        return path

    def varies(self, path: str) -> bool:
        """Whether there are rules for ``path`` that ask for more than it."""
        return self._rules.has_conditions_at(canonical(path))

    @property
    def firsts(self) -> Set[str]:
        """The first segments that rules are for alone."""
        return self._rules.firsts

    def for_segment(self, first: str | None) -> Redirects | None:
        """This for paths whose first segment is ``first``; None when there are no rules for them."""
        rules = self._rules.for_segment(first)
        return Redirects(rules, self._form) if rules else None


class Rewrite:
    """Leads requests to other paths, one rule after the other, or passes them on to another server.

    With ``routes`` each path that a rule leads to is tried there, and the first answer is the answer; without, the
    path that comes out in the end is what the request goes on with. What ``unless`` has an answer to is not led
    anywhere.
    """

    __slots__ = ("_begin", "_form", "_routes", "_rules", "_unless", "_upstream")

    def __init__(
        self,
        rules: RuleTable[RewriteRule],
        form: PathForm,
        upstream: ReverseProxy,
        routes: Routes | None = None,
        unless: Routes | None = None,
    ) -> None:
        self._rules = self._begin = rules
        self._form = form
        self._upstream = upstream
        self._routes = routes
        self._unless = unless

    def __call__(self, work: Work, path: str) -> str | Coroutine[Any, Any, Response | str]:
        """The answer, or the path to go on with. Raises ``BadPath`` for a malformed one, and what a route raises."""
        found = _next(self._begin, work, path, -1)
        return path if found is None else self._lead(work, path, found)

    async def _lead(self, work: Work, path: str, found: tuple[int, Target] | None) -> Response | str:
        if self._unless is not None:
            outcome = await self._unless.answer(work, path)
            if not isinstance(outcome, str):
                return outcome
        while found is not None:
            last, target = found
            if target.origin:
                return await self._upstream.pass_on(work, URL(str(target)))
            other = normal_path(target.path)
            work.request.hand_on(url=self._form.led_to(work.request.url, path, other, target.query), headers=None)
            path = other
            if self._routes is not None:
                outcome = await self._routes.answer(work, path)
                if not isinstance(outcome, str):
                    return outcome
            found = _next(self._rules, work, path, last)
        return path

    def varies(self, path: str) -> bool:
        """Whether there are rules that ask for more than a path."""
        # A rule may lead to a path of another one.
        return any(rule.conditions for _, rule in self._rules.numbered)

    @property
    def firsts(self) -> Set[str]:
        """The first segments that rules are for alone."""
        return self._rules.firsts

    def for_segment(self, first: str | None) -> Rewrite | None:
        """This for paths whose first segment is ``first``; None when there are no rules for them."""
        rules = self._rules.for_segment(first)
        if not rules:
            return None
        narrow = copy(self)
        narrow._begin = rules  # they may lead to a path that others are for
        return narrow


def _next(rules: RuleTable[RewriteRule], work: Work, path: str, last: int) -> tuple[int, Target] | None:
    """The next of ``rules`` after number ``last`` that is for the request, and where it leads."""
    ruled = canonical(path)
    for number, rule in rules.numbered:
        if number <= last or (captures := rule.match(ruled, work.request)) is None:
            continue
        # A client looks for parameters in the query when the destination has no place for any.
        params = rule.pattern.repeats
        passed = captures.path if params and rule.destination.names.isdisjoint(params) else None
        target = rule.destination.fill(captures.as_url(), work.request.url.search[1:], passed)
        if target is not None:
            return number, target
    return None
