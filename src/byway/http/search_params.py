"""`URLSearchParams`: an ordered list of names and values, read from and written as a query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias, cast
from urllib.parse import quote_plus, unquote

from byway.http.pairs import Pairs, scalars

SearchParamsInit: TypeAlias = (
    "str | URLSearchParams | Mapping[str, str | Sequence[str]] | Iterable[tuple[str, str]] | None"
)


def _parse(query: str) -> list[tuple[str, str]]:
    is_encoded = "%" in query or "+" in query
    pairs: list[tuple[str, str]] = []
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            if is_encoded:
                name, value = unquote(name.replace("+", " ")), unquote(value.replace("+", " "))
            pairs.append((name, value))
    return pairs


def write_query(pairs: Iterable[tuple[str, str]]) -> str:
    """``pairs`` as a form is sent: ``application/x-www-form-urlencoded``."""
    return "&".join([f"{_encode(name)}={_encode(value)}" for name, value in pairs])


def _encode(text: str) -> str:
    # quote_plus() holds "~" for safe; the standard does not.
    return quote_plus(scalars(text), safe="*").replace("~", "%7E")


def _check(name: str, value: str) -> None:
    for text in (name, value):
        if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(
                f"Search params hold str, and {name!r}: {value!r} has a {type(text).__name__}: write str(…) around it."
            )


def _several(values: str | Sequence[str]) -> Sequence[str]:
    return values if isinstance(values, (list, tuple)) else cast("Sequence[str]", (values,))


class URLSearchParams(Pairs[str]):
    """The pairs of a query; a name may come several times.

    ``init`` is a query (a leading ``?`` is dropped), a mapping whose values are ``str`` or lists of ``str``, pairs,
    other search params, or None. Bad escapes are never an error: bytes that are no UTF-8 become U+FFFD.
    ``str(params)`` is the query without ``?``, as a form is sent (``application/x-www-form-urlencoded``).

    Implements the Web's ``URLSearchParams``.
    """

    __slots__ = ("changed",)

    #: Whether the pairs were changed since the URL that they belong to last looked.
    changed: bool

    def __init__(self, init: SearchParamsInit = None) -> None:
        self.changed = False
        self._pairs = []
        match init:
            case None:
                pass
            case str():
                self._pairs = _parse(scalars(init.removeprefix("?")))
            case Mapping():
                items: Iterable[tuple[str, str | Sequence[str]]] = init.items()  # pyright: ignore
                for name, values in items:
                    for value in _several(values):
                        _check(name, value)
                        self._pairs.append((name, value))
            case _:
                pairs: Iterable[tuple[str, str]] = init
                for name, value in pairs:
                    _check(name, value)
                    self._pairs.append((name, value))

    @classmethod
    def from_query(cls, query: str) -> URLSearchParams:
        """The pairs of ``query``, which has no leading ``?`` of its own."""
        params = cls.__new__(cls)
        params._pairs = _parse(query) if query else []
        params.changed = False
        return params

    def load(self, query: str) -> None:
        """Replace every pair by those of ``query``; to the URL this is no change."""
        self._pairs = _parse(query)
        self.changed = False

    def set(self, name: str, value: str) -> None:
        """Give ``name`` this one value; it keeps the place of its first, or goes to the end."""
        _check(name, value)
        self._put(name, value)
        self.changed = True

    def append(self, name: str, value: str) -> None:
        """Add a pair at the end."""
        _check(name, value)
        self._pairs.append((name, value))
        self.changed = True

    def delete(self, name: str) -> None:
        """Remove every pair of that name."""
        super().delete(name)
        self.changed = True

    def sort(self) -> None:
        """Sort the pairs by name, in the order of UTF-16 code units; pairs of one name keep theirs."""
        self._pairs.sort(key=lambda pair: pair[0].encode("utf-16-be", "surrogatepass"))
        self.changed = True

    def __eq__(self, other: object) -> bool:
        return self._pairs == other._pairs if isinstance(other, URLSearchParams) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __str__(self) -> str:
        return write_query(self._pairs)
