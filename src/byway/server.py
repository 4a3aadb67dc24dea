"""What a route handler is given and returns, and what may go on after its answer.

Implements ``next/server`` as the documents describe it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

from byway.http.abort import AbortSignal
from byway.http.errors import BodyError, BodyTimeout, BodyTooLarge, Disconnected, ValidationError
from byway.http.forms import Blob, File, FormData
from byway.http.headers import Headers
from byway.http.request import Request
from byway.http.response import Response
from byway.http.same_origin import same_origin
from byway.http.url import URL, URLSearchParams
from byway.http.user_agent import UserAgent, parse_user_agent
from byway.pages_api.request import ApiRequest
from byway.pages_api.response import ApiResponse
from byway.runtime.after import after
from byway.runtime.page_rendering import RenderError
from byway.runtime.proxy import FetchEvent
from byway.runtime.scope import read_request
from byway.runtime.work import current_work

if TYPE_CHECKING:
    # The types of an app's own routes, once `byway typegen` has written them.
    from byway_routes import LayoutProps, PageProps, RouteContext
else:
    from byway.runtime.work import LayoutProps, PageProps, RouteContext

__all__ = [
    "URL",
    "AbortSignal",
    "ApiRequest",
    "ApiResponse",
    "Blob",
    "BodyError",
    "BodyTimeout",
    "BodyTooLarge",
    "Disconnected",
    "FetchEvent",
    "File",
    "FormData",
    "Headers",
    "LayoutProps",
    "PageProps",
    "RenderError",
    "Request",
    "Response",
    "RouteContext",
    "URLSearchParams",
    "UserAgent",
    "ValidationError",
    "after",
    "connection",
    "same_origin",
    "user_agent",
]


class _Connection:
    """What `connection` returns: awaiting it tells that what follows is about a real request."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        yield from ()


def connection() -> _Connection:
    """``await connection()``: what follows needs a real request and cannot be made ahead of one.

    Does nothing in a route with ``dynamic = "force-static"``. Raises ``RuntimeError`` outside a request, in a cached
    function, and in a route with ``dynamic = "error"``.
    """
    read_request(current_work("connection()"), "connection()")
    return _Connection()


def user_agent(request: Request) -> UserAgent:
    """What the ``User-Agent`` header of ``request`` tells of browser, device, engine, system and bots."""
    return parse_user_agent(request.headers.get("user-agent"))
