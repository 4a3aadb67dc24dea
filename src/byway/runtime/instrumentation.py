"""``instrumentation.py``: what an app does when a worker starts, when it stops, and when a request fails."""

from __future__ import annotations

import inspect
import logging
from collections.abc import AsyncGenerator, Generator
from types import ModuleType
from typing import Any

from byway.problems import Problem
from byway.runtime.control_flow import is_stop
from byway.runtime.signature import signature_of
from byway.runtime.work import Work

log = logging.getLogger("byway.instrumentation")

_EXPORTS = {"register": (0, "()"), "on_request_error": (3, "(error, request, context)")}


class Instrumentation:
    """The functions of an app's ``instrumentation.py``; without one, every method does nothing.

    Implements the documents' ``instrumentation`` file: ``register`` runs once in each worker, on the serving loop,
    before the first request. Written as an (async) generator, what follows its ``yield`` runs at shutdown.
    """

    def __init__(self, module: ModuleType | None) -> None:
        self._register = getattr(module, "register", None)
        self._on_request_error = getattr(module, "on_request_error", None)
        self._running: AsyncGenerator[Any, Any] | Generator[Any, Any, Any] | None = None

    @staticmethod
    def check(module: ModuleType, file: str) -> list[Problem]:
        """What is wrong with the exports of ``module``."""
        problems: list[Problem] = []
        for name, (count, signature) in _EXPORTS.items():
            function = getattr(module, name, None)
            if function is None:
                continue
            try:
                if not callable(function):
                    raise TypeError(f"it is {type(function).__name__}, not a function")
                signature_of(function).bind(*[None] * count)
            except TypeError as error:
                problems.append(
                    Problem(file, f"{name} cannot be called: {error}.", f"Write `def {name}{signature}: …`.")
                )
        return problems

    async def start(self) -> None:
        """Run ``register``, up to its ``yield`` when it has one. Raises what it raises."""
        if self._register is None:
            return
        result: Any = self._register()
        if isinstance(result, AsyncGenerator):
            self._running = result  # pyright: ignore[reportUnknownMemberType]
            await anext(self._running, None)
        elif isinstance(result, Generator):
            self._running = result  # pyright: ignore[reportUnknownMemberType]
            next(self._running, None)
        elif inspect.isawaitable(result):
            await result

    async def stop(self) -> None:
        """Run what follows the ``yield`` of ``register``; what it raises is logged."""
        running, self._running = self._running, None
        try:
            if isinstance(running, AsyncGenerator):
                await anext(running, None)
                await running.aclose()
            elif running is not None:
                next(running, None)
                running.close()
        except Exception:
            log.exception("The shutdown part of register() failed.")

    async def report(self, work: Work, error: BaseException) -> None:
        """Tell ``on_request_error``; what that raises is logged and goes no further."""
        if self._on_request_error is None:
            return
        request = work.request
        url = request.url
        described = {"path": url.pathname + url.search, "method": request.method, "headers": dict(request.headers)}
        context = {
            "router_kind": getattr(work.endpoint, "router_kind", "App Router"),
            # What fails before a route is found is the proxy.
            "route_path": work.route or "/proxy",
            "route_type": getattr(work.endpoint, "route_type", "route") if work.endpoint else "proxy",
            "request_id": work.request_id,
        }
        try:
            if inspect.iscoroutinefunction(self._on_request_error):
                await self._on_request_error(error, described, context)
            else:
                result = await work.app.threads.run(self._on_request_error, error, described, context)
                if inspect.isawaitable(result):
                    await result
        except BaseException as failure:
            if is_stop(failure):
                raise
            log.exception("on_request_error() failed while it was told of an error of %s.", work.where)
