"""Answering with a page: its function, wrapped by the files of the folders above it, and its head."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from byway.http.response import Response
from byway.rendering.head import with_head
from byway.rendering.markup import document, missing_tags
from byway.runtime.control_flow import ControlFlow, HTTPInterrupt, Redirect, as_control_flow, is_stop
from byway.runtime.dispatch import HandlerTimeout, answer_control_flow, answer_without_handler, in_time
from byway.runtime.errors import NO_STORE, answer_status, report_failure
from byway.runtime.head import PageHead
from byway.runtime.page_rendering import DEFAULT_HEAD, NO_INDEX, PageFiles, PageRendering, redirect_target
from byway.runtime.segment import DEFAULTS, SegmentConfig
from byway.runtime.status_pages import status_answer
from byway.runtime.work import Params, RouteType, Work

_HTML = ("content-type", "text/html; charset=utf-8")
_POWERED_BY = ("x-powered-by", "Byway")
_READ_ONLY = (
    "Cookies can only be modified in a Server Action or Route Handler: a page or layout may read them, and what it "
    "renders is an answer that may have begun."
)
# What else follows the body may be anything, and whatever comes after it belongs to the body as well.
_END = re.compile(r"</body\s*>\s*(?:</html\s*>\s*)?\Z", re.IGNORECASE)


class PageEndpoint:
    """One ``page.py`` with its ``files``; ``status`` is that of a whole answer.

    With ``is_checked`` a root layout that leaves out ``<html>`` or ``<body>`` is an error.
    """

    __slots__ = ("_files", "_is_checked", "_status", "config", "file", "pattern")

    #: What a page is asked for with; it is shown as well to who posts to it.
    methods = ("GET", "HEAD")
    allow = "GET, HEAD, OPTIONS, POST"
    #: What ``on_request_error`` is told.
    route_type: RouteType = "render"
    #: What is kept of it is had by GET and HEAD alone.
    is_file = True

    def __init__(
        self,
        pattern: str,
        files: PageFiles,
        config: SegmentConfig = DEFAULTS,
        *,
        status: int = 200,
        is_checked: bool = False,
    ) -> None:
        self.pattern = pattern
        self.file = files.page.file
        self.config = config
        self._files = files
        self._status = status
        self._is_checked = is_checked

    @property
    def head(self) -> PageHead:
        """What it says for its head."""
        return self._files.head

    def own_params(self, params: Mapping[str, Any] | None) -> Params:
        """What its own folders take of the route's ``params``: a page beside a slot may have others."""
        return self._files.own_params(params or {})

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The page as HTML. Raises what the page, its layouts and its head raise, but for control flow."""
        method = work.request.method
        if method not in ("GET", "HEAD", "POST") and self._status != 404:
            return answer_without_handler(method, self.allow)
        work.lock_cookies(_READ_ONLY)
        rendering = PageRendering(work, self._files, params or {}, self._status)
        response: Response | None = None
        try:
            response = await self._answer(work, rendering)
            return response
        except BaseException as error:
            if is_stop(error) or isinstance(error, (GeneratorExit, HandlerTimeout)):
                raise
            # In development the error itself tells more, and what is made ahead of requests is not made of a failure.
            if self._files.global_error is None or work.scope is not None or work.app.is_development:
                raise
            await report_failure(work, error)
            html = await rendering.failed_wholly(error)
            if html is None:
                return answer_status(work, 500)
            body = with_head(document(html), DEFAULT_HEAD + NO_INDEX).encode("utf-8", "replace")
            return Response(body, status=500, headers=self._headers(work))
        finally:
            if response is None or not rendering.is_handed_on:
                await rendering.close()

    async def _answer(self, work: Work, rendering: PageRendering) -> Response:
        making = rendering.shell()
        try:
            if self.config.max_duration is None:
                markup, head = await making
            else:
                markup, head = await in_time(work, self.config.max_duration, self.file, making)
        except (ControlFlow, BaseExceptionGroup) as error:
            flow = as_control_flow(error)
            if flow is None:
                raise
            return _answer_control_flow(work, flow)
        if self._is_checked and (missing := missing_tags(markup)):
            layouts = [one.layout for one in self._files.branch.folders if one.layout is not None]
            root = f"{layouts[0]} is the root layout" if layouts else f"{self._files.page} is a document of its own"
            raise ValueError(
                f"{root}, but what it returned has no "
                f"{' and no '.join(missing)}. Return both elements: html[body[children]]."
            )
        html = with_head(document(markup), head)
        rendering.is_handed_on = rendering.is_waiting
        body = _Stream(html, rendering) if rendering.is_handed_on else html.encode("utf-8", "replace")
        return Response(body, status=rendering.status, headers=self._headers(work))

    def _headers(self, work: Work) -> list[tuple[str, str]]:
        kept = [] if work.scope is not None else [NO_STORE]
        return [_HTML, *kept, *([_POWERED_BY] if work.app.config.powered_by_header else [])]


class _Stream:
    """``html``, and, before its end, what comes late. Closed, even before it has begun, it ends the rendering."""

    __slots__ = ("_chunks", "_rendering")

    def __init__(self, html: str, rendering: PageRendering) -> None:
        self._rendering = rendering
        self._chunks = self._joined(html)

    def __aiter__(self) -> _Stream:
        return self

    async def __anext__(self) -> bytes:
        return (await anext(self._chunks)).encode("utf-8", "replace")

    async def _joined(self, html: str) -> AsyncGenerator[str]:
        end = _END.search(html)
        at = end.start() if end else len(html)
        yield html[:at]
        async with aclosing(self._rendering.late()) as late:
            async for more in late:
                yield more
        yield html[at:]

    async def aclose(self) -> None:
        """Stop what is under way."""
        try:
            await self._chunks.aclose()
        finally:
            await self._rendering.close()


def _answer_control_flow(work: Work, flow: ControlFlow) -> Response:
    """What `redirect()`, `not_found()` and their like answer from a page, a layout or their metadata."""
    response = answer_control_flow(work, flow)
    if isinstance(flow, Redirect):
        response.headers.set("location", redirect_target(work, flow))
        if work.scope is None:
            response.headers.set(*NO_STORE)
        return response
    assert isinstance(flow, HTTPInterrupt)
    if work.scope is None:
        return answer_status(work, flow.status)
    # It is kept for everyone, whatever a client prefers.
    body, content_type = status_answer(flow.status, accept=None)
    return Response(body, status=flow.status, headers=[("content-type", content_type)])
