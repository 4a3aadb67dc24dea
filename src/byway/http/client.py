"""The network half of ``fetch()``: requests go out, responses stream in. Nothing here knows of apps or of caching.

``httpx2`` keeps the connections, speaks HTTP/1.1 and TLS, decodes bodies and finds the environment's proxies. Following
redirects, aborting and letting go of connections are done here. Importing this module imports ``httpx2``, which takes
a while: import it when something is to be fetched.
"""

from __future__ import annotations

import asyncio
import math
import os
import socket
import ssl
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from functools import partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Literal, TypeAlias, TypeVar

import httpx2

from byway.http.abort import AbortSignal, unless_aborted
from byway.http.headers import Headers, RawHeaders
from byway.http.outgoing import (
    FetchedResponse,
    FetchError,
    FetchTimeout,
    PreparedRequest,
    connection_headers,
    redirected_request,
)
from byway.http.response import REDIRECT_STATUSES
from byway.version import VERSION

T = TypeVar("T")
RedirectMode: TypeAlias = Literal["follow", "error", "manual"]

DEFAULT_TIMEOUT = 30.0
CONNECT_TIMEOUT = 10.0
MAX_CONNECTIONS = 100
KEEP_ALIVE = 20.0
MAX_REDIRECTS = 20

# The bytes and seconds for which a body is read that nobody wants, so that its connection can be used again; beyond
# them, closing is cheaper.
_DRAIN = 64 * 1024
_DRAIN_TIME = 1.0

# Methods that may be sent again when the server closed a kept connection just as it was taken up.
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_NO_BODY_STATUSES = frozenset({204, 205, 304})


class HTTPClient:
    """Sends requests from one event loop, over connections that are kept for the next ones.

    Connections are opened at the first `send`, at most ``max_connections`` at once; whoever comes when all are in use
    waits. An idle one is kept for 20 seconds. Proxies and certificates are those of the environment (``HTTPS_PROXY``,
    ``NO_PROXY``, ``SSL_CERT_FILE`` …). Cookies are neither kept nor sent by themselves.

    ``limited_by`` is what sets the time limit, for messages. `aclose` closes it, and so does the end of the loop under
    ``asyncio.run``; a later `send` opens it again.
    """

    def __init__(self, *, max_connections: int = MAX_CONNECTIONS, limited_by: str = "fetch(…, timeout=…)") -> None:
        self._max_connections = max_connections
        self._limited_by = limited_by
        self._opening = asyncio.Lock()
        self._life: AsyncGenerator[None] | None = None
        self._client: httpx2.AsyncClient | None = None
        self._codings: frozenset[str] = frozenset()

    async def _open(self) -> httpx2.AsyncClient:
        if self._client is None:
            async with self._opening:
                if self._client is None:
                    self._life = self._live()
                    await anext(self._life)
        assert self._client is not None
        return self._client

    async def _live(self) -> AsyncGenerator[None]:
        # A generator, because a loop that ends finishes those that it has begun.
        limits = httpx2.Limits(
            max_connections=self._max_connections,
            max_keepalive_connections=self._max_connections,
            keepalive_expiry=KEEP_ALIVE,
        )
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        # Reading the certificates takes tens of milliseconds, in which nobody else should have to wait.
        context = await asyncio.to_thread(httpx2.create_ssl_context)
        client = httpx2.AsyncClient(verify=context, limits=limits, cookies=no_cookies)
        client.headers["user-agent"] = f"byway/{VERSION}"
        # httpx2 asks for what it can decode: Brotli and Zstandard only where a library for them is installed.
        self._codings = frozenset(client.headers["accept-encoding"].split(", "))
        self._client = client
        try:
            yield
        finally:
            self._client = None
            await client.aclose()

    async def aclose(self) -> None:
        """Close every connection; bodies that are still being read fail."""
        async with self._opening:
            if self._life is not None:
                await self._life.aclose()

    async def send(
        self,
        request: PreparedRequest,
        *,
        redirect: RedirectMode = "follow",
        timeout: float | None = DEFAULT_TIMEOUT,
        signal: AbortSignal | None = None,
        decode: bool = True,
    ) -> FetchedResponse:
        """The answer to ``request``, as soon as its headers are there.

        ``redirect``: "follow" follows at most 20, "error" takes one for a failure, "manual" returns it. ``timeout``:
        seconds that the server may keep silent, before the answer and within it; None waits for ever, though connecting
        never takes more than 10 seconds. ``signal``: aborted, it ends the fetch, its body included, with its reason.
        ``decode``: False leaves the body in its ``Content-Encoding`` and adds no header to the request, as is right for
        one that is passed on.

        Raises ``FetchError`` when there is no answer, ``FetchTimeout`` (a ``TimeoutError``) when it takes too long,
        ``ValueError`` for another ``redirect`` or ``timeout``.
        """
        if redirect not in ("follow", "error", "manual"):
            raise ValueError(f'fetch(redirect={redirect!r}): "follow", "error" or "manual" is expected.')
        if timeout is not None and not timeout > 0:
            raise ValueError(f"fetch(timeout={timeout!r}): a number of seconds above 0 is expected, or None.")
        patience = None if timeout is None or math.isinf(timeout) else timeout
        return await unless_aborted(partial(self._follow, request, redirect, patience, signal, decode), signal)

    async def _follow(
        self,
        request: PreparedRequest,
        redirect: RedirectMode,
        timeout: float | None,
        signal: AbortSignal | None,
        decode: bool,
    ) -> FetchedResponse:
        followed = 0
        while True:
            answer = await self._exchange(request, timeout, is_own=decode)
            if answer.status_code in REDIRECT_STATUSES and redirect != "manual":
                location = answer.headers.get("location")
                if redirect == "error":
                    await _drain(answer)
                    raise FetchError(
                        f'{request.label} was redirected (status {answer.status_code}), which redirect="error" refuses.'
                    )
                if location is not None:
                    await _drain(answer)
                    if followed == MAX_REDIRECTS:
                        raise FetchError(f"{request.label} was redirected more than {MAX_REDIRECTS} times.")
                    request = redirected_request(request, answer.status_code, location)
                    followed += 1
                    continue
            return await self._response(request, answer, followed > 0, timeout, signal, decode)

    async def _exchange(self, request: PreparedRequest, timeout: float | None, *, is_own: bool) -> httpx2.Response:
        client = await self._open()
        origin = request.url.origin
        target = request.url.href.removeprefix(origin).partition("#")[0]
        headers: RawHeaders = list(request.headers.raw)
        # What is passed on for somebody else is not told who passes it on, nor what that one could decode.
        for name in ("accept", "accept-encoding", "user-agent") if is_own else ():
            if not request.headers.has(name):
                headers.append((name.encode(), client.headers[name].encode()))
        length = await request.content_length()
        if length is not None:
            headers = [(b"content-length", b"%d" % length), *(pair for pair in headers if pair[0] != b"content-length")]
        timeouts = {"connect": _connect_timeout(timeout), "read": timeout, "write": timeout, "pool": timeout}
        attempts = 2 if request.method in _SAFE_METHODS and request.body is None else 1
        while True:
            attempts -= 1
            try:
                return await client.send(
                    httpx2.Request(
                        request.method,
                        # httpx2 logs this URL and would quote it anew: the query stays out, the target goes as it is.
                        origin + target.partition("?")[0],
                        headers=headers,
                        content=request.content(),
                        extensions={"target": target.encode(), "timeout": timeouts},
                    ),
                    stream=True,
                )
            except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError) as error:
                cut = isinstance(error, (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError))
                if not cut or not attempts:
                    raise self._failure(request.label, timeout, error) from error

    async def _response(
        self,
        request: PreparedRequest,
        answer: httpx2.Response,
        redirected: bool,
        timeout: float | None,
        signal: AbortSignal | None,
        decode: bool,
    ) -> FetchedResponse:
        status, headers = answer.status_code, answer.headers
        if not 200 <= status <= 599:
            await answer.aclose()
            raise FetchError(f"{request.label} failed: the server answered with status {status}, which is not HTTP's.")
        raw = [(name.lower(), value) for name, value in headers.raw]
        left_out = connection_headers(raw)
        body: _NetworkBody | bytes | None = None
        if request.method == "HEAD" or status in _NO_BODY_STATUSES:
            await _drain(answer)
        elif headers.get("content-length") == "0":
            await _drain(answer)
            body = b""
        else:
            codings = {coding.strip().lower() for coding in headers.get("content-encoding", "").split(",")}
            if decode and codings <= self._codings:
                left_out |= {b"content-encoding", b"content-length"}
                chunks = answer.aiter_bytes()
            else:
                chunks = answer.aiter_raw()
            body = _NetworkBody(answer, chunks, partial(self._failure, request.label, timeout), signal)
        kept = Headers.from_raw([pair for pair in raw if pair[0] not in left_out])
        return FetchedResponse(
            body,
            status=status,
            status_text=answer.reason_phrase,
            headers=kept,
            url=request.url.href.partition("#")[0],
            redirected=redirected,
        )

    def _failure(self, label: str, timeout: float | None, error: Exception) -> FetchError:
        match error:
            case httpx2.ConnectTimeout():
                return FetchTimeout(f"{label} failed: no connection within {_connect_timeout(timeout):g} seconds.")
            case httpx2.PoolTimeout():
                return FetchTimeout(
                    f"{label} failed: all {self._max_connections} connections were in use for {timeout:g} seconds. "
                    "Read the bodies of responses, or let go of them."
                )
            case httpx2.TimeoutException():
                did = "took" if isinstance(error, httpx2.WriteTimeout) else "sent"
                return FetchTimeout(
                    f"{label} failed: the server {did} nothing for {timeout:g} seconds; "
                    f"{self._limited_by} sets this limit."
                )
            case httpx2.DecodingError():
                return FetchError(f"{label} failed: the body is not what its Content-Encoding says: {error}.")
            case _:
                return FetchError(f"{label} failed: {_why(error).rstrip('.')}.")


def _connect_timeout(timeout: float | None) -> float:
    return CONNECT_TIMEOUT if timeout is None else min(CONNECT_TIMEOUT, timeout)


def _why(error: BaseException) -> str:
    """What went wrong in the operating system's words, when it was there; ``error``'s own otherwise."""
    if isinstance(error, httpx2.ConnectError) and error.__cause__ is not None:
        below = error.__cause__.__context__  # httpcore2 raises "from None", but what failed is there
        root = None if below is None else _root(below)
        if isinstance(root, (socket.gaierror, ssl.SSLError)):
            return root.strerror or str(root)
        if isinstance(root, OSError) and root.errno is not None:
            return os.strerror(root.errno)  # asyncio has words of its own for some, "Connect call failed (…)"
    return str(error) or "the connection was lost"


def _root(error: BaseException) -> BaseException:
    """What caused ``error`` in the end. Where several addresses were tried, what went wrong with the first."""
    several: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    below = several[0] if several else error.__cause__
    return error if below is None else _root(below)


async def _drain(answer: httpx2.Response) -> None:
    """Read what is left of a short body, so that its connection can be used again; close that of a longer one."""
    left = _DRAIN
    # Whatever fails: nobody wanted the body, and httpx2 has then closed the connection.
    with suppress(httpx2.HTTPError, ssl.SSLError, TimeoutError):
        async with asyncio.timeout(_DRAIN_TIME), aclosing(answer.aiter_raw()) as chunks:
            async for chunk in chunks:
                left -= len(chunk)
                if left < 0:
                    break


class _NetworkBody:
    """The body of an answer, chunk by chunk; it holds its connection until its end, `aclose`, or its own end."""

    __slots__ = ("__weakref__", "_chunks", "_failure", "_open", "_signal")

    def __init__(
        self,
        answer: httpx2.Response,
        chunks: AsyncGenerator[bytes],
        failure: Callable[[Exception], FetchError],
        signal: AbortSignal | None,
    ) -> None:
        self._chunks = chunks
        self._failure = failure
        self._signal = signal
        # A response that is dropped unread must not hold its connection.
        self._open = weakref.finalize(self, _close_later, asyncio.get_running_loop(), answer, chunks)
        self._open.atexit = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return await unless_aborted(self._chunks.__anext__, self._signal)
        except StopAsyncIteration:
            self._open.detach()  # httpx2 has let go of the connection by itself
            raise
        except BaseException as error:
            await self.aclose()
            if isinstance(error, (httpx2.HTTPError, ssl.SSLError)):
                raise self._failure(error) from error
            raise

    async def aclose(self) -> None:
        """Let go of the connection: for other requests when all was read, closed otherwise."""
        parts = self._open.detach()
        if parts is not None:
            loop, answer, chunks = parts[2]
            # Shielded, as a connection half let go would count as used for ever.
            await asyncio.shield(_close_soon(loop, answer, chunks))


# Keeps the tasks that close connections from being forgotten before they are done.
_closing: set[asyncio.Task[None]] = set()


def _close_later(loop: asyncio.AbstractEventLoop, answer: httpx2.Response, chunks: AsyncGenerator[bytes]) -> None:
    # The garbage collector runs in any thread, and after the loop's end.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(_close_soon, loop, answer, chunks)


def _close_soon(
    loop: asyncio.AbstractEventLoop, answer: httpx2.Response, chunks: AsyncGenerator[bytes]
) -> asyncio.Task[None]:
    task = loop.create_task(_close(answer, chunks))
    _closing.add(task)
    task.add_done_callback(_closing.discard)
    return task


async def _close(answer: httpx2.Response, chunks: AsyncGenerator[bytes]) -> None:
    with suppress(httpx2.HTTPError, OSError):
        try:
            await chunks.aclose()
        finally:
            await answer.aclose()  # a generator that has not begun closes nothing


_clients: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, HTTPClient] = weakref.WeakKeyDictionary()


def running_client() -> HTTPClient:
    """The client of the running event loop: one for all who fetch on it."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        client = _clients[loop] = HTTPClient()
    return client
