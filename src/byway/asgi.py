"""Where Byway meets its server: the only file that speaks ASGI.

A request's way: `Application` makes a `Request` and a `Work` of the scope, `Pipeline.answer` (``runtime/pipeline.py``)
finds the route and calls its handler, `_Sender` sends the `Response`, and what `after()` collected is started.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import quote

from byway.config import ASGIApp, Message, Receive, Scope, Send
from byway.http.abort import AbortSignal
from byway.http.body import Stream, to_bytes
from byway.http.cookies import merge_set_cookies
from byway.http.errors import Disconnected
from byway.http.headers import RawHeaders
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL
from byway.runtime.access_log import AccessLog
from byway.runtime.after import run_afters
from byway.runtime.app import App
from byway.runtime.errors import answer_error, answer_status
from byway.runtime.trust import Trust
from byway.runtime.work import TOO_LATE, Work, current

log = logging.getLogger("byway.asgi")

# Characters that a path may hold unescaped; what is not among them was escaped before the server decoded it.
_PATH_SAFE = "/-._~!$&'()*+,;=:@"

# Stands in for an origin that cannot be believed; no handler sees it.
_UNKNOWN_ORIGIN = ("http", "localhost")

# What the server decides by itself, whatever a handler says.
_SERVERS_OWN = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


class _Connection:
    """One request as ASGI shows it: its URL, headers and body, and whether its client is still there."""

    __slots__ = ("_closed", "_ended", "_receive", "_trust", "_watch", "origin", "path", "query", "root_path", "scope")

    def __init__(self, scope: Scope, receive: Receive, trust: Trust) -> None:
        self.scope = scope
        root_path: str = scope.get("root_path", "")
        if root_path:
            root_path = root_path.rstrip("/")
        self.root_path = root_path
        self.path = _raw_path(scope, root_path)
        self.query: bytes = scope.get("query_string", b"")
        self.origin = trust.origin(scope)
        self._receive = receive
        self._trust = trust
        self._ended = False
        self._closed = False
        self._watch: _Watch | None = None

    def url(self) -> URL:
        """The URL that the client asked for."""
        scheme, host = self.origin or _UNKNOWN_ORIGIN
        return URL.from_parts(scheme, host, self.path, self.query.decode("utf-8", "replace"), self.root_path)

    def headers(self) -> RawHeaders:
        """The client's headers, but for ``X-Forwarded-*`` that nobody vouches for."""
        return self._trust.forwarded(self.scope)

    @property
    def client(self) -> str:
        """The client's address."""
        return self._trust.client(self.scope)

    async def read(self) -> bytes:
        """The next chunk of the body; ``b""`` at its end. Raises ``Disconnected`` when the client left before."""
        while not self._ended:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Disconnected("The client left before its request was complete.")
            self._ended = not message.get("more_body", False)
            chunk: bytes = message.get("body", b"")
            if chunk:
                return chunk
        return b""

    def watch(self, signal: AbortSignal) -> None:
        """Abort ``signal`` once the client leaves. May be called from a worker thread."""

        def start() -> None:
            self.on_leave(lambda: signal.abort(Disconnected("The client left before it had the whole answer.")))

        try:
            asyncio.get_running_loop()
        except RuntimeError:
            current.get().app.loop.call_soon_threadsafe(start)
        else:
            start()

    def on_leave(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once the client leaves; at once when it already has. Only on the event loop."""
        if self._closed:
            return
        if self._watch is None:
            self._watch = _Watch(self._receive)
            self._receive = self._watch.receive
        self._watch.add(callback)

    def close(self) -> None:
        """Stop watching: the answer is complete, and what ``receive`` says from now on is not about this client."""
        self._closed = True
        if self._watch is not None:
            self._watch.task.cancel()


class _Watch:
    """Notices that a client leaves. Of a body that nobody reads yet it takes one chunk ahead, no more."""

    __slots__ = ("_ahead", "_callbacks", "_left", "_lock", "_receive", "_taken", "task")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._ahead: deque[Message] = deque()
        self._taken = asyncio.Event()
        self._lock = asyncio.Lock()
        self._callbacks: list[Callable[[], object]] = []
        self._left = False
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def receive(self) -> Message:
        """The next message, for whoever reads the body meanwhile."""
        async with self._lock:
            message = self._ahead.popleft() if self._ahead else await self._receive()
        self._taken.set()
        return message

    def add(self, callback: Callable[[], object]) -> None:
        """Call ``callback`` once the client leaves; at once when it already has."""
        if self._left:
            callback()
        else:
            self._callbacks.append(callback)

    async def _run(self) -> None:
        while not self._left:
            self._taken.clear()
            async with self._lock:
                message = await self._receive()
                self._ahead.append(message)
            if message["type"] == "http.disconnect":
                self._left = True
                for callback in self._callbacks:
                    callback()
            elif message.get("more_body", False):
                await self._taken.wait()


class StreamAborted(Exception):
    """Raised to the server, which cuts the connection: the client must not take half an answer for a whole one."""


class Application:
    """The ASGI application that serves an `App`.

    ``access_log`` writes a line for each answer; ``on_started`` is called once requests can come. The app is started
    by the server's lifespan events or, where there are none (mounted in another framework), by the first request.
    """

    def __init__(self, app: App) -> None:
        self.access_log: AccessLog | None = None
        self.on_started: Callable[[], None] | None = None
        self._started = False
        self._starting = asyncio.Lock()
        self._has_lifespan = False
        self._stop_by: float | None = None
        self._running: dict[Work, asyncio.Task[Any] | None] = {}
        self.use(app)

    def use(self, app: App) -> None:
        """Serve ``app`` from now on."""
        self.app = app
        self._trust = Trust(app.config)
        wrap = app.config.asgi
        self._entry: ASGIApp = self._serve if wrap is None else wrap(self._serve)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entry(scope, receive, send)

    async def start(self) -> None:
        """Start the app, once. Raises what its ``register()`` raises."""
        async with self._starting:
            if not self._started:
                await self.start_app()
                self._started = True
                if self.on_started is not None:
                    self.on_started()

    async def start_app(self) -> None:
        """Run the app's ``register()``. Raises what it raises."""
        await self.app.start()

    @property
    def shutdown_timeout(self) -> float:
        """Seconds that what runs may take once the server is asked to stop."""
        return self.app.config.shutdown_timeout

    async def stop(self) -> None:
        """Let `after()` work come to its end within what is left of `shutdown_timeout`, then shut the app down."""
        if self._started:
            self._started = False
            left = self.shutdown_timeout
            if self._stop_by is not None:
                left = max(0.0, self._stop_by - self.app.loop.time())
            await self.app.stop(left)

    def stop_soon(self) -> None:
        """The server is about to stop: what still runs after `shutdown_timeout` seconds is cancelled."""
        loop = asyncio.get_running_loop()
        self._stop_by = loop.time() + self.shutdown_timeout
        loop.call_at(self._stop_by, self._cancel_running)

    def _cancel_running(self) -> None:
        for work, task in list(self._running.items()):
            log.warning(
                "%s did not end within shutdown_timeout and was stopped (request %s).", work.where, work.request_id
            )
            if task is not None:
                task.cancel()

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        if not self._started:
            await self.start()
        app = self.app
        started = time.perf_counter() if self.access_log is not None else 0.0
        connection = _Connection(scope, receive, self._trust)
        work = Work(app, Request.received(scope["method"], connection, app.limits))
        token = current.set(work)
        # With the loop given, asking for the task costs no system call.
        self._running[work] = asyncio.current_task(app.loop)
        status = 500
        try:
            if connection.origin is None:
                response = answer_status(work, 400, detail="The Host header is missing, malformed or not allowed.")
            else:
                response = await app.pipeline.answer(work, connection.path, connection.query)
            status = await _send(work, response, connection, send)
        except asyncio.CancelledError:
            if self._stop_by is None or app.loop.time() < self._stop_by:
                raise
            raise StreamAborted(f"{work.where} was stopped: the server shuts down.") from None
        finally:
            connection.close()
            del self._running[work]
            if self.access_log is not None:
                seconds = time.perf_counter() - started
                path = connection.root_path + connection.path
                self.access_log.write(work, connection.client, path, status, seconds)
            if work.afters is None:
                work.closed = True
            else:
                task = app.background.start(run_afters(work))
                if not self._has_lifespan:
                    # Nobody will tell this app to stop; only as a part of the request is the work waited for. It is not
                    # taken along when the request is cancelled.
                    await asyncio.shield(task)
            current.reset(token)

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        match scope["type"]:
            case "lifespan":
                await self._lifespan(receive, send)
            case "websocket":
                # Refused before it is accepted: the client sees a 403 for its handshake.
                await receive()
                await send({"type": "websocket.close", "code": 1000, "reason": "This server has no WebSockets."})
            case other:
                raise RuntimeError(f"Byway does not speak {other!r}, only http and lifespan.")

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        self._has_lifespan = True
        try:
            await self.start()
        except Exception as error:
            log.critical("register() of instrumentation.py failed; the app does not start.", exc_info=error)
            await send({"type": "lifespan.startup.failed", "message": f"register() failed: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _raw_path(scope: Scope, root_path: str) -> str:
    """The undecoded path below ``root_path``, ``/`` at least."""
    raw: bytes | None = scope.get("raw_path")
    if raw is None:
        path = quote(scope["path"], safe=_PATH_SAFE)
    elif raw.isascii():
        path = raw.decode("ascii")
    else:
        # No client should send bytes beyond ASCII; those that do mean what the percent-encoded ones mean.
        path = quote(raw, safe=_PATH_SAFE + "%")
    if root_path:
        quoted = quote(root_path, safe=_PATH_SAFE)
        if path == quoted or path.startswith(quoted + "/"):
            path = path[len(quoted) :]
    return path or "/"


async def _send(work: Work, response: Response, connection: _Connection, send: Send) -> int:
    """Send ``response``, with the cookies that `cookies()` collected. Returns the status that was sent."""
    try:
        data, stream = response.payload()
    except TypeError as error:
        response = await answer_error(work, error)
        data, stream = response.payload()
    status = response.status
    is_plain = response.is_plain
    headers = response.raw_headers()
    if not is_plain:
        headers = [pair for pair in headers if pair[0] not in _SERVERS_OWN]
    if work.cookies is not None:
        headers = _with_cookies(headers, work.cookies.changes())
    work.lock_cookies(TOO_LATE)
    is_head = work.request.method == "HEAD"
    if stream is None:
        if data is not None or not is_head:
            if not is_plain:
                headers = [pair for pair in headers if pair[0] != b"content-length"]
            if status != 204 and status != 304:
                headers.append((b"content-length", b"%d" % len(data or b"")))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if is_head else data or b""})
        return status
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if is_head:
        await _close(work, stream)
    else:
        await _send_stream(work, stream, connection, send)
    await send({"type": "http.response.body", "body": b""})
    return status


def _with_cookies(headers: RawHeaders, changes: list[str]) -> RawHeaders:
    own = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
    lines = merge_set_cookies(own, changes)
    others = [pair for pair in headers if pair[0] != b"set-cookie"]
    return [*others, *((b"set-cookie", line.encode("latin-1")) for line in lines)]


async def _send_stream(work: Work, stream: Stream, connection: _Connection, send: Send) -> None:
    """Send a stream chunk by chunk, as fast as the client takes it; it is closed when the client leaves."""
    task = asyncio.current_task()
    assert task is not None
    left = False

    def leave() -> None:
        nonlocal left
        left = True
        task.cancel()

    connection.on_leave(leave)
    source = stream if isinstance(stream, AsyncIterable) else _Steps(stream)
    chunks = _chunks(work, source)
    timer = asyncio.timeout_at(work.deadline)
    try:
        async with timer:
            async for chunk in chunks:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except asyncio.CancelledError:
        if not left:
            raise
        task.uncancel()
        log.debug("The client of %s left before it had the whole stream.", work.where)
    except TimeoutError as error:
        if timer.expired():
            raise StreamAborted(f"{work.where} took longer than max_duration = {work.max_duration} seconds.") from None
        await _stream_failed(work, error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        await _stream_failed(work, error)
    finally:
        await chunks.aclose()
        await _close(work, source)


async def _stream_failed(work: Work, error: BaseException) -> None:
    log.error(
        "The stream of %s failed after its answer had begun (request %s).", work.where, work.request_id, exc_info=error
    )
    await work.app.instrumentation.report(work, error)
    raise StreamAborted(f"The stream of {work.where} failed: the connection is cut.") from None


class _Steps:
    """A sync iterator, which runs in worker threads: one step at a time, and its end only after the last of them."""

    __slots__ = ("_iterator", "_lock")

    def __init__(self, stream: Iterable[str | bytes]) -> None:
        self._iterator: Iterator[str | bytes] = iter(stream)
        self._lock = threading.Lock()

    def next(self) -> list[str | bytes]:
        """The next chunk; an empty list when there is none."""
        with self._lock:
            return list(islice(self._iterator, 1))

    def close(self) -> None:
        """Close a generator or the like. Whoever took the last step may have left before its end."""
        with self._lock:
            close = getattr(self._iterator, "close", None)
            if close is not None:
                close()


async def _chunks(work: Work, source: AsyncIterable[str | bytes] | _Steps) -> AsyncGenerator[bytes]:
    """The stream's chunks as bytes, empty ones left out; a sync iterator takes each step in a worker thread."""
    if isinstance(source, _Steps):
        while chunks := await work.app.threads.run(source.next):
            if data := to_bytes(chunks[0]):
                yield data
        return
    async for chunk in source:
        if data := to_bytes(chunk):
            yield data


async def _close(work: Work, stream: Stream | _Steps) -> None:
    """Close the stream's generator, so that its ``finally`` blocks run now."""
    try:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
        elif isinstance(stream, (Generator, _Steps)):
            await work.app.threads.run(stream.close)
    except Exception:
        log.exception("The stream of %s failed while it was closed (request %s).", work.where, work.request_id)
