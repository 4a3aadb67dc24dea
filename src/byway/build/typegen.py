"""``byway typegen``: what a type checker is to know of an app's routes, written as ``byway_routes.pyi``.

Theory of operation. ``byway.server`` has the types `RouteContext`, `PageProps` and `LayoutProps` from the module
``byway_routes``. An installed Byway brings one that takes any route; type checkers prefer the one in the project's
root, which this module writes. Their type argument is the route, a ``Literal``. It has a bound, the app's routes, so
that a misspelt one is an error; and what ``params`` gives when it is awaited is overloaded by it, so that a misspelt
key is one. The slots of a layout are properties that only the props of its own route have. Without an argument they
stand for any route.

Implements ``next typegen`` of the documents, and the helpers ``RouteContext``, ``PageProps`` and ``LayoutProps``.
"""

from __future__ import annotations

import contextlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from keyword import iskeyword
from pathlib import Path
from typing import NamedTuple

from byway.problems import AppError, Problem
from byway.routing.reading import read_file
from byway.routing.route import Route
from byway.routing.scan import find_app_dir, scan_project
from byway.routing.segments import Segment
from byway.routing.tree import build_tree

FILE = "byway_routes.pyi"

_HEAD = '''\
# mypy: ignore-errors
# pyright: reportUnusedImport=false
# ruff: noqa
# fmt: off
"""The types of this app's routes. Written by `byway typegen`, `byway dev` and `byway build`: do not edit."""

from collections.abc import Generator
from typing import Any, Generic, Literal, Never, TypeAlias, TypedDict, overload

from typing_extensions import NotRequired, TypeVar
'''

_TAIL = '''
class SearchParams(dict[str, str | list[str]]):
    """The query; a name that comes several times has a list."""
    def __await__(self) -> Generator[Any, Any, dict[str, str | list[str]]]: ...

class RouteContext(Generic[_Handler]):
    """The second argument of a route handler."""
    params: Params[_Handler]
    def __init__(self, params: Any = None) -> None: ...

class PageProps(Generic[_Page]):
    """The prop ``props`` of a page: all that a page is given."""
    params: Params[_Page]
    search_params: SearchParams

class LayoutProps(Generic[_Layout]):
    """The prop ``props`` of a layout: all that a layout is given."""
    params: Params[_Layout]
    children: Any
'''

# Other names are no attributes, or would hide what the slots after them are written with.
_UNTYPED = frozenset({"children", "params", "property", "Any", "Literal", "LayoutProps"})


class _Shape(NamedTuple):
    """The parameters of a route: their names and types."""

    fields: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        words = [word for name, _ in self.fields for word in re.findall(r"[A-Za-z0-9]+", name)]
        # An underscore: whatever parameters are called, their type is a name, and none that this file has already.
        return f"_{''.join(word[0].upper() + word[1:] for word in words) or 'No'}Params"


def write_types(root: Path) -> tuple[Path, int]:
    """Write the types of the project at ``root``, unless they are there already.

    Returns the file, and how many routes it knows. The app is not imported. Raises ``AppError`` when something is wrong
    with its folders, or when the file cannot be written.
    """
    project = find_app_dir(root)
    if project.problems:
        raise AppError(project.problems)
    files = scan_project(project)
    routes, problems = build_tree(files)
    if problems:
        raise AppError(problems)
    text = route_types(routes, _layouts(files), _slots(files))
    path = project.root / FILE
    try:
        with contextlib.suppress(FileNotFoundError):
            if path.read_text(encoding="utf-8") == text:
                return path, len(routes)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"The types of the routes cannot be written: {error.strerror}."
        raise AppError([Problem(FILE, what, "Let the user that runs Byway write this file.")]) from None
    return path, len(routes)


def _layouts(files: Iterable[str]) -> tuple[Route, ...]:
    """The layouts, as routes: the part of the URL that each of them wraps."""
    pages = (file.removesuffix("layout.py") + "page.py" for file in files if file.endswith("/layout.py"))
    found = (read_file(page).route for page in pages)
    return tuple({route.pattern: route for route in found if route is not None}.values())


def _slots(files: Iterable[str]) -> dict[str, set[str]]:
    """The slots by name, each with the parts of the URL that layouts beside it wrap."""
    layouts = {file.rpartition("/")[0] for file in files if file.endswith("/layout.py")}
    slots: defaultdict[str, set[str]] = defaultdict(set)
    for file in files:
        folders = file.split("/")
        for depth, folder in enumerate(folders[:-1]):
            above = "/".join(folders[:depth])
            if folder.startswith("@") and above in layouts:
                route = read_file(f"{above}/page.py").route
                if route is not None:
                    slots[folder[1:]].add(route.pattern)
    return slots


def route_types(routes: Sequence[Route], layouts: Sequence[Route], slots: Mapping[str, Collection[str]]) -> str:
    """The text of ``byway_routes.pyi`` for an app with ``routes`` and ``layouts``.

    ``slots`` are by name, each with the patterns of the layouts that are given it.
    """
    handlers = [route for route in routes if route.kind == "route"]
    pages = [route for route in routes if route.kind == "page"]
    shapes: defaultdict[_Shape, dict[str, None]] = defaultdict(dict)
    for route in (*handlers, *pages, *layouts):
        shapes[_shape(route.segments)][route.pattern] = None
    names = _names(shapes)
    parts = [_HEAD, "\n"]
    for label, group in (("Handler", handlers), ("Page", pages), ("Layout", layouts)):
        patterns = sorted({route.pattern for route in group})
        known = f"Literal[{', '.join(map(repr, patterns))}]" if patterns else "Never"
        parts.append(f"{label}Route: TypeAlias = {known}\n")
    parts.append("\n")
    for shape, name in names.items():
        fields = ", ".join(f"{key!r}: {kind}" for key, kind in shape.fields)
        parts.append(f"{name} = TypedDict({name!r}, {{{fields}}})\n")
    parts.append("\nclass _AnyRoute: ...\n\n")
    for variable, bound in (
        ("_Route", "HandlerRoute | PageRoute | LayoutRoute"),
        ("_Handler", "HandlerRoute"),
        ("_Page", "PageRoute"),
        ("_Layout", "LayoutRoute"),
    ):
        arguments = f'"{variable}", bound={bound} | _AnyRoute, default=_AnyRoute, covariant=True'
        parts.append(f"{variable} = TypeVar({arguments})\n")
    parts.append('\nclass Params(dict[str, Any], Generic[_Route]):\n    """The parameters of a route."""\n')
    # First what is said of any route: for `Any` a type checker takes the first that fits.
    parts.append(_overload("__await__", "_AnyRoute", "", "Generator[Any, Any, dict[str, Any]]"))
    for shape, name in names.items():
        parts.append(_overload("__await__", _literal(shapes[shape]), "", f"Generator[Any, Any, {name}]"))
    parts.append(_overload("__getitem__", "_AnyRoute", "key: str, /", "Any"))
    for shape in names:
        for key, kind in shape.fields:
            value = kind.removeprefix("NotRequired[").removesuffix("]") if kind.startswith("NotRequired") else kind
            parts.append(_overload("__getitem__", _literal(shapes[shape]), f"key: Literal[{key!r}], /", value))
    parts.append(_TAIL)
    for slot, wrapped in sorted(slots.items()):
        if slot.isidentifier() and not iskeyword(slot) and slot not in _UNTYPED:
            own = f"self: LayoutProps[{_literal(wrapped)} | _AnyRoute]"
            parts.append(f"    @property\n    def {slot}({own}) -> Any: ...\n")
    text = "".join(parts)
    for method in ("__await__", "__getitem__"):
        if text.count(f"def {method}(self: Params") == 1:  # One alone is no overload.
            text = text.replace(f"    @overload\n    def {method}", f"    def {method}")
    return text


def _shape(segments: Iterable[Segment]) -> _Shape:
    kinds = {"dynamic": "str", "catch-all": "list[str]", "optional-catch-all": "NotRequired[list[str]]"}
    return _Shape(tuple((segment.name, kinds[segment.kind]) for segment in segments if segment.is_param))


def _names(shapes: Iterable[_Shape]) -> dict[_Shape, str]:
    """A name for each shape. Names that would be the same are numbered."""
    names: dict[_Shape, str] = {}
    for shape in sorted(shapes):
        name, number = shape.name, 2
        while name in names.values():
            name, number = f"{shape.name}{number}", number + 1
        names[shape] = name
    return names


def _literal(patterns: Iterable[str]) -> str:
    return f"Literal[{', '.join(map(repr, sorted(patterns)))}]"


def _overload(method: str, route: str, parameters: str, returns: str) -> str:
    own = f"self: Params[{route}]"
    arguments = f"{own}, {parameters}" if parameters else own
    return f"    @overload\n    def {method}({arguments}) -> {returns}: ...\n"
