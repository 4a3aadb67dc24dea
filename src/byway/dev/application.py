"""The application of ``byway dev``: it swaps the app for a new one whenever its files change.

The process goes on, and so does its socket: no connection is refused while the app is loaded anew. Requests that come
in meanwhile wait; those that run already go on with the app that they began with. Only the project's own modules are
loaded again; installed packages stay.

Nothing that an app does may end the watching, or keep requests waiting for ever: what an old app does at its end has
a time limit, and a ``register()`` that never returns is given up when the next file changes.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import linecache
import logging
import os
import time
import weakref
from collections.abc import Iterable
from pathlib import Path

from byway.asgi import Application
from byway.build.typegen import write_types
from byway.caching.memory import MemoryStore
from byway.config import Config, Receive, Scope, Send
from byway.dev.error_page import error_answer, problems_answer
from byway.dev.events import EVENTS_PATH, EVENTS_PLACE, Events
from byway.http.response import Response
from byway.metadata.conventions import MisnamedError, parse_name
from byway.problems import AppError, Problem
from byway.routing.scan import is_hidden
from byway.runtime.app import App
from byway.runtime.control_flow import ControlFlow, is_stop
from byway.runtime.loading import load_app, placeholder_app
from byway.runtime.threads import Threads
from byway.runtime.trust import Trust
from byway.runtime.work import Work

log = logging.getLogger("byway.dev")

# Seconds that the old app's after() work may delay the new app.
_OLD_APP_TIME = 0.25
# Seconds that what follows the ``yield`` of the old app's register() may delay it.
_OLD_REGISTER_TIME = 5.0
_SHUTDOWN_TIME = 0.5
# Bytes of what is cached, across reloads.
_CACHE_SIZE = 50 << 20
# Seconds of watching after which it is worth beginning again when it fails.
_WATCH_TIME = 1.0
_CURE = "Mend it; the app is loaded anew when a file changes."
# What an app's own code may raise; none of it must end the server.
_FAILURES = (Exception, ControlFlow, SystemExit)
_IGNORED = frozenset({"__pycache__", "node_modules", "site-packages", ".venv", "venv"})


class DevApplication(Application):
    """Serves the sources in ``root``; a mistake in them is shown, and mended by the next change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._events = Events()
        # What is fetched survives a reload of the code; so nobody waits for, or pays, another server each time.
        self._store = MemoryStore(_CACHE_SIZE)
        self._settled = asyncio.Event()
        self._settled.set()
        self._watcher: asyncio.Task[None] | None = None
        self._registering: asyncio.Task[None] | None = None
        self._reloading: asyncio.Task[None] | None = None
        # Kept by the requests that still run.
        self._old_apps: weakref.WeakSet[App] = weakref.WeakSet()
        self._local_trust = Trust(Config(), is_local=True)
        super().__init__(self._load())

    def use(self, app: App) -> None:
        """Serve ``app`` from now on; what is wrong with its ``Config(asgi=…)`` is shown instead of it."""
        if not isinstance(app.pipeline, _ProblemPages):
            # An app that does not load has no config: what the one before it allowed is allowed still.
            self._local_trust = Trust(app.config, is_local=True)
        try:
            super().use(app)
        except AppError as error:
            app.close()
            super().use(self._broken(error))
        self._trust = self._local_trust

    def _load(self) -> App:
        # What is wrong with the app's folders is told below, and types are no reason not to serve it.
        with contextlib.suppress(AppError):
            write_types(self._root)
        try:
            extra = [(EVENTS_PLACE, self._events)]
            return load_app(
                self._root,
                "development",
                error_page=self._error_page,
                extra=extra,
                store=lambda root, config: self._store,
            )
        except AppError as error:
            return self._broken(error)
        except _FAILURES as error:
            return self._broken(self._unexpected(error), error)

    @property
    def _is_broken(self) -> bool:
        return isinstance(self.app.pipeline, _ProblemPages)

    def _broken(self, error: AppError, trace: BaseException | None = None) -> App:
        log.error("%s", error, exc_info=trace)
        return placeholder_app(self._root, _ProblemPages(error, self._root, self._events))

    def _unexpected(self, error: BaseException) -> AppError:
        what = f"The app does not load: {type(error).__name__}: {error}"
        return AppError([Problem(self._root.name, what, _CURE)], [error])

    def _error_page(self, work: Work, error: BaseException) -> tuple[bytes, str]:
        request = work.request
        return error_answer(
            error,
            accept=request.headers.get("accept"),
            request_line=f"{request.method} {request.url.pathname}",
            route=getattr(work.endpoint, "file", None),
            root=self._root,
            request_id=work.request_id,
            events_url=self._events.url(work),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._settled.wait()
        await super().__call__(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A middleware of Config(asgi=…) may have let a reload begin meanwhile.
        await self._settled.wait()
        await super()._serve(scope, receive, send)

    @property
    def shutdown_timeout(self) -> float:
        """Whoever presses Ctrl-C wants the terminal back."""
        return _SHUTDOWN_TIME

    def stop_soon(self) -> None:
        """End the event streams of open pages, which would go on for ever; the rest has `shutdown_timeout`."""
        self._events.close()
        self._settled.set()  # What waits for a reload that never ends must not wait on.
        super().stop_soon()

    async def start(self) -> None:
        """Start the app, and watch its files from then on."""
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch())
            await asyncio.sleep(0)  # It watches before anybody is told that the server is ready.
        await super().start()

    async def start_app(self) -> None:
        """Run the app's ``register()``; when it fails, that is shown instead of the app."""
        # In a task of its own, so that it can be given up.
        self._registering = asyncio.get_running_loop().create_task(self._register())
        await asyncio.wait([self._registering])

    async def _register(self) -> None:
        try:
            await self.app.start()
        except BaseException as error:
            if _ends_the_task(error):
                raise
            problem = Problem("instrumentation.py", f"register() failed: {type(error).__name__}: {error}", _CURE)
            await self._show(AppError([problem], [error]), error)
        finally:
            if self._registering is asyncio.current_task():
                self._settled.set()

    async def _show(self, error: AppError, trace: BaseException | None = None) -> None:
        """Show what is wrong instead of the app."""
        self.app.close()
        self.use(self._broken(error, trace))
        await self.app.start()

    async def stop(self) -> None:
        """Stop watching, and the app."""
        for task in (self._watcher, self._reloading, self._registering):
            await _give_up(task)
        self._watcher = self._reloading = self._registering = None
        self._settled.set()
        self._events.close()
        await super().stop()
        for old in list(self._old_apps):
            await old.background.drain(_SHUTDOWN_TIME)
            old.threads.close()

    async def _watch(self) -> None:
        # Imported here because only a development server that runs needs it, and it is slow to import.
        from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]

        while True:
            began = time.monotonic()
            # Without a timeout, which would only drop the changes that come in at that very moment.
            watching = awatch(self._root, watch_filter=None, step=20, debounce=200, rust_timeout=0)
            try:
                async for changes in watching:
                    paths = {self._as_given(Path(path)) for _, path in changes}
                    changed = sorted(path for path in paths if self._matters(path))
                    if changed:
                        await self._begin_reload(changed)
                return
            except BaseException as error:
                if _ends_the_task(error):
                    raise
                if time.monotonic() - began < _WATCH_TIME:
                    log.exception("The app's files cannot be watched any more: restart the server to see changes.")
                    return
                # A file whose name is no text is enough for that. What else changed is not known.
                log.warning("The watching of the app's files was interrupted: %s", error)
            await self._begin_reload(())

    def _as_given(self, path: Path) -> Path:
        """``path`` below the root as that was given; some systems tell where its links lead instead."""
        real = os.path.realpath(self._root)
        is_elsewhere = not path.is_relative_to(self._root) and path.is_relative_to(real)
        return self._root / path.relative_to(real) if is_elsewhere else path

    def _matters(self, path: Path) -> bool:
        """Whether a change of ``path`` can change an answer."""
        parts = path.relative_to(self._root).parts if path.is_relative_to(self._root) else ()
        if not parts:
            return False
        if parts[0].startswith(".env"):
            return len(parts) == 1
        if any(map(_is_ignored, parts)):
            return False
        if _is_source(path.name) or parts[0] == "public":
            return True
        if path.is_dir():
            # A new folder: what was in it before it was watched is not reported by itself.
            return _has_sources(path)
        # Nor is what was in a folder that was moved away.
        return not path.exists() and any(
            module.__file__ is not None and Path(module.__file__).is_relative_to(path)
            for _, module in self.app.importer.modules()
        )

    async def reload(self, changed: Iterable[Path] = ()) -> None:
        """Load the app anew because the files ``changed`` did. Requests wait until it is there."""
        await asyncio.wait([await self._begin_reload(changed)])

    async def _begin_reload(self, changed: Iterable[Path]) -> asyncio.Task[None]:
        """Load the app anew. The task that is returned starts it, and ends early when the next reload begins."""
        started = time.perf_counter()
        self._settled.clear()
        try:
            # The last reload may be about to start its app, and would do so in the midst of this one.
            reloading, self._reloading = self._reloading, None
            await _give_up(reloading)
            registering, self._registering = self._registering, None
            await _give_up(registering)
            was_broken = self._is_broken
            await self._load_anew(changed)
        except BaseException:
            self._settled.set()
            raise
        names = ", ".join(path.relative_to(self._root).as_posix() for path in changed)
        why = f" after {names}" if names else ""
        self._reloading = asyncio.get_running_loop().create_task(self._end_reload(started, why, was_broken))
        return self._reloading

    async def _load_anew(self, changed: Iterable[Path]) -> None:
        try:
            await self._retire(self.app)
            for path in changed:
                _forget_bytecode(path)
            linecache.checkcache()
            # In a thread no event loop runs, as at the first start: a module may call asyncio.run() at its top. It is
            # a thread of its own, because what handlers wait for may have taken all others.
            threads = Threads(1)
            try:
                loaded = await threads.run(self._load)
            finally:
                threads.close()
            try:
                self.use(loaded)
            except BaseException:
                loaded.close()
                raise
        except BaseException as error:
            if _ends_the_task(error):
                raise
            await self._show(self._unexpected(error), error)

    async def _retire(self, app: App) -> None:
        """Stop ``app``, and forget its modules; requests that still run go on with it."""
        self._old_apps.add(app)
        stopping = asyncio.get_running_loop().create_task(_stop(app))
        if not (await asyncio.wait([stopping], timeout=_OLD_APP_TIME + _OLD_REGISTER_TIME))[0]:
            stopping.cancel()
            log.warning("The shutdown part of register() took longer than %g seconds.", _OLD_REGISTER_TIME)
        app.close()

    async def _end_reload(self, started: float, why: str, was_broken: bool) -> None:
        """Start the app that was loaded, and tell of it, in the terminal and to open pages."""
        await self.start_app()
        if not self._settled.is_set():
            return  # The next reload has begun.
        if not self._is_broken:
            word = "Mended" if was_broken else "Reloaded"
            log.info("%s in %d ms%s", word, (time.perf_counter() - started) * 1000, why)
        self._events.tell()


class _ProblemPages:
    """Answers every request with what is wrong with the app."""

    def __init__(self, error: AppError, root: Path, events: Events) -> None:
        self._error = error
        self._root = root
        self._events = events

    async def answer(self, work: Work, path: str, query: bytes) -> Response:
        if path == EVENTS_PATH and (stream := await self._events.respond(work, None)) is not None:
            return stream
        body, content_type = problems_answer(
            self._error.problems,
            accept=work.request.headers.get("accept"),
            root=self._root,
            error=self._error.causes[0] if self._error.causes else None,
            events_url=self._events.url(work),
        )
        return Response(body, status=500, headers={"content-type": content_type, "cache-control": "no-store"})

    def varies(self, path: str) -> bool:
        """What is wrong is said at every path."""
        return False


async def _stop(app: App) -> None:
    """Stop an app that is replaced; what it raises then is no fault of the next one."""
    try:
        await app.stop(_OLD_APP_TIME)
    except BaseException as error:
        if _ends_the_task(error):
            raise
        log.error("The shutdown part of register() failed.", exc_info=error)


async def _give_up(task: asyncio.Task[None] | None) -> None:
    """Cancel ``task``, and wait for its end, but not for ever: it may not heed it."""
    if task is not None:
        task.cancel()
        await asyncio.wait([task], timeout=_SHUTDOWN_TIME)


def _ends_the_task(error: BaseException) -> bool:
    """Whether ``error`` is meant for the server's own task; all others are an app's, which may raise SystemExit too."""
    return is_stop(error) and not isinstance(error, SystemExit)


def _is_ignored(name: str) -> bool:
    return name in _IGNORED or is_hidden(name)


def _is_source(name: str) -> bool:
    """Whether a file of this name is a module, or a metadata file."""
    try:
        return name.endswith(".py") or parse_name(name) is not None
    except MisnamedError:
        return True


def _has_sources(folder: Path) -> bool:
    for _, folders, files in os.walk(folder):
        if any(map(_is_source, files)):
            return True
        folders[:] = [name for name in folders if not _is_ignored(name)]
    return False


def _forget_bytecode(path: Path) -> None:
    """Python tells a stale ``.pyc`` by whole seconds and the size; two saves within a second can look the same."""
    if path.suffix == ".py":
        with contextlib.suppress(OSError):  # In a folder that cannot be written, there is no new one either.
            Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
