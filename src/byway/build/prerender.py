"""Making answers ahead: each static route is run once, or once for each path that it lists."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from byway.caching.store import Entry
from byway.problems import AppError, Problem
from byway.runtime.app import App
from byway.runtime.control_flow import is_stop
from byway.runtime.prerendered import write_entry
from byway.runtime.route_cache import ANSWERS, StaticRoute
from byway.runtime.scope import StaticOnlyError
from byway.runtime.static_params import StaticParamsError

# How many answers are made at once.
_AT_ONCE = 8

#: Called with how many answers are made, and how many there are to make.
Progress: TypeAlias = Callable[[int, int], None]


@dataclass(slots=True)
class Outcome:
    """What became of a route that may be static: its paths, or why it is ``dynamic``; lifetimes are seconds."""

    route: StaticRoute
    paths: list[str] = field(default_factory=list[str])
    revalidate: float = float("inf")
    expire: float = float("inf")
    dynamic: str | None = None


async def prerender(app: App, build_id: str, folder: Path, progress: Progress | None = None) -> list[Outcome]:
    """Make the answers of every route of ``app`` that may be static, and write them into ``folder``.

    ``register()`` runs before, as in a worker, and its end after; `after()` work is waited for. Raises ``AppError``
    with the problem of each answer that could not be made, or with that of a ``register()`` that fails.
    """
    routes = [one.endpoint for one in app.routes if isinstance(one.endpoint, StaticRoute)]
    outcomes = [Outcome(route) for route in routes if route.is_candidate]
    if not outcomes:
        return []
    problems: list[Problem] = []
    causes: list[BaseException] = []

    def fail(error: BaseException, file: str, what: str, cure: str) -> None:
        problems.append(Problem(file, what, cure))
        causes.append(error)

    try:
        await _start(app)
        jobs: list[tuple[Outcome, Mapping[str, Any], str]] = []
        for outcome in outcomes:
            route = outcome.route
            try:
                listed = await route.list_params(app)
            except StaticParamsError as error:
                fail(error, route.file, error.what, error.cure)
                continue
            except BaseException as error:
                if is_stop(error):
                    raise
                what = f"generate_static_params failed: {_told(app, error)}"
                fail(error, route.file, what, "Mend what raises; the build lists the paths of a route with it.")
                continue
            outcome.paths = [route.path_of(params) for params in listed]
            route.keep(build_id, outcome.paths)
            jobs += [(outcome, params, path) for params, path in zip(listed, outcome.paths, strict=True)]
        slots, done = asyncio.Semaphore(_AT_ONCE), 0
        entries: list[tuple[Outcome, str, Entry]] = []

        async def make(outcome: Outcome, params: Mapping[str, Any], path: str) -> None:
            nonlocal done
            route, limit = outcome.route, app.config.static_page_generation_timeout
            async with slots:
                created = app.cache.clock()
                timer = asyncio.timeout(limit)
                try:
                    async with timer:
                        computed = await route.make(app, params, path)
                    answer = computed.value
                    if answer is None:
                        outcome.dynamic = outcome.dynamic or computed.why
                    elif answer.status >= 400 and answer.status != 404:
                        outcome.dynamic = outcome.dynamic or f"answered {answer.status} when it was built"
                    else:
                        outcome.revalidate = min(outcome.revalidate, computed.revalidate)
                        outcome.expire = min(outcome.expire, computed.expire)
                        value, life = ANSWERS.encode(answer), (computed.revalidate, computed.expire, computed.stale)
                        entries.append((outcome, route.key(path), Entry(value, created, None, *life, computed.tags)))
                except BaseException as error:
                    if is_stop(error):
                        raise
                    if timer.expired():
                        what = f"Making the answer at {path} took longer than {limit:g} seconds."
                        cure = "Make it quicker, or raise Config(static_page_generation_timeout=…)."
                        fail(error, route.file, what, cure)
                    elif isinstance(error, StaticOnlyError):
                        fail(error, route.file, f"The answer at {path} cannot be made. {error.what}", error.cure)
                    else:
                        what = f"Making the answer at {path} failed: {_told(app, error)}"
                        cure = 'Mend what raises, or have it answered anew each time: dynamic = "force-dynamic".'
                        fail(error, route.file, what, cure)
            done += 1
            if progress is not None:
                progress(done, len(jobs))

        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(make(*job))
        await app.background.drain(None)
    finally:
        await app.stop(app.config.shutdown_timeout)
        app.threads.close()
    if problems:
        raise AppError(problems, causes)
    for outcome, key, entry in entries:
        if outcome.dynamic is None:
            write_entry(folder, key, entry)
    return outcomes


async def _start(app: App) -> None:
    try:
        await app.start()
    except BaseException as error:
        if is_stop(error):
            raise
        file = (app.source_dir / "instrumentation.py").relative_to(app.root).as_posix()
        what = f"register() failed: {_told(app, error)}"
        cure = "Mend what raises; a build runs register(), as every worker does, before it makes answers."
        raise AppError([Problem(file, what, cure)], [error]) from None


def _told(app: App, error: BaseException) -> str:
    """``error`` in words, and where in the app's own files it was raised."""
    place = ""
    for frame in traceback.extract_tb(error.__traceback__):
        if app.importer.is_own(Path(frame.filename)):
            place = f" ({Path(frame.filename).relative_to(app.root).as_posix()}:{frame.lineno})"
    return f"{type(error).__name__}: {error}{place}"
