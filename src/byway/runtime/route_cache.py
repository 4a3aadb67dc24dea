"""Handlers, pages and metadata files whose GET is made ahead of its requests, kept, and made anew in the background.

Implements what the Next.js documents call static route handlers, incremental static regeneration (``revalidate``) and
``generate_static_params``.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

import msgspec

from byway.caching.engine import Computed, Found
from byway.caching.lifetimes import cache_control
from byway.caching.tags import path_tags
from byway.http.headers import RawHeaders
from byway.http.request import Request
from byway.http.response import Response
from byway.routing.matcher import SEGMENT_SAFE
from byway.routing.segments import Segment
from byway.runtime.after import run_afters
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import Endpoint, HandlerTimeout, NotThisRoute
from byway.runtime.errors import NO_STORE
from byway.runtime.kept_body import read_body
from byway.runtime.scope import ParamsScope, RouteScope, StaticOnlyError, folder_of
from byway.runtime.static_params import Lister, listed_paths
from byway.runtime.static_request import STAND_IN_ORIGIN, StaticRequest
from byway.runtime.work import Params, RouteType, Work, current

if TYPE_CHECKING:
    from byway.runtime.app import App

log = logging.getLogger("byway.cache")

CACHE_HEADER = "x-byway-cache"
REASON_HEADER = "x-byway-cache-reason"

# What belongs to one client, or to one connection.
_NOT_KEPT = frozenset(
    {b"set-cookie", b"content-length", b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"}
)
#: Of these a 304 says nothing.
ABOUT_BODY = frozenset({b"content-type", b"content-length", b"content-encoding"})
_STAND_IN = STAND_IN_ORIGIN.encode()
# Seconds after which a route that turned out to need the request is tried again as a static one.
_DYNAMIC_FOR = 60.0
# Seconds after which a page that failed when it was to be kept is tried again.
_FAILED_FOR = 3.0
_MOST_DYNAMIC = 10_000


class RouteAnswer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A kept answer, without cookies."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class KeptResponse(Response):
    """What is sent of a kept answer; ``kept`` is its cache key and its value when the next one is sent the same."""

    __slots__ = ("kept",)

    kept: tuple[str, RouteAnswer] | None


# What a metadata file answers for an id that it does not list, or does not list any more.
_GONE = RouteAnswer(0, [], b"")


class _AnswerCodec:
    """Route answers as MessagePack."""

    __slots__ = ("_decoder", "_encoder")

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(RouteAnswer)

    def encode(self, value: RouteAnswer | None, /) -> bytes:
        return self._encoder.encode(value)

    def decode(self, data: bytes, /) -> RouteAnswer | None:
        return self._decoder.decode(data)


ANSWERS = _AnswerCodec()


class Maker(Endpoint, Protocol):
    """What makes the answers that are kept: the handlers of a ``route.py``, or a metadata file."""

    @property
    def file(self) -> str: ...

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are answered."""
        ...

    @property
    def is_file(self) -> bool:
        """Whether a kept answer is to be had like a file, by GET and HEAD alone."""
        ...

    @property
    def route_type(self) -> RouteType:
        """What ``on_request_error`` is told of it."""
        ...


class StaticRoute:
    """A file of the app whose GET may be made ahead, and whose other methods are answered as in any other.

    Until `keep` is called every request is answered anew, as in development.
    """

    __slots__ = (
        "_build_id",
        "_dynamic_until",
        "_has_warned",
        "_listers",
        "_paths",
        "_segments",
        "_why_not",
        "config",
        "maker",
    )

    def __init__(self, maker: Maker, segments: Sequence[Segment], listers: Sequence[Lister] = ()) -> None:
        self.maker = maker
        self._segments = tuple(segments)
        self.config = maker.config
        function = maker.config.generate_static_params
        self._listers = tuple(listers) or (() if function is None else (Lister(function, self._segments, maker.file),))
        self._build_id: str | None = None
        runs = "renders the page" if self.route_type == "render" else "runs the handler"
        self._why_not = f"in development every request {runs}"
        # None as long as nobody has listed them.
        self._paths: frozenset[str] | None = None
        self._has_warned = False
        self._dynamic_until: dict[str, float] = {}

    @property
    def pattern(self) -> str:
        """The route as its folders spell it."""
        return self.maker.pattern

    @property
    def file(self) -> str:
        """The file that makes its answers."""
        return self.maker.file

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are answered."""
        return self.maker.methods

    @property
    def route_type(self) -> RouteType:
        """What ``on_request_error`` is told of it."""
        return self.maker.route_type

    @property
    def allow(self) -> str:
        """The value of the ``Allow`` header."""
        return "GET, HEAD" if self._is_kept_file else self.maker.allow

    @property
    def _is_kept_file(self) -> bool:
        return self.maker.is_file and self._build_id is not None

    @property
    def param_names(self) -> tuple[str, ...]:
        """The names of its dynamic segments."""
        return tuple(segment.name for segment in self._segments if segment.is_param)

    @property
    def is_candidate(self) -> bool:
        """Whether GET may be made ahead; if not, this is about what the other methods see of their requests."""
        return "GET" in self.methods and self.config.why_dynamic(has_params=bool(self.param_names)) is None

    def keep(self, build_id: str, paths: Sequence[str]) -> None:
        """From now on keep answers under ``build_id``; ``paths`` are those that `generate_static_params` listed."""
        self._build_id = build_id
        self._paths = frozenset(paths)

    def answer_anew(self, why: str, paths: Sequence[str]) -> None:
        """Answer each request anew: the build has found out ``why``, and the ``paths`` that there are."""
        self._build_id = None
        self._paths = frozenset(paths)
        self._why_not = why

    def path_of(self, params: Mapping[str, Any] | None) -> str:
        """The one spelling of the path that ``params`` make: the same for all spellings that a client may use."""
        pieces: list[str] = []
        for segment in self._segments:
            if not segment.is_param:
                pieces.append(segment.name)
            elif segment.is_catch_all:
                pieces += (params or {}).get(segment.name, ())
            else:
                pieces.append((params or {})[segment.name])
        return "/" + "/".join(quote(piece, safe=SEGMENT_SAFE) for piece in pieces)

    def key(self, path: str) -> str:
        """The cache key of the answer at ``path``, spelled as `path_of` does."""
        return f"route:{self._build_id}:{self.pattern}:{path}"

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The answer, kept or made. Raises what the handler raises, and `NotThisRoute`."""
        path = self.path_of(params)
        if not self.config.dynamic_params and path not in await self._known_paths(work):
            raise NotThisRoute
        if work.request.method not in ("GET", "HEAD"):
            is_kept = self._is_kept_file and self.key(path) not in self._dynamic_until
            return None if is_kept else await self._run(work, params)
        if work.is_draft or (self.route_type == "render" and _is_mounted(work)):
            return await self._run_uncached(work, params)
        if self._build_id is None:
            response = await self._run(work, params)
            if response is not None and work.app.is_development:
                response.headers.set(REASON_HEADER, self._why_not)
            return response
        if work.invalidations is not None:
            await work.invalidations.deliver()  # the proxy's
        cache, key = work.app.cache, self.key(path)
        if (until := self._dynamic_until.get(key)) is not None:
            if cache.clock() < until:
                return await self._run_uncached(work, params)
            del self._dynamic_until[key]
        made = partial(self.make, work.app, params, path)
        found: Found[RouteAnswer | None] | None = None
        try:
            found = await cache.get(key, ANSWERS, made, what=f"the answer at {path}")
        except Exception as error:
            if self.route_type != "render" or isinstance(error, (HandlerTimeout, StaticOnlyError)):
                raise
            # What is kept is made of no failure; what this client is shown of it, the page's own files say.
            log.warning("The page at %s could not be made to be kept, and is rendered anew.", path, exc_info=error)
        if found is not None and found.value == _GONE:
            raise NotThisRoute
        if found is None or found.value is None:
            while len(self._dynamic_until) >= _MOST_DYNAMIC:
                del self._dynamic_until[next(iter(self._dynamic_until))]
            self._dynamic_until[key] = cache.clock() + (_FAILED_FOR if found is None else _DYNAMIC_FOR)
            return await self._run_uncached(work, params)
        return self._response(work, key, found.value, found)

    async def renew(self, app: App, params: Mapping[str, Any] | None) -> None:
        """Make the kept answer anew, however fresh it is; nothing when none is kept.

        Raises what the handler raises, and `NotThisRoute`; the old answer stays then.
        """
        path = self.path_of(params)
        if not self.config.dynamic_params and self._paths is not None and path not in self._paths:
            raise NotThisRoute
        if self._build_id is None or not self.is_candidate:
            return
        key = self.key(path)
        self._dynamic_until.pop(key, None)
        await app.cache.renew(key, ANSWERS, partial(self.make, app, params, path), what=f"the answer at {path}")

    async def make(self, app: App, params: Mapping[str, Any] | None, path: str) -> Computed[RouteAnswer | None]:
        """Run the GET handler for everyone. The value is None when it needs a request after all.

        Raises what the handler raises, and ``StaticOnlyError`` when ``dynamic = "error"`` forbids what it needs.
        """

        def guard(api: str) -> None:
            scope.read_request(api)

        request = StaticRequest("GET", path, guard, base_path=app.config.base_path)
        work = Work(app, request)
        work.endpoint = self
        expire = math.inf if math.isinf(self.config.lifetime) else app.config.expire_time
        scope = RouteScope(work, self.pattern, self.key(path), self.config.dynamic, self.config.lifetime, expire)
        work.scope = scope
        work.draft = False
        token = current.set(work)
        answer: RouteAnswer | None = None
        try:
            answer = await self._answer(work, params)
        except NotThisRoute:
            return Computed(_GONE, is_gone=True)
        except BaseException as error:
            # What the read of a request raised may have been turned into something else on its way.
            if is_stop(error) or (scope.needs is None and scope.failure is None):
                raise
        finally:
            if work.afters is None:
                work.closed = True
            else:
                app.background.start(run_afters(work))
            current.reset(token)
        if scope.failure is not None:
            raise scope.failure
        if scope.needs is not None:
            return Computed(None, keep=False, why=scope.needs.reason)
        tags = (*scope.tags, *self.tags(path))
        return Computed(answer, revalidate=scope.revalidate, expire=scope.expire, tags=tags)

    def tags(self, path: str) -> tuple[str, ...]:
        """The tags that ``revalidate_path`` invalidates the answer at ``path`` by."""
        return path_tags(folder_of(self.file), path, "page" if self.route_type == "render" else "route")

    async def _answer(self, work: Work, params: Mapping[str, Any] | None) -> RouteAnswer:
        response = await self.maker.respond(work, Params(params or ()))
        assert response is not None, "only files with a GET handler are static"
        body = await read_body(work, response)
        sent = response.raw_headers()
        headers = [(name, _without_stand_in(name, value)) for name, value in sent if name not in _NOT_KEPT]
        if any(name == b"set-cookie" for name, _ in sent) and not self._has_warned:
            self._has_warned = True
            log.warning(
                "%s: the GET handler sets a cookie, but its answer is kept and given to everyone, so the cookie is "
                'left out. Set cookies in a handler that is answered anew: dynamic = "force-dynamic".',
                self.file,
            )
        if work.app.config.generate_etags and response.status == 200 and all(name != b"etag" for name, _ in headers):
            headers.append((b"etag", b'"%s"' % hashlib.blake2b(body, digest_size=12).hexdigest().encode()))
        return RouteAnswer(response.status, headers, body)

    def _response(self, work: Work, key: str, answer: RouteAnswer, found: Found[Any]) -> Response:
        """What a client is sent of a kept answer."""
        headers = [*answer.headers, (CACHE_HEADER.encode(), found.state.encode())]
        if all(name != b"cache-control" for name, _ in headers):
            if found.entry is None:
                value = NO_STORE[1]
            else:
                revalidate = found.entry.revalidate if found.retry_after is None else found.retry_after
                value = cache_control(revalidate, found.entry.expire, work.app.config.expire_time)
            headers.append((b"cache-control", value.encode()))
        if answer.status == 200 and is_not_modified(work.request, headers):
            return Response.from_raw(304, [pair for pair in headers if pair[0] not in ABOUT_BODY], None)
        response = KeptResponse.from_raw(answer.status, headers, answer.body or None)
        # What is on its way out, or was made just now, is said to be so only once.
        response.kept = (key, answer) if found.state == "HIT" and found.retry_after is None else None
        return response

    async def list_params(self, app: App) -> list[dict[str, Any]]:
        """The parameters of the paths that a build makes; of a route without any, one empty dict.

        Raises ``StaticParamsError``, and what `generate_static_params` raises.
        """
        if not self._listers:
            return [] if self.param_names else [{}]
        work = Work(app, StaticRequest("GET", self.pattern, lambda api: scope.read_request(api)))
        work.endpoint = self
        scope = work.scope = ParamsScope(work, f"{self.config.lister}() of {self.file}")
        work.draft = False
        token = current.set(work)
        try:
            return await listed_paths(self._listers, self._segments, run=app.threads.run)
        finally:
            current.reset(token)

    async def _known_paths(self, work: Work) -> frozenset[str]:
        if self._paths is not None:
            return self._paths
        return frozenset(map(self.path_of, await self.list_params(work.app)))

    async def _run(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The answer for the client of ``work`` alone."""
        if self.config.dynamic == "force-static":
            sent = work.request
            work.request = StaticRequest(
                sent.method, self.path_of(params), lambda _: None, base_path=sent.url.base_path, sent=sent
            )
        return await self.maker.respond(work, params)

    async def _run_uncached(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The answer for the client of ``work`` alone, which nobody on its way may keep."""
        response = await self._run(work, params)
        if response is not None and (work.is_draft or not response.headers.has("cache-control")):
            response.headers.set(*NO_STORE)
        return response


def _is_mounted(work: Work) -> bool:
    """Whether another app has mounted this one: then the URLs in its pages begin otherwise than those of the build."""
    return work.request.url.base_path != work.app.config.base_path


def _without_stand_in(name: bytes, value: bytes) -> bytes:
    """A ``Location`` on the host that stands in for the client's, as a path: each client resolves it for itself."""
    return value[len(_STAND_IN) :] if name == b"location" and value.startswith(_STAND_IN + b"/") else value


def is_not_modified(request: Request, headers: RawHeaders) -> bool:
    """Whether the client of ``request`` has the answer with ``headers`` already, as its ``If-None-Match`` tells.

    One that sends ``Cache-Control: no-cache``, a browser at a hard reload, wants all of it.
    """
    asked = request.headers.get("if-none-match")
    if asked is None or "no-cache" in request.headers.get("cache-control", ""):
        return False
    etag = next((value.decode("latin-1") for name, value in headers if name == b"etag"), None)
    # Weak comparison: W/ does not count.
    tags = [tag.strip().removeprefix("W/") for tag in asked.split(",")]
    return etag is not None and ("*" in tags or etag.removeprefix("W/") in tags)
