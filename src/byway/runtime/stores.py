"""Where an app's cache lies when nothing else is configured."""

from __future__ import annotations

import logging
import os
import stat
import sys
import tempfile
from pathlib import Path

from byway.caching.embedded import EmbeddedStore
from byway.config import Config, parse_size

log = logging.getLogger("byway.cache")


def embedded_store(root: Path, config: Config, build_id: str) -> EmbeddedStore:
    """The embedded store of the app in ``root``: in ``Config(cache_dir=…)``, in ``cache`` of its build's folder, or
    where the project cannot be written, in a folder of the build in the user's cache folder.
    """
    return EmbeddedStore(cache_folder(root, config, build_id), max_size=parse_size(config.cache_max_disk_size))


def cache_folder(root: Path, config: Config, build_id: str) -> Path:
    """The folder of the embedded store, which exists and can be written, as far as that can be told."""
    folder = root / (config.cache_dir or f"{config.dist_dir}/cache")
    if _is_writable(folder):
        return folder
    for base in (_user_cache(), Path(tempfile.gettempdir())):
        other = base / f"byway-{root.name}-{build_id}"
        is_new = not other.exists()
        if _is_writable(other) and _is_private(other):
            if is_new:  # so one of the workers says it, once for the build
                log.warning("The cache folder %s cannot be written; the cache lies in %s.", folder, other)
            return other
    return folder


def _user_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _is_private(folder: Path) -> bool:
    """Whether nobody else could have made ``folder``, or can write into it: others share the folder it lies in.

    A link is not private, wherever it leads.
    """
    if not hasattr(os, "getuid"):
        return True
    state = folder.lstat()
    return stat.S_ISDIR(state.st_mode) and state.st_uid == os.getuid() and not state.st_mode & 0o077
