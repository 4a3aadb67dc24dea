"""Whether a browser sent a request from a page of the same origin: the guard against forged cross-site requests."""

from __future__ import annotations

from byway.http.request import Request
from byway.http.url import URL


def same_origin(request: Request) -> bool:
    """Whether ``request`` does not come from a page of another origin.

    A browser sends a user's cookies along with what any other site makes it send. A handler that cookies authenticate,
    and that changes something, asks this first.

    Browsers tell in ``Sec-Fetch-Site``, which no page can set, where a request comes from; those that do not, tell the
    page's origin in ``Origin``, whose host is compared with that of ``request.url``, which is checked. A request
    without either header comes from no browser, so it has no user's cookies but its sender's own.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        # Not the scheme: where TLS ends before a proxy that is not trusted, this server does not know it.
        return URL(origin).host == request.url.host
    except ValueError:
        return False  # "null", as sandboxed pages say
