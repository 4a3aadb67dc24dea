"""Describes the request as a route sees it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from byway import cookies, headers
from byway.server import Request, Response, RouteContext


def echo(route: str) -> Callable[[Request, RouteContext], Awaitable[Response]]:
    async def handler(request: Request, ctx: RouteContext) -> Response:
        sent = await headers()
        jar = await cookies()
        query = request.url.search_params
        return Response.json(
            {
                "route": route,
                "pathname": request.url.pathname,
                "params": await ctx.params,
                "query": {name: query.get_all(name) for name, _ in query},
                "method": request.method,
                "user": sent.get("x-user"),
                "secret": sent.get("x-secret"),
                "cookies": sorted(f"{cookie.name}={cookie.value}" for cookie in jar.get_all()),
            }
        )

    return handler
