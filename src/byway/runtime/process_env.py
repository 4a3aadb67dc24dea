"""The environment of the process, which its apps share: what their ``.env`` files add to it and take out again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, eq=False)
class ConfigEnv:
    """What ``Config(env=…)`` of the app in ``root`` set, and what there was ``before``."""

    root: Path
    values: Mapping[str, str] = field(repr=False)
    before: Mapping[str, str | None] = field(repr=False)


def enter_config_env(root: Path, values: Mapping[str, str]) -> ConfigEnv:
    """Set the variables ``values``, whatever they were; `leave_config_env` sets them back.

    Raises ``AppError`` for each to which an app that is there already gives another value.
    """
    clashes = [
        _clash(name, other.root, "Config(env=…)")
        for name, value in values.items()
        for other in _configured
        if other.values.get(name, value) != value
    ]
    if clashes:
        raise AppError(clashes)
    before: dict[str, str | None] = {name: os.environ.get(name) for name in values}
    for other in reversed(_configured):  # what the first of several apps found was there before them all
        before.update((name, was) for name, was in other.before.items() if name in values)
    given = ConfigEnv(root, dict(values), before)
    os.environ.update(values)
    _configured.append(given)
    return given


def leave_config_env(given: ConfigEnv | None) -> None:
    """Set back what ``given`` set, but for what another app set too or something changed since."""
    if given is None or given not in _configured:
        return
    _configured.remove(given)
    kept = {name for other in _configured for name in other.values}
    for name, before in given.before.items():
        if name not in kept and os.environ.get(name) == given.values[name]:
            if before is None:
                del os.environ[name]
            else:
                os.environ[name] = before


def _clash(name: str, other: Path, where: str = ".env files") -> Problem:
    return Problem(
        ".env" if where == ".env files" else "byway_config.py",
        f'Two apps in this process give {name} different values in {where}: this one, and the one in "{other}".',
        "Give both the same value, rename one of the variables, or serve the apps from two processes.",
    )


_entered: list[tuple[Path, LoadedEnv]] = []
_configured: list[ConfigEnv] = []
