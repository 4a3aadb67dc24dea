"""Where Byway meets its server: the only file that speaks ASGI.

A request's way: `Application` makes a `Request` and a `Work` of the scope, `Pipeline.answer` (``runtime/pipeline.py``)
finds the route and calls its handler, `_Sender` sends the `Response`, and what `after()` collected is started.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote

from byway.config import ASGIApp, Message, Receive, Scope, Send
from byway.http.abort import AbortSignal
from byway.http.cookies import merge_set_cookies
from byway.http.errors import BodyTimeout, Disconnected
from byway.http.headers import RawHeaders
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL
from byway.runtime.access_log import AccessLog
from byway.runtime.after import run_afters
from byway.runtime.app import App
from byway.runtime.control_flow import is_stop
from byway.runtime.dispatch import HandlerTimeout
from byway.runtime.errors import answer_error, answer_status
from byway.runtime.status_pages import status_answer
from byway.runtime.streaming import Chunks
from byway.runtime.trust import Trust
from byway.runtime.work import TOO_LATE, Work, current
from byway.runtime.wrapper import wrapped

log = logging.getLogger("byway.asgi")

# Characters that a path may hold unescaped; what is not among them was escaped before the server decoded it.
_PATH_SAFE = "/-._~!$&'()*+,;=:@"

# Stands in for an origin that cannot be believed; no handler sees it.
_UNKNOWN_ORIGIN = ("http", "localhost")

# Of these headers an answer may have several, each with its own say.
_ADDING_UP = frozenset({b"set-cookie", b"vary", b"www-authenticate"})

# Seconds that a request which is stopped may take to clean up.
_CLEAN_UP_TIME = 1.0

# What the server decides by itself, whatever a handler says.
_SERVERS_OWN = frozenset({b"connection", b"keep-alive", b"transfer-encoding", b"upgrade"})


class _Connection:
    """One request as ASGI shows it: its URL, headers and body, and whether its client is still there."""

    __slots__ = (
        "_body_timeout",
        "_closed",
        "_ended",
        "_receive",
        "_trust",
        "_watch",
        "origin",
        "path",
        "query",
        "root_path",
        "scope",
    )

    def __init__(self, scope: Scope, receive: Receive, trust: Trust, body_timeout: float) -> None:
        self.scope = scope
        root_path: str = scope.get("root_path", "")
        self.path = _raw_path(scope, root_path)
        self.root_path = quote(root_path.rstrip("/"), safe=_PATH_SAFE) if root_path else ""
        self.query: bytes = scope.get("query_string", b"")
        self.origin = trust.origin(scope)
        self._receive = receive
        self._trust = trust
        self._body_timeout = body_timeout
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
            try:
                async with asyncio.timeout(self._body_timeout):
                    message = await self._receive()
            except TimeoutError:
                raise BodyTimeout(
                    f"The client sent nothing of its request's body for {self._body_timeout} seconds; "
                    "Config(body_timeout=…) sets this limit."
                ) from None
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
            async with self._lock:
                message = await self._receive()
                self._ahead.append(message)
                self._taken.clear()
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
        self._start_failure: Exception | None = None
        self._stop_by: float | None = None
        self._running: dict[Work, asyncio.Task[Any] | None] = {}
        self.use(app)

    def use(self, app: App) -> None:
        """Serve ``app`` from now on. Raises ``AppError`` when the function of its ``Config(asgi=…)`` fails."""
        self.app = app
        self._trust = Trust(app.config)
        self._entry: ASGIApp = wrapped(self._serve, app.config)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._entry(scope, receive, send)

    async def start(self) -> None:
        """Start the app, once. Raises what its ``register()`` raises, each time anew without running it again."""
        async with self._starting:
            if self._start_failure is not None:
                raise self._start_failure
            if not self._started:
                try:
                    await self.start_app()
                except Exception as error:
                    log.critical("register() of instrumentation.py failed; the app does not start.", exc_info=error)
                    self._start_failure = error
                    raise
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
            loop = self.app.loop
            stop_by = loop.time() + self.shutdown_timeout if self._stop_by is None else self._stop_by
            running = [task for task in self._running.values() if task is not None]
            if running:
                # Servers wait for requests, but not always for those whose client has left.
                await asyncio.wait(running, timeout=max(0.0, stop_by - loop.time()) + _CLEAN_UP_TIME)
            await self.app.stop(max(0.0, stop_by - loop.time()))
            self.app.threads.close()

    def stop_soon(self) -> None:
        """The server is about to stop: what runs is told, and what still runs after `shutdown_timeout` is cancelled."""
        for work in self._running:
            work.request.abort(Disconnected("The server is stopping."))
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
            try:
                await self.start()
            except Exception:  # logged by start()
                await _refuse(send)
                return
        app = self.app
        started = time.perf_counter() if self.access_log is not None else 0.0
        connection = _Connection(scope, receive, self._trust, app.limits.body_timeout)
        work = Work(app, Request.received(scope["method"], connection, app.limits))
        token = current.set(work)
        # With the loop given, asking for the task costs no system call.
        self._running[work] = asyncio.current_task(app.loop)
        status = 500
        try:
            if connection.origin is None:
                response = answer_status(work, 400, detail=self._trust.refusal)
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
            await send({"type": "lifespan.startup.failed", "message": f"register() failed: {error}"})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


async def _refuse(send: Send) -> None:
    """The answer of an app that did not start."""
    body, content_type = status_answer(500, accept=None)
    headers = [(b"content-type", content_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
    return (_below(path, root_path.rstrip("/")) if root_path else path) or "/"


def _below(path: str, root_path: str) -> str:
    """``path`` without the part that decodes to ``root_path``; as it is when it does not begin with that."""
    end = 0
    while end < len(path):
        end = path.find("/", end + 1)
        end = len(path) if end < 0 else end
        if unquote(path[:end]) == root_path:
            return path[end:]
    return path


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
    if work.settled is not None:
        headers = _with_settled(headers, work.settled)
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
    chunks = Chunks(work, stream)
    if not is_head:
        return await _send_stream(work, response, chunks, headers, connection, send)
    await chunks.aclose()
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
    return status


def _with_cookies(headers: RawHeaders, changes: list[str]) -> RawHeaders:
    own = [value.decode("latin-1") for name, value in headers if name == b"set-cookie"]
    lines = merge_set_cookies(own, changes)
    others = [pair for pair in headers if pair[0] != b"set-cookie"]
    return [*others, *((b"set-cookie", line.encode("latin-1")) for line in lines)]


def _with_settled(headers: RawHeaders, settled: RawHeaders) -> RawHeaders:
    """``headers`` and those that were settled before the answer was made: these win, but for those that add up."""
    names = {name for name, _ in settled} - _ADDING_UP
    kept = [pair for pair in headers if pair[0] not in names]
    kept += [pair for pair in settled if pair[0] != b"set-cookie"]
    return _with_cookies(kept, [value.decode("latin-1") for name, value in settled if name == b"set-cookie"])


async def _send_stream(
    work: Work, response: Response, chunks: Chunks, headers: RawHeaders, connection: _Connection, send: Send
) -> int:
    """Send a stream chunk by chunk, as fast as the client takes it; it is closed when the client leaves.

    The answer begins with the first chunk: what goes wrong before it can still be answered properly. Returns the
    status that was sent.
    """
    task = asyncio.current_task()
    left = False
    streaming = True

    def leave() -> None:
        nonlocal left
        left = True
        if streaming and task is not None:
            task.cancel()

    connection.on_leave(leave)
    start: Message | None = {"type": "http.response.start", "status": response.status, "headers": headers}
    failure: BaseException | None = None
    timer = asyncio.timeout_at(work.deadline)
    try:
        async with timer:
            async for chunk in chunks:
                if left:
                    break
                if start is not None:
                    await send(start)
                    start = None
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
    except BaseException as error:
        if left and isinstance(error, asyncio.CancelledError):
            if task is not None:
                task.uncancel()
        elif is_stop(error):
            raise
        elif isinstance(error, Disconnected):
            left = True  # The stream was made of the request's body, which ended with its client.
        elif timer.expired():
            failure = HandlerTimeout(f"{work.where} took longer than max_duration = {work.max_duration} seconds.")
        else:
            failure = error
    finally:
        streaming = False
        await chunks.aclose()
    if left:
        log.debug("The client of %s left before it had the whole stream.", work.where)
    if failure is None:
        if start is not None:
            await send(start)
        await send({"type": "http.response.body", "body": b""})
        return response.status
    if start is not None:
        return await _send(work, await answer_error(work, failure), connection, send)
    log.error(
        "The stream of %s failed after its answer had begun (request %s).",
        work.where,
        work.request_id,
        exc_info=failure,
    )
    await work.app.instrumentation.report(work, failure)
    raise StreamAborted(f"The stream of {work.where} failed: the connection is cut.")
