"""Importing an app's files: folders such as ``[slug]``, ``(group)`` and ``rss.xml`` are packages.

Theory of operation. Python's own import system can import from a folder named ``[slug]``: a module's name is only a
string. Two things stand in the way. A dot in a folder's name (``rss.xml``, ``[...slug]``) would split the name, so
such a dot is written ``%2E`` in module names. And every app has a package called ``app``, so two apps in one process
would meet: the first one owns the name ``app``, another one's files go under a name of their own, and the absolute
imports in all its project's files (``from app.lib import x``) are rewritten to that name.

Each file has one module name, derived from its path. Whoever imports it (the router, ``from .widget import Widget``,
``from app.lib.dal import x``) uses that name, so no file is ever loaded twice. A test that imports ``app.lib.dal``
before the app is loaded has the app's module: what is there already is taken over. And it keeps it: when the app is
closed, Python forgets only what came in with the app.
"""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from byway.runtime.cached import DIRECTIVE, apply_directive
from byway.runtime.sources import has_python_files, is_own, is_test

# The files beside app/ that every project may have: like app/ itself, they may not meet another project's.
SPECIAL_FILES = ("byway_config", "proxy", "instrumentation")
_PACKAGES = ("app", "pages")
# Files and folders that lie beside many an app, and that no app imports.
_BESIDE = frozenset(
    {"asgi", "benchmarks", "build", "conftest", "dist", "docs", "env", "examples", "main", "manage", "node_modules"}
    | {"noxfile", "public", "scripts", "setup", "tasks", "tests", "venv", "wsgi"}
)


def escape(folder: str) -> str:
    """``folder`` as one part of a module's name."""
    return folder.replace("%", "%25").replace(".", "%2E")


def unescape(part: str) -> str:
    """The folder whose name `escape` gave ``part``."""
    return part.replace("%2E", ".").replace("%25", "%")


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a file whose absolute imports of ``app`` mean the project's own package, and heeds its directive.

    ``folder`` is the folder beside the file that has its name, for modules that share it with one.
    """

    def __init__(self, fullname: str, path: str, renamed: dict[str, str], folder: str | None = None) -> None:
        super().__init__(fullname, path)
        self._renamed = renamed
        self._folder = folder

    def exec_module(self, module: ModuleType) -> None:
        if self._folder is not None:
            # The files in it are found below this module, whose own relative imports begin beside it all the same.
            module.__path__ = [self._folder]
        super().exec_module(module)
        apply_directive(module)

    def get_code(self, fullname: str) -> CodeType | None:
        if not self._renamed:
            return super().get_code(fullname)
        # The byte code that lies beside the file is that of the unchanged source.
        path = self.get_filename(fullname)
        return self.source_to_code(self.get_data(path), path)

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> CodeType:  # type: ignore[override]
        if not self._renamed:
            return super().source_to_code(data, path, _optimize=_optimize)
        tree = _Rename(self._renamed).visit(ast.parse(data, path))
        return compile(ast.fix_missing_locations(tree), path, "exec", dont_inherit=True, optimize=_optimize)


class _FolderLoader(importlib.machinery.NamespaceLoader):
    """Makes a package of a folder without ``__init__.py``; ``importlib.resources`` finds what lies in it."""

    def __init__(self, name: str, path: list[str]) -> None:
        # Asked whether the package has come to lie in other folders as well, it says no.
        super().__init__(name, path, lambda name, path: importlib.machinery.ModuleSpec(name, None, is_package=True))

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = None  # as Python has it for such packages


class _Rename(ast.NodeTransformer):
    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def _renamed(self, name: str) -> str:
        first, dot, rest = name.partition(".")
        return self._names.get(first, first) + dot + rest

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST:
        if node.level == 0 and node.module is not None:
            node.module = self._renamed(node.module)
        return node

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        statements: list[ast.stmt] = []
        for alias in node.names:
            new = self._renamed(alias.name)
            if new == alias.name or alias.asname is not None:
                statements.append(ast.Import([ast.alias(new, alias.asname)]))
            else:
                # `import app.lib` binds the name `app`.
                first = alias.name.partition(".")[0]
                statements += [ast.Import([ast.alias(new)]), ast.Import([ast.alias(self._names[first], first)])]
        return [ast.copy_location(statement, node) for statement in statements]


class Importer:
    """Imports the files of one project; `close` makes Python forget them.

    ``source`` is the folder that holds ``app/``: the project's root, or its ``src/``. With ``is_fresh`` every module of
    the project is forgotten, whoever imported it, so that the next app finds none of them.
    """

    def __init__(self, root: Path, source: Path, *, is_fresh: bool = False) -> None:
        self.root = root
        self.source = source
        self._is_fresh = is_fresh
        self._paths: list[str] = []
        self._renamed: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self._beside: frozenset[str] = frozenset()
        self._before: dict[str, ModuleType] = {}

    def open(self) -> None:
        """Make the project's modules importable: its root (and ``src/``) are put on ``sys.path``."""
        self._before = {} if self._is_fresh else dict(sys.modules)
        names = [name for name in (*_PACKAGES, *SPECIAL_FILES) if self._has(name)]
        number = next(_numbers)
        self._renamed = {name: f"{name}@{number}" for name in names if self._is_taken(name)}
        self._own = {self._renamed.get(name, name): name for name in names}
        present = {name.removesuffix(".py") for base in {self.root, self.source} for name in os.listdir(base)}
        self._beside = frozenset(filter(str.isidentifier, present)) - sys.stdlib_module_names
        sys.meta_path.insert(0, self)
        _open.append(self)
        for folder in dict.fromkeys((str(self.source), str(self.root))):
            if folder not in sys.path:
                self._paths.append(folder)
                sys.path.insert(0, folder)
        self._heed_directives()
        importlib.invalidate_caches()

    def _heed_directives(self) -> None:
        """What a test has imported before was loaded by Python, which knows nothing of directives."""
        for module in list(sys.modules.values()):
            # Read without asking: some that are no modules answer with a warning.
            is_directed = getattr(module, "__dict__", {}).get("__doc__") == DIRECTIVE
            if is_directed and any(self.is_own(Path(place)) for place in _places(module)):
                with suppress(TypeError):  # what cannot be cached is told of where the app is built
                    apply_directive(module)

    def close(self) -> None:
        """Forget the modules that came in with the app and take the project's folders off ``sys.path``."""
        if self not in _open:
            return
        self._forget()
        _open.remove(self)
        sys.meta_path.remove(self)
        for folder in self._paths:
            heir = next((other for other in _open if folder in (str(other.source), str(other.root))), None)
            if heir is not None:
                heir._paths.append(folder)
            elif folder in sys.path:
                sys.path.remove(folder)
        self._paths.clear()
        self._before.clear()

    def _forget(self) -> None:
        for name, module in list(self.modules()):
            del sys.modules[name]
            # Of a package that stays, `from package import name` would still give the module that is forgotten.
            above, _, last = name.rpartition(".")
            parent = sys.modules.get(above)
            if parent is not None and vars(parent).get(last) is module:
                delattr(parent, last)
        importlib.invalidate_caches()

    def modules(self) -> Iterator[tuple[str, ModuleType]]:
        """The loaded modules of the project that came in with its app, by name.

        Neither tests nor packages that are installed in the project's folder (in a ``.venv``) count.
        """
        for name, module in list(sys.modules.items()):
            if name == "__main__" or self._before.get(name) is module:
                continue
            is_in_app = self in _open and name.partition(".")[0] in self._own
            if is_in_app or any(self._is_imported_from(Path(place), name) for place in _places(module)):
                yield name, module

    def is_own(self, path: Path) -> bool:
        """Whether ``path`` is one of the project's own files rather than an installed package."""
        return is_own(self.root, path)

    def _is_imported_from(self, place: Path, name: str) -> bool:
        """Whether the project's folders gave the module ``name``, which lies at ``place``."""
        if not self.is_own(place) or is_test(place.relative_to(self.root)):
            return False
        if self._is_fresh:
            return True
        # A package of a monorepo, installed from a folder further down, is not the app's.
        bases = [base for base in (self.source, self.root) if place.is_relative_to(base)]
        return name.partition(".")[0] in {place.relative_to(base).parts[0].removesuffix(".py") for base in bases}

    def module_name(self, file: str) -> str:
        """The name of the module in ``file``, a path relative to the project's root."""
        path = (self.root / file).with_suffix("")
        base = self.source if path.is_relative_to(self.source) else self.root
        first, *rest = path.relative_to(base).parts
        return ".".join([self._renamed.get(first, first), *map(escape, rest)])

    def load(self, file: str) -> ModuleType:
        """The module in ``file``, a path relative to the project's root. Raises what its import raises."""
        return importlib.import_module(self.module_name(file))

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Python's hook: where the module ``fullname`` is; None when it is none of the project's own."""
        first, *rest = fullname.split(".")
        plain = self._own.get(first)
        if plain is None:
            return self._find_beside(fullname, path) if self._renamed or first in self._beside else None
        if not rest:
            place = self._base(plain) / plain
            return self._folder(fullname, place) if plain in _PACKAGES else self._file(fullname, place)
        for folder in path or ():
            place = Path(folder) / unescape(rest[-1])
            # In Python a package goes before a module, and a module before a folder without __init__.py.
            if (place / "__init__.py").is_file():
                return self._folder(fullname, place)
            # In pages/ a file and a folder of one name are two routes.
            shares = plain == "pages" and place.is_dir()
            spec = self._file(fullname, place, str(place) if shares else None) or self._folder(fullname, place)
            if spec is not None:
                return spec
        return None

    def _file(self, fullname: str, place: Path, folder: str | None = None) -> importlib.machinery.ModuleSpec | None:
        file = f"{place}.py"
        if not os.path.isfile(file):
            return None
        loader = _Loader(fullname, file, self._renamed, folder)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader)

    def _folder(self, fullname: str, folder: Path) -> importlib.machinery.ModuleSpec | None:
        if not folder.is_dir():
            return None
        init, places = folder / "__init__.py", [str(folder)]
        if init.is_file():
            loader = _Loader(fullname, str(init), self._renamed)
            return importlib.util.spec_from_file_location(
                fullname, init, loader=loader, submodule_search_locations=places
            )
        spec = importlib.machinery.ModuleSpec(fullname, _FolderLoader(fullname, places), is_package=True)
        spec.submodule_search_locations = places
        return spec

    def _find_beside(self, fullname: str, path: Sequence[str] | None) -> importlib.machinery.ModuleSpec | None:
        """Where a module beside ``app/`` is, which is loaded as those in ``app/`` are."""
        first = fullname.partition(".")[0]
        if first in self._renamed or first in sys.stdlib_module_names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            return None
        file = spec.loader.path
        if not self.is_own(Path(file)) or is_test(Path(file).relative_to(self.root)):
            return None
        folders = spec.submodule_search_locations
        return importlib.util.spec_from_file_location(
            fullname, file, loader=_Loader(fullname, file, self._renamed), submodule_search_locations=folders
        )

    def _base(self, name: str) -> Path:
        return self.root if name == "byway_config" else self.source

    def _has(self, name: str) -> bool:
        path = self._base(name) / name
        return path.is_dir() if name in _PACKAGES else path.with_suffix(".py").is_file()

    def _is_taken(self, name: str) -> bool:
        """Whether ``name`` is another project's, or that of a module from elsewhere."""
        if any(name in other._own for other in _open):
            return True
        module = sys.modules.get(name)
        if module is None:
            return False
        path = self._base(name) / name
        if name in _PACKAGES:
            places = {os.path.realpath(place) for place in getattr(module, "__path__", ())}
        else:
            places, path = {os.path.realpath(place) for place in _places(module)}, path.with_suffix(".py")
        return places != {os.path.realpath(path)}

    def conflicts(self) -> list[tuple[str, Path]]:
        """Top-level modules that this project and another open one both have, with the other project's root."""
        others = [other for other in _open if other.root != self.root]
        own = _top_level(self) if others else set[str]()
        return sorted((name, other.root) for other in others for name in own & _top_level(other))

    def strangers(self) -> list[tuple[str, Path]]:
        """Loaded modules, neither Python's own nor installed, that stand in for modules of this project.

        A test may have imported another project's ``lib`` before.
        """
        bases = {self.root, self.source}
        present = {name.removesuffix(".py") for base in bases for name in os.listdir(base)}
        present -= {*sys.stdlib_module_names, *_BESIDE, *_PACKAGES, *SPECIAL_FILES}
        root = os.path.realpath(self.root)
        found: dict[str, Path] = {}
        for name, module in list(sys.modules.items()):
            first = name.partition(".")[0]
            if first not in present or first in found:
                continue
            places = [Path(os.path.realpath(place)) for place in _places(module)]
            if not places or any(place.is_relative_to(root) or _is_installed(place) for place in places):
                continue
            if any((base / f"{first}.py").is_file() or has_python_files(base / first) for base in bases):
                found[first] = places[0]
        return sorted(found.items())


def _is_installed(path: Path) -> bool:
    return not {"site-packages", "dist-packages"}.isdisjoint(path.parts)


def _places(module: ModuleType) -> list[str]:
    """The file of ``module``; for a folder without ``__init__.py``, its folders."""
    file: str | None = getattr(module, "__file__", None)
    if file is not None:
        return [file]
    try:
        return list(getattr(module, "__path__", ()))
    except KeyError:
        return []  # a folder within a package that is forgotten already


def _top_level(importer: Importer) -> set[str]:
    """The names that ``import`` finds in the project's folders, but for the files that every project may have."""
    names: set[str] = set()
    for base in {importer.root, importer.source}:
        for entry in base.iterdir():
            name = entry.name.removesuffix(".py")
            if not name.isidentifier() or name in _BESIDE or is_test(Path(entry.name)):
                continue
            if entry.suffix == ".py" or (entry != importer.source and has_python_files(entry)):
                names.add(name)
    return names - {*_PACKAGES, *SPECIAL_FILES}


_open: list[Importer] = []
_numbers = iter(range(2, sys.maxsize))
