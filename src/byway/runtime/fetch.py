"""`fetch`: asking other servers, and keeping what they answer.

Implements ``fetch`` of the Next.js documents.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import msgspec
from msgspec import UNSET

from byway.caching.engine import Computed, Found
from byway.caching.lifetimes import Lifetime
from byway.caching.tags import valid_tags
from byway.http.abort import AbortSignal, unless_aborted
from byway.http.body import BodyInit, BodyStream
from byway.http.headers import HeadersInit, RawHeaders
from byway.http.outgoing import FetchedResponse, FetchTimeout, PreparedRequest, build_request
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

T = TypeVar("T")

# A greater answer is not kept (bytes).
_LARGEST = 2 * 1024 * 1024
# So many requests are named in the log for their answers' cookies.
_MOST_TOLD = 1000
# They tell one request from the next, and nothing of what is asked for.
_NOT_IN_KEY: Final = frozenset({b"traceparent", b"tracestate"})

#: Sends a request.
Transport: TypeAlias = Callable[[PreparedRequest], Awaitable[Response]]
#: Sends the request at hand until a signal, if there is one, is aborted.
Send: TypeAlias = Callable[[AbortSignal | None], Awaitable[Response]]


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

    ``timeout`` is seconds of silence; ``redirect`` is ``"follow"``, ``"error"`` or ``"manual"``; ``signal`` aborts: of
    what is kept, and so is fetched for others as well, the waiting and reading of this caller.
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

    async def send(signal: AbortSignal | None) -> Response:
        if work is None or work.app.telemetry is None:
            return await sent(signal)
        with work.app.telemetry.fetch(request.method, request.url) as span:
            response = await sent(signal)
            span.set_attribute("http.response.status_code", response.status)
            return response

    async def sent(signal: AbortSignal | None) -> Response:
        if work is not None and work.app.transport is not None:
            return await work.app.transport(request)
        # Imported by the first fetch: most of what it brings along is not needed before, or ever.
        from byway.http.client import running_client

        return await running_client().send(request, redirect=redirect, timeout=timeout, signal=signal)

    if work is None or work.is_draft:
        return await send(signal)
    keep = policy.keep
    if keep is None or wants_fresh_data(work):
        if policy.is_uncached and scope is not None:
            scope.uncached(f"an uncached fetch of {request.label}")
        return await _once(work, request, send) if _is_asked_once(work, request, signal) else await send(signal)
    kept_tags, warnings = valid_tags(tags or (), f"fetch of {request.label}")
    for warning in warnings:
        log.warning("%s", warning)
    patience = math.inf if timeout is None else timeout
    return await _KeptFetch(work, request, redirect, send, keep, kept_tags, patience, signal).response()


# The errors of kept fetches whose server was silent for too long, each with the limit that it broke (seconds).
_broken_limits: WeakKeyDictionary[FetchTimeout, float] = WeakKeyDictionary()
# The requests of which the log has said that their answers lose their cookies.
_without_cookies: set[str] = set()


class _KeptFetch:
    """One caller's fetch of an answer that is kept: found, or sent for, by this caller or by one who is at it already.

    What is sent is sent for all who wait. So the ``signal`` of a caller ends its own waiting and reading and nobody
    else's, and who waits in vain for somebody with less ``patience`` (seconds of silence) sends the request again.
    """

    __slots__ = ("_begun", "_keep", "_key", "_patience", "_request", "_send", "_signal", "_tags", "_work")

    def __init__(
        self,
        work: Work,
        request: PreparedRequest,
        redirect: str,
        send: Send,
        keep: float,
        tags: Sequence[str],
        patience: float,
        signal: AbortSignal | None,
    ) -> None:
        self._work = work
        self._request = request
        self._key = _key(request, redirect)
        self._send = send
        self._keep = keep
        self._tags = tags
        self._patience = patience
        self._signal = signal
        # The answer for this caller alone, when it is the one who sends, as soon as its headers are there.
        self._begun: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

    async def response(self) -> Response:
        """The answer, a response of the caller's own."""
        work, signal = self._work, self._signal
        scope = work.scope
        if signal is not None:
            signal.throw_if_aborted()
        if work.root.invalidations is not None:
            await work.root.invalidations.deliver()
        finding = asyncio.ensure_future(self._find())
        finding.add_done_callback(_forget_failure)
        # A handler need not wait until its answer is complete; what is to be kept itself is read to its end anyway.
        enough: set[asyncio.Future[Any]] = {finding, self._begun} if scope is None else {finding}
        try:
            await unless_aborted(lambda: asyncio.wait(enough, return_when=asyncio.FIRST_COMPLETED), signal)
        except BaseException:
            finding.cancel()
            raise
        if not finding.done():
            return self._begun.result()
        found = finding.result()
        if scope is not None:
            entry = found.entry
            revalidate = self._keep if entry is None else min(self._keep, entry.revalidate)
            tags = self._tags if entry is None else (*entry.tags, *self._tags)
            scope.absorb(Lifetime(math.inf, revalidate, math.inf), tags)
        return found.value.response() if isinstance(found.value, FetchAnswer) else found.value

    async def _find(self) -> Found[FetchAnswer | Response]:
        work = self._work
        while True:
            try:
                return await work.app.cache.get(
                    self._key,
                    _ANSWERS,
                    self._compute,
                    what=f"the answer to {self._request.label}",
                    more_tags=(*self._tags, *route_tags(work)),
                    serve_stale=work.scope is None,
                    max_age=self._keep,
                )
            except FetchTimeout as error:
                if _broken_limits.get(error, math.inf) >= self._patience:
                    raise

    async def _compute(self) -> Computed[FetchAnswer | Response]:
        try:
            response = await self._send(None)
            if response.status != 200:
                return Computed(self._abortable(response), keep=False)
            return await self._read(response)
        except FetchTimeout as error:
            _broken_limits[error] = self._patience
            raise

    async def _read(self, response: Response) -> Computed[FetchAnswer | Response]:
        label = self._request.label
        source = response.body
        url, redirected = response.url or str(self._request.url), response.redirected
        headers = _without_set_cookie(response.raw_headers(), label)
        filling = _Filling(_nothing() if source is None else source)
        begun = self._abortable(FetchedResponse.replayed(200, list(headers), filling.read(), url, redirected))
        self._begun.set_result(begun)
        body = await filling.fill()
        if body is None:
            log.warning("The answer to %s is larger than 2 MB and is not kept.", label)
            return Computed(begun, keep=False)
        return Computed(FetchAnswer(200, headers, body, url, redirected), revalidate=self._keep, tags=self._tags)

    def _abortable(self, response: Response) -> Response:
        """``response`` for this caller: its signal ends the reading."""
        body = None if self._signal is None else response.body
        if self._signal is None or body is None:
            return response
        rest, raw = _Abortable(body, self._signal), response.raw_headers()
        return FetchedResponse.replayed(response.status, raw, rest, response.url, response.redirected)


class _Abortable:
    """The chunks of ``source``, until ``signal`` is aborted."""

    __slots__ = ("_signal", "_source")

    def __init__(self, source: BodyStream, signal: AbortSignal) -> None:
        self._source = source
        self._signal = signal

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await unless_aborted(lambda: anext(self._source), self._signal)
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Let go of the source."""
        await self._source.aclose()


def _forget_failure(task: asyncio.Future[Any]) -> None:
    if not task.cancelled():
        task.exception()  # told to whoever still waits; asyncio need not do it again


def _without_set_cookie(headers: RawHeaders, label: str) -> RawHeaders:
    """``headers`` without what belongs to one client; the log says so, once for a URL."""
    kept = [pair for pair in headers if pair[0] != b"set-cookie"]
    if len(kept) < len(headers) and label not in _without_cookies and len(_without_cookies) < _MOST_TOLD:
        _without_cookies.add(label)
        log.info(
            "The answer to %s sets a cookie, but it is kept and given to everyone, so the cookie is left out. To get "
            'it, write cache="no-store".',
            label,
        )
    return kept


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


def _is_asked_once(work: Work, request: PreparedRequest, signal: AbortSignal | None) -> bool:
    return work.is_rendering and signal is None and request.method in ("GET", "HEAD")


async def _once(work: Work, request: PreparedRequest, send: Send) -> Response:
    """The answer to what is asked once while a page renders, however many of its components ask."""
    root = work.root
    if root.fetches is None:
        root.fetches = {}
    key = _key(request, "")
    asking = root.fetches.get(key)
    if asking is None:

        async def ask() -> FetchAnswer:
            response = await send(None)
            raw, url, redirected = response.raw_headers(), response.url or str(request.url), response.redirected
            return FetchAnswer(response.status, raw, await response.bytes(), url, redirected)

        asking = root.fetches[key] = work.app.background.start(ask())
    answer: FetchAnswer = await asyncio.shield(asking)
    return answer.response()
