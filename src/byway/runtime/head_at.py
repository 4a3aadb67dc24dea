"""The head of a page without the page: for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from byway.http.request import Request
from byway.metadata.head import HeadTag
from byway.routing.matcher import Matcher
from byway.runtime.pages import PageEndpoint
from byway.runtime.work import Params, Work, current

if TYPE_CHECKING:
    from byway.runtime.app import App


async def head_tags_at(app: App, path: str, origin: str) -> list[HeadTag]:
    """The tags in the head of the page at ``path``, which may have a query, for a request that says nothing else.

    ``origin`` begins the URLs of share images where no ``metadata_base`` does. Raises ``LookupError`` when there is no
    page, and what the functions of the app raise.
    """
    request = Request(f"{origin}{path}")
    pages = ((one.route.segments, one.endpoint) for one in app.routes if isinstance(one.endpoint, PageEndpoint))
    if (match := Matcher(pages, Params).match(request.url.pathname)) is None:
        raise LookupError(f"There is no page at {path}.")
    page, params = match
    work = Work(app, request)
    work.endpoint = page
    token = current.set(work)
    try:
        return await page.head.tags(work, params or {}, origin)
    finally:
        current.reset(token)
