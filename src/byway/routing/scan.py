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

    ``source_dir`` is ``root``, or ``root/src`` when the app lies there. ``app_dir`` is None when there is no usable
    app folder, and then ``problems`` says so. ``warnings`` are whole sentences for the terminal.
    """

    root: Path
    source_dir: Path
    app_dir: Path | None
    warnings: tuple[str, ...]
    problems: tuple[Problem, ...]


def find_app_dir(root: Path) -> Project:
    """Find the app folder of the project at ``root``: ``app/``, or ``src/app/``.

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
    app_dir = source_dir / "app"
    folder = app_dir.relative_to(root).as_posix()
    if not app_dir.is_dir():
        cure = f'Create the folder, with a first route in "{folder}/route.py".'
        problems = (Problem(folder, f'The project has no "{folder}" folder.', cure),)
    elif not _leads_into(root, app_dir):
        what = f'The folder "{folder}" is a symbolic link that leads out of the project.'
        problems = (Problem(folder, what, "Put the folder itself into the project."),)
    else:
        return Project(root, source_dir, app_dir, warnings, ())
    return Project(root, source_dir, None, warnings, problems)


def scan(app_dir: Path, root: Path) -> tuple[str, ...]:
    """All files below ``app_dir``, relative to ``root`` with forward slashes, sorted.

    Leaves out ``__pycache__``, everything whose name begins with a dot, and symbolic links that lead out of ``root``.
    A link to a folder that it lies in is not followed.
    """
    files = _walk(app_dir, root, skip=_is_no_source)
    return tuple(sorted(file.relative_to(root).as_posix() for file in files))


def scan_public(root: Path) -> dict[str, Path]:
    """The files of ``public/`` by the URL path that serves them, such as ``/logo.svg``, sorted.

    Percent-encoding is not applied to the paths. Symbolic links that lead out of the folder are left out, and so is
    what begins with a dot (``.env``, ``.git``, ``.DS_Store``), but for ``.well-known``.
    """
    public = root / "public"
    files = _walk(public, public, _is_hidden)
    return dict(sorted(("/" + file.relative_to(public).as_posix(), file) for file in files))


def _is_hidden(name: str) -> bool:
    return name.startswith(".") and name != ".well-known"


def _is_no_source(name: str) -> bool:
    return name.startswith(".") or name == "__pycache__"


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
