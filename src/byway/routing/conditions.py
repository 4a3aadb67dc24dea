"""The ``has`` and ``missing`` of a matcher or rule: what else must be true of a request, besides its path.

===========  ================================  ====================================================================
``type``     ``key``                           what it looks at
===========  ================================  ====================================================================
``header``   the name, in any letter case      the value; several are joined with commas
``cookie``   the name                          the value; of several of one name the first, as in ``req.cookies``
``query``    the name                          the last value
``host``     none                              the host name without its port, in any letter case
===========  ================================  ====================================================================

``value`` is a regular expression that must match the whole value. Without one, any value will do that is not empty.
Every item of ``has`` must hold, and no item of ``missing`` may.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from byway.http.first_cookies import first_cookies
from byway.http.request import Request
from byway.routing.path_syntax import RuleError, compile_regex

_TYPES = ("header", "cookie", "query", "host")
_FIELDS = ("type", "key", "value")
_EXAMPLE = 'Write an item such as {"type": "header", "key": "x-token"}.'


class Condition:
    """One item of ``has`` or ``missing``.

    Raises ``RuleError`` when ``item`` is no mapping with a known ``type``, the ``key`` that its type needs, and no
    other keys but a ``value``, or when ``value`` is no regular expression.
    """

    __slots__ = ("_key", "_type", "_value", "names")

    def __init__(self, item: object) -> None:
        if not isinstance(item, Mapping):
            raise RuleError(f"An item is {type(item).__name__}, not a dict.", _EXAMPLE)
        fields = cast("Mapping[object, Any]", item)
        for name in fields:
            if name not in _FIELDS:
                raise RuleError(f"An item has an unknown key {name!r}.", 'Its keys are "type", "key" and "value".')
        kind, key, value = (fields.get(name) for name in _FIELDS)
        if kind not in _TYPES:
            raise RuleError(f"An item's type is {kind!r}.", 'Write "header", "cookie", "query" or "host".')
        if kind == "host":
            if key is not None:
                raise RuleError('An item of the type "host" has a key.', 'Leave it out: the host is in "value".')
            if value is None:
                raise RuleError('An item of the type "host" has no value.', 'Write "value": "example\\\\.com".')
        elif not isinstance(key, str) or not key:
            raise RuleError(f'An item of the type "{kind}" has no key.', f'Write the name of the {kind} as "key".')
        if not isinstance(value, str | None):
            raise RuleError(f"An item's value is {type(value).__name__}, not str.", "Write a regular expression.")
        self._type: str = kind
        self._key: str = key or ""
        flags = re.IGNORECASE if kind == "host" else 0
        self._value = None if value is None else compile_regex(value, flags)
        #: What it captures is called so.
        self.names = (_letters(self._key),) if self._value is None else tuple(self._value.groupindex)

    def match(self, request: Request) -> dict[str, str] | None:
        """What ``request`` has for this item; None when it has it not.

        That is the named groups of the regular expression or, without one, the value, named by the key's letters.
        """
        value = self._look(request)
        if not value:
            return None
        if self._value is None:
            return {self.names[0]: value}
        found = self._value.fullmatch(value)
        if found is None:
            return None
        return {name: text for name, text in found.groupdict().items() if text is not None}

    def _look(self, request: Request) -> str | None:
        match self._type:
            case "header":
                return request.headers.get(self._key)
            case "cookie":
                return first_cookies(request.headers).get(self._key)
            case "query":
                return next(reversed(request.url.search_params.get_all(self._key)), None)
            case _:
                return request.url.hostname


def _letters(key: str) -> str:
    return re.sub("[^A-Za-z]", "", key)


class Conditions:
    """The ``has`` and ``missing`` of one matcher or rule; none are fulfilled by every request."""

    __slots__ = ("_has", "_missing")

    def __init__(self, has: tuple[Condition, ...] = (), missing: tuple[Condition, ...] = ()) -> None:
        self._has = has
        self._missing = missing

    def __bool__(self) -> bool:
        return bool(self._has or self._missing)

    @property
    def names(self) -> tuple[str, ...]:
        """What the items of ``has`` capture is called so."""
        return tuple(name for condition in self._has for name in condition.names)

    def match(self, request: Request) -> dict[str, str] | None:
        """What the items of ``has`` captured; None when the conditions are not fulfilled."""
        captured: dict[str, str] = {}
        for condition in self._has:
            found = condition.match(request)
            if found is None:
                return None
            captured |= found
        if any(condition.match(request) is not None for condition in self._missing):
            return None
        return captured


def read_conditions(where: str, items: object) -> tuple[tuple[Condition, ...], list[RuleError]]:
    """The conditions that ``items`` describes, and what is wrong with it; ``where`` says in messages what it is."""
    if not isinstance(items, (list, tuple)):
        return (), [RuleError(f"{where} is {type(items).__name__}, not a list.", _EXAMPLE)]
    conditions: list[Condition] = []
    errors: list[RuleError] = []
    for number, item in enumerate(cast("list[object]", items)):
        try:
            conditions.append(Condition(item))
        except RuleError as error:
            errors.append(error.at(f"{where}[{number}]"))
    return tuple(conditions), errors
