"""``byway build``: check an app, make its static answers, and write down what ``byway start`` needs to know of it."""

from __future__ import annotations

import asyncio
import re
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec

from byway.build.manifest import MANIFEST, PRERENDERED, Manifest, describe_inputs, unwritable, write_manifest
from byway.build.prerender import Outcome, Progress, prerender
from byway.config import Config
from byway.problems import AppError, Problem
from byway.runtime.app import App, Mode
from byway.runtime.config_rules import CONFIG_FILE, call_now
from byway.runtime.loading import load_app
from byway.runtime.stores import embedded_store

__all__ = ["OUTPUT_FOLDER", "build", "build_async"]

#: The folder of a build, unless ``Config(dist_dir=…)`` names another one.
OUTPUT_FOLDER = Config().dist_dir

# What lies in the folder of a build that has failed, before there is a manifest.
_BEFORE_MANIFEST = frozenset({"cache", PRERENDERED})

_BUILD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}", re.ASCII)


def build(
    directory: Path, output: Path | None = None, *, mode: Mode = "production", progress: Progress | None = None
) -> tuple[App, Manifest]:
    """Import and check the app in ``directory``, make its static answers, and write them and its manifest into
    ``output``, the app's ``dist_dir`` unless given.

    Returns the loaded app, which the caller closes, and the manifest. ``progress`` is told how many answers are made.
    Raises ``AppError`` with every problem found; an earlier build is then left as it was.
    """
    return asyncio.run(build_async(directory, output, mode=mode, progress=progress))


async def build_async(
    directory: Path,
    output: Path | None = None,
    *,
    mode: Mode = "production",
    progress: Progress | None = None,
    prepare: Callable[[App], object] | None = None,
) -> tuple[App, Manifest]:
    """`build`, on a running event loop. ``prepare`` is called with the app before anything of it is run.

    Only in production is there a cache that outlives the process.
    """
    build_id = ""

    def name_build(config: Config) -> None:
        nonlocal build_id
        if output is None:
            _check_folder(directory, config)
        build_id = new_build_id(config)

    keeps = mode == "production"
    app = load_app(
        directory,
        mode,
        on_config=name_build,
        store=(lambda root, config: embedded_store(root, config, build_id)) if keeps else None,
    )
    try:
        folder = app.root / app.config.dist_dir if output is None else output
        app.build_id = build_id
        if prepare is not None:
            prepare(app)
        # Read before the handlers run, so that what is changed meanwhile is noticed; what they write is no change.
        inputs = describe_inputs(app)
        if app.config.generate_build_id is not None:
            # A build of the same name may have been there before.
            shutil.rmtree(folder / PRERENDERED / build_id, ignore_errors=True)
        outcomes = await _prerender(app, build_id, folder, progress)
        inputs = inputs.joined(describe_inputs(app))
        manifest = Manifest.of(app, build_id=build_id, inputs=inputs, outcomes=outcomes)
        write_manifest(manifest, folder)
        _forget_others(folder, build_id)
        app.serve_build(manifest.built(folder))
    except BaseException:
        app.close()
        raise
    return app, manifest


def new_build_id(config: Config) -> str:
    """The name of a new build. Raises ``AppError`` when ``generate_build_id`` of ``config`` gives none."""
    given = None if config.generate_build_id is None else call_now(config.generate_build_id)
    if given is None:
        return secrets.token_hex(8)
    if not isinstance(given, str) or not _BUILD_ID.fullmatch(given.strip()):
        what = f"generate_build_id() of Config returned {given!r}."
        cure = "Return a name of letters, digits and ._- that begins with a letter or digit, or None for a random one."
        raise AppError([Problem(CONFIG_FILE, what, cure)])
    return given.strip()


def _check_folder(root: Path, config: Config) -> None:
    """Raise ``AppError`` when the ``dist_dir`` of ``config`` holds anything that no build has put there."""
    folder = root / config.dist_dir
    if config.dist_dir == OUTPUT_FOLDER or not folder.is_dir():
        return
    names = {path.name for path in folder.iterdir()}
    modules = sorted(name for name in names if name.endswith(".py"))
    if not modules and (names <= _BEFORE_MANIFEST or _is_build(folder / MANIFEST)):
        return
    what = f"Config(dist_dir={config.dist_dir!r}) names a folder with files that are not of a build"
    found = ", ".join(modules[:3] or sorted(names - _BEFORE_MANIFEST)[:3])
    cure = "Name a folder that does not exist yet, or remove what is in this one."
    raise AppError([Problem(CONFIG_FILE, f"{what}: {found}.", cure)])


def _is_build(path: Path) -> bool:
    """Whether the file at ``path`` is the manifest of a build, made by whatever version."""
    try:
        members = msgspec.json.decode(path.read_bytes(), type=dict[str, object])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return {"build_id", "byway", "inputs"} <= members.keys()


async def _prerender(app: App, build_id: str, folder: Path, progress: Progress | None) -> list[Outcome]:
    try:
        return await prerender(app, build_id, folder / PRERENDERED / build_id, progress)
    except OSError as error:
        raise unwritable(folder, error) from None


def _forget_others(folder: Path, build_id: str) -> None:
    """Remove the answers of earlier builds; a server that still serves one makes anew what it has not read yet."""
    for other in (folder / PRERENDERED).glob("*"):
        if other.name != build_id:
            shutil.rmtree(other, ignore_errors=True)
