"""``proxy.py``: a function that sees requests before their route is looked for.

Implements the documents' ``proxy`` file. What the function returns decides how a request goes on: nothing or
`Response.next` (to its route), `Response.rewrite` (to another route), any other `Response` (it is the answer). What it
decides is kept in objects of this process: no header that a client sends can stand in for it.

What the function sees is a copy of the request. It may read the body, which is then kept for the handler; what it
changes is seen by nobody else, unless it hands on headers with ``request_headers=``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, NamedTuple, cast

from byway.http.response import REDIRECT_STATUSES, Onward, Response
from byway.http.url import URL
from byway.problems import Problem
from byway.routing.conditions import Conditions, read_conditions
from byway.routing.patterns import Pattern, RuleError, spellings
from byway.runtime.after import add_after
from byway.runtime.components import declared_props
from byway.runtime.dispatch import in_thread, no_response, what_runs
from byway.runtime.exports import defined_names
from byway.runtime.work import Work

_PROPS = ("request", "event")
_EXAMPLE = "Write `async def proxy(request: Request, event: FetchEvent) -> Response | None: …`"
_CONFIG_EXAMPLE = 'Write `config = {"matcher": "/about/:path*"}`, with one source or a list of them.'

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
    """Requests that a proxy is for."""

    pattern: Pattern
    conditions: Conditions


class Proxy:
    """The function of a ``proxy.py``: a step of the pipeline.

    ``matchers`` tell which requests it is for, None all of them; for the paths ``exempt``, which are the server's own,
    it is never called.
    """

    __slots__ = ("_exempt", "_function", "_is_async", "_matchers", "_props", "file")

    def __init__(
        self,
        file: str,
        function: Callable[..., Any],
        props: frozenset[str],
        matchers: Sequence[Matcher] | None,
        exempt: frozenset[str],
    ) -> None:
        self.file = file
        self._function = function
        self._is_async = inspect.iscoroutinefunction(what_runs(function))
        self._props = props
        self._matchers = matchers
        self._exempt = exempt

    async def __call__(self, work: Work, path: str) -> Response | str:
        """The answer, or the path to go on with.

        Raises ``BadPath`` for a malformed path, ``TypeError`` when the function returns no `Response`, ``ValueError``
        when it rewrites to another origin, and what the function raises.
        """
        if path in self._exempt or not self._is_for(work, path):
            return path
        props = {"request": work.request.preview(), "event": FetchEvent(work)}
        call = functools.partial(self._function, **{name: props[name] for name in self._props})
        returned: object = await call() if self._is_async else await in_thread(work, call, ())
        if returned is None:
            returned = Response.next()
        if isinstance(returned, Onward):
            return self._go_on(work, path, returned)
        if not isinstance(returned, Response):
            hint = "Return a Response as the answer, or None or Response.next() to go on."
            raise TypeError(no_response(returned, f"proxy in {self.file}", hint))
        _shorten_location(work, returned)
        return returned

    def _is_for(self, work: Work, path: str) -> bool:
        forms = spellings(path)
        if self._matchers is None:
            return True
        return any(
            any(pattern.match(form) is not None for form in forms) and conditions.match(work.request) is not None
            for pattern, conditions in self._matchers
        )

    def _go_on(self, work: Work, path: str, onward: Onward) -> str:
        url: URL | None = None
        if onward.target is not None:
            url = self._inside(work.request.url, onward.target)
            path = url.pathname
        work.settle([pair for pair in onward.raw_headers() if pair[0] not in _SERVERS_OWN])
        work.request.hand_on(url=url, headers=onward.request_headers)
        return path

    def _inside(self, here: URL, target: str | URL) -> URL:
        """``target`` as the URL of a request to this app, without a hash."""
        url = URL(target, here)
        if url.origin != here.origin:
            raise ValueError(
                f"proxy in {self.file} rewrites to {url}, another origin than {here.origin}: this version of Byway "
                "does not pass requests on to other servers. Rewrite to a path of this app, or redirect."
            )
        path = url.pathname
        while "//" in path:
            path = path.replace("//", "/")
        path = path.rstrip("/") or "/"
        return URL.from_parts(url.protocol[:-1], url.host, path, url.search[1:], here.base_path)


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
    file: str, module: ModuleType, source: bytes, exempt: frozenset[str]
) -> tuple[Proxy | None, list[Problem]]:
    """The proxy that ``module`` defines, and the problems of its exports. ``source`` is the text of its ``file``."""
    defined = defined_names(source)

    def problems(name: str, errors: Sequence[RuleError]) -> list[Problem]:
        where = f"{file}:{defined[name]}" if name in defined else file
        return [Problem(where, error.what, error.cure) for error in errors]

    matchers, mistakes = _read_config(getattr(module, "config", {}))
    found = problems("config", mistakes)
    function: object = getattr(module, "proxy", None)
    try:
        props = _read_props(function)
    except RuleError as error:
        return None, [*found, *problems("proxy", [error])]
    return Proxy(file, cast("Callable[..., Any]", function), props, matchers, exempt), found


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


def _read_config(config: object) -> tuple[tuple[Matcher, ...] | None, list[RuleError]]:
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
        found, mistakes = _read_matcher("matcher", matcher)
        return (found,) if found else (), errors + mistakes
    if not isinstance(matcher, (list, tuple)):
        return None, [*errors, RuleError(f"matcher is {type(matcher).__name__}, not str or list.", _CONFIG_EXAMPLE)]
    items = cast("Sequence[object]", matcher)
    if not items:
        cure = "Remove it, so that the proxy sees every request, or name the paths that it is for."
        errors.append(RuleError("matcher is empty, so the proxy would never be called.", cure))
    matchers: list[Matcher] = []
    for number, item in enumerate(items):
        found, mistakes = _read_matcher(f"matcher[{number}]", item)
        errors += mistakes
        if found:
            matchers.append(found)
    return tuple(matchers), errors


def _read_matcher(where: str, item: object) -> tuple[Matcher | None, list[RuleError]]:
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
        return Matcher(Pattern(source), Conditions(has, missing)), errors
    except RuleError as error:
        return None, [*errors, error.at(where)]
