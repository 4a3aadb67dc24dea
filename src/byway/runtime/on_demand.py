"""``res.revalidate(path)``: a kept answer is made anew now, rather than at its next visit.

Implements on-demand revalidation as the Next.js documents describe it for API routes.
"""

from __future__ import annotations

import math

from byway.caching.tags import revalidated_path_tag
from byway.http.url import URL
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import NotThisRoute
from byway.runtime.route_cache import StaticRoute
from byway.runtime.work import Work


async def revalidate(work: Work, path: str | URL) -> None:
    """Make the kept answer at ``path`` anew, and what it has fetched; the old one is served until it is there.

    The path may have the base path before it, and a slash at its end, as in the URL. Nothing is to be done for a route
    that is answered anew for each request. Raises ``ValueError`` when ``path`` is not the path of one URL,
    ``RuntimeError`` when no route answers there, or when making its answer fails: the old one stays then.
    """
    text = path.pathname if isinstance(path, URL) else path
    call = f"res.revalidate({text!r})"
    if not isinstance(text, str) or not text.startswith("/") or "?" in text or "#" in text:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise ValueError(f"{call}: give the path of one URL, such as /blog/post-1, without a query.")
    app = work.app
    if work.invalidations is not None:
        await work.invalidations.deliver()
    inner = app.path_form.split(text)[1]
    # A folder may have the base path's name: then what is no route without it is one with it.
    for below in dict.fromkeys((inner, text)):
        match = app.matcher.match(below.removesuffix("/") or "/")
        if match is not None:
            break
    else:
        raise RuntimeError(f"{call}: no route answers at this path.")
    endpoint, params = match
    if not isinstance(endpoint, StaticRoute):
        return
    tag = revalidated_path_tag(below).tag
    try:
        if tag is not None:
            # Stale from now on for all workers, and served until the new one is there.
            await app.cache.invalidate([tag], math.inf)
        await endpoint.renew(app, params)
    except NotThisRoute:
        raise RuntimeError(f"{call}: no route answers at this path.") from None
    except BaseException as error:
        if is_stop(error):
            raise
        raise RuntimeError(f"{call} failed: {type(error).__name__}: {error}") from error
