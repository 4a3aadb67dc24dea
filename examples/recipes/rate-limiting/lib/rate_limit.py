"""A decorator for handlers that a client may call only so often."""

import ipaddress
import math
import time
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec

from lib.sliding_window import SlidingWindow

from byway.headers import headers
from byway.server import Response

P = ParamSpec("P")
Handler = Callable[P, Awaitable[Response]]


def rate_limit(window: SlidingWindow) -> Callable[[Handler[P]], Handler[P]]:
    """Answer 429 to a client that has used up ``window``. Handlers that share a window share its count."""

    def decorate(handler: Handler[P]) -> Handler[P]:
        @wraps(handler)
        async def limited(*args: P.args, **kwargs: P.kwargs) -> Response:
            seconds = window.wait(client_address(), time.monotonic())
            if seconds > 0:
                return Response.json(
                    {"error": "Too many requests."},
                    status=429,
                    headers={"retry-after": str(math.ceil(seconds)), "cache-control": "no-store"},
                )
            return await handler(*args, **kwargs)

        return limited

    return decorate


def client_address() -> str:
    """Who is counted: the client's address, and for IPv6 its network, since a single customer owns all of a /64."""
    sent = headers().get("x-forwarded-for") or ""
    try:
        address = ipaddress.ip_address(sent)
    except ValueError:
        return sent  # nobody knows, as behind a unix socket without trusted_proxies: all share one count
    if address.version == 4:
        return sent
    return str(ipaddress.ip_network((address, 64), strict=False))
