"""Which paths a build makes: `generate_static_params`.

Implements ``generateStaticParams`` of the Next.js documents.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from byway.routing.segments import Segment
from byway.runtime.dispatch import what_runs
from byway.runtime.signature import signature_of


class StaticParamsError(ValueError):
    """A `generate_static_params`, or what else lists paths, that does not return what it must: ``what`` is wrong, and
    its ``cure``.
    """

    def __init__(self, file: str, what: str, cure: str, function: str = "generate_static_params") -> None:
        super().__init__(f"{file}: {function} {what} {cure}")
        self.what = f"{function} {what}"
        self.cure = cure


class Lister(NamedTuple):
    """A `generate_static_params` of ``file``; ``segments`` are those down to its folder."""

    function: Callable[..., Any]
    segments: Sequence[Segment]
    file: str


async def listed_paths(
    listers: Sequence[Lister],
    segments: Sequence[Segment],
    *,
    run: Callable[..., Awaitable[Any]] | None = None,
) -> list[dict[str, Any]]:
    """The parameters of each path of a route that ``listers``, from the outermost folder inwards, list.

    ``segments`` are the route's.
    Each is called once for every dict that those before it have listed. When they list values for a part of the
    dynamic segments only, there is no whole path. Raises ``StaticParamsError``.
    """
    listed: list[dict[str, Any]] = [{}]
    for function, known, file in listers:
        below = [params for parent in listed for params in await static_params(function, known, file, parent, run=run)]
        listed = list({_identity(params): params for params in below}.values())
    required = {one.name for one in segments if one.is_param and one.kind != "optional-catch-all"}
    return [params for params in listed if required <= params.keys()]


async def static_params(
    function: Callable[..., Any],
    segments: Sequence[Segment],
    file: str,
    parent: Mapping[str, Any] | None = None,
    *,
    run: Callable[..., Awaitable[Any]] | None = None,
) -> list[dict[str, Any]]:
    """What ``function`` of ``file`` returns: a dict for each path, with a value for each dynamic segment.

    It may be ``async def``, or ``def``, which ``run`` calls in a thread when it is given. It is given ``params``, those
    of ``parent``, when it declares them. The same path listed twice counts once. Raises ``StaticParamsError`` when it
    returns anything else.
    """
    wants = "params" in signature_of(function).parameters
    arguments = {"params": dict(parent or {})} if wants else {}
    result: Any
    if run is None or inspect.iscoroutinefunction(what_runs(function)):
        result = function(**arguments)
    else:
        result = await run(function, **arguments)
    if inspect.isawaitable(result):
        result = await result
    if not isinstance(result, (list, tuple)):
        raise StaticParamsError(
            file, f"returned {type(result).__name__}, not a list.", 'Return a list of dicts: [{"slug": "a"}].'
        )
    listed: dict[object, dict[str, Any]] = {}
    for number, item in enumerate(cast("Sequence[Any]", result)):
        if not isinstance(item, Mapping):
            what = f"returned a list whose item {number} is {type(item).__name__}, not a dict."
            raise StaticParamsError(file, what, 'Write {"slug": "a"} for each path.')
        given = {**(parent or {}), **cast("Mapping[str, Any]", item)}
        params = _checked(given, segments, file, number)
        listed.setdefault(_identity(params), params)
    return list(listed.values())


def _identity(params: Mapping[str, Any]) -> object:
    """What tells the path of ``params`` from others."""
    return tuple((name, value if isinstance(value, str) else tuple(value)) for name, value in params.items())


def _checked(given: Mapping[str, Any], segments: Sequence[Segment], file: str, number: int) -> dict[str, Any]:
    params: dict[str, Any] = {}
    for segment in segments:
        if not segment.is_param:
            continue
        name = segment.name
        value: Any = given.get(name)
        if segment.is_catch_all:
            is_optional = segment.kind == "optional-catch-all"
            if value is None and is_optional:
                continue
            if not _is_strings(value) or (not value and not is_optional):
                raise _wrong(file, number, name, value, f'a list of str, such as {{"{name}": ["a", "b"]}}')
            if value:
                params[name] = list(value)
                _check_text(file, number, name, value, value)
        elif not isinstance(value, str) or not value:
            raise _wrong(file, number, name, value, f'a str, such as {{"{name}": "a"}}')
        else:
            params[name] = value
            _check_text(file, number, name, value, [value])
    return params


def _check_text(file: str, number: int, name: str, value: object, pieces: Sequence[str]) -> None:
    """Refuse a value whose path nobody can ask for: browsers take ``.`` and ``..`` for steps from folder to folder."""
    for piece in pieces:
        if piece in ("", ".", "..") or _has_surrogates(piece):
            what = f"returned a list whose item {number} has {value!r} as its {name!r}, which no URL can name."
            cure = 'Leave it out: an empty piece, "." and ".." are no part of a path, and lone surrogates are no text.'
            raise StaticParamsError(file, what, cure)


def _has_surrogates(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _is_strings(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in cast("Sequence[object]", value))


def _wrong(file: str, number: int, name: str, value: object, wanted: str) -> StaticParamsError:
    found = "has no" if value is None else f"has {value!r} as its"
    return StaticParamsError(file, f"returned a list whose item {number} {found} {name!r}.", f"Write {wanted}.")
