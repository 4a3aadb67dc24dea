"""What a ``route.py`` exports: its handlers and its segment config, and every mistake in them.

The module's values are what counts; its source is looked at to tell a name that the file defines from one that it
merely imports, so that ``from operator import get`` is no misspelt handler.
"""

from __future__ import annotations

import ast
import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any, TypedDict, cast

from byway.problems import Problem
from byway.runtime.dispatch import METHODS, Handler, HandlerError, RouteEndpoint, compile_handler

_NOT_CACHED = "This version of Byway answers every request anew: it has no route cache yet."


def _one_of(*values: object) -> Callable[[object], bool]:
    return lambda value: any(value is known or (value == known and type(value) is type(known)) for known in values)


def _is_duration(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _is_region(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return all(isinstance(one, str) for one in cast("list[object]", value))
    return isinstance(value, str)


# Option → whether a value is honoured, and what to write instead of any other.
_OPTIONS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "dynamic": (_one_of("auto", "force-dynamic"), f'Write "auto" or "force-dynamic". {_NOT_CACHED}'),
    "dynamic_params": (_one_of(True), f"Leave it out. {_NOT_CACHED}"),
    "revalidate": (_one_of(0), f"Write 0, or leave it out. {_NOT_CACHED}"),
    "fetch_cache": (_one_of("auto"), f'Write "auto", or leave it out. {_NOT_CACHED}'),
    "runtime": (
        _one_of("python", "nodejs"),
        'Write "python", or leave it out: it is the only runtime of this version.',
    ),
    "preferred_region": (_is_region, 'Write "auto", "global", "home", a region, or a list of regions.'),
    "max_duration": (_is_duration, "Write a number of seconds above 0."),
}
_REFUSED: Mapping[str, str] = {"generate_static_params": f"Remove it. {_NOT_CACHED}"}


def read_exports(
    pattern: str, file: str, module: ModuleType, source: bytes
) -> tuple[RouteEndpoint | None, list[Problem]]:
    """The endpoint that ``module`` makes at ``pattern``, and the problems of its exports."""
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
    if problems:
        return None, problems
    return RouteEndpoint(pattern, file, handlers, **read_limits([options])), problems


class Limits(TypedDict):
    """The segment options that an endpoint goes by."""

    max_duration: float | None
    preferred_region: str | tuple[str, ...] | None


def read_limits(configs: Sequence[Mapping[str, Any]]) -> Limits:
    """The options of ``configs``, each from the first that has it; their values were checked."""

    def first(name: str) -> Any:
        return next((config[name] for config in configs if name in config), None)

    region: str | Sequence[str] | None = first("preferred_region")
    return {
        "max_duration": first("max_duration"),
        "preferred_region": region if region is None or isinstance(region, str) else tuple(region),
    }


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
    refused: Mapping[str, str] = _REFUSED,
) -> dict[str, Any]:
    """A module's segment config: those of the names ``defined`` in its file, with their lines, that are options.

    A name that the file imports is none: ``runtime`` may be anybody's. What is wrong with an option is added to
    ``problems``, and so is each name of ``refused``, which gives the cure.
    """
    options = {name: getattr(module, name) for name in _OPTIONS if name in defined and hasattr(module, name)}
    for name, value in options.items():
        is_honoured, cure = _OPTIONS[name]
        if not is_honoured(value):
            problems.append(Problem(f"{file}:{defined[name]}", f"{name} = {value!r} is not possible here.", cure))
    for name, cure in refused.items():
        if name in defined and hasattr(module, name):
            problems.append(Problem(f"{file}:{defined[name]}", f"{name} is not possible here.", cure))
    for name, line in defined.items():
        where = f"{file}:{line}"
        if name in _OPTIONS or name in refused:
            continue
        if not name.startswith("_") and not callable(getattr(module, name, None)):
            known = [*_OPTIONS, *refused]
            if close := difflib.get_close_matches(name, known, n=1, cutoff=0.85):
                problems.append(
                    Problem(
                        where,
                        f"{name!r} is no option of a route, but nearly spells one.",
                        f"Did you mean {close[0]!r}? If not, give it another name, or one that begins with '_'.",
                    )
                )
    return options


def defined_names(source: bytes) -> dict[str, int]:
    """The names that a file defines at its top level, imports left out, with the lines where it does."""
    names: dict[str, int] = {}
    for statement in ast.parse(source).body:
        for name in _bound_by(statement):
            names.setdefault(name, statement.lineno)
    return names


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
