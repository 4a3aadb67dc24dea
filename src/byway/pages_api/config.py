"""The ``config`` of a file in ``pages/api``."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from byway.config import parse_size
from byway.problems import Problem

_EXAMPLE = 'config = {"api": {"body_parser": {"size_limit": "1mb"}}, "max_duration": 5}'

_KEYS = ("api", "max_duration", "regions", "runtime")
_API_KEYS = ("body_parser", "external_resolver", "response_limit")


@dataclass(frozen=True, slots=True)
class Size:
    """A number of bytes, and how the file spells it."""

    size: int
    shown: str


@dataclass(frozen=True, slots=True)
class ApiConfig:
    """The options of one file.

    ``body_limit`` is the ``size_limit`` of the body parser, None without a parser; ``response_limit`` the size of an
    answer beyond which there is a warning, None without. ``max_duration`` is in seconds, None for no limit.
    """

    body_limit: Size | None = Size(1 << 20, "1mb")
    response_limit: Size | None = Size(4 << 20, "4mb")
    external_resolver: bool = False
    max_duration: float | None = None
    regions: str | tuple[str, ...] | None = None


def read_config(config: object, where: str, max_body_size: int) -> tuple[ApiConfig, list[Problem]]:
    """The options that ``config`` sets, and what is wrong with it; ``where`` is its file and line.

    ``max_body_size`` is that of ``Config``, in bytes, which bounds every body.
    """
    reader = _Reader(where)
    options = reader.mapping("config", config)
    reader.check_keys("config", options, _KEYS)
    api = reader.mapping('config["api"]', options.get("api", {}))
    reader.check_keys('config["api"]', api, _API_KEYS)
    values: dict[str, Any] = dict(reader.values(options, api, max_body_size))
    return ApiConfig(**values), reader.problems


class _Reader:
    """Reads the parts of a ``config``, and collects what is wrong with them."""

    def __init__(self, where: str) -> None:
        self.problems: list[Problem] = []
        self._where = where

    def mapping(self, name: str, value: object) -> Mapping[object, object]:
        if isinstance(value, Mapping):
            return cast("Mapping[object, object]", value)
        self._problem(f"{name} is {type(value).__name__}, not a dict.", f"Write `{_EXAMPLE}`.")
        return {}

    def check_keys(self, name: str, given: Mapping[object, object], known: tuple[str, ...]) -> None:
        for key in given:
            if key in known:
                continue
            close = difflib.get_close_matches(_snake_case(key) if isinstance(key, str) else "", known, n=1)
            elsewhere = _API_KEYS if known is _KEYS else _KEYS
            if close:
                cure = f"Did you mean {close[0]!r}?"
            elif key in elsewhere:
                cure = f'{key!r} belongs {"into" if key in _API_KEYS else "beside"} the dict at "api": `{_EXAMPLE}`.'
            else:
                cure = f"Its keys are: {', '.join(known)}."
            self._problem(f"{name} has an unknown key {key!r}.", cure)

    def values(
        self, options: Mapping[object, object], api: Mapping[object, object], max_body_size: int
    ) -> Iterator[tuple[str, object]]:
        """The fields of `ApiConfig` that are set, as far as they are right."""
        parser = api.get("body_parser", True)
        if parser is False:
            yield "body_limit", None
        elif isinstance(parser, Mapping):
            given = cast("Mapping[object, object]", parser)
            self.check_keys('config["api"]["body_parser"]', given, ("size_limit",))
            if "size_limit" in given and (limit := self._size("size_limit", given["size_limit"])):
                if limit.size > max_body_size:
                    what = f"size_limit is {limit.shown}, but no body may be larger than {max_body_size:,} bytes."
                    cure = f'Set Config(max_body_size="{limit.shown}") in byway_config.py, or lower size_limit.'
                    self._problem(what, cure)
                yield "body_limit", limit
        elif parser is not True:
            self._problem(f"body_parser is {parser!r}.", 'Write False, or {"size_limit": "1mb"}.')
        response_limit = api.get("response_limit", True)
        if response_limit is False:
            yield "response_limit", None
        elif response_limit is not True and (limit := self._size("response_limit", response_limit)):
            yield "response_limit", limit
        external = api.get("external_resolver", False)
        if not isinstance(external, bool):
            self._problem(f"external_resolver is {external!r}.", "Write True or False.")
        yield "external_resolver", external is True
        duration = options.get("max_duration")
        if duration is not None:
            if not isinstance(duration, (int, float)) or isinstance(duration, bool) or not 0 < duration < math.inf:
                self._problem(f"max_duration is {duration!r}.", "Write a number of seconds above 0.")
            else:
                yield "max_duration", duration
        if options.get("runtime", "python") not in ("python", "nodejs"):
            cure = (
                'Remove it, or write an edge handler as "app/…/route.py", which gets a Request and returns a Response.'
            )
            self._problem(f"runtime is {options['runtime']!r}, which is not possible here.", cure)
        if "regions" in options:
            regions = options["regions"]
            names = [regions] if isinstance(regions, str) else regions
            if isinstance(names, (list, tuple)) and all(isinstance(one, str) for one in cast("list[object]", names)):
                yield "regions", regions if isinstance(regions, str) else tuple(cast("list[str]", names))
            else:
                self._problem(f"regions is {regions!r}.", "Write a region, or a list of regions.")

    def _size(self, name: str, value: Any) -> Size | None:
        try:
            return Size(parse_size(value), str(value))
        except ValueError:
            cure = 'Write a number of bytes, or text such as "500kb" or "3mb".'
            if name == "response_limit":
                cure = f"{cure[:-1]}, or False."
            self._problem(f"{name} is {value!r}, which is no size.", cure)
            return None

    def _problem(self, what: str, cure: str) -> None:
        self.problems.append(Problem(self._where, what, cure))


def _snake_case(key: str) -> str:
    """``bodyParser`` as it is written here."""
    return re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key)
