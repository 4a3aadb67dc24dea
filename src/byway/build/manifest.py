"""The manifest: what a build was made of and what it contains; ``manifest.json`` in the build's folder.

A build is stale when any of its inputs has changed. Inputs are compared by their content: file times change with every
checkout and copy.
"""

from __future__ import annotations

import hashlib
import os
import platform
from pathlib import Path

import msgspec

from byway.problems import AppError, Problem
from byway.routing.scan import find_app_dir, scan, scan_public
from byway.runtime.app import App, Mode
from byway.runtime.env import load_env
from byway.runtime.sources import python_files
from byway.version import VERSION

MANIFEST = "manifest.json"
_FORMAT = 1
_PYTHON = ".".join(platform.python_version_tuple()[:2])


class RouteEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One route of a build. ``kind`` is ``"dynamic"``: answered anew for each request."""

    pattern: str
    file: str
    methods: tuple[str, ...]
    kind: str = "dynamic"
    max_duration: float | None = None
    preferred_region: str | tuple[str, ...] | None = None


class Inputs(msgspec.Struct, frozen=True):
    """What a build depends on: digests of files by path, paths in ``public/``, and names set by ``.env`` files."""

    files: dict[str, str]
    public: tuple[str, ...]
    env_names: tuple[str, ...]


class Manifest(msgspec.Struct, frozen=True):
    """A build. ``python`` and ``byway`` are the versions it was made with; ``proxy`` is the file of the app's proxy."""

    build_id: str
    byway: str
    python: str
    inputs: Inputs
    routes: tuple[RouteEntry, ...]
    shutdown_timeout: float
    proxy: str | None = None
    format: int = _FORMAT

    @classmethod
    def of(cls, app: App, *, build_id: str, inputs: Inputs) -> Manifest:
        """The manifest of a loaded ``app``."""
        return cls(
            build_id=build_id,
            byway=VERSION,
            python=_PYTHON,
            inputs=inputs,
            routes=route_entries(app),
            shutdown_timeout=app.config.shutdown_timeout,
            proxy=None if app.proxy is None else app.proxy.file,
        )


def route_entries(app: App) -> tuple[RouteEntry, ...]:
    """The routes of a loaded ``app``, in order of precedence."""
    return tuple(
        RouteEntry(
            pattern=one.route.pattern,
            file=one.route.file,
            methods=one.endpoint.methods,
            max_duration=one.endpoint.max_duration,
            preferred_region=one.endpoint.preferred_region,
        )
        for one in app.routes
    )


def describe_inputs(app: App) -> Inputs:
    """The inputs of ``app`` as they are now: its tree, the project's Python files, and whatever else it imported."""
    files = {*scan(app.app_dir, app.root), *python_files(app.root)}
    for _, module in app.importer.modules():
        if module.__file__ is not None:
            files.add(Path(module.__file__).relative_to(app.root).as_posix())
    return Inputs(_digests(app.root, files), tuple(sorted(scan_public(app.root))), tuple(sorted(app.env.names)))


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write ``manifest`` into ``folder``; whoever reads it meanwhile sees the old one or the new one, whole.

    Raises ``AppError`` when the folder cannot be written.
    """
    data = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
    temporary = folder / f"{MANIFEST}.{os.getpid()}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(data + b"\n")
        temporary.replace(folder / MANIFEST)
    except OSError as error:
        what = f"The build cannot be written here: {error.strerror}."
        raise AppError(
            [Problem(folder.name, what, "Let the user that runs `byway build` write this folder.")]
        ) from None


def read_manifest(root: Path, folder: Path, mode: Mode = "production") -> Manifest:
    """The manifest of the build in ``folder``, checked against the project in ``root``.

    Raises ``AppError`` when there is no build, when it cannot be read, or when it is stale.
    """
    path = folder / MANIFEST
    name = os.path.relpath(path, root)
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        raise AppError([Problem(name, "There is no build to serve.", "Run `byway build` first.")]) from None
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise AppError([Problem(name, "This build cannot be read.", "Run `byway build` again.")]) from None
    if manifest.format != _FORMAT or manifest.byway != VERSION:
        what = f"This build was made by Byway {manifest.byway}; this is Byway {VERSION}."
        raise AppError([Problem(name, what, "Run `byway build` again.")])
    if manifest.python != _PYTHON:
        what = f"This build was made with Python {manifest.python}; this is Python {_PYTHON}."
        raise AppError([Problem(name, what, "Run `byway build` again.")])
    changes = _changes(root, manifest.inputs, mode)
    if changes:
        listed = "\n".join(f"  {change}" for change in changes[:8])
        more = f"\n  … and {len(changes) - 8} more" if len(changes) > 8 else ""
        what = f"The build is stale. Since it was made:\n{listed}{more}"
        raise AppError([Problem(name, what, "Run `byway build` again.")])
    return manifest


def _changes(root: Path, inputs: Inputs, mode: Mode) -> list[str]:
    project = find_app_dir(root)
    if project.app_dir is None:
        raise AppError(project.problems)
    present = {*scan(project.app_dir, project.root), *python_files(project.root)}
    now = _digests(project.root, present | set(inputs.files))
    changes = [
        f"{file} was {'removed' if now.get(file) is None else 'added' if file not in inputs.files else 'changed'}"
        for file in sorted(present | set(inputs.files))
        if now.get(file) != inputs.files.get(file)
    ]
    public = set(scan_public(project.root))
    changes += [f"public{path} was added" for path in sorted(public - set(inputs.public))]
    changes += [f"public{path} was removed" for path in sorted(set(inputs.public) - public)]
    names = set(load_env(project.root, mode, dict(os.environ)).names)
    changes += [f"{name} was added to the .env files" for name in sorted(names - set(inputs.env_names))]
    changes += [f"{name} was removed from the .env files" for name in sorted(set(inputs.env_names) - names)]
    return changes


def _digests(root: Path, files: set[str]) -> dict[str, str]:
    digests: dict[str, str] = {}
    for file in sorted(files):
        try:
            digests[file] = hashlib.sha256((root / file).read_bytes()).hexdigest()
        except FileNotFoundError:
            continue
    return digests
