"""The types of any app's routes. `byway typegen` writes those of one app, which type checkers prefer to these."""

from collections.abc import Generator
from typing import Any, Generic

from typing_extensions import TypeVar

class _AnyRoute: ...

_Route = TypeVar("_Route", bound=str | _AnyRoute, default=_AnyRoute)

class Params(dict[str, Any]):
    """The parameters of a route."""

    def __await__(self) -> Generator[Any, Any, dict[str, Any]]: ...

class SearchParams(dict[str, str | list[str]]):
    """The query; a name that comes several times has a list."""

    def __await__(self) -> Generator[Any, Any, dict[str, str | list[str]]]: ...

class RouteContext(Generic[_Route]):
    """The second argument of a route handler."""

    params: Params
    def __init__(self, params: Any = None) -> None: ...

class PageProps(Generic[_Route]):
    """The prop ``props`` of a page: all that a page is given."""

    params: Params
    search_params: SearchParams

class LayoutProps(Generic[_Route]):
    """The prop ``props`` of a layout: all that a layout is given."""

    params: Params
    children: Any
    def __getattr__(self, slot: str) -> Any: ...
