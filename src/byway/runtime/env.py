"""The ``.env`` files of a project, as the documents on environment variables describe them.

A variable is taken from the first place that has it:

1. the process's environment,
2. ``.env.<mode>.local``,
3. ``.env.local`` (not in the mode ``test``, so that tests give the same everywhere),
4. ``.env.<mode>``,
5. ``.env``.

They lie in the project's root, also when the app is in ``src/``. A file may hold comments, ``export``, values of
several lines in quotes, and references: ``$NAME``, ``${NAME}``, ``${NAME:-default}``; ``\\$`` is a dollar sign. A
reference gives what the variable finally is, wherever it comes from, and nothing when there is no such variable. The
kind of quotes makes no difference to references. Values of the process are taken as they are.

``PORT`` has no effect here: the server's address is settled before these files are read.

No message and no ``repr`` of this module holds a value: they are often secrets.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dotenv.parser import parse_stream

from byway.problems import AppError, Problem

Mode = Literal["development", "production", "test"]


@dataclass(frozen=True, slots=True)
class LoadedEnv:
    """What the ``.env`` files add to the process's environment.

    ``files`` are the names of the files read, the one that wins first. ``values`` leaves out what the process has
    itself; ``names`` are all variables the files define, sorted, those included.
    """

    files: tuple[str, ...]
    names: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)


def env_file_names(mode: Mode) -> tuple[str, ...]:
    """The names of the files that count in ``mode``, the one that wins first."""
    local = () if mode == "test" else (".env.local",)
    return (f".env.{mode}.local", *local, f".env.{mode}", ".env")


def load_env(root: Path, mode: Mode, environ: Mapping[str, str]) -> LoadedEnv:
    """Read the ``.env`` files in ``root`` for ``mode``.

    ``environ`` is the environment the process was started with, without the results of an earlier call; it is not
    changed. Raises ``AppError`` with every mistake in the files.
    """
    files: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for name in env_file_names(mode):
        path = root / name
        if not (path.is_file() or path.is_fifo()):
            continue  # ".env" may be a folder: some give their virtual environment that name
        try:
            files.append((name, path.read_text(encoding="utf-8-sig")))
        except UnicodeDecodeError:
            problems.append(Problem(name, "This file is not UTF-8 text.", "Save it with the encoding UTF-8."))
        except OSError as error:
            what = f"This file cannot be read: {error.strerror}."
            problems.append(Problem(name, what, "Allow the user that runs Byway to read it, or delete it."))
    definitions, mistakes = _definitions(files)
    if problems or mistakes:
        raise AppError(problems + mistakes)
    return LoadedEnv(
        tuple(name for name, _ in files),
        tuple(sorted(definitions)),
        _Expansion(definitions, environ).all(),
    )


def resolve_env(files: Sequence[tuple[str, str]], environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that ``files`` add to ``environ``, references replaced.

    ``files`` are pairs of a name (for messages) and a content, the one that wins first; within one file the last
    definition of a name wins. Raises ``AppError`` with every line that is no definition, and every variable that
    refers to itself.
    """
    definitions, mistakes = _definitions(files)
    if mistakes:
        raise AppError(mistakes)
    return _Expansion(definitions, environ).all()


@dataclass(frozen=True, slots=True)
class _Definition:
    where: str
    value: str


_NAME = re.compile(r"[A-Za-z0-9_.-]+")


def _definitions(files: Sequence[tuple[str, str]]) -> tuple[dict[str, _Definition], list[Problem]]:
    found: dict[str, _Definition] = {}
    problems: list[Problem] = []
    for name, content in files:
        own: dict[str, _Definition] = {}
        for binding in parse_stream(io.StringIO(content)):
            text = binding.original.string
            # The parser counts from where the line before ended; blank lines in between belong to this binding.
            where = f"{name}:{binding.original.line + text[: len(text) - len(text.lstrip())].count(chr(10))}"
            if binding.error or (binding.key is not None and not _is_usable(binding.key, binding.value)):
                # The line itself is not quoted: it may be a piece of a secret.
                cure = 'Write NAME=value, and put a value of several lines in double quotes: NAME="…".'
                problems.append(Problem(where, "This line does not define a variable.", cure))
            elif binding.key is not None and binding.value is not None:
                own[binding.key] = _Definition(where, binding.value)
        for key, definition in own.items():
            found.setdefault(key, definition)
    return found, problems


def _is_usable(key: str, value: str | None) -> bool:
    return value is not None and "\0" not in value and _NAME.fullmatch(key) is not None


# An escaped dollar sign, or a reference; a default may hold references in braces itself.
_REFERENCE = re.compile(
    r"\\\$|\$(?:(?P<bare>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?::-(?P<default>(?:[^{}]|\$\{[^{}]*\})*))?\})",
    re.ASCII,
)


class _Expansion:
    """Replaces the references in definitions, each one once."""

    def __init__(self, definitions: Mapping[str, _Definition], environ: Mapping[str, str]) -> None:
        self._definitions = definitions
        self._environ = environ
        self._values: dict[str, str] = {}
        self._open: list[str] = []
        self._problems: list[Problem] = []

    def all(self) -> dict[str, str]:
        """Every definition that the process does not have itself. Raises ``AppError`` for those in a circle."""
        added = {name: self._value(name) for name in self._definitions if name not in self._environ}
        if self._problems:
            raise AppError(self._problems)
        return added

    def _value(self, name: str) -> str:
        """What ``name`` finally is; empty when it is nowhere. It may not be among those being worked out."""
        if name in self._environ:
            return self._environ[name]
        if name not in self._definitions:
            return ""
        if name not in self._values:
            self._open.append(name)
            self._values[name] = self._expand(self._definitions[name].value)
            self._open.pop()
        return self._values[name]

    def _expand(self, text: str) -> str:
        return _REFERENCE.sub(self._replace, text)

    def _replace(self, match: re.Match[str]) -> str:
        name = match["bare"] or match["braced"]
        if name is None:
            return "$"
        default = match["default"]
        if name in self._open:
            if default is None:
                self._report_circle(name)
            value = ""
        else:
            value = self._value(name)
        return value or (self._expand(default) if default else "")

    def _report_circle(self, name: str) -> None:
        circle = [*self._open[self._open.index(name) :], name]
        what = f"{name} refers to itself: {' → '.join(circle)}."
        cure = f"Write its value out, or give the reference a default: ${{{name}:-…}}."
        self._problems.append(Problem(self._definitions[name].where, what, cure))
