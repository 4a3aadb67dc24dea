"""The props that pages, layouts and their `generate_metadata` are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from byway.runtime.work import Params, Work


def own_params(names: Sequence[str], params: Mapping[str, Any]) -> Params:
    """Those of a page's ``params`` that the folders down to a file have, ``names``."""
    return Params((name, params[name]) for name in names if name in params)


def search_params(work: Work) -> Params:
    """The query as a dict; a name that comes several times has a list."""
    values: dict[str, list[str]] = {}
    for name, value in work.request.url.search_params:
        values.setdefault(name, []).append(value)
    return Params((name, found[0] if len(found) == 1 else found) for name, found in values.items())
