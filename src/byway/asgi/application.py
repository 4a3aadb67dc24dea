"""Where Byway meets its server: the package that speaks ASGI, and the only one.

A request's way: `Application` makes a `Request` and a `Work` of the scope, `Pipeline.answer` (``runtime/pipeline.py``)
finds the route and calls its handler, ``sending.py`` sends the `Response`, and what `after()` collected is started. An
answer that is kept in memory and is the same for everyone is sent at once, see ``stored.py``.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from byway.asgi.compression import Compressor
from byway.asgi.connection import Connection
from byway.asgi.sending import StreamAborted, messages, ready, send_response
from byway.asgi.stored import StoredAnswer, StoredAnswers
from byway.config import ASGIApp, Receive, Scope, Send
from byway.http.errors import Disconnected
from byway.http.request import Request
from byway.runtime.access_log import AccessLog, ignored_paths
from byway.runtime.after import run_afters
from byway.runtime.app import App
from byway.runtime.errors import answer_status
from byway.runtime.route_cache import KeptResponse
from byway.runtime.status_pages import status_answer
from byway.runtime.trust import Trust
from byway.runtime.work import Work, current
from byway.runtime.wrapper import wrapped

log = logging.getLogger("byway.asgi")

# Seconds that a request which is stopped may take to clean up.
_CLEAN_UP_TIME = 1.0
# Where the scope of a request has its span, when spans are collected.
_SPAN = "byway.span"


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
        self._is_ignored = ignored_paths(app.config) if app.is_development else None
        self._compressor = Compressor() if app.config.compress else None
        self._stored = StoredAnswers(app, self._trust, self._compressor)
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
        if app.telemetry is not None and _SPAN not in scope:
            with app.telemetry.request(scope) as span:
                await self._serve({**scope, _SPAN: span}, receive, span.watching(send))
            return
        started = time.perf_counter() if self.access_log is not None else 0.0
        stored = self._stored.find(scope)
        if stored is not None:
            await self._send_stored(stored, scope, receive, send, started)
            return
        connection = Connection(scope, receive, self._trust, app.limits.body_timeout, app.path_form)
        work = Work(app, Request.received(scope["method"], connection, app.limits))
        token = current.set(work)
        # With the loop given, asking for the task costs no system call.
        self._running[work] = asyncio.current_task(app.loop)
        is_whole = False
        try:
            if connection.origin is None:
                response = answer_status(work, 400, detail=self._trust.refusal)
            else:
                response = await app.pipeline.answer(work, connection.path, connection.query)
            if work.invalidations is not None:
                # A client that has the answer must find nothing of what it has invalidated.
                await work.invalidations.deliver()
            whole = ready(work, response)
            if whole is None:
                if type(response) is KeptResponse:
                    self._stored.add(scope, response, work)
                is_whole = await send_response(work, response, connection, send, self._compressor)
            else:
                start, body = whole
                await send(start)
                connection.status = start["status"]
                await send(body)
                is_whole = True
        except asyncio.CancelledError:
            if self._stop_by is None or app.loop.time() < self._stop_by:
                raise
            raise StreamAborted(f"{work.where} was stopped: the server shuts down.") from None
        finally:
            connection.close()
            del self._running[work]
            if app.telemetry is not None and work.route is not None:
                scope[_SPAN].routed(work.route)
            if self.access_log is not None:
                # Where nothing was sent the server answers for the app, with a 500.
                status, is_whole = connection.status or 500, is_whole or connection.status is None
                self._log(work, connection, status, started, is_whole=is_whole)
            if work.afters is None and (work.invalidations is None or not work.invalidations.are_waiting):
                work.closed = True
            else:
                # A stream may have invalidated something since.
                task = app.background.start(run_afters(work))
                if not self._has_lifespan:
                    # Nobody will tell this app to stop; only as a part of the request is the work waited for. It is not
                    # taken along when the request is cancelled.
                    await asyncio.shield(task)
            current.reset(token)

    async def _send_stored(
        self, stored: StoredAnswer, scope: Scope, receive: Receive, send: Send, started: float
    ) -> None:
        """Send an answer that no code of the app is asked about."""
        if self.app.telemetry is not None:
            scope[_SPAN].routed(stored.endpoint.pattern)
        start, body = messages(stored.status, stored.headers.copy(), stored.body)
        await send(start)
        await send(body)
        if self.access_log is not None:
            connection = Connection(scope, receive, self._trust, self.app.limits.body_timeout, self.app.path_form)
            work = Work(self.app, Request.received(scope["method"], connection, self.app.limits))
            work.endpoint = stored.endpoint
            self._log(work, connection, stored.status, started, is_whole=True)

    def _log(self, work: Work, connection: Connection, status: int, started: float, *, is_whole: bool) -> None:
        assert self.access_log is not None
        seconds = time.perf_counter() - started
        path = connection.root_path + connection.path
        if self._is_ignored is not None and self._is_ignored(path):
            return
        self.access_log.write(work, connection.client, path, status, seconds, is_whole=is_whole)

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
    for message in messages(500, headers, body):
        await send(message)
