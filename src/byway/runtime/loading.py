"""How an app is loaded: its files are found, imported and checked, and every mistake in them is collected."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path, PurePosixPath
from types import ModuleType

from byway.caching.store import CacheStore
from byway.config import Config, parse_size
from byway.problems import AppError, Problem
from byway.routing.conflicts import public_conflicts
from byway.routing.reading import is_in_pages
from byway.routing.route import Route
from byway.routing.rules import Rules
from byway.routing.scan import Project, find_app_dir, scan_project, scan_public
from byway.routing.segments import Segment
from byway.routing.tree import build_tree
from byway.runtime.api_exports import read_api_exports
from byway.runtime.api_routes import ApiEndpoint
from byway.runtime.app import App, ErrorPage, LoadedEndpoint, LoadedRoute, Mode, Places
from byway.runtime.assets import PublicEndpoint
from byway.runtime.config_rules import load_rules
from byway.runtime.control_flow import ControlFlow
from byway.runtime.dispatch import Endpoint, RouteEndpoint
from byway.runtime.env import LoadedEnv
from byway.runtime.exports import read_exports
from byway.runtime.importer import Importer
from byway.runtime.instrumentation import Instrumentation
from byway.runtime.metadata_exports import LoadedMetadata, read_metadata_files
from byway.runtime.page_exports import PageReader
from byway.runtime.pages import PageEndpoint
from byway.runtime.paths import PathForm
from byway.runtime.pipeline import Answerer, Pipeline, steps
from byway.runtime.process_env import ConfigEnv, enter_config_env, enter_env, leave_config_env, leave_env
from byway.runtime.proxy import Proxy, read_proxy
from byway.runtime.public import PublicFile
from byway.runtime.reverse_proxy import ReverseProxy
from byway.runtime.route_cache import StaticRoute
from byway.runtime.sources import is_utf8

# Of what an exception says.
_MOST_LINES = 12


def load_app(
    root: Path,
    mode: Mode,
    *,
    error_page: ErrorPage | None = None,
    extra: Places = (),
    store: Callable[[Path, Config], CacheStore] | None = None,
    on_config: Callable[[Config], object] | None = None,
) -> App:
    """Read, import and check the app in the folder ``root``.

    ``on_config`` is called with the app's config when there is no problem so far, before anything else is imported.
    ``extra`` are places of the server's own, which the app's proxy and rules do not see; ``store`` gives what keeps the
    cache, unless ``Config(cache_handler=…)`` does; by default that is this process's memory. Raises ``AppError`` with
    every problem found; the exceptions of files that do not import are its ``causes``.
    """
    project = find_app_dir(root)
    if project.problems:
        raise AppError(project.problems)
    env = enter_env(project.root, mode)
    # In development the app is loaded again and again, and everything may have changed.
    importer = Importer(project.root, project.source_dir, is_fresh=mode == "development")
    importer.open()
    reader = _Reader(project, importer, mode)
    try:
        reader.check_neighbours()
        reader.refuse_problems()  # Going on would run this app without its environment, or with another's modules.
        config = reader.read_config()
        reader.enter_config_env(config)
        if on_config is not None and not reader.problems:
            on_config(config)
        instrumentation = reader.read_instrumentation()
        rules = reader.read_rules(config)
        form, upstream = PathForm(config), ReverseProxy(config.proxy_timeout)
        proxy = reader.read_proxy(form, upstream, rules)
        routes, metadata, not_found = reader.read_routes(config)
        files = reader.read_public([one.route for one in routes])
        reader.refuse_problems()
    except BaseException:
        importer.close()
        leave_config_env(reader.config_env)
        leave_env(env)
        raise
    places = [*((one.route.segments, one.endpoint) for one in routes), *files]
    pipeline = Pipeline(steps(places, rules, proxy, upstream, form, extra, not_found), form)
    # Tests begin with an empty cache, and need no server for it.
    handler = config.cache_handler if mode != "test" else None
    kept = handler or (None if store is None else store(project.root, config))
    return App(
        project,
        config,
        importer,
        env,
        routes,
        pipeline,
        instrumentation,
        error_page,
        proxy,
        metadata=metadata,
        mode=mode,
        store=kept,
        upstream=upstream,
        config_env=reader.config_env,
    )


def load_config(root: Path, mode: Mode) -> Config:
    """The config of the app in the folder ``root``, of which nothing else is imported. Raises ``AppError``."""
    project = find_app_dir(root)
    if project.problems:
        raise AppError(project.problems)
    env = enter_env(project.root, mode)
    importer = Importer(project.root, project.source_dir)
    importer.open()
    try:
        reader = _Reader(project, importer, mode)
        config = reader.read_config()
        reader.refuse_problems()
        return config
    finally:
        importer.close()
        leave_env(env)


def placeholder_app(root: Path, answerer: Answerer) -> App:
    """An app without files of its own, whose every request ``answerer`` answers."""
    project = Project(root, root, None, None, (), ())
    env = LoadedEnv((), (), {})
    return App(project, Config(), Importer(root, root), env, (), answerer, Instrumentation(None), None)


class _Reader:
    """Reads the files of a project, and collects what is wrong with them."""

    def __init__(self, project: Project, importer: Importer, mode: Mode) -> None:
        self.problems: list[Problem] = list(project.problems)
        self._causes: list[BaseException] = []
        self._hidden: frozenset[str] = frozenset()
        self._project = project
        self._root = project.root
        self._importer = importer
        self._mode = mode
        self.config_env: ConfigEnv | None = None

    def refuse_problems(self) -> None:
        """Raise ``AppError`` when there are problems so far."""
        if self.problems:
            raise AppError(self.problems, self._causes)

    def check_neighbours(self) -> None:
        """Two apps of one process cannot both have a module ``lib``: one of them would be given the other's."""
        conflicts = self._importer.conflicts()
        for name, other in conflicts:
            self.problems.append(
                Problem(
                    name,
                    f'Two apps in this process have a top-level module {name!r}: this one, and the one in "{other}".',
                    "Rename one of them, or serve the apps from two processes.",
                )
            )
        told = {name for name, _ in conflicts}
        for name, place in self._importer.strangers():
            if name not in told:
                what = f'This process has already imported a module {name!r} from elsewhere: "{place}".'
                cure = "Rename one of them, or run what imports the other one in a process of its own."
                self.problems.append(Problem(name, what, cure))

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

    def enter_config_env(self, config: Config) -> None:
        """Set the environment variables of ``config``, which the app's other files may read."""
        try:
            self.config_env = enter_config_env(self._root, config.env) if config.env else None
        except AppError as error:
            self.problems += error.problems

    def read_instrumentation(self) -> Instrumentation:
        """The functions of ``instrumentation.py``, which lies beside ``app/``."""
        path = self._project.source_dir / "instrumentation.py"
        file = path.relative_to(self._root).as_posix()
        module = self._import(file) if path.is_file() else None
        if module is not None:
            self.problems += Instrumentation.check(module, file)
        return Instrumentation(module)

    def read_rules(self, config: Config) -> Rules:
        """The rules that the functions of ``config`` return."""
        rules, problems = load_rules(config, self._line_of)
        self.problems += problems
        return rules

    def read_proxy(self, form: PathForm, upstream: ReverseProxy, rules: Rules) -> Proxy | None:
        """The proxy of ``proxy.py``, which lies beside ``app/``."""
        path = self._project.source_dir / "proxy.py"
        file = path.relative_to(self._root).as_posix()
        if file != "proxy.py" and (self._root / "proxy.py").is_file():
            what = "This file does not lie beside the app folder, so it would not run."
            self.problems.append(Problem("proxy.py", what, f'Move it to "{file}".'))
        imported = self._import_with_source(file) if path.is_file() else None
        if imported is None:
            return None
        rewrites = [rule for table in rules.rewrites for _, rule in table.numbered]
        proxy, mistakes = read_proxy(file, *imported, form, upstream, rewrites)
        self.problems += mistakes
        return proxy

    def read_routes(self, config: Config) -> tuple[list[LoadedRoute], list[LoadedMetadata], PageEndpoint | None]:
        """Every route of the app with its endpoint, in order of precedence, those of them that are metadata, and the
        page for URLs without a route.
        """
        files = self._readable(scan_project(self._project))
        self._find_hidden(files)
        app_files = [file for file in files if not is_in_pages(file)]
        metadata, mistakes = read_metadata_files(
            app_files, self._root, self._import_with_source, is_development=self._mode == "development"
        )
        self.problems += mistakes
        routes, problems = build_tree(files, [one.route for one in metadata])
        self.problems += problems
        pages = PageReader(app_files, self._import_with_source, metadata, is_checked=self._mode != "production")
        loaded = [LoadedRoute(one.route, one.served) for one in metadata]
        for route in routes:
            if route.kind == "page":
                endpoint: LoadedEndpoint | None = pages.read(route)
            elif route.kind == "api":
                endpoint = self._read_api(route, config)
            else:
                endpoint = self._read_handlers(route)
            if endpoint is not None:
                loaded.append(LoadedRoute(route, endpoint))
        app = self._project.app_dir
        not_found = None if app is None else pages.read_not_found(app.relative_to(self._root).as_posix())
        self.problems += pages.problems
        return sorted(loaded, key=lambda one: one.route.place), metadata, not_found

    def _readable(self, files: Iterable[str], folder: str = "") -> tuple[str, ...]:
        """Those of ``files``, which lie in ``folder``, whose paths are text; the others are problems."""
        readable: list[str] = []
        for file in files:
            if is_utf8(file):
                readable.append(file)
            else:
                shown = (folder + file).encode(errors="surrogateescape").decode(errors="backslashreplace")
                what = "The path of this file is not UTF-8, so no URL can name it."
                self.problems.append(Problem(shown, what, "Rename the file, or the folder that it lies in."))
        return tuple(readable)

    def _find_hidden(self, files: Sequence[str]) -> None:
        """Of a module and a folder with one name, Python finds only one.

        In ``pages/api`` it finds both, as each file there is a route, unless the folder is a package of its own.
        """
        modules = {file.removesuffix(".py"): file for file in files if file.endswith(".py")}
        clashes = {
            str(folder): modules[str(folder)]
            for name in modules
            for folder in PurePosixPath(name).parents
            if str(folder) in modules and not (is_in_pages(name) and f"{folder}/__init__" not in modules)
        }
        for folder, file in clashes.items():
            what = f'This file and the folder "{folder}" have one name, so that imports cannot find both.'
            above, _, last = folder.rpartition("/")
            cure = f'Rename one of them. To keep its URLs, move the folder into a group: "{above}/(group)/{last}".'
            if is_in_pages(file):
                cure = f'Remove "{folder}/__init__.py": without it both are found.'
            self.problems.append(Problem(file, what, cure))
        hidden = {f for f in modules.values() if any(f.startswith(f"{one}/") for one in clashes)}
        # Of a package, it is the file that is not found.
        self._hidden = frozenset(hidden | {file for file in clashes.values() if is_in_pages(file)})

    def _read_handlers(self, route: Route) -> RouteEndpoint | StaticRoute | None:
        imported = self._import_with_source(route.file)
        if imported is None:
            return None
        endpoint, mistakes = read_exports(route, *imported)
        self.problems += mistakes
        return endpoint

    def _read_api(self, route: Route, config: Config) -> ApiEndpoint | None:
        imported = self._import_with_source(route.file)
        if imported is None:
            return None
        endpoint, mistakes = read_api_exports(route, *imported, parse_size(config.max_body_size))
        self.problems += mistakes
        return endpoint

    def _import_with_source(self, file: str) -> tuple[ModuleType, bytes] | None:
        module = self._import(file)
        return None if module is None else (module, (self._root / file).read_bytes())

    def read_public(self, routes: Iterable[Route]) -> list[tuple[tuple[Segment, ...], Endpoint]]:
        """The files of ``public/`` and where they are served."""
        found = scan_public(self._root)
        files = {path: found[path] for path in self._readable(found, "public")}
        self.problems += public_conflicts(routes, files)
        public = self._root / "public"
        return [
            (
                tuple(Segment("static", piece) for piece in path.split("/")[1:]),
                PublicEndpoint(path, PublicFile.at(file), public),
            )
            for path, file in files.items()
        ]

    def _import(self, file: str) -> ModuleType | None:
        if file in self._hidden:
            return None
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
        place = self._line_of(error) or file
        where = place.partition(":")[0]
        subject = "This file" if where == file else f"{file} imports this file, which"
        return Problem(place, f"{subject} does not import: {_told(error)}", _import_cure(error))

    def _line_of(self, error: BaseException) -> str | None:
        """The line of the project's own files, ``file:line``, where ``error`` was raised last."""
        where: str | None = None
        if isinstance(error, SyntaxError) and error.filename is not None:
            place = Path(error.filename)
            if self._importer.is_own(place):
                where = place.relative_to(self._root).as_posix()
                where = where if error.lineno is None else f"{where}:{error.lineno}"
        else:
            for frame in traceback.extract_tb(error.__traceback__):
                if self._importer.is_own(Path(frame.filename)):
                    where = f"{Path(frame.filename).relative_to(self._root).as_posix()}:{frame.lineno}"
        return where


def _told(error: BaseException) -> str:
    """The type of ``error`` and what it says, its notes included; of a long text the beginning."""
    if isinstance(error, SyntaxError):
        # The lines that Python would show before tell the place, as the problem does by itself.
        return "\n".join([f"{type(error).__name__}: {error.msg}", *getattr(error, "__notes__", ())])
    lines = "".join(traceback.format_exception_only(error)).strip().splitlines()
    return "\n".join(lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"])


def _import_cure(error: BaseException) -> str:
    match error:
        case SyntaxError():
            return "Mend the syntax at that line."
        case ModuleNotFoundError(name=str(name)):
            return f"Check the spelling of {name!r}, or install the package that has it into this environment."
        case ControlFlow():
            return "Call it in a handler or a component: while a file is imported there is no request to answer."
        case SystemExit():
            return "A module must not exit the process while it is imported."
        case _:
            return "Mend what raises at that line; a file is imported once, before the first request."
