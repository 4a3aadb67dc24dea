"""`fetch`: asking other servers, and keeping what they answer.

Implements ``fetch`` of the Next.js documents.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from msgspec import UNSET

from byway.caching.engine import Computed, Found
from byway.caching.lifetimes import Lifetime
from byway.caching.tags import valid_tags
from byway.http.abort import AbortSignal
from byway.http.body import BodyInit
from byway.http.headers import HeadersInit
from byway.http.outgoing import FetchedResponse, PreparedRequest, build_request
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL
from byway.runtime.fetch_policy import FetchCacheOption, fetch_policy
from byway.runtime.scope import FunctionScope, route_tags, wants_fresh_data
from byway.runtime.segment import DEFAULTS
from byway.runtime.work import Work, current

if TYPE_CHECKING:
    from byway.http.client import RedirectMode

log = logging.getLogger("byway.fetch")

# A greater answer is not kept (bytes).
_LARGEST = 2 * 1024 * 1024
# They tell one request from the next, and nothing of what is asked for.
_NOT_IN_KEY: Final = frozenset({b"traceparent", b"tracestate"})

#: Sends a request.
Transport: TypeAlias = Callable[[PreparedRequest], Awaitable[Response]]


class FetchAnswer(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A kept answer of another server."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes
    url: str
    redirected: bool

    def response(self) -> Response:
        """It as a response of its own."""
        return FetchedResponse.replayed(self.status, list(self.headers), self.body, self.url, self.redirected)


class _Codec:
    __slots__ = ("_decoder", "_encoder")

    def __init__(self) -> None:
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(FetchAnswer)

    def encode(self, value: FetchAnswer | Response, /) -> bytes:
        return self._encoder.encode(value)

    def decode(self, data: bytes, /) -> FetchAnswer | Response:
        return self._decoder.decode(data)


_ANSWERS: Final = _Codec()


class _Filling:
    """A body that is read into the cache, and meanwhile by the one who asked for it.

    Beyond the largest size it is kept no more: then its reader alone draws it from the network.
    """

    def __init__(self, source: AsyncIterator[bytes]) -> None:
        self._source = source
        self._chunks: list[bytes] = []
        self._more = asyncio.Event()
        self._is_over = False
        self._is_too_large = False
        self._failure: BaseException | None = None

    async def fill(self) -> bytes | None:
        """Read everything; None when that is too much to keep. Raises what reading raises."""
        size = 0
        try:
            async for chunk in self._source:
                size += len(chunk)
                self._chunks.append(chunk)
                self._more.set()
                if size > _LARGEST:
                    self._is_too_large = True
                    return None
        except BaseException as error:
            self._failure = error
            raise
        finally:
            self._is_over = True
            self._more.set()
        return b"".join(self._chunks)

    async def read(self) -> AsyncIterator[bytes]:
        """The chunks, as they come in."""
        position = 0
        while True:
            while position < len(self._chunks):
                chunk = self._chunks[position]
                position += 1
                yield chunk
            if self._is_over:
                break
            self._more.clear()
            await self._more.wait()
        if self._failure is not None:
            raise self._failure
        if self._is_too_large:
            self._chunks.clear()
            async for chunk in self._source:
                yield chunk


async def fetch(
    url: str | URL | Request,
    *,
    method: str | None = None,
    headers: HeadersInit = None,
    body: BodyInit = None,
    json: object = UNSET,
    cache: FetchCacheOption | None = None,
    revalidate: float | bool | None = None,
    tags: Sequence[str] | None = None,
    redirect: RedirectMode = "follow",
    timeout: float | None = 30.0,
    signal: AbortSignal | None = None,
) -> Response:
    """Ask another server, and keep its answer when that is wanted.

    ``url`` is absolute: a ``str``, a ``URL``, or a ``Request``, which the other options go over. ``json`` is written as
    ``Response.json`` does. ``cache="force-cache"`` keeps the answer, ``cache="no-store"`` never does; ``revalidate``
    keeps it for so many seconds (0: not at all, False: for ever). Without either it is kept only when the route's
    ``fetch_cache`` says so. ``tags`` are for `revalidate_tag`. Only answers with status 200 and at most 2 MB are kept;
    they are found again by URL, method, headers and body. While a page renders, equal GET requests are sent once.

    ``timeout`` is seconds of silence; ``redirect`` is ``"follow"``, ``"error"`` or ``"manual"``; ``signal`` aborts.
    Raises ``ValueError`` or ``TypeError`` for options that make no sense, ``FetchError``, an ``OSError``, when there is
    no answer, and ``FetchTimeout``, which is a ``TimeoutError``, too. An answer with any status is an answer.
    Implements ``fetch`` of the Next.js documents.
    """
    request = build_request(url, method=method, headers=headers, body=body, json=json)
    work = current.get(None)
    config = DEFAULTS if work is None or work.endpoint is None else work.endpoint.config
    scope = None if work is None else work.scope
    inside = isinstance(scope, FunctionScope) and scope.api == "unstable_cache"
    policy = fetch_policy(request.label, cache, revalidate, config, within_unstable_cache=inside)
    if policy.warning is not None and work is not None and work.app.is_development:
        log.warning("%s", policy.warning)

    async def send(signal: AbortSignal | None = signal) -> Response:
        if work is not None and work.app.transport is not None:
            return await work.app.transport(request)
        # Imported by the first fetch: most of what it brings along is not needed before, or ever.
        from byway.http.client import running_client

        return await running_client().send(request, redirect=redirect, timeout=timeout, signal=signal)

    if work is None or work.is_draft:
        return await send()
    keep = policy.keep
    if keep is None or wants_fresh_data(work):
        if policy.is_uncached and scope is not None:
            scope.uncached(f"an uncached fetch of {request.label}")
        return await _once(work, request, send) if _is_rendering(work, request, signal) else await send()
    kept_tags, warnings = valid_tags(tags or (), f"fetch of {request.label}")
    for warning in warnings:
        log.warning("%s", warning)
    return await _kept(work, request, redirect, keep, kept_tags, send)


async def _kept(
    work: Work,
    request: PreparedRequest,
    redirect: str,
    keep: float,
    tags: Sequence[str],
    send: Callable[..., Awaitable[Response]],
) -> Response:
    key = _key(request, redirect)
    scope, cache = work.scope, work.app.cache
    if work.root.invalidations is not None:
        await work.root.invalidations.deliver()
    begun: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    async def compute() -> Computed[FetchAnswer | Response]:
        # A refresh in the background is not the business of the client whose request began it.
        response = await (send(None) if finding.done() else send())
        if response.status != 200:
            return Computed(response, keep=False)
        source = response.body
        url, redirected = response.url or str(request.url), response.redirected
        filling = _Filling(_nothing() if source is None else source)
        raw = response.raw_headers()
        if not begun.done():
            begun.set_result(FetchedResponse.replayed(200, list(raw), filling.read(), url, redirected))
        body = await filling.fill()
        if body is None:
            log.warning("The answer to %s is larger than 2 MB and is not kept.", request.label)
            return Computed(begun.result(), keep=False)
        answer = FetchAnswer(200, raw, body, url, redirected)
        return Computed(answer, revalidate=keep, tags=tags)

    finding: asyncio.Future[Found[FetchAnswer | Response]] = asyncio.ensure_future(
        cache.get(
            key,
            _ANSWERS,
            compute,
            what=f"the answer to {request.label}",
            more_tags=(*tags, *route_tags(work)),
            serve_stale=scope is None,
            max_age=keep,
        )
    )
    if scope is None:
        # Whoever asks first need not wait until the answer is complete.
        either: set[asyncio.Future[Any]] = {finding, begun}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if begun.done() and not finding.done():
            finding.add_done_callback(_forget_failure)
            return begun.result()
    found = await finding
    if scope is not None:
        entry = found.entry
        revalidate = keep if entry is None else min(keep, entry.revalidate)
        scope.absorb(Lifetime(math.inf, revalidate, math.inf), tags if entry is None else (*entry.tags, *tags))
    return found.value.response() if isinstance(found.value, FetchAnswer) else found.value


def _forget_failure(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # its reader is told


async def _nothing() -> AsyncIterator[bytes]:
    return
    yield


def _key(request: PreparedRequest, redirect: str) -> str:
    body = request.body
    if body is not None and not isinstance(body, bytes):
        raise ValueError(
            f"{request.label} is to be kept, but its body is a stream, which cannot be told from another: give the "
            'body as bytes, str or json=…, or write cache="no-store".'
        )
    digest = hashlib.blake2b(digest_size=20)
    headers = sorted(pair for pair in request.headers.raw if pair[0] not in _NOT_IN_KEY)
    href = request.url.href.partition("#")[0]
    digest.update(msgspec.msgpack.encode((href, request.method, headers, redirect, body)))
    return f"data:fetch:{digest.hexdigest()}"


def _is_rendering(work: Work, request: PreparedRequest, signal: AbortSignal | None) -> bool:
    is_page = getattr(work.endpoint, "route_type", None) == "render"
    return is_page and signal is None and request.method in ("GET", "HEAD") and not work.closed


async def _once(work: Work, request: PreparedRequest, send: Callable[[], Awaitable[Response]]) -> Response:
    """The answer to what is asked once while a page renders, however many of its components ask."""
    root = work.root
    if root.fetches is None:
        root.fetches = {}
    key = _key(request, "")
    asking = root.fetches.get(key)
    if asking is None:

        async def ask() -> FetchAnswer:
            response = await send()
            raw, url, redirected = response.raw_headers(), response.url or str(request.url), response.redirected
            return FetchAnswer(response.status, raw, await response.bytes(), url, redirected)

        asking = root.fetches[key] = work.app.background.start(ask())
    answer: FetchAnswer = await asyncio.shield(asking)
    return answer.response()
