"""The props that pages, layouts and their `generate_metadata` are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from byway.routing.branches import Binding
from byway.runtime.scope import read_request
from byway.runtime.work import Params, Work, current


def own_params(names: Sequence[str], params: Mapping[str, Any]) -> Params:
    """Those of a page's ``params`` that the folders down to a file have, ``names``."""
    return Params((name, params[name]) for name in names if name in params)


def bound_params(bindings: Sequence[Binding], params: Mapping[str, Any]) -> Params:
    """What ``bindings`` make of the ``params`` of a page's route."""
    values = ((one.name, one.value(params)) for one in bindings)
    return Params((name, value) for name, value in values if value is not None)


def search_params(work: Work, component: object) -> Params:
    """The query as a dict, for ``component``; a name that comes several times has a list.

    It is a read of the request like any other, by whatever code is at hand: raises what `read_request` raises.
    """
    work = current.get(work)
    if read_request(work, f"the prop search_params of {component}"):
        return Params()
    values: dict[str, list[str]] = {}
    for name, value in work.request.url.search_params:
        values.setdefault(name, []).append(value)
    return Params((name, found[0] if len(found) == 1 else found) for name, found in values.items())
