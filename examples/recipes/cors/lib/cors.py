"""Which other sites' scripts may call a handler, and read its answer."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

from byway.headers import headers
from byway.server import Response

P = ParamSpec("P")

ORIGINS = frozenset({"https://shop.example.com", "https://admin.example.com"})
MAX_AGE = 600  # seconds that a browser may remember a preflight's answer


def cors(handler: Callable[P, Awaitable[Response]]) -> Callable[P, Awaitable[Response]]:
    """Let the scripts of ``ORIGINS`` read what ``handler`` answers."""

    @wraps(handler)
    async def with_cors(*args: P.args, **kwargs: P.kwargs) -> Response:
        return _allow(await handler(*args, **kwargs))

    return with_cors


def preflight(*methods: str, request_headers: str = "content-type") -> Callable[[], Awaitable[Response]]:
    """The ``OPTIONS`` handler of a route: a browser asks it before it sends anything but a plain GET or form post."""

    async def OPTIONS() -> Response:
        response = _allow(Response(status=204, headers={"allow": ", ".join(methods)}))
        if response.headers.has("access-control-allow-origin"):
            response.headers.set("access-control-allow-methods", ", ".join(methods))
            response.headers.set("access-control-allow-headers", request_headers)
            response.headers.set("access-control-max-age", str(MAX_AGE))
        return response

    return OPTIONS


def _allow(response: Response) -> Response:
    # Vary on every answer, so that no cache gives one origin's answer to another.
    response.headers.append("vary", "origin")
    origin = headers().get("origin")
    if origin in ORIGINS:
        response.headers.set("access-control-allow-origin", origin)
        response.headers.set("access-control-allow-credentials", "true")
    return response
