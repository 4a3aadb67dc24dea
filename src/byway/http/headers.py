"""`Headers`: the Web's header list, kept as the raw byte pairs that a server speaks."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from typing import Self, TypeAlias, TypeVar, cast, overload

D = TypeVar("D")
RawHeaders: TypeAlias = list[tuple[bytes, bytes]]
HeadersInit: TypeAlias = "Headers | Mapping[str, str | None] | Iterable[tuple[str, str | None]] | None"

_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
_FORBIDDEN_IN_VALUE = re.compile(r"[\0-\x08\x0a-\x1f\x7f]")


def encode_name(name: str) -> bytes:
    """``name`` as it goes over the wire: lower case.

    Raises ``ValueError`` when it is no token of RFC 9110.
    """
    if not _NAME.match(name):
        raise ValueError(f"Invalid header name {name!r}: letters, digits and !#$%&'*+-.^_`|~ are allowed.")
    return name.lower().encode("ascii")


def encode_value(name: str, value: str) -> bytes:
    """``value`` without surrounding white space, as bytes.

    Raises ``TypeError`` when it is no ``str``, ``ValueError`` when a header cannot hold it.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TypeError(f"The value of header {name!r} is {type(value).__name__}, not str: write str(…) around it.")
    if _FORBIDDEN_IN_VALUE.search(value):
        raise ValueError(
            f"The value of header {name!r} holds a line break or another control character; headers cannot carry those."
        )
    try:
        return value.strip(" \t").encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(
            f"The value of header {name!r} holds characters beyond Latin-1; encode them, "
            "with urllib.parse.quote(…) for example."
        ) from None


class Headers:
    """Header names and values; names are case-insensitive and iterate in lower case, sorted, as the Web's do.

    ``init`` is a mapping, pairs, or other headers; a value of None leaves its header out. Repeated names are joined
    with ``", "``, but for ``set-cookie``, whose values always stay apart.

    Implements the Web's ``Headers`` as the Next.js documents use it (``request.headers``, ``headers()``,
    ``Response(headers=…)``).
    """

    __slots__ = ("_raw",)

    def __init__(self, init: HeadersInit = None) -> None:
        raw: RawHeaders = []
        self._raw = raw
        if init is None:
            return
        if isinstance(init, Headers):
            raw.extend(init._raw)
            return
        pairs: Iterable[tuple[str, str | None]]
        pairs = cast("Mapping[str, str | None]", init).items() if isinstance(init, Mapping) else init
        for name, value in pairs:
            if value is not None:
                _append(raw, encode_name(name), encode_value(name, value))

    @classmethod
    def from_raw(cls, raw: RawHeaders) -> Self:
        """Headers over ``raw``, which is taken as it is: names must be in lower case."""
        headers = cls.__new__(cls)
        headers._raw = raw
        return headers

    @property
    def raw(self) -> RawHeaders:
        """The byte pairs, in their order; not a copy."""
        return self._raw

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: D) -> str | D: ...
    def get(self, name: str, default: object = None) -> object:
        """The value of ``name``, several joined with ``", "``; ``default`` when there is none."""
        key = name.lower().encode("latin-1", "replace")
        found: bytes | None = None
        for known, value in self._raw:
            if known == key:
                found = value if found is None else found + b", " + value
        return default if found is None else found.decode("latin-1")

    def get_all(self, name: str) -> list[str]:
        """Each value of ``name`` by itself, in the order in which they came."""
        key = name.lower().encode("latin-1", "replace")
        return [value.decode("latin-1") for known, value in self._raw if known == key]

    def has(self, name: str) -> bool:
        """Whether there is a header ``name``."""
        key = name.lower().encode("latin-1", "replace")
        return any(known == key for known, _ in self._raw)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.has(name)

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def items(self) -> list[tuple[str, str]]:
        """Pairs of names and joined values, sorted by name; each ``set-cookie`` is a pair of its own."""
        joined: dict[bytes, bytes] = {}
        cookies: list[bytes] = []
        for name, value in self._raw:
            if name == b"set-cookie":
                cookies.append(value)
            else:
                joined[name] = joined[name] + b", " + value if name in joined else value
        pairs = [*joined.items(), *((b"set-cookie", value) for value in cookies)]
        pairs.sort(key=lambda pair: pair[0])
        return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs]

    def keys(self) -> list[str]:
        """The names, in lower case, sorted, each once."""
        return sorted({name.decode("latin-1") for name, _ in self._raw})

    def values(self) -> list[str]:
        """The values, in the order of `items()`."""
        return [value for _, value in self.items()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return len(self.keys())

    def set(self, name: str, value: str) -> None:
        """Make ``value`` the only value of ``name``.

        Raises ``ValueError`` when name or value cannot stand in a header.
        """
        key, encoded = encode_name(name), encode_value(name, value)
        raw = self._writable()
        for position, (known, _) in enumerate(raw):
            if known == key:
                raw[position:] = [(key, encoded), *(pair for pair in raw[position + 1 :] if pair[0] != key)]
                return
        raw.append((key, encoded))

    def append(self, name: str, value: str) -> None:
        """Add ``value`` to what ``name`` already has.

        Raises ``ValueError`` when name or value cannot stand in a header.
        """
        key, encoded = encode_name(name), encode_value(name, value)
        _append(self._writable(), key, encoded)

    def delete(self, name: str) -> None:
        """Remove every value of ``name``; nothing happens when there is none."""
        key = encode_name(name)
        raw = self._writable()
        raw[:] = [pair for pair in raw if pair[0] != key]

    def _writable(self) -> RawHeaders:
        # A server may hand over a tuple, or a list that it goes on using.
        self._raw = list(self._raw)
        return self._raw

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.items() == other.items()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Headers({self.items()!r})"


def _append(raw: RawHeaders, key: bytes, value: bytes) -> None:
    if key != b"set-cookie":
        for position, (known, first) in enumerate(raw):
            if known == key:
                raw[position] = (key, first + b", " + value)
                return
    raw.append((key, value))


class ReadonlyHeaders(Headers):
    """What ``headers()`` gives: a request's headers, which cannot be changed.

    ``await`` it or use it as it is; both are the same object. Changing it raises ``TypeError``.
    """

    __slots__ = ()

    def __await__(self) -> Generator[None, None, ReadonlyHeaders]:
        yield from ()
        return self

    def _writable(self) -> RawHeaders:
        raise TypeError(
            "Headers cannot be modified: headers() is read-only. "
            "Set a response's headers with Response(…, headers={…}) or response.headers.set(…)."
        )
