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
    query = work.request.url.search_params
    found = Params()
    for name, _ in query:
        values = query.get_all(name)
        found[name] = values[0] if len(values) == 1 else values
    return found
