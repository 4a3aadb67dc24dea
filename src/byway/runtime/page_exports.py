"""What ``page.py`` and ``layout.py`` files export, and every mistake in them and around them."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from byway.problems import Problem
from byway.routing.branches import Branch, Branches, Step
from byway.routing.route import Route
from byway.routing.segments import Segment, SegmentError, parse_segment
from byway.runtime.components import Component, compile_component
from byway.runtime.dispatch import HandlerError
from byway.runtime.exports import HANDLER_OPTIONS, camel_cased, combinations, defined_names, read_options
from byway.runtime.head import FolderImages, HeadSegment, PageHead
from byway.runtime.head_exports import HEAD_NAMES, NOTHING_SAID, HeadExports, HeadReader, Teller
from byway.runtime.metadata_exports import LoadedMetadata
from byway.runtime.page_rendering import Interrupt, PageBranch, PageFiles, PageFolder
from byway.runtime.pages import PageEndpoint
from byway.runtime.route_cache import StaticRoute
from byway.runtime.segment import SegmentConfig
from byway.runtime.static_params import Lister

_PROPS = {
    "page": ("params", "search_params"),
    "layout": ("children", "params"),
    "template": ("children",),
    "error": ("error",),
    "loading": (),
    "not_found": (),
    "forbidden": (),
    "unauthorized": (),
    "global_error": ("error",),
    "global_not_found": (),
    "default": ("params",),
}
# All of them in one, for a type checker: see `PageProps` and `LayoutProps`.
_ALL = {"page": "props", "layout": "props"}
# What says something for the head, and what may set segment config.
_WITH_HEAD = ("page", "layout", "not_found", "forbidden", "unauthorized", "global_not_found", "default")
_WITH_OPTIONS = ("page", "layout", "default")

# As the documents name them, and as they are named here.
_DOCUMENTED = {name.replace("_", "-") + ".py": f"{name}.py" for name in _PROPS if "_" in name}
_INTERRUPTS = {"not_found": 404, "forbidden": 403, "unauthorized": 401}


@dataclass(frozen=True, slots=True)
class _Export:
    """The component of a module of the app, its segment config, and what it says for the head."""

    component: Component
    options: Mapping[str, Any]
    head: HeadExports


class PageReader:
    """Makes endpoints of pages, and collects what is wrong with them; each file is read once.

    ``files`` are all files of the app; ``load`` gives a file's module and its source, or None for a file that does not
    import, which it reports itself; ``metadata`` are the metadata files among them. With ``is_checked`` endpoints check
    what a root layout renders.
    """

    def __init__(
        self,
        files: Collection[str],
        load: Callable[[str], tuple[ModuleType, bytes] | None],
        metadata: Sequence[LoadedMetadata] = (),
        *,
        is_checked: bool,
    ) -> None:
        self._files = frozenset(files)
        self._load = load
        self._metadata = metadata
        self._is_checked = is_checked
        self._teller = Teller()
        self._images: dict[str, FolderImages] = {}
        self._read_files: dict[str, _Export | None] = {}
        self._branches = Branches(self._files)
        self._without_default: set[str] = set()
        self._problems, self._refused = _intercepting(self._files)
        self._problems += _misspelt(self._files)
        self._heads = HeadReader(self._problems, self._teller)
        self._without_layout: list[str] = []

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the pages that were read, and with the files of conventions that are not there yet."""
        return self._problems + _no_root_layout(self._without_layout)

    def read(self, route: Route) -> PageEndpoint | StaticRoute | None:
        """The endpoint of a page; None when it has problems, or when there is nothing to show at its URL after all."""
        if route.file in self._refused:
            return None
        app = _app_of(route.file)
        branch = self._branches.find(app, route.segments)
        if branch is None:
            return None  # it is in a slot, and the children there have no default.py
        if all(f"{step.folder}/layout.py" not in self._files for step in branch.steps):
            self._without_layout.append(route.file)
        exports: list[_Export] = []
        heads: list[HeadSegment] = []
        read = self._branch(branch, route.pattern, exports, heads)
        if read is None:
            return None
        config = _merged([export.options for export in exports])
        files = PageFiles(read, self._head(heads, exports[-1].head), self._component("global_error", app))
        endpoint = PageEndpoint(route.pattern, files, config, is_checked=self._is_checked)
        listers = [
            Lister(export.options["generate_static_params"], _segments_to(export.component.file), export.component.file)
            for export in exports
            if "generate_static_params" in export.options
            and route.file.startswith(f"{_folder(export.component.file)}/")
        ]
        if config.dynamic_params is False and not listers:
            self._problems.append(_nothing_listed(exports))
        is_static = config.why_dynamic(has_params=bool(route.param_names)) is None
        # What is answered anew may be there for listed paths alone, too.
        if is_static or config.dynamic in ("force-static", "error") or not config.dynamic_params:
            return StaticRoute(endpoint, route.segments, listers)
        return endpoint

    def _branch(
        self, branch: Branch, pattern: str | None, exports: list[_Export], heads: list[HeadSegment] | None
    ) -> PageBranch | None:
        """The files of ``branch``, which are added to ``exports``, the page last, and their ``heads``; None when there
        are problems.

        ``pattern`` is that of the route, if there is one. What slots say for the head is not asked for: ``heads`` is
        None.
        """
        folders: list[PageFolder] = []
        for step in branch.steps:
            layout = self._export("layout", step.folder)
            if layout is not None:
                exports.append(layout)
            if heads is not None:
                said = NOTHING_SAID if layout is None else layout.head
                heads.append(HeadSegment(said, self._images_of(step.folder), tuple(one.name for one in step.bindings)))
            slots = self._slots(step, pattern, exports)
            folders.append(replace(self._folder(step.folder, layout, heads), bindings=step.bindings, slots=slots))
        page = self._export(branch.file.rpartition("/")[2].removesuffix(".py"), _folder(branch.file))
        if page is None:
            return None
        exports.append(page)
        return PageBranch(page.component, folders, branch.bindings)

    def _slots(self, step: Step, pattern: str | None, exports: list[_Export]) -> dict[str, PageBranch | None]:
        """What the slots of the folder of ``step`` show."""
        slots: dict[str, PageBranch | None] = {}
        for name, slot in step.slots.items():
            if slot is None and pattern is not None:
                self._miss_default(f"{step.folder}/@{name}", pattern)
            slots[name] = None if slot is None else self._branch(slot, pattern, exports, None)
        return slots

    def _miss_default(self, slot: str, pattern: str) -> None:
        """Complain of the folder ``slot``, which has nothing to show beside the route ``pattern``."""
        if slot not in self._without_default:
            self._without_default.add(slot)
            what = f'The slot has no page for "{pattern}", and no default.py to show there instead.'
            cure = f"Create {slot}/default.py: `def default(): return None` shows nothing."
            self._problems.append(Problem(slot, what, cure))

    def read_not_found(self, app: str) -> PageEndpoint | None:
        """What the folder ``app`` has to show at URLs without a route, if it has something: ``global_not_found.py``, a
        document of its own, or ``not_found.py``, in the root layout.
        """
        heads = [HeadSegment(NOTHING_SAID, self._images_of(app), ())]
        if (found := self._export("global_not_found", app)) is not None:
            files = PageFiles(
                PageBranch(found.component, []), self._head(heads, found.head), self._component("global_error", app)
            )
            return PageEndpoint("/_not_found", files, status=404, is_checked=self._is_checked)
        if (found := self._export("not_found", app)) is None:
            return None
        layout = self._export("layout", app)
        if layout is None:
            what = "This file has no root layout, which renders the html and body elements."
            self._problems.append(Problem(found.component.file, what, _root_layout_cure(app)))
            return None
        heads = [HeadSegment(layout.head, self._images_of(app), ())]
        slots = self._slots(Step(app, (), self._branches.defaults(app)), None, [])
        folder = replace(self._folder(app, layout, heads), interrupts={}, loading=None, slots=slots)
        files = PageFiles(
            PageBranch(found.component, [folder]), self._head(heads, found.head), self._component("global_error", app)
        )
        config = SegmentConfig.of({name: value for name, value in layout.options.items() if name == "max_duration"})
        return PageEndpoint("/_not_found", files, config, status=404, is_checked=self._is_checked)

    def _folder(self, folder: str, layout: _Export | None, heads: Sequence[HeadSegment] | None) -> PageFolder:
        """What ``folder`` wraps pages in; ``heads`` are those from the app's folder down to this one.

        In a slot they are None.
        """
        interrupts: dict[int, Interrupt] = {}
        for name, status in _INTERRUPTS.items():
            if (export := self._export(name, folder)) is not None:
                head = None if heads is None else self._head(heads, export.head)
                interrupts[status] = Interrupt(export.component, head)
        return PageFolder(
            layout=None if layout is None else layout.component,
            template=self._component("template", folder),
            error=self._component("error", folder),
            loading=self._component("loading", folder),
            interrupts=interrupts,
        )

    def _component(self, name: str, folder: str) -> Component | None:
        export = self._export(name, folder)
        return None if export is None else export.component

    def _export(self, name: str, folder: str) -> _Export | None:
        """What the file of the convention ``name`` in ``folder`` exports, if there is one without problems."""
        file = f"{folder}/{name}.py"
        if file not in self._files:
            return None
        if file not in self._read_files:
            self._read_files[file] = self._read(name, file)
        return self._read_files[file]

    def _slots_of(self, layout: str) -> list[str]:
        """The names of the slots beside the file ``layout``."""
        start = f"{_folder(layout)}/@"
        names = {file[len(start) :].partition("/")[0] for file in self._files if file.startswith(start)}
        for name in sorted(names & {"children", "params", "props"}):
            what = f'The slot "@{name}" has the name of a prop that every layout is given.'
            self._problems.append(Problem(f"{start}{name}", what, "Give the folder another name."))
        return sorted(names - {"children", "params", "props"})

    def _images_of(self, folder: str) -> FolderImages:
        if folder not in self._images:
            self._images[folder] = FolderImages.of(self._metadata, folder)
        return self._images[folder]

    def _head(self, heads: Sequence[HeadSegment], said: HeadExports) -> PageHead:
        """The head of what is shown in the last folder of ``heads`` and says ``said``."""
        return PageHead([*heads, replace(heads[-1], exports=said, is_page=True)], self._teller)

    def _read(self, name: str, file: str) -> _Export | None:
        loaded = self._load(file)
        if loaded is None:
            return None
        module, source = loaded
        defined = defined_names(source)
        options: Mapping[str, Any] = {}
        head = NOTHING_SAID
        if name in _WITH_OPTIONS:
            options = read_options(file, module, defined, self._problems, HANDLER_OPTIONS, HEAD_NAMES)
        if name in _WITH_HEAD:
            self._problems += camel_cased(file, defined, HEAD_NAMES)
            head = self._heads.read(name, file, module, defined)
        props = (*_PROPS[name], *self._slots_of(file)) if name == "layout" else _PROPS[name]
        if not hasattr(module, name):
            self._problems.append(
                Problem(
                    file,
                    f"This file defines no function {name!r}, so there is nothing to render.",
                    _defining(name, props),
                )
            )
            return None
        try:
            component = compile_component(name, file, getattr(module, name), props, _ALL.get(name))
        except HandlerError as error:
            where = f"{file}:{defined[name]}" if name in defined else file
            self._problems.append(Problem(where, str(error), error.cure))
            return None
        if options:
            # Another of the files around a page may list its paths.
            functions = {name: component.is_async}
            self._problems += combinations(file, options, functions, defined, lists_paths=True)
        return _Export(component, options, head)


def _merged(files: Sequence[Mapping[str, Any]]) -> SegmentConfig:
    """The config of a page whose layouts, from the outermost inwards, and itself set these options.

    Of an option that several of them set, the one nearest to the page counts, but for those that none can take back:
    to be answered anew, to be made for listed paths only, and to live for so many seconds.
    """
    options: dict[str, Any] = {"is_kept": True}
    for one in files:
        options |= one
    if any(one.get("dynamic") == "force-dynamic" for one in files):
        options["dynamic"] = "force-dynamic"
    if any(one.get("dynamic_params") is False for one in files):
        options["dynamic_params"] = False
    lives = [one["revalidate"] for one in files if "revalidate" in one]
    if lives:
        options["revalidate"] = min(lives, key=lambda seconds: math.inf if seconds is False else seconds)
    return SegmentConfig.of(options)


def _segments_to(file: str) -> tuple[Segment, ...]:
    """The segments of the folders down to that of ``file``."""
    return tuple(parse_segment(folder) for folder in _app_folders(file))


def _defining(name: str, props: Sequence[str]) -> str:
    needs = ", with those of the parameters that it needs" if len(props) > 1 else ""
    return f"Define `def {name}({', '.join(props)})`{needs}."


def _no_root_layout(pages: list[str]) -> list[Problem]:
    """The problem of ``pages``, which no layout wraps."""
    if not pages:
        return []
    what = ["This page has no root layout, which renders the html and body elements."]
    if len(pages) > 1:
        what = ["These pages have no root layout, which renders the html and body elements:"]
        what += [f"  {page}" for page in pages]
    return [Problem(pages[0], "\n".join(what), _root_layout_cure(_app_of(pages[0])))]


def _root_layout_cure(app: str) -> str:
    return f"Create {app}/layout.py: `def layout(children): return html[body[children]]`, with htpy's elements, say."


def _nothing_listed(exports: Sequence[_Export]) -> Problem:
    file = next(one.component.file for one in exports if one.options.get("dynamic_params") is False)
    what = "dynamic_params = False has only the listed paths answered, but none are listed."
    return Problem(file, what, "Define generate_static_params, which lists them.")


def _misspelt(files: Collection[str]) -> list[Problem]:
    """The problems of files that are named as in the documents, whose names no module of Python can have."""
    problems: list[Problem] = []
    for file in files:
        name = file.rpartition("/")[2]
        if name in _DOCUMENTED and "private" not in _kinds(_app_folders(file)):
            what = f'No convention is named "{name}".'
            problems.append(Problem(file, what, f'Rename it to "{_DOCUMENTED[name]}".'))
    return problems


def _app_of(file: str) -> str:
    """The app's folder, which ``file`` lies in."""
    return "src/app" if file.startswith("src/") else "app"


def _app_folders(file: str) -> list[str]:
    """The folders below the app's that ``file`` lies in."""
    return file.removeprefix(f"{_app_of(file)}/").split("/")[:-1]


def _intercepting(files: Collection[str]) -> tuple[list[Problem], frozenset[str]]:
    """The problems of pages in intercepting folders, which this version does not have, and those pages."""
    problems: list[Problem] = []
    for file in files:
        name = file.rpartition("/")[2]
        kinds = _kinds(_app_folders(file))
        if name == "page.py" and "private" not in kinds and "intercepting" in kinds:
            what = (
                f'This page lies in an intercepting folder, "{kinds["intercepting"]}"; this version of Byway has no '
                "intercepting routes."
            )
            problems.append(Problem(file, what, "Move it to a folder of its own, or remove it."))
    return problems, frozenset(problem.file for problem in problems)


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _kinds(folders: list[str]) -> Mapping[str, str]:
    """The kinds of ``folders``, each with the first of them; a folder that has a fault of its own has none."""
    kinds: dict[str, str] = {}
    for folder in folders:
        try:
            kinds.setdefault(parse_segment(folder).kind, folder)
        except SegmentError:
            continue
    return kinds
