"""`create_app`: an app's folder as an ASGI application."""

from __future__ import annotations

from pathlib import Path

from byway.asgi import Application
from byway.build.manifest import Manifest, read_manifest
from byway.dev.application import DevApplication
from byway.problems import AppError
from byway.runtime.loading import load_app
from byway.runtime.stores import embedded_store


def create_app(directory: str | Path = ".", *, dev: bool = False) -> Application:
    """The ASGI application that serves the app in ``directory``: its build, or with ``dev`` its sources as they change.

    Any ASGI server runs it and any ASGI framework mounts it. Raises ``AppError``, saying what to do, when there is no
    build, when it is stale, or when the app has problems (with ``dev``, problems are shown in the browser instead).
    """
    root = Path(directory).absolute()
    if dev:
        return DevApplication(root)
    found: list[Manifest] = []
    app = load_app(
        root,
        "production",
        on_config=lambda config: found.append(read_manifest(root, root / config.dist_dir)),
        store=lambda root, config: embedded_store(root, config, found[0].build_id),
    )
    app.serve_build(found[0].built(root / app.config.dist_dir))
    try:
        return Application(app)
    except AppError:
        app.close()
        raise
