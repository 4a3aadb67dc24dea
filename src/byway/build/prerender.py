"""Making answers ahead: each static route is run once, or once for each path that it lists."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from byway.caching.store import Entry
from byway.problems import AppError, Problem
from byway.runtime.app import App
from byway.runtime.control_flow import is_stop
from byway.runtime.metadata_endpoint import MetadataFileError
from byway.runtime.prerendered import write_entry
from byway.runtime.route_cache import ANSWERS, StaticRoute
from byway.runtime.scope import StaticOnlyError
from byway.runtime.static_params import StaticParamsError

# How many answers are made at once.
_AT_ONCE = 8
_QUICKER = "Make it quicker, or raise Config(static_page_generation_timeout=…)."

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


class _Failure(NamedTuple):
    """One thing that could not be made. Those with one ``cause`` are told as one problem, of the first one's file.

    ``what`` is a phrase around the answer that failed; ``number`` is its place among all answers.
    """

    error: BaseException
    file: str
    cause: object
    what: tuple[str, str]
    cure: str
    path: str | None = None
    number: int = 0


async def prerender(app: App, build_id: str, folder: Path, progress: Progress | None = None) -> list[Outcome]:
    """Make the answers of every route of ``app`` that may be static, and write them into ``folder``.

    ``register()`` runs before, as in a worker, and its end after; `after()` work is waited for, unless the build fails.
    Raises ``AppError`` with the problems of the answers that could not be made, or with that of a ``register()`` that
    fails. A thread that was given up may still be at work then.
    """
    routes = [one.endpoint for one in app.routes if isinstance(one.endpoint, StaticRoute)]
    # Of a route that is answered anew the paths are asked for, too, when there are no others.
    outcomes = [Outcome(route) for route in routes if route.is_candidate or not route.config.dynamic_params]
    if not outcomes:
        return []
    limit = app.config.static_page_generation_timeout
    failures: list[_Failure] = []
    try:
        await _start(app)
        jobs: list[tuple[Outcome, Mapping[str, Any], str]] = []
        for outcome in outcomes:
            route = outcome.route
            timer = asyncio.timeout(limit)
            try:
                async with timer:
                    listed = await route.list_params(app)
            except BaseException as error:
                if is_stop(error):
                    raise
                failures.append(_unlisted(app, route, error, timer))
                continue
            outcome.paths = [route.path_of(params) for params in listed]
            if route.is_candidate:
                route.keep(build_id, outcome.paths)
                jobs += [(outcome, params, path) for params, path in zip(listed, outcome.paths, strict=True)]
        slots, done = asyncio.Semaphore(_AT_ONCE), 0
        entries: list[tuple[Outcome, str, Entry]] = []

        async def make(number: int, outcome: Outcome, params: Mapping[str, Any], path: str) -> None:
            nonlocal done
            route = outcome.route
            async with slots:
                created = app.cache.clock()
                timer = asyncio.timeout(limit)
                try:
                    async with timer:
                        computed = await route.make(app, params, path)
                    answer = computed.value
                    if computed.is_gone:
                        pass  # It was listed a moment ago; whoever asks for it is told what there is then.
                    elif answer is None:
                        outcome.dynamic = outcome.dynamic or computed.why
                    elif answer.status >= (500 if route.route_type == "render" else 400) and answer.status != 404:
                        outcome.dynamic = outcome.dynamic or f"answered {answer.status} when it was built"
                    else:
                        outcome.revalidate = min(outcome.revalidate, computed.revalidate)
                        outcome.expire = min(outcome.expire, computed.expire)
                        value, life = ANSWERS.encode(answer), (computed.revalidate, computed.expire, computed.stale)
                        if computed.revalidate > 0 and computed.expire > 0:  # else it is made anew at each visit
                            entry = Entry(value, created, None, *life, computed.tags)
                            entries.append((outcome, route.key(path), entry))
                except BaseException as error:
                    if is_stop(error):
                        raise
                    failures.append(_unmade(app, route, error, timer)._replace(path=path, number=number))
            done += 1
            if progress is not None:
                progress(done, len(jobs))

        async with asyncio.TaskGroup() as group:
            for number, job in enumerate(jobs):
                group.create_task(make(number, *job))
        # What an answer was waiting for in vain may take for ever.
        left = await app.background.drain(0 if failures else limit)
        if left and not failures:
            failures.append(_unfinished(app))
    finally:
        await app.stop(app.config.shutdown_timeout)
        app.threads.close()
    if failures:
        raise _told_together(failures)
    for outcome, key, entry in entries:
        if outcome.dynamic is None:
            write_entry(folder, key, entry)
    return outcomes


def _unlisted(app: App, route: StaticRoute, error: BaseException, timer: asyncio.Timeout) -> _Failure:
    """What to say of a list of paths that ``error`` has prevented."""
    if isinstance(error, StaticParamsError):
        what, cure = error.what, error.cure
    elif timer.expired():
        what, cure = f"{route.config.lister} {_too_long(app)}", _QUICKER
    else:
        what = f"{route.config.lister} failed: {_told(app, error)}"
        cure = "Mend what raises; the build lists the paths of a route with it."
    return _Failure(error, route.file, (route.file, what), (what, ""), cure)


def _unmade(app: App, route: StaticRoute, error: BaseException, timer: asyncio.Timeout) -> _Failure:
    """What to say of an answer that ``error`` has prevented."""
    if timer.expired():
        return _Failure(error, route.file, (route.file, TimeoutError), ("Making the", f" {_too_long(app)}"), _QUICKER)
    if isinstance(error, (StaticOnlyError, MetadataFileError)):
        what = ("The", f" cannot be made. {error.what}")
        return _Failure(error, route.file, (route.file, error.what), what, error.cure)
    cure = 'Mend what raises, or have it answered anew each time: dynamic = "force-dynamic".'
    # What one line raises may tell of the path, and is one mistake all the same: for all pages, if it is a layout's.
    cause = (_place(app, error) or (route.file, str(error)), type(error))
    return _Failure(error, route.file, cause, ("Making the", f" failed: {_told(app, error)}"), cure)


def _unfinished(app: App) -> _Failure:
    """What to say when the answers are made, but not all that their handlers have begun is done."""
    what = f"What after() began, or what a cached function computes in the background, {_too_long(app)}"
    folder = app.app_dir.relative_to(app.root).as_posix()
    return _Failure(TimeoutError(what), folder, what, (what, ""), _QUICKER)


def _too_long(app: App) -> str:
    return f"took longer than {app.config.static_page_generation_timeout:g} seconds."


def _told_together(failures: Sequence[_Failure]) -> AppError:
    """The error of a build with ``failures``: one problem for each cause."""
    groups: dict[object, list[_Failure]] = {}
    for failure in sorted(failures, key=attrgetter("number")):
        groups.setdefault(failure.cause, []).append(failure)
    problems: list[Problem] = []
    for first, *others in groups.values():
        before, after = first.what
        answers = ""
        if first.path is not None:
            more = f" and {len(others):,} more path{'s' if len(others) > 1 else ''}" if others else ""
            answers = f" answer{'s' if others else ''} at {first.path}{more}"
        problems.append(Problem(first.file, f"{before}{answers}{after}", first.cure))
    return AppError(problems, [first.error for first, *_ in groups.values()])


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
    place = _place(app, error)
    return f"{type(error).__name__}: {error}{f' ({place})' if place else ''}"


def _place(app: App, error: BaseException) -> str:
    """The last of the app's own lines that ``error`` came through; empty when there is none."""
    place = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = Path(frame.f_code.co_filename)
        if app.importer.is_own(path):
            place = f"{path.relative_to(app.root).as_posix()}:{line}"
    return place
