"""What search params and form data have in common: an ordered list of names and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Generic, TypeVar, overload

V = TypeVar("V")
D = TypeVar("D")

_SURROGATE = re.compile(r"[\ud800-\udfff]")


def scalars(text: str) -> str:
    """``text`` as the Web's strings are on the way in: lone surrogates, which have no encoding, become U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


class Pairs(Generic[V]):
    """Names and values in order; a name may come several times."""

    __slots__ = ("_pairs",)

    _pairs: list[tuple[str, V]]

    @overload
    def get(self, name: str) -> V | None: ...
    @overload
    def get(self, name: str, default: D) -> V | D: ...
    def get(self, name: str, default: object = None) -> object:
        """The first value of ``name``, or ``default``."""
        for known, value in self._pairs:
            if known == name:
                return value
        return default

    def get_all(self, name: str) -> list[V]:
        """Every value of ``name``, in order."""
        return [value for known, value in self._pairs if known == name]

    def has(self, name: str) -> bool:
        """Whether there is a pair of that name."""
        return any(known == name for known, _ in self._pairs)

    def __contains__(self, name: object) -> bool:
        return any(known == name for known, _ in self._pairs)

    def keys(self) -> list[str]:
        """The names, one for each pair."""
        return [name for name, _ in self._pairs]

    def values(self) -> list[V]:
        """The values, one for each pair."""
        return [value for _, value in self._pairs]

    def items(self) -> list[tuple[str, V]]:
        """The pairs, in order."""
        return self._pairs.copy()

    def __iter__(self) -> Iterator[tuple[str, V]]:
        return iter(self._pairs.copy())

    def __len__(self) -> int:
        return len(self._pairs)

    def _put(self, name: str, value: V) -> None:
        """Make ``value`` the only one of ``name``, in the place of its first, or at the end."""
        first = next((place for place, pair in enumerate(self._pairs) if pair[0] == name), len(self._pairs))
        self._pairs[first:] = [(name, value), *(pair for pair in self._pairs[first:] if pair[0] != name)]

    def delete(self, name: str) -> None:
        """Remove every pair of that name."""
        self._pairs[:] = [pair for pair in self._pairs if pair[0] != name]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._pairs!r})"
