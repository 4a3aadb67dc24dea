"""What pages and layouts export for a page's head: ``metadata`` or ``generate_metadata``, and so for the viewport."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, Final, TypeAlias, TypeVar, cast

from byway.metadata.page.fields import MOVED, Metadata, check_metadata
from byway.metadata.page.viewport import Viewport, check_viewport
from byway.metadata.shapes import MetadataError
from byway.problems import Problem
from byway.runtime.components import PropsFunction, compile_function
from byway.runtime.dispatch import HandlerError
from byway.runtime.work import Work

T = TypeVar("T")

log = logging.getLogger("byway.metadata")

#: The names that a page or a layout gives to what it says for the head.
HEAD_NAMES: Final = ("metadata", "generate_metadata", "viewport", "generate_viewport")

_PAGE_PROPS: Final = ("params", "search_params", "parent")
_OTHER_PROPS: Final = ("params", "parent")


class HeadError(ValueError):
    """A `generate_metadata` or `generate_viewport` that returned something else than it should."""


class Teller:
    """Warns, each time of something else."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def warn(self, message: str) -> None:
        """Log ``message``, unless it was logged before."""
        if message not in self._told:
            self._told.add(message)
            log.warning("%s", message)

    def warn_of_moved_keys(self, file: str, metadata: object) -> None:
        """Say which keys of ``metadata``, which is that of ``file``, have no effect: they belong into the viewport."""
        for key in MOVED:
            if isinstance(metadata, Mapping) and cast("Mapping[str, object]", metadata).get(key) is not None:
                self.warn(f"{file}: {key} is no key of metadata and has no effect there. Move it to viewport.")


@dataclass(frozen=True, slots=True)
class Generated:
    """A function that returns what a file says for the head; ``check`` tells whether that is sound."""

    function: PropsFunction
    check: Callable[[object], Any]

    async def call(self, work: Work, props: Mapping[str, object]) -> Any:
        """What the function returns, None included. Raises what it raises, and `HeadError`."""
        returned: object = await self.function.call(work, props)
        if returned is None:
            return None
        try:
            return self.check(returned)
        except MetadataError as error:
            raise HeadError(f"{self.function} returned a wrong object: {error}") from None


Said: TypeAlias = T | Generated | None


@dataclass(frozen=True, slots=True)
class HeadExports:
    """What one file says for the head."""

    metadata: Said[Metadata] = None
    viewport: Said[Viewport] = None


NOTHING_SAID: Final = HeadExports()


class HeadReader:
    """Reads what files say for the head. What is wrong is added to ``problems``."""

    def __init__(self, problems: list[Problem], teller: Teller) -> None:
        self._problems = problems
        self._teller = teller

    def read(self, kind: str, file: str, module: ModuleType, defined: Mapping[str, int]) -> HeadExports:
        """What ``module``, a "page" or another ``kind`` of file, says; ``defined`` are the names ``file`` defines."""
        where = _Where(kind, file, module, defined)
        metadata = self._read(where, "metadata", partial(self._checked_metadata, file))
        return HeadExports(metadata, self._read(where, "viewport", check_viewport))

    def _checked_metadata(self, file: str, value: object) -> Metadata:
        self._teller.warn_of_moved_keys(file, value)
        return check_metadata(value)

    def _read(self, where: _Where, name: str, check: Callable[[object], T]) -> Said[T]:
        function_name = f"generate_{name}"
        value, function = where.value(name), where.value(function_name)
        if function is None:
            return None if value is None else self._check(where, name, value, check)
        if value is not None:
            what = f"This file has both {name} and {function_name}, of which a page's head could obey only one."
            self._problems.append(Problem(where.line(function_name), what, "Remove one of the two."))
        return self._compile(where, function_name, function, check)

    def _check(self, where: _Where, name: str, value: object, check: Callable[[object], T]) -> T | None:
        try:
            return check(value)
        except MetadataError as error:
            error.within(name)
            self._problems.append(Problem(where.line(name), error.what, error.cure))
            return None

    def _compile(self, where: _Where, name: str, function: object, check: Callable[[object], T]) -> Generated | None:
        try:
            compiled = compile_function(name, where.file, function, where.props)
        except HandlerError as error:
            self._problems.append(Problem(where.line(name), str(error), error.cure))
            return None
        return Generated(compiled, check)


@dataclass(frozen=True, slots=True)
class _Where:
    kind: str
    file: str
    module: ModuleType
    defined: Mapping[str, int]

    @property
    def props(self) -> Sequence[str]:
        return _PAGE_PROPS if self.kind == "page" else _OTHER_PROPS

    def value(self, name: str) -> Any:
        """What the file says by ``name``; None for a name that it merely imports, unless it can mean nothing else."""
        value: Any = getattr(self.module, name, None)
        if name in self.defined or name.startswith("generate_"):
            return value
        return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else None

    def line(self, name: str) -> str:
        return f"{self.file}:{self.defined[name]}" if name in self.defined else self.file
