"""Answering with a page: its function, wrapped by the layouts of the folders above it, and its head."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from byway.caching.codec import Markup
from byway.http.response import Response
from byway.rendering.head import with_head
from byway.rendering.markup import document, missing_tags
from byway.runtime.components import Component
from byway.runtime.control_flow import ControlFlow, Redirect, as_control_flow
from byway.runtime.dispatch import answer_control_flow, answer_without_handler, in_time
from byway.runtime.errors import NO_STORE, answer_status
from byway.runtime.head import PageHead
from byway.runtime.page_props import own_params, search_params
from byway.runtime.segment import DEFAULTS, SegmentConfig
from byway.runtime.together import together
from byway.runtime.work import LayoutProps, PageProps, Params, Work

_HTML = ("content-type", "text/html; charset=utf-8")
_POWERED_BY = ("x-powered-by", "Byway")
_READ_ONLY = (
    "Cookies can only be modified in a Server Action or Route Handler: a page or layout may read them, and what it "
    "renders is an answer that may have begun."
)


@dataclass(frozen=True, slots=True)
class LayoutComponent:
    """A layout, and the parameters of the folders from the app's root down to its own."""

    component: Component
    param_names: tuple[str, ...]


class PageEndpoint:
    """One ``page.py`` and its layouts, the root layout first.

    It is rendered from the inside out: the page first, and each layout is given the finished markup as its
    ``children``. Its ``head`` is asked for at the same time. With ``is_checked`` a root layout that leaves out
    ``<html>`` or ``<body>`` is an error.
    """

    __slots__ = ("_is_checked", "_layouts", "_page", "config", "file", "head", "pattern")

    #: Pages answer GET, and HEAD as GET without the body.
    methods = ("GET", "HEAD", "OPTIONS")
    allow = ", ".join(methods)
    #: What ``on_request_error`` is told.
    route_type = "render"

    def __init__(
        self,
        pattern: str,
        page: Component,
        layouts: Sequence[LayoutComponent],
        head: PageHead,
        config: SegmentConfig = DEFAULTS,
        *,
        is_checked: bool = False,
    ) -> None:
        self.pattern = pattern
        self.file = page.file
        self.config = config
        self.head = head
        self._page = page
        self._layouts = tuple(layouts)
        self._is_checked = is_checked

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The page as HTML. Raises what the page, its layouts and its head raise, but for control flow."""
        method = work.request.method
        if method not in ("GET", "HEAD"):
            return answer_without_handler(method, self.allow)
        work.lock_cookies(_READ_ONLY)
        making = self._document(work, params or {})
        try:
            if self.config.max_duration is None:
                html = await making
            else:
                html = await in_time(work, self.config.max_duration, self.file, making)
        except (ControlFlow, BaseExceptionGroup) as error:
            flow = as_control_flow(error)
            if flow is None:
                raise
            return _answer_control_flow(work, flow)
        powered_by = [_POWERED_BY] if work.app.config.powered_by_header else []
        return Response(html.encode("utf-8", "replace"), headers=[_HTML, NO_STORE, *powered_by])

    async def _document(self, work: Work, params: Mapping[str, Any]) -> str:
        if self.head.has_functions:
            head, markup = await together(self.head.markup(work, params), self._render(work, params))
        else:
            markup = await self._render(work, params)
            head = await self.head.markup(work, params)
        return with_head(document(markup), head)

    async def _render(self, work: Work, params: Mapping[str, Any]) -> Markup:
        own = Params(params)
        props: dict[str, object] = {"params": own}
        if not self._page.props.isdisjoint(("search_params", "props")):
            query = search_params(work)
            props |= {"search_params": query, "props": PageProps(own, query)}
        markup = await self._page.render(work, props)
        for layout in reversed(self._layouts):
            own = own_params(layout.param_names, params)
            given = {"children": markup, "params": own, "props": LayoutProps(markup, own)}
            markup = await layout.component.render(work, given)
        if self._is_checked and (missing := missing_tags(markup)):
            raise ValueError(
                f"{self._layouts[0].component} is the root layout, but what it returned has no "
                f"{' and no '.join(missing)}. Return both elements: html[body[children]]."
            )
        return markup


def _answer_control_flow(work: Work, flow: ControlFlow) -> Response:
    """What `redirect()`, `not_found()` and their like answer from a page, a layout or their metadata.

    Unlike one of a handler, a redirect to a path leads below the base path.
    """
    response = answer_control_flow(work, flow)
    if not isinstance(flow, Redirect):
        return answer_status(work, response.status)
    base_path = work.request.url.base_path
    # What begins with two slashes names a host.
    if base_path and flow.url.startswith("/") and not flow.url.startswith("//"):
        response.headers.set("location", base_path + flow.url)
    response.headers.set(*NO_STORE)
    return response
