"""What a file of ``pages/api`` exports: its handler and its config, and every mistake in them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from types import ModuleType

from byway.pages_api.config import ApiConfig, read_config
from byway.problems import Problem
from byway.routing.route import Route
from byway.runtime.api_routes import ApiEndpoint, ApiHandler
from byway.runtime.dispatch import METHODS, HandlerError, count_arguments, what_runs
from byway.runtime.exports import defined_names

_EXAMPLE = "async def handler(req: ApiRequest, res: ApiResponse) -> None: …"


def read_api_exports(
    route: Route, module: ModuleType, source: bytes, max_body_size: int
) -> tuple[ApiEndpoint | None, list[Problem]]:
    """The endpoint that ``module`` makes at ``route``, and the problems of its exports.

    ``source`` is the text of its file, ``max_body_size`` that of ``Config`` in bytes.
    """
    file, defined = route.file, defined_names(source)
    options, problems = ApiConfig(), list[Problem]()
    if hasattr(module, "config"):
        options, problems = read_config(module.config, _where(file, "config", defined), max_body_size)
    if "max_duration" in defined and not callable(getattr(module, "max_duration", None)):
        what = "max_duration belongs into the config of a file in pages/api."
        cure = f'Write `config = {{"max_duration": {getattr(module, "max_duration", 5)!r}}}`.'
        problems.append(Problem(_where(file, "max_duration", defined), what, cure))
    try:
        handler = _read_handler(module, defined)
    except HandlerError as error:
        problems.append(Problem(_where(file, "handler", defined), str(error), error.cure))
        return None, problems
    return (None if problems else ApiEndpoint(route.pattern, file, handler, options)), problems


def _where(file: str, name: str, defined: Mapping[str, int]) -> str:
    return f"{file}:{defined[name]}" if name in defined else file


def _read_handler(module: ModuleType, defined: Mapping[str, int]) -> ApiHandler:
    """The function ``handler`` of ``module``. Raises ``HandlerError`` when there is none that can be called."""
    function: object = getattr(module, "handler", None)
    if function is None:
        cure = f"Write {_EXAMPLE}"
        methods = [name for name in METHODS if name in defined]
        if methods:
            cure = f"{cure} It gets every method, in req.method; {methods[0]} is for an app/…/route.py."
        elif defined:
            cure = f"{cure} A module that others import belongs outside of pages/api."
        raise HandlerError("This file defines no function named handler, so nothing could answer at its path.", cure)
    if not callable(function):
        raise HandlerError(f"handler is {type(function).__name__}, not a function.", f"Write {_EXAMPLE}")
    call = what_runs(function)
    if inspect.isclass(call):
        raise HandlerError(f"handler is the class {call.__name__}, not a function.", f"Write {_EXAMPLE}")
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise HandlerError("handler is a generator, which does nothing when it is called.", f"Write {_EXAMPLE}")
    hint = "Route parameters are in req.query."
    if (taken := count_arguments("handler", function, "req and res", _EXAMPLE, hint)) < 2:
        what = f"handler takes {taken or 'no'} parameter{'' if taken == 1 else 's'}; it is given two, req and res."
        raise HandlerError(what, f"Write {_EXAMPLE}")
    return ApiHandler(function, inspect.iscoroutinefunction(call))
