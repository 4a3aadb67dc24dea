"""The one reader of the disk in this room: where an app's folders are, and which files lie in them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from byway.problems import Problem


@dataclass(frozen=True, slots=True)
class Project:
    """Where the parts of a project are.

    ``source_dir`` is ``root``, or ``root/src`` when the app lies there. ``app_dir`` and ``pages_dir`` are None when
    there is no such folder; when neither gives routes, or one cannot be used, ``problems`` says so. ``warnings`` are
    whole sentences for the terminal.
    """

    root: Path
    source_dir: Path
    app_dir: Path | None
    pages_dir: Path | None
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_app_dir(root: Path) -> Project:
    """Find the folders of the project at ``root``: ``app/`` and ``pages/``, or ``src/app/`` and ``src/pages/``.

    An app may consist of ``pages/api/`` alone.

    As documented for the ``src`` folder, any ``app/`` or ``pages/`` at the root makes ``src/app`` and ``src/pages``
    ignored; a warning names each that is.
    """
    root = root.absolute()  # links stay: the project is where its author says it is
    at_root = [name for name in ("app", "pages") if (root / name).is_dir()]
    in_src = [name for name in ("app", "pages") if (root / "src" / name).is_dir()]
    source_dir = root / "src" if in_src and not at_root else root
    warnings = tuple(
        f'"src/{name}" is ignored because "{at_root[0]}" exists at the root of the project. Keep one of them.'
        for name in in_src
        if at_root
    )
    problems: list[Problem] = []
    app_dir, pages_dir = (_usable(root, source_dir / name, problems) for name in ("app", "pages"))
    if app_dir is None and not problems and (pages_dir is None or not _has_api(pages_dir)):
        folder = (source_dir / "app").relative_to(root).as_posix()
        cure = f'Create the folder, with a first route in "{folder}/route.py".'
        problems.append(Problem(folder, f'The project has no "{folder}" folder.', cure))
    return Project(root, source_dir, app_dir, pages_dir, warnings, tuple(problems))


def _usable(root: Path, folder: Path, problems: list[Problem]) -> Path | None:
    """``folder`` when it is there and lies in the project."""
    if not folder.is_dir():
        return None
    if _leads_into(root, folder):
        return folder
    name = folder.relative_to(root).as_posix()
    what = f'The folder "{name}" is a symbolic link that leads out of the project.'
    problems.append(Problem(name, what, "Put the folder itself into the project."))
    return None


def _has_api(pages_dir: Path) -> bool:
    return (pages_dir / "api").is_dir() or (pages_dir / "api.py").is_file()


def scan(folder: Path, root: Path) -> tuple[str, ...]:
    """All files below ``folder``, which is ``app/`` or ``pages/``, relative to ``root`` with forward slashes, sorted.

    Leaves out ``__pycache__``, everything whose name begins with a dot, but for ``.well-known``, and symbolic links
    that lead out of ``root``. A link to a folder that it lies in is not followed.
    """
    files = _walk(folder, root, skip=_is_no_source)
    return tuple(sorted(file.relative_to(root).as_posix() for file in files))


def scan_project(project: Project) -> tuple[str, ...]:
    """All files of the app and of ``pages/``, as `scan` lists them."""
    folders = (project.app_dir, project.pages_dir)
    return tuple(file for folder in folders if folder is not None for file in scan(folder, project.root))


def scan_public(root: Path) -> dict[str, Path]:
    """The files of ``public/`` by the URL path that serves them, such as ``/logo.svg``, sorted.

    Percent-encoding is not applied to the paths. Symbolic links that lead out of the folder are left out, and so is
    what begins with a dot (``.env``, ``.git``, ``.DS_Store``), but for ``.well-known``.
    """
    public = root / "public"
    files = _walk(public, public, is_hidden)
    return dict(sorted(("/" + file.relative_to(public).as_posix(), file) for file in files))


def is_hidden(name: str) -> bool:
    """Whether ``name`` is that of a hidden file or folder; the web has made ``.well-known`` a part of paths."""
    return name.startswith(".") and name != ".well-known"


def _is_no_source(name: str) -> bool:
    return is_hidden(name) or name == "__pycache__"


def _walk(folder: Path, bounds: Path, skip: Callable[[str], bool]) -> Iterator[Path]:
    """The regular files below ``folder``, as paths that begin with it; nothing when it is no folder."""
    # Each folder comes with the real places of the folders it lies in: a link back to one of them is a loop.
    pending = [(folder, frozenset[str]())] if folder.is_dir() else []
    while pending:
        current, above = pending.pop()
        real = os.path.realpath(current)
        if real in above:
            continue
        for path in current.iterdir():
            if skip(path.name) or (path.is_symlink() and not _leads_into(bounds, path)):
                continue
            if path.is_dir():
                pending.append((path, above | {real}))
            elif path.is_file():
                yield path


def _leads_into(bounds: Path, path: Path) -> bool:
    # Not Path.resolve(), which raises for a link to itself.
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(bounds))
