"""`Work`: everything that belongs to one request, and the one ambient variable that holds it."""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Generator, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from byway.http.cookies import CookieStore, merge_set_cookies
from byway.http.headers import RawHeaders
from byway.http.request import Request

if TYPE_CHECKING:
    from byway.rendering.parts import Flow
    from byway.runtime.app import App
    from byway.runtime.dispatch import Endpoint
    from byway.runtime.revalidation import Invalidations
    from byway.runtime.scope import Scope

Param: TypeAlias = str | list[str]
#: What ``on_request_error`` is told of what answers.
RouteType: TypeAlias = Literal["render", "route"]
AfterTask: TypeAlias = Callable[[], Any] | Awaitable[Any]

#: Of these headers an answer may have several, each with its own say.
ADDING_UP = frozenset({b"set-cookie", b"vary", b"www-authenticate"})
_NOT_SIMPLE = frozenset({b"set-cookie", b"cache-control"})

_SETTLED = "This cookies() is that of a proxy that has returned, and cannot be changed any more: call cookies() again."
TOO_LATE = "Cookies cannot be set once the answer has begun, as in after() or in a stream: set them in the handler."

_ids = itertools.count(1)
# Told apart from other workers and earlier starts; a fork would share it, so it is taken at the first use.
_worker_id: dict[int, str] = {}


def new_request_id() -> str:
    """An id that tells this request from every other one of this server and its fellow workers."""
    pid = os.getpid()
    prefix = _worker_id.get(pid) or _worker_id.setdefault(pid, os.urandom(4).hex())
    return f"{prefix}-{next(_ids):06x}"


class Params(dict[str, Any]):
    """The parameters of a route: ``str``, or a list of ``str`` for catch-alls.

    ``await`` gives them as a plain dict; using them without ``await`` works as well.
    """

    __slots__ = ()

    def __await__(self) -> Generator[None, None, dict[str, Any]]:
        if TYPE_CHECKING:
            yield
        return {**self}


class RouteContext:
    """The second argument of a handler: ``params`` holds the route's parameters.

    ``RouteContext["/items/[slug]"]`` names the route; a type checker wants ``RouteContext[Literal["/…"]]`` or plain
    ``RouteContext``. Implements the documents' ``RouteContext`` helper.
    """

    __slots__ = ("params",)

    def __init__(self, params: Mapping[str, Any] | None = None) -> None:
        self.params = params if type(params) is Params else Params(params or ())

    def __class_getitem__(cls, route: object) -> type[RouteContext]:
        return cls


class PageProps:
    """The prop ``props`` of a page: ``params`` and ``search_params``, which it may also be given by themselves.

    ``PageProps[Literal["/items/[slug]"]]`` names the route. Implements the documents' ``PageProps`` helper.
    """

    __slots__ = ("_query", "params")

    def __init__(self, params: Params, query: Callable[[], Params]) -> None:
        self.params = params
        self._query = query

    @property
    def search_params(self) -> Params:
        """The query. A page that reads it is answered anew for each request."""
        return self._query()

    def __class_getitem__(cls, route: object) -> type[PageProps]:
        return cls


class LayoutProps:
    """The prop ``props`` of a layout: ``children``, ``params``, and what each slot of its folder shows, by its name.

    It may also be given them by themselves. ``LayoutProps[Literal["/items"]]`` names the part of the URL that it wraps.
    Implements the documents' ``LayoutProps`` helper.
    """

    __slots__ = ("__dict__", "children", "params")

    def __init__(self, children: object, params: Params, slots: Mapping[str, object] | None = None) -> None:
        self.children = children
        self.params = params
        if slots:
            self.__dict__.update(slots)

    if TYPE_CHECKING:

        def __getattr__(self, slot: str) -> Any: ...

    def __class_getitem__(cls, route: object) -> type[LayoutProps]:
        return cls


class Settled(NamedTuple):
    """Headers that are put on an answer, whoever gives it.

    They win over those of the answer that have their ``names``. ``is_simple`` tells that there is nothing else to think
    of: no cookie, which is for one client, and nothing about how long the answer is kept.
    """

    headers: RawHeaders
    names: frozenset[bytes]
    is_simple: bool

    @classmethod
    def of(cls, headers: RawHeaders) -> Settled:
        """Those ``headers``."""
        names = frozenset([name for name, _ in headers])
        return cls(headers, names - ADDING_UP, names.isdisjoint(_NOT_SIMPLE))


def _without(headers: RawHeaders, others: RawHeaders) -> RawHeaders:
    """``headers`` but for those over which ``others`` win."""
    names = {name for name, _ in others} - ADDING_UP
    return [pair for pair in headers if pair[0] not in names]


class Work:
    """One request on its way: what `cookies()`, `headers()`, `after()` and their like read and write."""

    __slots__ = (
        "_cookies_locked",
        "_request_id",
        "afters",
        "answered",
        "app",
        "closed",
        "cookies",
        "deadline",
        "draft",
        "endpoint",
        "fetches",
        "flow",
        "invalidations",
        "request",
        "scope",
        "settled",
    )

    def __init__(self, app: App, request: Request) -> None:
        self.app = app
        self.request = request
        self.endpoint: Endpoint | None = None
        self.cookies: CookieStore | None = None
        self.afters: list[AfterTask] | None = None
        self.settled: Settled | None = None
        self.scope: Scope | None = None
        self.invalidations: Invalidations | None = None
        self.draft: bool | None = None
        self.fetches: dict[str, asyncio.Task[Any]] | None = None
        #: The page that is being rendered.
        self.flow: Flow | None = None
        self.closed = False
        self.answered = False
        self.deadline: float | None = None
        self._cookies_locked: str | None = None
        self._request_id: str | None = None

    @property
    def route(self) -> str | None:
        """The pattern of the route that answers (``/items/[slug]``); None when there is none."""
        return None if self.endpoint is None else self.endpoint.pattern

    @property
    def max_duration(self) -> float | None:
        """Seconds that the route's handler, and the request's `after()` work, may take; None for no limit."""
        return None if self.endpoint is None else self.endpoint.config.max_duration

    @property
    def where(self) -> str:
        """The request in words for a log: ``GET /items/[slug]``."""
        return f"{self.request.method} {self.route or self.request.url.pathname}"

    @property
    def request_id(self) -> str:
        """Names this request in logs and error answers."""
        if self._request_id is None:
            self._request_id = new_request_id()
        return self._request_id

    @property
    def root(self) -> Work:
        """The request that this is a part of: itself, unless it is what `within` has made."""
        return self if self.scope is None else self.scope.root

    def within(self, scope: Scope) -> Work:
        """A view of this work for code whose result is stored: what it reads and collects goes by ``scope``."""
        inner = Work(self.app, self.request)
        inner.endpoint = self.endpoint
        inner.scope = scope
        inner.draft = self.is_draft
        inner.deadline = self.deadline
        inner._request_id = self.request_id
        return inner

    @property
    def is_page(self) -> bool:
        """Whether a page is what answers."""
        return getattr(self.endpoint, "route_type", None) == "render"

    @property
    def is_rendering(self) -> bool:
        """Whether a page is being rendered: its answer is not out yet, as it is in `after()`."""
        return self.is_page and not self.root.answered

    @property
    def is_draft(self) -> bool:
        """Whether the request is in draft mode: its client has the cookie that `draft_mode` sets."""
        if self.draft is None:
            self.draft = self.app.is_draft_cookie(self.request)
        return self.draft

    def lock_cookies(self, why: str) -> None:
        """From now on setting and deleting cookies raises ``RuntimeError`` with ``why``; what was set stays set."""
        self._cookies_locked = why
        if self.cookies is not None:
            self.cookies.read_only = why

    def settle(self, headers: RawHeaders) -> None:
        """Have ``headers``, and the cookies that `cookies()` has set so far, on the answer, whoever gives it.

        They win over the answer's own headers and over what was settled before, but for those of which an answer may
        have several.
        """
        if self.cookies is not None:
            own = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
            lines = merge_set_cookies(own, self.cookies.changes())[len(own) :]
            headers = [*headers, *((b"set-cookie", line.encode("latin-1")) for line in lines)]
            self.cookies.read_only = _SETTLED
            self.cookies = None
        if self.settled is not None:
            headers = [*_without(self.settled.headers, headers), *headers]
        self.settled = Settled.of(headers) if headers else None

    def unsettle(self, headers: RawHeaders) -> None:
        """Let ``headers`` of an answer win over what was settled before by the same names."""
        if self.settled is not None:
            left = _without(self.settled.headers, headers)
            self.settled = Settled.of(left) if left else None

    def cookie_store(self) -> CookieStore:
        """The request's cookies with the changes made so far."""
        store = self.cookies
        if store is None:
            sent = "; ".join(self.request.headers.get_all("cookie"))
            store = self.cookies = CookieStore(sent, read_only=self._cookies_locked)
            for name, value in () if self.settled is None else self.settled.headers:
                if name == b"set-cookie":
                    store.show(value.decode("latin-1"))
        return store


current: ContextVar[Work] = ContextVar("byway.work")


def current_work(caller: str) -> Work:
    """The work that the caller belongs to.

    Raises ``RuntimeError``, naming ``caller``, outside a request.
    """
    work = current.get(None)
    if work is None:
        raise RuntimeError(
            f"`{caller}` was called outside a request. Call it in a route handler, or in a function that a handler "
            "calls, not at the top of a module."
        )
    return work
