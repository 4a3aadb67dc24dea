"""``proxy.py``: a function that sees requests before their route is looked for.

Implements the documents' ``proxy`` file. What the function returns decides how a request goes on: nothing or
`Response.next` (to its route), `Response.rewrite` (to another route, or to another server), any other `Response` (it is
the answer). What it decides is kept in objects of this process: no header that a client sends can stand in for it.

What the function sees is a copy of the request. It may read the body, which is then kept for the handler; what it
changes is seen by nobody else, unless it hands on headers with ``request_headers=``.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from copy import copy
from types import ModuleType
from typing import Any, NamedTuple, cast

from byway.http.response import REDIRECT_STATUSES, Onward, Response
from byway.http.url import URL
from byway.problems import Problem
from byway.routing.conditions import Conditions, read_conditions
from byway.routing.path_syntax import RuleError
from byway.routing.patterns import Pattern, canonical, is_canonical, spellings
from byway.routing.rules import RewriteRule
from byway.runtime.after import add_after
from byway.runtime.components import declared_props
from byway.runtime.dispatch import in_thread, no_response, what_runs
from byway.runtime.exports import defined_names
from byway.runtime.paths import PathForm, normal_path
from byway.runtime.reverse_proxy import ReverseProxy
from byway.runtime.work import Work

_PROPS = ("request", "event")
_EXAMPLE = "Write `async def proxy(request: Request, event: FetchEvent) -> Response | None: …`"
_CONFIG_EXAMPLE = 'Write `config = {"matcher": "/about/:path*"}`, with one source or a list of them.'

_HOST = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)

# What the server decides by itself about each answer.
_SERVERS_OWN = frozenset({b"connection", b"content-length", b"keep-alive", b"transfer-encoding", b"upgrade"})


class FetchEvent:
    """The second prop of a proxy, ``event``. Implements the documents' ``NextFetchEvent``."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def wait_until(self, awaitable: Awaitable[Any], /) -> None:
        """Have ``awaitable`` awaited once the answer is sent, as by `after()`; a running Task goes on meanwhile.

        Raises ``TypeError`` for anything that cannot be awaited.
        """
        given: object = awaitable
        if not inspect.isawaitable(given):
            found = type(given).__name__
            raise TypeError(f"event.wait_until() takes an awaitable, not {found}. after() takes functions as well.")
        add_after(self._work, awaitable)


class Matcher(NamedTuple):
    """Requests that a proxy is for: ``conditions``, if there are any, must hold as well.

    ``in_any_case`` is the same pattern, for paths that a rewrite takes in any letter case.
    """

    pattern: Pattern
    conditions: Conditions | None
    in_any_case: Pattern


class Proxy:
    """The function of a ``proxy.py``: a step of the pipeline.

    ``matchers`` tell which requests it is for, None all of them; ``rewrites`` are those of the config.
    What it rewrites itself to other origins goes ``upstream``.
    """

    __slots__ = (
        "_form",
        "_function",
        "_is_async",
        "_matchers",
        "_rewrites",
        "_takes_event",
        "_takes_request",
        "_upstream",
        "file",
    )

    def __init__(
        self,
        file: str,
        function: Callable[..., Any],
        props: frozenset[str],
        matchers: Sequence[Matcher] | None,
        form: PathForm,
        upstream: ReverseProxy,
        rewrites: Sequence[RewriteRule] = (),
    ) -> None:
        self.file = file
        bases = ["" if rule.is_outer else form.base_path for rule in rewrites]
        # Each with its source as it is written, letter case included.
        self._rewrites = [
            (rule, Pattern(rule.pattern.source, base_path=base)) for rule, base in zip(rewrites, bases, strict=True)
        ]
        self._function = function
        self._is_async = inspect.iscoroutinefunction(what_runs(function))
        self._takes_request = "request" in props
        self._takes_event = "event" in props
        self._matchers = matchers
        self._form = form
        self._upstream = upstream

    def __call__(self, work: Work, path: str) -> str | Coroutine[Any, Any, Response | str]:
        """The answer, or the path to go on with.

        Raises ``BadPath`` for a malformed path, ``TypeError`` when the function returns no `Response`, ``ValueError``
        when it rewrites to what is neither http nor https, and what the function raises.
        """
        return self._run(work, path) if self._is_for(work, path) else path

    async def _run(self, work: Work, path: str, *, is_second: bool = False) -> Response | str:
        returned: object
        if self._is_async:
            returned = await self._call(work)
        else:
            returned = await in_thread(work, self._call, (work,))
        if returned is None:
            if work.cookies is not None:
                work.settle([])
            return path
        if isinstance(returned, Onward):
            return await self._go_on(work, path, returned, is_second=is_second)
        if not isinstance(returned, Response):
            hint = "Return a Response as the answer, or None or Response.next() to go on."
            raise TypeError(no_response(returned, f"proxy in {self.file}", hint))
        work.unsettle(returned.raw_headers())
        _shorten_location(work, returned)
        return returned

    def _call(self, work: Work) -> Any:
        if not self._takes_event:
            return self._function(request=work.request.preview()) if self._takes_request else self._function()
        if not self._takes_request:
            return self._function(event=FetchEvent(work))
        return self._function(request=work.request.preview(), event=FetchEvent(work))

    def varies(self, path: str) -> bool:
        """Whether what becomes of requests for ``path`` depends on more than it: on what this says."""
        return self._matchers is None or any(True for _ in self._matching(path, self._matchers))

    @property
    def firsts(self) -> set[str]:
        """The first segments that matchers are for alone."""
        return {pattern.first for pattern, _, _ in self._matchers or () if pattern.first is not None}

    def for_segment(self, first: str | None) -> Proxy | None:
        """This proxy for paths whose first segment is ``first``; None when it is for none of them."""
        if self._matchers is None:
            return self
        matchers = [matcher for matcher in self._matchers if matcher.pattern.first in (None, first)]
        if not matchers:
            return None
        narrow = copy(self)
        narrow._matchers = matchers
        return narrow

    def _is_for(self, work: Work, path: str) -> bool:
        if "%" in path:
            spellings(path)  # of a malformed path there are none
        if self._matchers is None:
            return True
        for pattern, conditions, _ in self._matchers:
            if pattern.matches(path) and (conditions is None or conditions.match(work.request) is not None):
                return True
        if not self._rewrites and is_canonical(path):
            return False  # there is no other spelling
        return any(
            conditions is None or conditions.match(work.request) is not None
            for _, conditions, _ in self._matching(path, self._matchers)
        )

    def _matching(self, path: str, matchers: Iterable[Matcher]) -> Iterator[Matcher]:
        """Those of ``matchers`` whose pattern is for ``path``, whatever their conditions say."""
        forms, is_rewritten = spellings(path), None
        for matcher in matchers:
            if any(map(matcher.pattern.matches, forms)):
                yield matcher
                continue
            # Sources of rewrites do not care for letter case: /UP/x must not reach another server past a guard of /up.
            if is_rewritten is None:
                is_rewritten = self._is_rewritten_by_case(path)
            if is_rewritten and matcher.in_any_case.matches(canonical(path)):
                yield matcher

    def _is_rewritten_by_case(self, path: str) -> bool:
        """Whether a rewrite of the config takes ``path`` only because it does not care for letter case."""
        if not self._rewrites:
            return False
        path = canonical(path)
        return any(rule.pattern.matches(path) and not exact.matches(path) for rule, exact in self._rewrites)

    async def _go_on(self, work: Work, path: str, onward: Onward, *, is_second: bool) -> Response | str:
        request, here = work.request, work.request.url
        work.settle([pair for pair in onward.raw_headers() if pair[0] not in _SERVERS_OWN])
        request.hand_on(url=None, headers=onward.request_headers)
        if onward.target is None:
            return path
        url = URL(onward.target, here)
        if url.origin != here.origin:
            return await self._upstream.pass_on(work, self._outside(url))
        base = self._form.split(path)[0]
        other = normal_path(base + url.pathname)
        request.hand_on(url=self._form.led_to(here, path, other, url.search[1:]), headers=None)
        is_doubtful = onward.is_text and _names_host(onward.target) and not work.app.config.allowed_hosts
        if is_doubtful and not is_second and self._is_for(work, other):
            # Perhaps it was meant for another server, whose name a client has written into its Host header: what leads
            # to this app after all is guarded like any request for it.
            return await self._run(work, other, is_second=True)
        return other

    def _outside(self, url: URL) -> URL:
        if url.protocol not in ("http:", "https:") or url.username or url.password:
            raise ValueError(
                f"proxy in {self.file} rewrites to {url.protocol}//{url.host}: a request is passed on to a URL that "
                'begins with "http://" or "https://" and has no user name or password.'
            )
        return URL(str(url))  # without the base path and the trailing slash of this app


def _names_host(target: str) -> bool:
    """Whether a rewrite's ``target`` is written with its host."""
    return _HOST.match(target) is not None


def _shorten_location(work: Work, response: Response) -> None:
    """A redirect within the origin gets a relative ``Location``: it holds whatever name the client knows this by."""
    if response.status not in REDIRECT_STATUSES:
        return
    location = response.headers.get("location") or ""
    path = location.removeprefix(work.request.url.origin)
    # "//host" would lead to another host.
    if path != location and path.startswith("/") and path[1:2] not in ("/", "\\"):
        work.settle([(b"location", path.encode("latin-1"))])


def read_proxy(
    file: str,
    module: ModuleType,
    source: bytes,
    form: PathForm,
    upstream: ReverseProxy,
    rewrites: Sequence[RewriteRule] = (),
) -> tuple[Proxy | None, list[Problem]]:
    """The proxy that ``module`` defines, and the problems of its exports. ``source`` is the text of its ``file``."""
    defined = defined_names(source)

    def problems(name: str, errors: Sequence[RuleError]) -> list[Problem]:
        where = f"{file}:{defined[name]}" if name in defined else file
        return [Problem(where, error.what, error.cure) for error in errors]

    matchers, mistakes = _read_config(getattr(module, "config", {}), form.base_path)
    found = problems("config", mistakes)
    function: object = getattr(module, "proxy", None)
    try:
        props = _read_props(function)
    except RuleError as error:
        return None, [*found, *problems("proxy", [error])]
    return Proxy(file, cast("Callable[..., Any]", function), props, matchers, form, upstream, rewrites), found


def _read_props(function: object) -> frozenset[str]:
    """Which props the function of a proxy wants. Raises ``RuleError`` when it cannot be called with them."""
    if function is None:
        raise RuleError("This file defines no function named proxy, so it does nothing.", f"{_EXAMPLE}.")
    if not callable(function):
        raise RuleError(f"proxy is {type(function).__name__}, not a function.", f"{_EXAMPLE}.")
    call = what_runs(function)
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise RuleError("proxy is a generator: it yields instead of returning a Response.", f"{_EXAMPLE}.")
    declared = declared_props(function, _PROPS)
    for name in declared:
        if name not in _PROPS:
            raise RuleError(
                f"proxy has the parameter {name!r}, for which there is no value.",
                "Its parameters are request and event, which are given by name; leave out what is not needed.",
            )
    return frozenset(declared)


def _read_config(config: object, base_path: str) -> tuple[tuple[Matcher, ...] | None, list[RuleError]]:
    """The matchers that the ``config`` of a proxy has, None when it has none, and what is wrong with it."""
    if not isinstance(config, Mapping):
        return None, [RuleError(f"config is {type(config).__name__}, not a dict.", _CONFIG_EXAMPLE)]
    fields = cast("Mapping[object, object]", config)
    errors: list[RuleError] = []
    for name in fields:
        if name == "runtime":
            cure = "Remove it: a proxy runs where the rest of the app does."
            errors.append(RuleError('config has the key "runtime", which is not possible here.', cure))
        elif name != "matcher":
            errors.append(RuleError(f"config has an unknown key {name!r}.", 'Its only key is "matcher".'))
    if "matcher" not in fields:
        return None, errors
    matcher = fields["matcher"]
    if isinstance(matcher, str):
        found, mistakes = _read_matcher("matcher", matcher, base_path)
        return (found,) if found else (), errors + mistakes
    if not isinstance(matcher, (list, tuple)):
        return None, [*errors, RuleError(f"matcher is {type(matcher).__name__}, not str or list.", _CONFIG_EXAMPLE)]
    items = cast("Sequence[object]", matcher)
    if not items:
        cure = "Remove it, so that the proxy sees every request, or name the paths that it is for."
        errors.append(RuleError("matcher is empty, so the proxy would never be called.", cure))
    matchers: list[Matcher] = []
    for number, item in enumerate(items):
        found, mistakes = _read_matcher(f"matcher[{number}]", item, base_path)
        errors += mistakes
        if found:
            matchers.append(found)
    return tuple(matchers), errors


def _read_matcher(where: str, item: object, base_path: str) -> tuple[Matcher | None, list[RuleError]]:
    if not isinstance(item, (str, Mapping)):
        cure = 'Write a source, or {"source": …, "has": […], "missing": […]}.'
        return None, [RuleError(f"{where} is {type(item).__name__}, not str or dict.", cure)]
    fields = {"source": item} if isinstance(item, str) else cast("Mapping[object, object]", item)
    errors = [
        RuleError(f"{where} has an unknown key {name!r}.", 'Its keys are "source", "has" and "missing".')
        for name in fields
        if name not in ("source", "has", "missing")
    ]
    has, mistakes = read_conditions(f"{where}.has", fields.get("has", ()))
    errors += mistakes
    missing, mistakes = read_conditions(f"{where}.missing", fields.get("missing", ()))
    errors += mistakes
    source = fields.get("source")
    if not isinstance(source, str):
        errors.append(
            RuleError(f"{where} has no source.", 'Write the paths that it is for: "source": "/about/:path*".')
        )
        return None, errors
    try:
        in_any_case = Pattern(source, base_path=base_path, of_rule=True)
        conditions = Conditions(has, missing) if has or missing else None
        return Matcher(Pattern(source, base_path=base_path), conditions, in_any_case), errors
    except RuleError as error:
        return None, [*errors, error.at(where)]
