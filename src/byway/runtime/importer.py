"""Importing an app's files: folders such as ``[slug]``, ``(group)`` and ``rss.xml`` are packages.

Theory of operation. Python's own import system can import from a folder named ``[slug]``: a module's name is only a
string. Two things stand in the way. A dot in a folder's name (``rss.xml``, ``[...slug]``) would split the name, so
such a dot is written ``%2E`` in module names. And every app has a package called ``app``, so two apps in one process
would meet: the first one owns the name ``app``, another one's files go under a name of their own, and the absolute
imports in its files (``from app.lib import x``) are rewritten to that name.

Each file has one module name, derived from its path. Whoever imports it (the router, ``from .widget import Widget``,
``from app.lib.dal import x``) uses that name, so no file is ever loaded twice.
"""

from __future__ import annotations

import ast
import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

# The files beside app/ that every project may have: like app/ itself, they may not meet another project's.
SPECIAL_FILES = ("byway_config", "proxy", "instrumentation")
_PACKAGES = ("app", "pages")


def escape(folder: str) -> str:
    """``folder`` as one part of a module's name."""
    return folder.replace("%", "%25").replace(".", "%2E")


def unescape(part: str) -> str:
    """The folder whose name `escape` gave ``part``."""
    return part.replace("%2E", ".").replace("%25", "%")


class _Loader(importlib.machinery.SourceFileLoader):
    """Loads a file whose absolute imports of ``app`` mean the project's own package."""

    def __init__(self, fullname: str, path: str, renamed: dict[str, str]) -> None:
        super().__init__(fullname, path)
        self._renamed = renamed

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

    ``source`` is the folder that holds ``app/``: the project's root, or its ``src/``.
    """

    def __init__(self, root: Path, source: Path) -> None:
        self.root = root
        self.source = source
        self._paths: list[str] = []
        self._renamed: dict[str, str] = {}
        self._own: dict[str, str] = {}

    def open(self) -> None:
        """Make the project's modules importable: its root (and ``src/``) are put on ``sys.path``."""
        names = (*_PACKAGES, *SPECIAL_FILES)
        if any(name in sys.modules for name in names) or any("app" in other._own for other in _open):
            number = next(_numbers)
            self._renamed = {name: f"{name}@{number}" for name in names}
        self._own = {self._renamed.get(name, name): name for name in names}
        sys.meta_path.insert(0, self)
        _open.append(self)
        for folder in dict.fromkeys((str(self.source), str(self.root))):
            if folder not in sys.path:
                self._paths.append(folder)
                sys.path.insert(0, folder)
        importlib.invalidate_caches()

    def close(self) -> None:
        """Forget every module of the project and take its folders off ``sys.path``."""
        if self not in _open:
            return
        self.forget()
        _open.remove(self)
        sys.meta_path.remove(self)
        for folder in self._paths:
            if folder in sys.path:
                sys.path.remove(folder)
        self._paths.clear()

    def forget(self) -> None:
        """Take every module that came from the project out of ``sys.modules``, so that it is loaded anew."""
        for name, _ in list(self.modules()):
            sys.modules.pop(name, None)
        importlib.invalidate_caches()

    def modules(self) -> Iterator[tuple[str, ModuleType]]:
        """The loaded modules whose files lie in the project (installed packages in a ``.venv`` there do not count)."""
        for name, module in list(sys.modules.items()):
            first = name.partition(".")[0]
            if first in self._own and self in _open:
                yield name, module
                continue
            if name != "__main__" and any(self.is_own(Path(place)) for place in _places(module)):
                yield name, module

    def is_own(self, path: Path) -> bool:
        """Whether ``path`` is one of the project's own files rather than an installed package."""
        if not path.is_relative_to(self.root):
            return False
        parts = path.relative_to(self.root).parts
        return not any(part.startswith(".") or part in ("site-packages", "node_modules") for part in parts[:-1])

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
            return None
        if not rest:
            base = self.root if plain == "byway_config" else self.source
            return self._spec(fullname, base, plain, allow_folder=plain in _PACKAGES)
        if path is None:
            return None
        for folder in path:
            spec = self._spec(fullname, Path(folder), unescape(rest[-1]), allow_folder=True)
            if spec is not None:
                return spec
        return None

    def _spec(
        self, fullname: str, base: Path, name: str, *, allow_folder: bool
    ) -> importlib.machinery.ModuleSpec | None:
        folder, file = base / name, base / f"{name}.py"
        if allow_folder and folder.is_dir():
            init = folder / "__init__.py"
            if init.is_file():
                loader = _Loader(fullname, str(init), self._renamed)
                return importlib.util.spec_from_file_location(
                    fullname, init, loader=loader, submodule_search_locations=[str(folder)]
                )
            spec = importlib.machinery.ModuleSpec(fullname, None, is_package=True)
            spec.submodule_search_locations = [str(folder)]
            return spec
        if file.is_file():
            loader = _Loader(fullname, str(file), self._renamed)
            return importlib.util.spec_from_file_location(fullname, file, loader=loader)
        return None

    def conflicts(self) -> list[tuple[str, Path]]:
        """Loaded top-level modules that this project and another open one both have, with the other project's root."""
        own = _top_level(self)
        return sorted(
            (name, other.root)
            for other in _open
            if other is not self and other.root != self.root
            for name in own & _top_level(other)
            if name in sys.modules
        )


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
            if entry.suffix == ".py" and entry.stem.isidentifier():
                names.add(entry.stem)
            elif entry.is_dir() and entry.name.isidentifier() and any(entry.glob("*.py")):
                names.add(entry.name)
    return names - {*_PACKAGES, *SPECIAL_FILES}


_open: list[Importer] = []
_numbers = iter(range(2, sys.maxsize))
