"""The manifest: what a build was made of and what it contains; ``manifest.json`` in the build's folder.

A build is stale when any of its inputs has changed. Inputs are compared by their content: file times change with every
checkout and copy.
"""

from __future__ import annotations

import hashlib
import math
import os
import platform
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from byway.build.prerender import Outcome
from byway.problems import AppError, Problem
from byway.routing.scan import find_app_dir, scan_project, scan_public
from byway.runtime.app import App, LoadedRoute, Mode
from byway.runtime.env import load_env
from byway.runtime.metadata_endpoint import StaticMetadata
from byway.runtime.prerendered import Built
from byway.runtime.route_cache import StaticRoute
from byway.runtime.sources import python_files
from byway.version import VERSION

MANIFEST = "manifest.json"
#: The folder of the answers that were made ahead; in it each build has one of its own.
PRERENDERED = "prerendered"
_FORMAT = 2
_PYTHON = ".".join(platform.python_version_tuple()[:2])


class RouteEntry(msgspec.Struct, frozen=True, omit_defaults=True):
    """One route of a build.

    ``kind`` is ``"static"`` for one that was made ahead, ``"ssg"`` for one whose ``paths`` its `generate_static_params`
    lists, and ``"dynamic"`` for one that is answered anew for each request, with the reason, ``why``, and with its
    ``paths`` when there are no others (``dynamic_params = False``). A kept answer is stale after ``revalidate`` and
    gone after ``expire`` seconds; None for never.
    """

    pattern: str
    file: str
    methods: tuple[str, ...]
    kind: Literal["dynamic", "static", "ssg"] = "dynamic"
    why: str | None = None
    revalidate: float | None = None
    expire: float | None = None
    paths: tuple[str, ...] = ()
    max_duration: float | None = None
    preferred_region: str | tuple[str, ...] | None = None


class Inputs(msgspec.Struct, frozen=True):
    """What a build depends on: digests of files by path, paths in ``public/``, and names set by ``.env`` files."""

    files: dict[str, str]
    public: tuple[str, ...]
    env_names: tuple[str, ...]

    def joined(self, later: Inputs) -> Inputs:
        """These inputs, and those that are only in ``later``."""
        files = {**later.files, **self.files}
        return Inputs(files, tuple(sorted({*self.public, *later.public})), self.env_names)


class Manifest(msgspec.Struct, frozen=True):
    """A build. ``python`` and ``byway`` are the versions it was made with; ``proxy`` is the file of the app's proxy.

    ``draft_id`` is the secret of `draft_mode`.
    """

    build_id: str
    byway: str
    python: str
    inputs: Inputs
    routes: tuple[RouteEntry, ...]
    shutdown_timeout: float
    draft_id: str
    proxy: str | None = None
    format: int = _FORMAT

    @classmethod
    def of(cls, app: App, *, build_id: str, inputs: Inputs, outcomes: Sequence[Outcome] = ()) -> Manifest:
        """The manifest of a loaded ``app``; ``outcomes`` are those of its routes that were tried to be made ahead."""
        return cls(
            build_id=build_id,
            byway=VERSION,
            python=_PYTHON,
            inputs=inputs,
            routes=route_entries(app, outcomes),
            shutdown_timeout=app.config.shutdown_timeout,
            draft_id=secrets.token_hex(16),
            proxy=None if app.proxy is None else app.proxy.file,
        )

    def built(self, folder: Path) -> Built:
        """What the app that serves this build, which lies in ``folder``, is to know of it."""
        return Built(
            build_id=self.build_id,
            draft_id=self.draft_id,
            folder=folder / PRERENDERED / self.build_id,
            paths={route.pattern: route.paths for route in self.routes if route.paths},
            dynamic={route.pattern: route.why or "" for route in self.routes if route.kind == "dynamic"},
        )


def route_entries(app: App, outcomes: Sequence[Outcome] = ()) -> tuple[RouteEntry, ...]:
    """The routes of a loaded ``app``, in order of precedence, with what the build has found out.

    Without ``outcomes`` the routes that may be static are said to be so.
    """
    known = {outcome.route.pattern: outcome for outcome in outcomes}
    return tuple(_entry(one, known.get(one.route.pattern)) for one in app.routes)


def _entry(loaded: LoadedRoute, outcome: Outcome | None) -> RouteEntry:
    endpoint = loaded.endpoint
    config = endpoint.config
    entry = RouteEntry(
        pattern=loaded.route.pattern,
        file=loaded.route.file,
        methods=endpoint.methods,
        why=_why_dynamic(loaded),
        max_duration=config.max_duration,
        preferred_region=config.preferred_region,
    )
    if isinstance(endpoint, StaticMetadata):
        return msgspec.structs.replace(entry, kind="static")
    paths = () if outcome is None else tuple(outcome.paths)
    if not isinstance(endpoint, StaticRoute) or not endpoint.is_candidate:
        return msgspec.structs.replace(entry, paths=paths)
    if outcome is not None and outcome.dynamic is not None:
        return msgspec.structs.replace(entry, why=outcome.dynamic, paths=() if config.dynamic_params else paths)
    lasts = (config.lifetime, math.inf) if outcome is None else (outcome.revalidate, outcome.expire)
    revalidate, expire = (None if math.isinf(seconds) else seconds for seconds in lasts)
    return msgspec.structs.replace(
        entry,
        kind="static" if not endpoint.param_names else "ssg",
        why=None,
        revalidate=revalidate,
        expire=expire,
        paths=paths,
    )


def _why_dynamic(loaded: LoadedRoute) -> str | None:
    """Why a route is dynamic although it might be expected to be static; None for one whose file does not ask."""
    config = loaded.endpoint.config
    asks = (
        config.is_kept
        or config.dynamic != "auto"
        or config.revalidate is not None
        or config.generate_static_params is not None
    )
    if not asks:
        return None
    if "GET" not in loaded.endpoint.methods:
        return "no GET"
    return config.why_dynamic(has_params=bool(loaded.route.param_names))


def describe_inputs(app: App) -> Inputs:
    """The inputs of ``app`` as they are now: its tree, the project's Python files, and whatever else it imported."""
    files = {*scan_project(app.project), *python_files(app.root)}
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
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: OSError) -> AppError:
    """The error of a build that cannot be written into ``folder``."""
    what = f"The build cannot be written here: {error.strerror}."
    return AppError([Problem(folder.name, what, "Let the user that runs `byway build` write this folder.")])


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
    except OSError as error:
        what = f"This build cannot be read: {error.strerror}."
        raise AppError([Problem(name, what, "Let the user that serves the app read this file.")]) from None
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
    if project.problems:
        raise AppError(project.problems)
    present = {*scan_project(project), *python_files(project.root)}
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
