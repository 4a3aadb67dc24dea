"""The environment of the process, which its apps share: what their ``.env`` files add to it and take out again."""

from __future__ import annotations

import os
from pathlib import Path

from byway.problems import AppError, Problem
from byway.runtime.env import LoadedEnv, Mode, load_env


def enter_env(root: Path, mode: Mode) -> LoadedEnv:
    """Add to ``os.environ`` what the ``.env`` files in ``root`` set for ``mode``; `leave_env` takes it out again.

    Raises ``AppError`` with every mistake in the files, and for each variable to which an app that is there already
    gives another value: one of the two apps would run with the other's database or secrets.
    """
    theirs = {
        name: (place, value)
        for place, env in _entered
        for name, value in env.values.items()
        if os.environ.get(name) == value
    }
    env = load_env(root, mode, {name: value for name, value in os.environ.items() if name not in theirs})
    clashes = [name for name, value in env.values.items() if name in theirs and theirs[name][1] != value]
    if clashes:
        raise AppError(_clash(name, theirs[name][0]) for name in clashes)
    os.environ.update(env.values)
    _entered.append((root, env))
    return env


def leave_env(env: LoadedEnv) -> None:
    """Take what ``env`` added out of ``os.environ``, but for what another app added too or something changed since."""
    if not any(other is env for _, other in _entered):
        return
    _entered[:] = [(root, other) for root, other in _entered if other is not env]
    kept = {name for _, other in _entered for name in other.values}
    for name, value in env.values.items():
        if name not in kept and os.environ.get(name) == value:
            del os.environ[name]


def _clash(name: str, other: Path) -> Problem:
    return Problem(
        ".env",
        f'Two apps in this process give {name} different values in .env files: this one, and the one in "{other}".',
        "Give both the same value, rename one of the variables, or serve the apps from two processes.",
    )


_entered: list[tuple[Path, LoadedEnv]] = []
