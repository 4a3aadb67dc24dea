"""What ``page.py`` and ``layout.py`` files export, and every mistake in them and around them."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from byway.problems import Problem
from byway.routing.layouts import folders_of, layouts_of
from byway.routing.route import Route
from byway.routing.segments import SegmentError, parse_segment
from byway.runtime.components import Component, compile_component
from byway.runtime.dispatch import HandlerError
from byway.runtime.exports import PAGE_OPTIONS, camel_cased, defined_names, read_options
from byway.runtime.head import FolderImages, HeadSegment, PageHead
from byway.runtime.head_exports import HEAD_NAMES, NOTHING_SAID, HeadExports, HeadReader, Teller
from byway.runtime.metadata_exports import LoadedMetadata
from byway.runtime.pages import LayoutComponent, PageEndpoint
from byway.runtime.segment import SegmentConfig

_PROPS = {"page": ("params", "search_params"), "layout": ("children", "params")}
# All of them in one, for a type checker: see `PageProps` and `LayoutProps`.
_ALL = "props"

_RENAME = "Remove it; a file that has nothing to do with this convention needs another name."
_REFUSED_FILES = {
    "template.py": f"{_RENAME} A layout.py can wrap what a template would.",
    "loading.py": f"{_RENAME} A page is sent when it is complete.",
    "error.py": f"{_RENAME} An error is answered with Byway's own page.",
    "not_found.py": f"{_RENAME} not_found() is answered with Byway's own page.",
    "forbidden.py": f"{_RENAME} forbidden() is answered with Byway's own page.",
    "unauthorized.py": f"{_RENAME} unauthorized() is answered with Byway's own page.",
    "default.py": f"{_RENAME} There are no parallel routes for it to serve.",
    "global_error.py": f"{_RENAME} An error is answered with Byway's own page.",
    "global_not_found.py": f"{_RENAME} A URL without a route is answered with Byway's own page.",
}


@dataclass(frozen=True, slots=True)
class _Export:
    """The component of a module of the app, its segment config, and what it says for the head."""

    component: Component
    options: Mapping[str, Any]
    head: HeadExports


class PageReader:
    """Makes endpoints of pages, and collects what is wrong with them; each layout is read once.

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
        self._layouts: dict[str, _Export | None] = {}
        self._problems, self._refused = _refused_files(self._files)
        self._heads = HeadReader(self._problems, self._teller)
        self._without_layout: list[str] = []

    @property
    def problems(self) -> list[Problem]:
        """What is wrong with the pages that were read, and with the files of conventions that are not there yet."""
        return self._problems + _no_root_layout(self._without_layout)

    def read(self, route: Route) -> PageEndpoint | None:
        """The endpoint of a page; None when it has problems."""
        if route.file in self._refused:
            return None
        page = self._read("page", route.file)
        layouts = layouts_of(route.file, self._files)
        if not layouts:
            self._without_layout.append(route.file)
        exports: list[_Export] = []
        heads: dict[str, HeadExports] = {}
        components: list[LayoutComponent] = []
        for layout in layouts:
            if layout.file not in self._layouts:
                self._layouts[layout.file] = self._read("layout", layout.file)
            export = self._layouts[layout.file]
            if export is not None:
                exports.append(export)
                heads[_folder(layout.file)] = export.head
                components.append(LayoutComponent(export.component, layout.param_names))
        if page is None:
            return None
        # Of an option that several of them set, the one nearest to the page counts.
        options = dict(ChainMap({}, *(dict(export.options) for export in [page, *reversed(exports)])))
        config = SegmentConfig.of(options)
        head = self._head(route, heads, page.head)
        return PageEndpoint(route.pattern, page.component, components, head, config, is_checked=self._is_checked)

    def _head(self, route: Route, layouts: Mapping[str, HeadExports], page: HeadExports) -> PageHead:
        """The head of the page of ``route``; ``layouts`` is what each folder's layout says for it."""
        segments: list[HeadSegment] = []
        for folder, names in folders_of(route.file):
            if folder not in self._images:
                self._images[folder] = FolderImages.of(self._metadata, folder)
            segments.append(HeadSegment(layouts.get(folder, NOTHING_SAID), self._images[folder], names))
        own = replace(segments[-1], exports=page, is_page=True)
        return PageHead([*segments, own], self._teller)

    def _read(self, name: str, file: str) -> _Export | None:
        loaded = self._load(file)
        if loaded is None:
            return None
        module, source = loaded
        defined = defined_names(source)
        options = read_options(file, module, defined, self._problems, PAGE_OPTIONS, HEAD_NAMES)
        self._problems += camel_cased(file, defined, HEAD_NAMES)
        head = self._heads.read(name, file, module, defined)
        props = _PROPS[name]
        if not hasattr(module, name):
            self._problems.append(
                Problem(
                    file,
                    f"This file defines no function {name!r}, so there is nothing to render.",
                    f"Define `def {name}({', '.join(props)})`, with those of the parameters that it needs.",
                )
            )
            return None
        try:
            return _Export(compile_component(name, file, getattr(module, name), props, _ALL), options, head)
        except HandlerError as error:
            where = f"{file}:{defined[name]}" if name in defined else file
            self._problems.append(Problem(where, str(error), error.cure))
            return None


def _no_root_layout(pages: list[str]) -> list[Problem]:
    """The problem of ``pages``, which no layout wraps."""
    if not pages:
        return []
    app = "src/app" if pages[0].startswith("src/") else "app"
    what = ["This page has no root layout, which renders the html and body elements."]
    if len(pages) > 1:
        what = ["These pages have no root layout, which renders the html and body elements:"]
        what += [f"  {page}" for page in pages]
    cure = f"Create {app}/layout.py: `def layout(children): return html[body[children]]`, with htpy's elements, say."
    return [Problem(pages[0], "\n".join(what), cure)]


def _refused_files(files: Collection[str]) -> tuple[list[Problem], frozenset[str]]:
    """The problems of files whose conventions this version does not have, and those files."""
    problems: list[Problem] = []
    above_pages = {folder for file in files if file.endswith("/page.py") for folder in _folders_above(file)}
    for file in files:
        *folders, name = file.split("/")
        top = 2 if folders[0] == "src" else 1
        kinds = _kinds(folders[top:])
        if "private" in kinds:
            continue
        # Elsewhere such a file wraps no page, and is whatever its author means it to be.
        acts = len(folders) == top or ("/".join(folders) in above_pages and not name.startswith("global_"))
        if name in _REFUSED_FILES and acts:
            convention = name.removesuffix(".py").replace("_", "-")
            what = f'This version of Byway does not have the file convention "{convention}" yet.'
            problems.append(Problem(file, what, _REFUSED_FILES[name]))
        elif name == "page.py" and (kind := next((k for k in ("slot", "intercepting") if k in kinds), None)):
            folder, noun = kinds[kind], "a slot" if kind == "slot" else "an intercepting folder"
            what = (
                f'This page lies in {noun}, "{folder}"; this version of Byway has no parallel or intercepting routes.'
            )
            problems.append(Problem(file, what, "Move it to a folder of its own, or remove it."))
    return problems, frozenset(problem.file for problem in problems)


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _folders_above(file: str) -> Iterator[str]:
    """The folders that ``file`` lies in, at any depth."""
    while "/" in file:
        file = _folder(file)
        yield file


def _kinds(folders: list[str]) -> Mapping[str, str]:
    """The kinds of ``folders``, each with the first of them; a folder that has a fault of its own has none."""
    kinds: dict[str, str] = {}
    for folder in folders:
        try:
            kinds.setdefault(parse_segment(folder).kind, folder)
        except SegmentError:
            continue
    return kinds
