"""Which files are a project's own code, rather than installed packages, tests or what tools leave behind."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from itertools import islice
from pathlib import Path, PurePath

from byway.routing.scan import is_hidden

_INSTALLED = frozenset({"site-packages", "node_modules"})
_MOST = 10_000


def is_own(root: Path, path: Path) -> bool:
    """Whether ``path`` lies in the project ``root``, and neither in a hidden folder nor among installed packages."""
    if not path.is_relative_to(root):
        return False
    return not any(is_hidden(part) or part in _INSTALLED for part in path.relative_to(root).parts[:-1])


def is_test(path: PurePath) -> bool:
    """Whether ``path``, relative to a project's root, is a file of its tests."""
    name = path.name
    return "tests" in path.parts or name == "conftest.py" or (name.startswith("test_") and name.endswith(".py"))


def python_files(root: Path) -> Iterator[str]:
    """The Python files of the project ``root``, relative to it with forward slashes; those nearest to it first.

    Tests, hidden folders, virtual environments and installed packages are left out, and so are links to folders. There
    are at most 10,000.
    """
    return islice(_walk(root), _MOST)


def has_python_files(folder: Path) -> bool:
    """Whether any of `python_files` lies in ``folder``, which is no virtual environment itself."""
    return not (folder / "pyvenv.cfg").exists() and next(_walk(folder), None) is not None


def _walk(root: Path) -> Iterator[str]:
    folders = deque([""])
    while folders:
        folder = folders.popleft()
        try:
            with os.scandir(root / folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError:
            continue  # a folder that may not be read, or that was removed just now, holds nothing to import
        if folder and any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            path = folder + entry.name
            if is_hidden(entry.name) or is_test(PurePath(path)) or not is_utf8(entry.name):
                continue
            if entry.name.endswith(".py") and entry.is_file():
                yield path
            elif entry.name not in {*_INSTALLED, "__pycache__"} and entry.is_dir(follow_symlinks=False):
                folders.append(f"{path}/")


def is_utf8(name: str) -> bool:
    """Whether the file system spells ``name`` in UTF-8; other bytes become surrogates in Python."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
