"""The head of a page without the page: for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from byway.http.request import Request
from byway.http.url import URL
from byway.metadata.head import HeadTag
from byway.routing.matcher import Matcher
from byway.runtime.pages import PageEndpoint
from byway.runtime.work import Params, Work, current

if TYPE_CHECKING:
    from byway.runtime.app import App


async def head_tags_at(app: App, path: str, origin: str) -> list[HeadTag]:
    """The tags in the head of the page at ``path``, which may have a query, for a request that says nothing else.

    ``origin`` begins the URLs of share images where no ``metadata_base`` does. Raises ``ValueError`` when it is none,
    ``LookupError`` when there is no page, and what the functions of the app raise.
    """
    origin = _origin(origin)
    request = Request(f"{origin}/{path.removeprefix('/')}")
    made = ((one.route.segments, getattr(one.endpoint, "maker", one.endpoint)) for one in app.routes)
    pages = ((segments, page) for segments, page in made if isinstance(page, PageEndpoint))
    if (match := Matcher(pages, Params).match(request.url.pathname)) is None:
        raise LookupError(f"There is no page at {path}.")
    page, params = match
    work = Work(app, request)
    work.endpoint = page
    token = current.set(work)
    try:
        return await page.head.tags(work, page.own_params(params), origin)
    finally:
        current.reset(token)


def _origin(text: str) -> str:
    """``text`` as an origin: without a slash at its end."""
    try:
        url = URL(text)
    except ValueError:
        url = None
    if url is None or url.protocol not in ("http:", "https:") or url.href != f"{url.origin}/":
        raise ValueError(f'{text!r} is no origin: write a scheme and a host, such as "https://acme.com".')
    return url.origin
