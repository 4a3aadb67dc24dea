"""What a ``route.py`` exports: its handlers and its segment config, and every mistake in them.

The module's values are what counts; its source is looked at to tell a name that the file defines from one that it
merely imports, so that ``from operator import get`` is no misspelt handler.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any, TypeAlias, cast

from byway.problems import Problem
from byway.routing.route import Route
from byway.runtime.dispatch import METHODS, Handler, HandlerError, RouteEndpoint, compile_handler
from byway.runtime.route_cache import StaticRoute
from byway.runtime.segment import SegmentConfig


def _one_of(*values: object) -> Callable[[object], bool]:
    return lambda value: any(value is known or (value == known and type(value) is type(known)) for known in values)


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _is_region(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(one, str) for one in cast("list[object]", value))
    return isinstance(value, str)


def _is_revalidate(value: object) -> bool:
    return value is False or _is_duration(value) or (value == 0 and not isinstance(value, bool))


Options: TypeAlias = Mapping[str, tuple[Callable[[object], bool], str]]

# Option → whether a value is honoured, and what to write instead of any other.
_FETCH_CACHE = (
    "auto",
    "default-cache",
    "only-cache",
    "force-cache",
    "force-no-store",
    "default-no-store",
    "only-no-store",
)
#: Of whatever answers by itself: a handler, a metadata file.
HANDLER_OPTIONS: Options = {
    "dynamic": (
        _one_of("auto", "force-dynamic", "error", "force-static"),
        'Write "auto", "force-dynamic", "error" or "force-static".',
    ),
    "dynamic_params": (_one_of(True, False), "Write True or False."),
    "revalidate": (_is_revalidate, "Write a number of seconds, 0, or False for never."),
    "fetch_cache": (_one_of(*_FETCH_CACHE), f"Write one of: {', '.join(_FETCH_CACHE)}."),
    "runtime": (_one_of("python", "nodejs", "edge"), 'Write "python" or "edge".'),
    "preferred_region": (_is_region, 'Write "auto", "global", "home", a region, or a list of regions.'),
    "max_duration": (_is_duration, "Write a number of seconds above 0."),
    "generate_static_params": (callable, 'Write `def generate_static_params(): return [{"slug": "a"}]`.'),
}


def read_exports(
    route: Route, module: ModuleType, source: bytes
) -> tuple[RouteEndpoint | StaticRoute | None, list[Problem]]:
    """The endpoint that ``module`` makes at ``route``, and the problems of its exports."""
    file = route.file
    problems: list[Problem] = []
    defined = defined_names(source)
    handlers = _read_handlers(file, module, defined, problems)
    options = read_options(file, module, defined, problems)
    if not handlers and not problems:
        problems.append(
            Problem(
                file,
                "This file exports no HTTP method, so nothing could answer at its path.",
                f"Define a function named like a method: {', '.join(METHODS)}.",
            )
        )
    if not problems:
        problems += combinations(file, options, {name: one.is_async for name, one in handlers.items()}, defined)
    if problems:
        return None, problems
    config = SegmentConfig.of(options)
    endpoint = RouteEndpoint(route.pattern, file, handlers, config)
    is_static = "GET" in handlers and config.why_dynamic(has_params=bool(route.param_names)) is None
    # Also without a GET: force-static and error have something to say to the other methods.
    if is_static or config.dynamic in ("force-static", "error"):
        return StaticRoute(endpoint, route.segments), problems
    return endpoint, problems


def combinations(
    file: str,
    options: Mapping[str, Any],
    functions: Mapping[str, bool],
    defined: Mapping[str, int],
    *,
    lists_paths: bool = False,
) -> Iterator[Problem]:
    """The problems of ``options`` that contradict each other.

    ``functions`` are those of ``file`` that answer, each with whether it is async. ``lists_paths`` tells that another
    function than `generate_static_params` lists its paths.
    """

    def problem(name: str, what: str, cure: str) -> Problem:
        return Problem(f"{file}:{defined[name]}", what, cure)

    dynamic, revalidate = options.get("dynamic", "auto"), options.get("revalidate")
    is_never_kept = revalidate is not None and revalidate is not False and revalidate == 0
    if is_never_kept and dynamic in ("error", "force-static"):
        what = f'revalidate = 0 has every request answered anew, dynamic = "{dynamic}" has the answer made ahead.'
        yield problem("revalidate", what, "Remove one of the two.")
    if dynamic == "force-dynamic":
        for name in ("revalidate", "generate_static_params"):
            if name in options and not (name == "revalidate" and is_never_kept):
                what = f'{name} is about answers that are made ahead, which dynamic = "force-dynamic" rules out.'
                yield problem(name, what, "Remove one of the two.")
    fetches = options.get("fetch_cache", "auto")
    if dynamic == "error" and fetches in ("force-no-store", "only-no-store", "default-no-store"):
        what = f'fetch_cache = "{fetches}" keeps no fetch, dynamic = "error" forbids those that are not kept.'
        yield problem("fetch_cache", what, "Remove one of the two.")
    if options.get("dynamic_params") is False and "generate_static_params" not in options and not lists_paths:
        what = "dynamic_params = False has only the listed paths answered, but none are listed."
        yield problem("dynamic_params", what, "Define generate_static_params, which lists them.")
    if options.get("runtime") == "edge":
        if "revalidate" in options and not is_never_kept:
            what = 'revalidate is not available with runtime = "edge".'
            yield problem("revalidate", what, 'Remove it, or write runtime = "python".')
        if "generate_static_params" in options:
            what = 'generate_static_params is not available with runtime = "edge".'
            yield problem("generate_static_params", what, 'Remove it, or write runtime = "python".')
        for name in [name for name, is_async in functions.items() if not is_async]:
            where = f"{file}:{defined[name]}" if name in defined else file
            what = f'{name} is a `def` function, which needs a thread: with runtime = "edge" there are none.'
            yield Problem(where, what, f'Write `async def {name}`, or runtime = "python".')


def _read_handlers(
    file: str, module: ModuleType, defined: Mapping[str, int], problems: list[Problem]
) -> dict[str, Handler]:
    handlers: dict[str, Handler] = {}
    for name, line in defined.items():
        if name.upper() in METHODS and name not in METHODS and callable(getattr(module, name, None)):
            problems.append(
                Problem(
                    f"{file}:{line}",
                    f"{name!r} is no handler: methods are written in upper case.",
                    f"Rename it to {name.upper()}, or, when it is a helper, to something else.",
                )
            )
    for method in METHODS:
        if hasattr(module, method):
            try:
                handlers[method] = compile_handler(method, getattr(module, method))
            except HandlerError as error:
                where = f"{file}:{defined[method]}" if method in defined else file
                problems.append(Problem(where, str(error), error.cure))
    return handlers


def read_options(
    file: str,
    module: ModuleType,
    defined: Mapping[str, int],
    problems: list[Problem],
    options: Options = HANDLER_OPTIONS,
    others: Sequence[str] = (),
) -> dict[str, Any]:
    """A module's segment config: those of the names ``defined`` in its file, with their lines, that are ``options``.

    A name that the file imports is none: ``runtime`` may be anybody's. What is wrong with an option is added to
    ``problems``, and so is each name that nearly spells one, or one of the ``others`` that the file may define.
    """
    values = {name: getattr(module, name) for name in options if name in defined and hasattr(module, name)}
    for name, value in values.items():
        is_honoured, cure = options[name]
        if not is_honoured(value):
            shown = name if callable(value) else f"{name} = {value!r}"
            problems.append(Problem(f"{file}:{defined[name]}", f"{shown} is not possible here.", cure))
    for name, line in defined.items():
        where = f"{file}:{line}"
        if name in options or name in others:
            continue
        if not name.startswith("_") and not callable(getattr(module, name, None)):
            known = [*options, *others]
            if close := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
                problems.append(
                    Problem(
                        where,
                        f"{name!r} is no option of a route, but nearly spells one.",
                        f"Did you mean {close[0]!r}? If not, give it another name, or one that begins with '_'.",
                    )
                )
    return values


def defined_names(source: bytes) -> dict[str, int]:
    """The names that a file defines at its top level, imports left out, with the lines where it does."""
    names: dict[str, int] = {}
    for statement in ast.parse(source).body:
        for name in _bound_by(statement):
            names.setdefault(name, statement.lineno)
    return names


def camel_cased(file: str, defined: Mapping[str, int], names: Iterable[str]) -> Iterator[Problem]:
    """The problems of those of ``names`` that ``file`` defines in the spelling of the documents."""
    for name in names:
        first, *rest = name.split("_")
        documented = first + "".join(word.capitalize() for word in rest)
        if documented != name and documented in defined:
            what = f"{documented!r} is the name of the documents, which Python spells {name!r}."
            yield Problem(f"{file}:{defined[documented]}", what, "Rename it.")


def _bound_by(statement: ast.AST) -> list[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            nodes = [node for target in targets for node in ast.walk(target)]
            return [node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if value is not None:
            return [name]
        case ast.If() | ast.For() | ast.While() | ast.With() | ast.Match() | ast.Try() | ast.TryStar():
            return [name for inner in ast.iter_child_nodes(statement) for name in _bound_by(inner)]
        case ast.ExceptHandler() | ast.match_case():
            return [name for inner in statement.body for name in _bound_by(inner)]
        case _:
            return []
