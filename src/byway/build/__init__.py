"""``byway build``: check an app, and write down what ``byway start`` needs to know of it."""

from __future__ import annotations

import secrets
from pathlib import Path

from byway.build.manifest import Manifest, describe_inputs, write_manifest
from byway.runtime.app import App, Mode, load_app

__all__ = ["OUTPUT_FOLDER", "build"]

OUTPUT_FOLDER = ".byway"


def build(directory: Path, output: Path | None = None, *, mode: Mode = "production") -> tuple[App, Manifest]:
    """Import and check the app in ``directory`` and write its manifest into ``output`` (``.byway/`` in it).

    Returns the loaded app, which the caller closes, and the manifest. Raises ``AppError`` with every problem found;
    an earlier build is then left as it was.
    """
    app = load_app(directory, mode)
    try:
        manifest = Manifest.of(app, build_id=secrets.token_hex(8), inputs=describe_inputs(app))
        write_manifest(manifest, app.root / OUTPUT_FOLDER if output is None else output)
    except BaseException:
        app.close()
        raise
    return app, manifest
