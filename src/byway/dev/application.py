"""The application of ``byway dev``: it swaps the app for a new one whenever its files change.

The process goes on, and so does its socket: no connection is refused while the app is loaded anew. Requests that come
in meanwhile wait. Only the project's own modules are loaded again; installed packages stay.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import linecache
import logging
import time
from collections.abc import Iterable
from pathlib import Path

from byway.asgi import Application
from byway.config import Config, Receive, Scope, Send
from byway.dev.error_page import error_answer, problems_answer
from byway.dev.events import EVENTS_PATH, EVENTS_PLACE, Events
from byway.http.response import Response
from byway.problems import AppError, Problem
from byway.runtime.app import App, load_app, placeholder_app
from byway.runtime.control_flow import ControlFlow
from byway.runtime.trust import Trust
from byway.runtime.work import Work

log = logging.getLogger("byway.dev")

# Seconds that the old app's after() work may delay the new app.
_OLD_APP_TIME = 0.25
_SHUTDOWN_TIME = 0.5
_CURE = "Mend it; the app is loaded anew when a file changes."
# What an app's own code may raise; none of it must end the server.
_FAILURES = (Exception, ControlFlow, SystemExit)
_IGNORED = frozenset({"__pycache__", "node_modules", "site-packages", ".venv", "venv"})


class DevApplication(Application):
    """Serves the sources in ``root``; a mistake in them is shown, and mended by the next change."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._events = Events()
        self._settled = asyncio.Event()
        self._settled.set()
        self._watcher: asyncio.Task[None] | None = None
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
        try:
            extra = [(EVENTS_PLACE, self._events)]
            return load_app(self._root, "development", error_page=self._error_page, extra=extra)
        except AppError as error:
            return self._broken(error)
        except _FAILURES as error:
            return self._broken(self._unexpected(error))

    def _broken(self, error: AppError) -> App:
        log.error("%s", error)
        return placeholder_app(self._root, _ProblemPages(error, self._root, self._events))

    def _unexpected(self, error: BaseException) -> AppError:
        log.error("The app does not load.", exc_info=error)
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
            events_url=request.url.base_path + EVENTS_PATH,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._settled.wait()
        await super().__call__(scope, receive, send)

    @property
    def shutdown_timeout(self) -> float:
        """Whoever presses Ctrl-C wants the terminal back."""
        return _SHUTDOWN_TIME

    def stop_soon(self) -> None:
        """End the event streams of open pages, which would go on for ever; the rest has `shutdown_timeout`."""
        self._events.close()
        super().stop_soon()

    async def start(self) -> None:
        """Start the app, and watch its files from then on."""
        if self._watcher is None:
            self._watcher = asyncio.get_running_loop().create_task(self._watch())
            await asyncio.sleep(0)  # It watches before anybody is told that the server is ready.
        await super().start()

    async def start_app(self) -> None:
        """Run the app's ``register()``; when it fails, that is shown instead of the app."""
        try:
            await self.app.start()
        except _FAILURES as error:
            problem = Problem("instrumentation.py", f"register() failed: {type(error).__name__}: {error}", _CURE)
            log.error("register() failed.", exc_info=error)
            await self._show(AppError([problem], [error]))

    async def _show(self, error: AppError) -> None:
        """Show what is wrong instead of the app."""
        self.app.close()
        self.use(self._broken(error))
        await self.app.start()

    async def stop(self) -> None:
        """Stop watching, and the app."""
        watcher, self._watcher = self._watcher, None
        if watcher is not None:
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher
        self._events.close()
        await super().stop()

    async def _watch(self) -> None:
        # Imported here because only a development server that runs needs it, and it is slow to import.
        from watchfiles import awatch  # pyright: ignore[reportUnknownVariableType]

        watching = awatch(self._root, watch_filter=None, step=20, debounce=200, rust_timeout=500)
        try:
            async for changes in watching:
                changed = sorted({Path(path) for _, path in changes if self._matters(Path(path))})
                if changed:
                    await self.reload(changed)
        except Exception:
            log.exception("The app's files cannot be watched any more: restart the server to see changes.")

    def _matters(self, path: Path) -> bool:
        """Whether a change of ``path`` can change an answer."""
        parts = path.relative_to(self._root).parts
        if not parts:
            return False
        if parts[0].startswith(".env"):
            return len(parts) == 1
        if any(part in _IGNORED or part.startswith(".") for part in parts):
            return False
        if path.suffix == ".py" or parts[0] == "public":
            return True
        if path.is_dir():
            # A new folder: what was in it before it was watched is not reported by itself.
            return any(path.rglob("*.py"))
        # Nor is what was in a folder that was moved away.
        return not path.exists() and any(
            module.__file__ is not None and Path(module.__file__).is_relative_to(path)
            for _, module in self.app.importer.modules()
        )

    async def reload(self, changed: Iterable[Path] = ()) -> None:
        """Load the app anew because the files ``changed`` did. Requests wait until it is there."""
        started = time.perf_counter()
        self._settled.clear()
        try:
            await self.app.stop(_OLD_APP_TIME)
            self.app.close()
            for path in changed:
                _forget_bytecode(path)
            linecache.checkcache()
            # In a thread no event loop runs, as at the first start: a module may call asyncio.run() at its top.
            loaded = await asyncio.to_thread(self._load)
            try:
                self.use(loaded)
            except BaseException:
                loaded.close()
                raise
            await self.start_app()
        except _FAILURES as error:
            await self._show(self._unexpected(error))
        finally:
            self._settled.set()
        names = ", ".join(path.relative_to(self._root).as_posix() for path in changed)
        log.info("Reloaded in %d ms after %s", (time.perf_counter() - started) * 1000, names)
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
            events_url=work.request.url.base_path + EVENTS_PATH,
        )
        return Response(body, status=500, headers={"content-type": content_type, "cache-control": "no-store"})


def _forget_bytecode(path: Path) -> None:
    """Python tells a stale ``.pyc`` by whole seconds and the size; two saves within a second can look the same."""
    if path.suffix == ".py":
        Path(importlib.util.cache_from_source(path)).unlink(missing_ok=True)
