"""One request's way through the files of a page: what they render together, and what becomes of it when one fails.

From the outside in, the files of each folder wrap the next folder, and the last one the page:

    layout → template → error → loading → not_found, forbidden, unauthorized → the next folder

so a boundary never stands for the layout and the template beside it.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache, partial
from html import escape
from typing import Any

from byway.caching.codec import Markup
from byway.http.request import Request
from byway.metadata.page.viewport import default_viewport, viewport_tags
from byway.rendering.parts import Boundary, Flow, Hole, Noted, Part, Rendered
from byway.routing.branches import Binding
from byway.runtime.components import Component
from byway.runtime.control_flow import HTTPInterrupt, Redirect, as_control_flow, is_stop
from byway.runtime.errors import report_failure
from byway.runtime.head import PageHead
from byway.runtime.page_props import bound_params, search_params
from byway.runtime.status_pages import status_fragment
from byway.runtime.work import LayoutProps, PageProps, Params, Work

# Seconds that a page which is ready waits for its metadata: nearly all of it is there by then, and needs no script.
_PATIENCE = 0.05
# Stands for the head in the markup: what is left of it when it comes in time.
_HEAD = f"\0{secrets.token_hex(8)}\0"

#: What every document says in its head.
DEFAULT_HEAD = "".join([tag.__html__() for tag in viewport_tags(default_viewport())])
NO_INDEX = '<meta name="robots" content="noindex">'
_MASKED = "An error occurred while this page was rendered. The log of the server has the details."


# The crawlers that the Next.js documents call HTML-limited.
_HTML_LIMITED = re.compile(
    r"[\w-]{1,40}-Google|Google-[\w-]|Chrome-Lighthouse|Slurp|DuckDuckBot|baiduspider|yandex|sogou|bitlybot|tumblr|vkShare"
    r"|quora link preview|redditbot|ia_archiver|Bingbot|BingPreview|applebot|facebookexternalhit|facebookcatalog"
    r"|Twitterbot|LinkedInBot|Slackbot|Discordbot|WhatsApp|SkypeUriPreview|Yeti|googleweblight",
    re.IGNORECASE,
)
# Characters of it that are looked at.
_LONGEST_AGENT = 512
_NONCE = re.compile(r"'nonce-([A-Za-z0-9+/_-]+={0,2})'")


class RenderError(Exception):
    """What an ``error.py`` is given: that something failed, and a ``digest`` by which the log can be searched.

    The ``message`` is that of the error in development only: in production it might tell a visitor too much.
    """

    def __init__(self, message: str, digest: str) -> None:
        super().__init__(message)
        self.message = message
        self.digest = digest


@dataclass(frozen=True, slots=True)
class Interrupt:
    """A ``not_found.py`` or its like, and the head of a page that shows it; a slot leaves the head as it is."""

    component: Component
    head: PageHead | None


@dataclass(frozen=True, slots=True)
class PageFolder:
    """What one folder on the way to a page wraps it in. ``interrupts`` are by status, ``slots`` by name."""

    bindings: tuple[Binding, ...] = ()
    layout: Component | None = None
    template: Component | None = None
    error: Component | None = None
    loading: Component | None = None
    interrupts: Mapping[int, Interrupt] = field(default_factory=dict[int, Interrupt])
    slots: Mapping[str, PageBranch | None] = field(default_factory=dict[str, "PageBranch | None"])


@dataclass(frozen=True, slots=True)
class PageBranch:
    """A page, or what stands for one, and the folders from the outermost down to its own."""

    page: Component
    folders: Sequence[PageFolder]
    bindings: tuple[Binding, ...] = ()


@dataclass(frozen=True, slots=True)
class PageFiles:
    """The files of one page."""

    branch: PageBranch
    head: PageHead
    global_error: Component | None = None

    @property
    def page(self) -> Component:
        """The page itself."""
        return self.branch.page

    def own_params(self, params: Mapping[str, Any]) -> Params:
        """Those of the page, for the route's ``params``."""
        return bound_params(self.branch.bindings, params)


class PageRendering:
    """The rendering of ``files`` for the request of ``work``. `close` it, however it ends."""

    def __init__(self, work: Work, files: PageFiles, params: Mapping[str, Any], status: int = 200) -> None:
        self.status = status
        #: Whether somebody else closes it, when what comes late has been sent.
        self.is_handed_on = False
        # What is kept is kept whole, and who reads but the first HTML gets all of it.
        is_whole = work.scope is not None or _reads_html_only(work.request.headers.get("user-agent") or "")
        self.flow = Flow(is_whole=is_whole, nonce=None if is_whole else _nonce(work.request))
        work.flow = self.flow
        self._work = work
        self._files = files
        self._params = params
        self._head = files.head
        self._heading: asyncio.Task[str] | None = None
        self._has_head = False
        self._is_sent = False
        self._failures: list[BaseException] = []

    async def shell(self) -> tuple[str, str]:
        """The markup to begin with, and that of its head.

        Raises what the files raise, unless there is a boundary for it.
        """
        try:
            return await self._shell()
        finally:
            await self._report()

    async def _shell(self) -> tuple[str, str]:
        work, params, head = self._work, self._files.own_params(self._params), self._files.head
        if not head.is_generated:
            markup = await self.flow.shell(self._branch(self._files.branch))
            head_markup = await self._head.markup(work, params)
        else:
            self._heading = self.flow.spawn(head.metadata_markup(work, params))
            viewport = self.flow.spawn(head.viewport_markup(work, params))
            tree = self._branch(self._files.branch, (self._heading, viewport))
            patience = None if self.flow.is_whole else _PATIENCE
            markup = await self.flow.shell(tree, partial(_in_time, self._heading, viewport, patience))
            # When a boundary has handled its failure, it is not to be had.
            head_markup = viewport.result() if viewport.exception() is None or self.status < 400 else DEFAULT_HEAD
            if self._head is not head:
                head_markup = await self._head.markup(work, params)
            elif self._heading.done() and self._heading.exception() is None:
                head_markup += self._heading.result()
                self._has_head = True
            # Else it comes late, or a boundary has handled its failure: then it is not to be had.
            markup = markup.replace(_HEAD, "")
        self._is_sent = True
        return markup, head_markup if self.status < 400 else head_markup + NO_INDEX

    @property
    def is_waiting(self) -> bool:
        """Whether there is more to come than the shell."""
        return self.flow.is_waiting or self._is_heading_late

    @property
    def _is_heading_late(self) -> bool:
        is_shown = self._head is self._files.head and not self._has_head
        return is_shown and self._heading is not None and not self._heading.done()

    async def late(self) -> AsyncGenerator[str]:
        """What follows, as it gets ready. What fails without a boundary for it ends this."""
        try:
            async with aclosing(self.flow.late()) as late:
                async for html in late:
                    await self._report()
                    yield html.replace(_HEAD, self._late_head()) if _HEAD in html else html
            if self._is_heading_late and self._heading is not None:
                # Its place is in what no layout shows.
                await asyncio.wait([self._heading])
                yield self._late_head()
        except BaseException as error:
            if is_stop(error) or isinstance(error, GeneratorExit):
                raise
            await self._report()
            flow = as_control_flow(error)
            if isinstance(flow, Redirect):
                yield refresh(self._work, flow)
            elif isinstance(flow, HTTPInterrupt):
                yield NO_INDEX + self.flow.instead(status_fragment(flow.status))
            else:
                await report_failure(self._work, error)
                yield self.flow.instead(await self.failed_wholly(error) or status_fragment(500, self._work.request_id))

    def _late_head(self) -> str:
        if self._has_head or self._heading is None or self._heading.exception() is not None:
            return ""
        self._has_head = True
        put = "(t=>{document.head.append(t.content);t.remove();document.currentScript.remove()})"
        script = self.flow.script(f"{put}(document.getElementById('byway-head'))")
        return f'<template id="byway-head">{self._heading.result()}</template>{script}'

    async def failed_wholly(self, error: BaseException) -> str | None:
        """What the app's ``global_error.py`` shows of ``error``; None without one, or when it fails as well."""
        component = self._files.global_error
        if component is None:
            return None
        flow = self._work.flow = Flow(is_whole=True)
        try:
            return await flow.shell(self._rendered(component, {"error": self._shown(error)}))
        except BaseException as another:
            if is_stop(another) or isinstance(another, GeneratorExit):
                raise
            await report_failure(self._work, another)
            return None
        finally:
            await flow.close()

    async def close(self) -> None:
        """Stop what is under way."""
        await self.flow.close()

    def _branch(self, branch: PageBranch, heading: tuple[asyncio.Task[str], asyncio.Task[str]] | None = None) -> Part:
        """``branch``, all of it; what the ``heading`` of a page raises is as if the page had raised it."""
        part: Part = Rendered(self._calling(branch), str(branch.page))
        if heading is not None:
            part = self._with_heading(part, *heading)
        for folder in reversed(branch.folders):
            part = self._wrapped(folder, part, folder.interrupts)
            if folder.layout is not None:
                own, children = bound_params(folder.bindings, self._params), self.flow.embed(part)
                slots = {name: self._slot(folder, slot) for name, slot in folder.slots.items()}
                props = LayoutProps(children, own, slots)
                given = {"children": children, "params": own, "props": props, **slots}
                part = self._rendered(folder.layout, given)
        return part

    def _slot(self, folder: PageFolder, slot: PageBranch | None) -> Markup | None:
        """What the layout of ``folder`` is given of a ``slot``. What that does not find is for who is around them."""
        return None if slot is None else self.flow.embed(self._wrapped(folder, self._branch(slot), {}))

    def _wrapped(self, folder: PageFolder, part: Part, interrupts: Mapping[int, Interrupt]) -> Part:
        """``part`` in what stands between the layout of ``folder`` and what it is given."""
        if interrupts:
            part = Boundary(part, self._interrupted(interrupts))
        if folder.loading is not None:
            part = Hole(part, self._rendered(folder.loading, {}))
        if folder.error is not None:
            part = Boundary(part, self._failed(folder.error))
        if folder.template is not None:
            part = self._rendered(folder.template, {"children": self.flow.embed(part)})
        return part

    def _calling(self, branch: PageBranch) -> Callable[[], Awaitable[object]]:
        page, own = branch.page, bound_params(branch.bindings, self._params)
        props: dict[str, object] = {"params": own}
        query = partial(search_params, self._work, page)
        if "search_params" in page.props:
            props["search_params"] = query()
        if "props" in page.props:
            props["props"] = PageProps(own, query)
        return partial(page.call, self._work, props)

    def _with_heading(self, page: Part, heading: asyncio.Task[str], viewport: asyncio.Task[str]) -> Part:
        """``page``, and a hole that is filled, with what stands for the head, when that is there."""

        async def metadata() -> object:
            await viewport
            await heading
            return Markup(_HEAD)

        async def both() -> object:
            return [self.flow.embed(page), self.flow.embed(Hole(Rendered(metadata, "The metadata"), _nothing()))]

        return Rendered(both, "The page")

    def _rendered(self, component: Component, props: Mapping[str, object]) -> Rendered:
        return Rendered(lambda: component.call(self._work, props), str(component))

    def _interrupted(self, interrupts: Mapping[int, Interrupt]) -> Callable[[BaseException], Part | None]:
        def handle(error: BaseException) -> Part | None:
            flow = as_control_flow(error)
            if not isinstance(flow, HTTPInterrupt) or flow.status not in interrupts:
                return None
            interrupt, status = interrupts[flow.status], flow.status

            def shown() -> str:
                if self._is_sent:
                    return NO_INDEX
                self.status, self._head = status, interrupt.head or self._head
                return ""

            return Noted(self._rendered(interrupt.component, {}), shown)

        return handle

    def _failed(self, component: Component) -> Callable[[BaseException], Part | None]:
        def handle(error: BaseException) -> Part | None:
            # What is made ahead of requests is not made of a failure.
            if as_control_flow(error) is not None or is_stop(error) or self._work.scope is not None:
                return None
            # A layout may show its children twice.
            if all(one is not error for one in self._failures):
                self._failures.append(error)

            def shown() -> str:
                if not self._is_sent:
                    self.status, self._head = 500, self._files.head
                return ""

            return Noted(self._rendered(component, {"error": self._shown(error)}), shown)

        return handle

    def _shown(self, error: BaseException) -> RenderError:
        message = str(error) if self._work.app.is_development else _MASKED
        return RenderError(message, self._work.request_id)

    async def _report(self) -> None:
        failures, self._failures = self._failures, []
        for error in failures:
            await report_failure(self._work, error)


@lru_cache(maxsize=256)
def _reads_html_only(agent: str) -> bool:
    """Whether the client of this ``User-Agent`` is a crawler that runs no scripts."""
    return _HTML_LIMITED.search(agent[:_LONGEST_AGENT]) is not None


def _nonce(request: Request) -> str | None:
    """The nonce for scripts that the proxy has told in a ``Content-Security-Policy`` header of the request."""
    for directive in (request.headers.get("content-security-policy") or "").split(";"):
        name, *sources = directive.split()[:50] or [""]
        if name.lower() in ("script-src", "default-src"):
            for source in sources:
                if found := _NONCE.fullmatch(source):
                    return found[1]
    return None


async def _in_time(heading: asyncio.Task[str], viewport: asyncio.Task[str], patience: float | None) -> None:
    """Wait for the head: for the metadata so many seconds, or as long as it takes. Failures are for others."""
    await asyncio.wait([viewport])
    await asyncio.wait([heading], timeout=patience)


def _nothing() -> Rendered:
    async def make() -> object:
        return None

    return Rendered(make, "Nothing")


def refresh(work: Work, flow: Redirect) -> str:
    """What makes a browser follow a redirect that comes after the first bytes of the answer."""
    # A browser would take away the quotes around a URL.
    url = escape(redirect_target(work, flow).replace("'", "%27"))
    return f'<meta http-equiv="refresh" content="{0 if flow.permanent else 1};url={url}">'


def redirect_target(work: Work, flow: Redirect) -> str:
    """Where a page redirects to: unlike that of a handler, a path is below the base path."""
    base_path = work.request.url.base_path
    # What begins with two slashes names a host.
    is_path = flow.url.startswith("/") and not flow.url.startswith("//")
    return base_path + flow.url if base_path and is_path else flow.url
