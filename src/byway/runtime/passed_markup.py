"""Markup that is handed to a cached function and comes back in its result: children, which are no part of its key."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Any, Final, cast

from byway.caching.codec import Markup, NotCacheable
from byway.rendering.markup import render

# Of markup that passes through, this stands in a kept result; no HTML holds a NUL.
_STAND_IN: Final = "\0byway:{}\0"
# What most arguments are; these are no markup.
_PLAIN: Final = frozenset({NoneType, bool, int, float, str, bytes, list, dict, tuple})


def take_markup(arguments: inspect.BoundArguments) -> dict[str, object]:
    """Put a stand-in in the place of each argument that is markup; returns the markup by name."""
    passed: dict[str, object] = {}
    given: Mapping[str, object] = arguments.arguments
    for name, value in given.items():
        if (type(value) not in _PLAIN and _is_markup(value)) or (name == "children" and value is not None):
            passed[name] = value
            arguments.arguments[name] = Markup(_STAND_IN.format(name))
    return passed


def _is_markup(value: object) -> bool:
    return not isinstance(value, type) and (hasattr(value, "__html__") or hasattr(value, "aiter_chunks"))


async def put_back(value: object, passed: Mapping[str, object], name: str) -> Any:
    """``value``, the result of the function ``name``, with the markup of this call in the place of its stand-ins.

    Raises `NotCacheable` when the function has put a stand-in into a plain str.
    """
    if isinstance(value, Markup):
        text = str(value)
        for argument, markup in passed.items():
            stand_in = _STAND_IN.format(argument)
            if stand_in in text:
                text = text.replace(stand_in, await render(markup, name))
        return Markup(text)
    if isinstance(value, str) and any(_STAND_IN.format(argument) in value for argument in passed):
        raise NotCacheable(
            f"{name}: it put markup into a str, where it would be escaped or lost. Return an element, or an object "
            "with __html__, that has the markup among its children."
        )
    if isinstance(value, (list, tuple)):
        items = [await put_back(item, passed, name) for item in cast("Sequence[object]", value)]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        filled: dict[Any, Any] = {}
        for key, item in cast("dict[object, object]", value).items():
            filled[key] = await put_back(item, passed, name)
        return filled
    return value
