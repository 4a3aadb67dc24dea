"""An app, loaded: its configuration, its routes, and what runs beside its requests."""

from __future__ import annotations

import asyncio
import logging
import os
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Literal, TypeAlias

from byway.config import Config, parse_size
from byway.http.body import Limits
from byway.problems import AppError, Problem
from byway.routing.conflicts import public_conflicts
from byway.routing.matcher import Matcher
from byway.routing.route import Route
from byway.routing.scan import Project, find_app_dir, scan, scan_public
from byway.routing.segments import Segment
from byway.routing.tree import build_tree
from byway.runtime.after import Background
from byway.runtime.assets import PublicEndpoint
from byway.runtime.dispatch import Endpoint, RouteEndpoint
from byway.runtime.env import LoadedEnv, load_env
from byway.runtime.exports import read_exports
from byway.runtime.importer import Importer
from byway.runtime.instrumentation import Instrumentation
from byway.runtime.page_exports import PageReader
from byway.runtime.pages import PageEndpoint
from byway.runtime.pipeline import Answerer, Pipeline
from byway.runtime.threads import Threads
from byway.runtime.work import Params, Work

log = logging.getLogger("byway.app")

Mode: TypeAlias = Literal["development", "production", "test"]
ErrorPage: TypeAlias = Callable[[Work, BaseException], tuple[bytes, str]]
Places: TypeAlias = Sequence[tuple[Sequence[Segment], Endpoint]]


@dataclass(frozen=True, slots=True)
class LoadedRoute:
    """A route and the endpoint that answers for it."""

    route: Route
    endpoint: RouteEndpoint | PageEndpoint


class App:
    """One app in one process. Made by `load_app`; `start` it on the loop that serves it, `stop` it there too."""

    loop: asyncio.AbstractEventLoop

    def __init__(
        self,
        project: Project,
        config: Config,
        importer: Importer,
        env: LoadedEnv,
        routes: Sequence[LoadedRoute],
        pipeline: Answerer,
        instrumentation: Instrumentation,
        error_page: ErrorPage | None,
    ) -> None:
        self.root = project.root
        self.source_dir = project.source_dir
        self.app_dir = project.app_dir or project.root / "app"
        self.warnings = project.warnings
        self.config = config
        self.importer = importer
        self.env = env
        self.routes = tuple(routes)
        self.instrumentation = instrumentation
        self.error_page = error_page
        self.pipeline = pipeline
        self.limits = Limits(
            max_body_size=parse_size(config.max_body_size),
            max_form_parts=config.max_form_parts,
            upload_spool_size=parse_size(config.upload_spool_size),
        )
        self.threads = Threads(config.threads)
        self.background = Background()

    async def start(self) -> None:
        """Run the app's ``register()``. Raises what it raises."""
        self.loop = asyncio.get_running_loop()
        await self.instrumentation.start()

    async def stop(self, timeout: float) -> None:
        """Let `after()` work end within ``timeout`` seconds, then shut down."""
        left = await self.background.drain(timeout)
        if left:
            log.warning("Stopped %d after() task(s) that did not end within shutdown_timeout.", left)
        await self.instrumentation.stop()
        self.threads.close()

    def close(self) -> None:
        """Forget the app's modules and the environment variables of its ``.env`` files."""
        self.importer.close()
        _withdraw(self.env)


def load_app(root: Path, mode: Mode, *, error_page: ErrorPage | None = None, extra: Places = ()) -> App:
    """Read, import and check the app in the folder ``root``.

    ``extra`` are places of the server's own, beside the app's. Raises ``AppError`` with every problem found; the
    exceptions of files that do not import are its ``causes``.
    """
    project = find_app_dir(root)
    if project.app_dir is None:
        raise AppError(project.problems)
    env = load_env(project.root, mode, os.environ)
    os.environ.update(env.values)
    importer = Importer(project.root, project.source_dir)
    importer.open()
    try:
        reader = _Reader(project, importer, mode)
        reader.check_neighbours()
        reader.refuse_problems()  # Going on would run this app without its environment, or with another's modules.
        config = reader.read_config()
        instrumentation = reader.read_instrumentation()
        routes = reader.read_routes(project.app_dir)
        files = reader.read_public([one.route for one in routes])
        reader.refuse_problems()
    except BaseException:
        importer.close()
        _withdraw(env)
        raise
    places = [*((one.route.segments, one.endpoint) for one in routes), *files, *extra]
    return App(project, config, importer, env, routes, Pipeline(Matcher(places, Params)), instrumentation, error_page)


def placeholder_app(root: Path, answerer: Answerer) -> App:
    """An app without files of its own, whose every request ``answerer`` answers."""
    project = Project(root, root, None, (), ())
    env = LoadedEnv((), (), {})
    return App(project, Config(), Importer(root, root), env, (), answerer, Instrumentation(None), None)


def _withdraw(env: LoadedEnv) -> None:
    """Take what ``.env`` files set out of the process's environment, unless something else has changed it since."""
    for name, value in env.values.items():
        if os.environ.get(name) == value:
            del os.environ[name]


class _Reader:
    """Reads the files of a project, and collects what is wrong with them."""

    def __init__(self, project: Project, importer: Importer, mode: Mode) -> None:
        self.problems: list[Problem] = list(project.problems)
        self._causes: list[BaseException] = []
        self._project = project
        self._root = project.root
        self._importer = importer
        self._mode = mode

    def refuse_problems(self) -> None:
        """Raise ``AppError`` when there are problems so far."""
        if self.problems:
            raise AppError(self.problems, self._causes)

    def check_neighbours(self) -> None:
        """Two apps of one process cannot both have a module ``lib``: one of them would be given the other's."""
        for name, other in self._importer.conflicts():
            self.problems.append(
                Problem(
                    name,
                    f'Two apps in this process have a top-level module {name!r}: this one, and the one in "{other}".',
                    "Rename one of them, or serve the apps from two processes.",
                )
            )

    def read_config(self) -> Config:
        """The ``config`` of ``byway_config.py``; the defaults when there is no such file."""
        file = "byway_config.py"
        module = self._import(file) if (self._root / file).is_file() else None
        if module is None:
            return Config()
        config: object = getattr(module, "config", None)
        if isinstance(config, Config):
            return config
        found = "does not define config" if config is None else f"defines config as {type(config).__name__}"
        self.problems.append(Problem(file, f"This file {found}.", "Write `config = Config(…)` at its top level."))
        return Config()

    def read_instrumentation(self) -> Instrumentation:
        """The functions of ``instrumentation.py``, which lies beside ``app/``."""
        path = self._project.source_dir / "instrumentation.py"
        file = path.relative_to(self._root).as_posix()
        module = self._import(file) if path.is_file() else None
        if module is not None:
            self.problems += Instrumentation.check(module, file)
        return Instrumentation(module)

    def read_routes(self, app_dir: Path) -> list[LoadedRoute]:
        """Every route of the app with its endpoint."""
        files = scan(app_dir, self._root)
        routes, problems = build_tree(files)
        self.problems += problems
        pages = PageReader(files, self._import_with_source, is_checked=self._mode != "production")
        loaded: list[LoadedRoute] = []
        for route in routes:
            endpoint = pages.read(route) if route.kind == "page" else self._read_handlers(route)
            if endpoint is not None:
                loaded.append(LoadedRoute(route, endpoint))
        self.problems += pages.problems
        return loaded

    def _read_handlers(self, route: Route) -> RouteEndpoint | None:
        imported = self._import_with_source(route.file)
        if imported is None:
            return None
        endpoint, mistakes = read_exports(route.pattern, route.file, *imported)
        self.problems += mistakes
        return endpoint

    def _import_with_source(self, file: str) -> tuple[ModuleType, bytes] | None:
        module = self._import(file)
        return None if module is None else (module, (self._root / file).read_bytes())

    def read_public(self, routes: Iterable[Route]) -> list[tuple[tuple[Segment, ...], Endpoint]]:
        """The files of ``public/`` and where they are served."""
        files = scan_public(self._root)
        self.problems += public_conflicts(routes, files)
        return [
            (tuple(Segment("static", piece) for piece in path.split("/")[1:]), PublicEndpoint(path, file))
            for path, file in files.items()
        ]

    def _import(self, file: str) -> ModuleType | None:
        try:
            return self._importer.load(file)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self.problems.append(self._import_problem(file, error))
            self._causes.append(error)
            return None

    def _import_problem(self, file: str, error: BaseException) -> Problem:
        """Where in the project's own files ``error`` was raised, and what it says."""
        where, line = file, None
        if isinstance(error, SyntaxError) and error.filename is not None:
            place, line = Path(error.filename), error.lineno
            if self._importer.is_own(place):
                where = place.relative_to(self._root).as_posix()
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if self._importer.is_own(Path(frame.filename)):
                    where, line = Path(frame.filename).relative_to(self._root).as_posix(), frame.lineno
        what = "".join(traceback.format_exception_only(error)).strip()
        if isinstance(error, SyntaxError):
            what = what.splitlines()[-1]  # the lines before it show the place, as the problem does by itself
        subject = "This file" if where == file else f"{file} imports this file, which"
        return Problem(
            where if line is None else f"{where}:{line}",
            f"{subject} does not import: {what}",
            _import_cure(error),
        )


def _import_cure(error: BaseException) -> str:
    match error:
        case SyntaxError():
            return "Mend the syntax at that line."
        case ModuleNotFoundError(name=str(name)):
            return f"Check the spelling of {name!r}, or install the package that has it into this environment."
        case SystemExit():
            return "A module must not exit the process while it is imported."
        case _:
            return "Mend what raises at that line; a file is imported once, before the first request."
