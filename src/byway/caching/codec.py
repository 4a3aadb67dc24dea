"""Python values as bytes, and back: the keys of cached functions, and what they return.

Theory of operation
-------------------
The bytes are MessagePack. What JSON knows is written as it is, by msgspec alone; everything else is an extension: a
code, and a payload that is MessagePack again. A codec reads a class's instances only when it was given that class, by
those who own the code: stored bytes hold a class's name, never a way to import it, and no code of an app but what its
own classes do when they are made.

A value is written as often as it occurs; what holds itself cannot be written.

Keys are written the same way, but in one order: equal dicts and equal sets have equal keys. They are never read back,
so any class will do.
"""

from __future__ import annotations

import dataclasses
import inspect
import operator
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from enum import Enum, Flag
from types import FunctionType, NoneType
from typing import (
    Any,
    Final,
    Protocol,
    TypeAlias,
    cast,
)
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec
from msgspec.msgpack import Decoder, Encoder, Ext

from byway.caching.classes import Unfit, name_of, shape_of
from byway.http.response import Onward, Response

__all__ = [
    "DecodeError",
    "Markup",
    "NotCacheable",
    "ValueCodec",
    "buffered",
    "encode_key",
    "is_plain",
]


class NotCacheable(TypeError):
    """A value that cannot be written; the message begins with its place: ``the returned value['x'] is a Request``."""


class DecodeError(ValueError):
    """Bytes that cannot be read, or not any more: the entry counts as missing."""


class Markup(str):
    """HTML that is complete and safe: whoever knows ``__html__`` does not escape it again."""

    __slots__ = ()

    def __html__(self) -> str:
        """The markup itself."""
        return self


class _Streaming(Protocol):
    def aiter_chunks(self) -> AsyncIterator[str]: ...


class _Finished(Protocol):
    def __html__(self) -> str: ...


async def buffered(value: object) -> object:
    """``value`` with whatever renders itself in chunks (``aiter_chunks()``) replaced by its `Markup`.

    Looks into lists, tuples and dicts. What holds nothing of the kind comes back as it is.
    """
    try:
        return await _buffered(value)
    except RecursionError:
        return value  # what is wrong with it, encoding tells


async def _buffered(value: object) -> object:
    kind = type(value)
    if kind is list or kind is tuple:
        items = cast("list[object] | tuple[object, ...]", value)
        new = [item if type(item) in _SCALARS else await _buffered(item) for item in items]
        return value if all(map(operator.is_, new, items)) else new if kind is list else tuple(new)
    if kind is dict:
        named = cast("dict[object, object]", value)
        new = [item if type(item) in _SCALARS else await _buffered(item) for item in named.values()]
        return value if all(map(operator.is_, new, named.values())) else dict(zip(named, new, strict=True))
    if hasattr(kind, "aiter_chunks"):
        return Markup("".join([chunk async for chunk in cast("_Streaming", value).aiter_chunks()]))
    return value


# --- Plain values -----------------------------------------------------------------------------------------------------

_SCALARS: Final = frozenset({NoneType, bool, int, float, str, bytes})


def is_plain(value: object) -> bool:
    """Whether ``value`` is made of None, bool, int, float, str, bytes, lists, and dicts with str keys: of exactly
    these types, not of subclasses.
    """
    # Written out, with a test before each call: this is most of what it costs to write a plain value.
    kind = type(value)
    if kind is dict:
        for key, item in cast("dict[object, object]", value).items():
            if type(key) is not str or (type(item) not in _SCALARS and not is_plain(item)):
                return False
        return True
    if kind is list:
        for item in cast("list[object]", value):
            if type(item) in _SCALARS:
                continue
            if not is_plain(item):
                return False
        return True
    return kind in _SCALARS


_encode: Final = Encoder().encode
_encode_sorted: Final = Encoder(order="deterministic").encode

# --- Extensions -------------------------------------------------------------------------------------------------------

_Zone: TypeAlias = "str | int | tuple[int, str] | None"


@dataclasses.dataclass(frozen=True, slots=True)
class _Leaf:
    """A type whose values hold no others; ``write`` gives a plain value, from which ``read`` makes the same again."""

    code: int
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _write_zone(zone: tzinfo | None) -> _Zone:
    if zone is None:
        return None
    if type(zone) is ZoneInfo and zone.key:
        return zone.key
    # What pydantic reads out of text has a class of its own for offsets.
    if type(zone) is timezone or type(zone).__module__.startswith("pydantic_core"):
        offset = zone.utcoffset(None) or timedelta()
        microseconds = offset // timedelta(microseconds=1)
        name = zone.tzname(None)
        return (
            microseconds if type(zone) is not timezone or name == str(timezone(offset)) else (microseconds, name or "")
        )
    raise Unfit(f"has the time zone {zone!r}, which cannot be cached. Use zoneinfo.ZoneInfo or datetime.timezone")


def _read_zone(zone: Any) -> tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return ZoneInfo(zone)
    if isinstance(zone, int):
        return timezone(timedelta(microseconds=zone))
    return timezone(timedelta(microseconds=zone[0]), zone[1])


def _write_time(value: datetime | time) -> list[Any]:
    return [value.replace(tzinfo=None, fold=0).isoformat(), value.fold, _write_zone(value.tzinfo)]


def _read_datetime(payload: Any) -> datetime:
    text, fold, zone = payload
    return datetime.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


def _read_time(payload: Any) -> time:
    text, fold, zone = payload
    return time.fromisoformat(text).replace(fold=fold, tzinfo=_read_zone(zone))


_LEAVES: Final[Mapping[type, _Leaf]] = {
    # The first two are what MessagePack itself cannot hold: integers beyond 64 bits, and halves of surrogate pairs.
    int: _Leaf(
        1,
        lambda value: value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True),
        lambda payload: int.from_bytes(payload, "big", signed=True),
    ),
    str: _Leaf(
        2,
        lambda value: value.encode("utf-8", "surrogatepass"),
        lambda payload: payload.decode("utf-8", "surrogatepass"),
    ),
    bytearray: _Leaf(3, bytes, bytearray),
    datetime: _Leaf(4, _write_time, _read_datetime),
    date: _Leaf(5, date.isoformat, date.fromisoformat),
    time: _Leaf(6, _write_time, _read_time),
    timedelta: _Leaf(
        7, lambda value: [value.days, value.seconds, value.microseconds], lambda payload: timedelta(*payload)
    ),
    UUID: _Leaf(8, lambda value: value.bytes, lambda payload: UUID(bytes=payload)),
    Decimal: _Leaf(9, str, lambda payload: Decimal(payload)),
    type(msgspec.UNSET): _Leaf(10, lambda _: None, lambda _: msgspec.UNSET),
}
_LEAF_READERS: Final = {leaf.code: leaf.read for leaf in _LEAVES.values()}
_TUPLE, _SET, _FROZENSET, _DICT, _ENUM, _RECORD, _RESPONSE, _MARKUP = range(20, 28)

# --- Writing ----------------------------------------------------------------------------------------------------------

# Where a value is: the name of the whole, or the place of the container, how its parts are written, and which one.
_Place: TypeAlias = "str | tuple[_Place, str, object]"


def _shown(place: _Place) -> str:
    steps: list[str] = []
    while not isinstance(place, str):
        place, step, key = place
        steps.append(step.format(key))
    return place + "".join(reversed(steps))


class _Writer:
    """Turns one value into what MessagePack can hold.

    ``types`` are the classes that may be written, by name; None, for keys, allows all of them. A ``careful`` writer
    looks at each int and str, too: rarely is there one that MessagePack cannot hold.
    """

    __slots__ = ("_careful", "_encode", "_open", "_passing", "_types")

    def __init__(self, types: Mapping[str, type] | None, *, careful: bool) -> None:
        self._types = types
        self._careful = careful
        self._passing: frozenset[type] = frozenset() if careful else _SCALARS
        self._encode = _encode_sorted if types is None else _encode
        self._open: set[int] = set()

    def write(self, value: object, place: _Place) -> Any:
        """What stands for ``value``. Raises `NotCacheable`."""
        kind = type(value)
        if kind in _SCALARS:
            return self._scalar(value) if self._careful else value
        try:
            if (leaf := _LEAVES.get(kind)) is not None:
                return Ext(leaf.code, _encode(leaf.write(value)))
            if id(value) in self._open:
                raise Unfit("holds itself, so it has no end")
            self._open.add(id(value))
            try:
                return self._container(value, kind, place)
            finally:
                self._open.discard(id(value))
        except Unfit as unfit:
            raise NotCacheable(f"{_shown(place)} {unfit}.") from None

    def _container(self, value: Any, kind: Any, place: _Place) -> Any:
        if kind is list:
            return self._items(value, place)
        if kind is dict:
            return self._dict(value, place)
        if kind is tuple:
            return self._ext(_TUPLE, self._items(value, place))
        if kind is set or kind is frozenset:
            items = [self.write(item, (place, " (an item)", None)) for item in value]
            if self._types is None:
                items.sort(key=self._encode)
            return self._ext(_SET if kind is set else _FROZENSET, items)
        if isinstance(value, Enum):
            # A combination of flags need not have a name.
            member = self.write(value.value if isinstance(value, Flag) else value.name, place)
            return self._ext(_ENUM, [self._class(kind), member])
        # What can render itself comes back as itself only if its class is named, as markup otherwise.
        if (shape := shape_of(kind)) is not None and not (hasattr(kind, "__html__") and self._lacks(kind)):
            name = self._class(kind)
            return self._ext(_RECORD, [name, self._named(shape.take(value), place, ".{}")])
        return self._other(value, kind, place)

    def _other(self, value: object, kind: type[object], place: _Place) -> Any:
        if hasattr(kind, "__await__"):
            # `params` and `id`, which may be awaited: what that gives is what they hold.
            builtins: tuple[Any, ...] = (dict, str, int)
            for builtin in builtins:
                if isinstance(value, builtin):
                    return self.write(builtin(value), place)
        if isinstance(value, UUID):  # database drivers have faster ones of their own
            return Ext(_LEAVES[UUID].code, _encode(value.bytes))
        if hasattr(kind, "__html__") and (self._types is not None or isinstance(value, str)):
            return self._ext(_MARKUP, self.write(str(cast("_Finished", value).__html__()), place))
        if self._types is not None and isinstance(value, Response) and not isinstance(value, Onward):
            return self._ext(_RESPONSE, _take_response(value))
        raise Unfit(_refusal(value, kind, key=self._types is None))

    def _ext(self, code: int, payload: Any) -> Ext:
        return Ext(code, self._encode(payload))

    def _items(self, items: Iterable[Any], place: _Place) -> list[Any]:
        passing = self._passing
        return [
            item if type(item) in passing else self.write(item, (place, "[{!r}]", index))
            for index, item in enumerate(items)
        ]

    def _named(self, items: dict[str, Any], place: _Place, step: str) -> dict[str, Any]:
        passing = self._passing
        return {
            name: item if type(item) in passing else self.write(item, (place, step, name))
            for name, item in items.items()
        }

    def _dict(self, value: dict[Any, Any], place: _Place) -> Any:
        if not self._careful and all(type(key) is str for key in value):
            return self._named(value, place, "[{!r}]")
        pairs = [
            (self.write(key, (place, " (a key)", None)), self.write(item, (place, "[{!r}]", key)))
            for key, item in value.items()
        ]
        if self._types is None:
            pairs.sort(key=lambda pair: self._encode(pair[0]))
        return self._ext(_DICT, pairs)

    def _lacks(self, cls: type) -> bool:
        return self._types is not None and self._types.get(name_of(cls)) is not cls

    def _class(self, cls: type) -> str:
        if self._lacks(cls):
            raise Unfit(
                f"is {_a(cls.__qualname__)}, a class that the function does not name. Name it in the return "
                f"annotation, such as `-> {cls.__name__}` or `-> list[{cls.__name__}]`, and import it where the "
                "annotation can be resolved at run time"
            )
        return name_of(cls)

    def _scalar(self, value: Any) -> Any:
        try:
            self._encode(value)
        except (OverflowError, UnicodeEncodeError):
            leaf = _LEAVES[type(value)]
            return Ext(leaf.code, _encode(leaf.write(value)))
        return value


def _take_response(response: Response) -> list[Any]:
    try:
        data, stream = response.payload()
    except TypeError:
        raise Unfit("is a Response whose body was already read. Return what was read of it") from None
    if stream is not None:
        raise Unfit("is a Response that streams. Give it a body that is complete: str or bytes")
    # A cookie is for whoever asked first, and not for those who get the answer from the cache.
    headers = [pair for pair in response.raw_headers() if pair[0] != b"set-cookie"]
    return [data, response.status, response.status_text, [part.decode("latin-1") for pair in headers for part in pair]]


def _refusal(value: object, kind: type[object], *, key: bool) -> str:
    """Why ``value`` is none of those that can be written, and what to do."""
    name = kind.__name__
    if inspect.iscoroutine(value):
        value.close()  # Nothing will await it any more; without this Python would warn, later and elsewhere.
        return f"is a {name} that was not awaited: write await before it"
    for builtin in (str, int, float, bytes, dict, list, tuple, set, frozenset):
        if isinstance(value, builtin):
            return f"is {_a(name)}, a subclass of {builtin.__name__}: write {builtin.__name__}(…) around it"
    what = _a(name)
    if isinstance(value, type):
        what = f"the class {value.__name__}"
    elif isinstance(value, FunctionType):
        what = f"the function {value.__name__}()"
    verdict, verb, more = (
        ("be part of a cache key", "Pass what is needed of it:", "or pydantic models")
        if key
        else ("be cached", "Return", "pydantic models, markup or a Response")
    )
    return (
        f"is {what}, which cannot {verdict}. {verb} JSON types, bytes, tuples, sets, datetimes, UUIDs, decimals, "
        f"enums, dataclasses, msgspec structs{',' if not key else ''} {more}"
    )


def _a(name: str) -> str:
    return f"an {name}" if name[0] in "AEIOaeio" else f"a {name}"


def _write(types: Mapping[str, type] | None, parts: Callable[[_Writer], Any]) -> bytes:
    encode = _encode_sorted if types is None else _encode
    try:
        try:
            return encode(parts(_Writer(types, careful=False)))
        except (OverflowError, UnicodeEncodeError):
            return encode(parts(_Writer(types, careful=True)))
    except RecursionError:
        raise NotCacheable("the value is nested too deeply to be cached.") from None


def encode_key(arguments: Mapping[str, object], what: str = "argument") -> bytes:
    """The bytes that stand for ``arguments``, which are values by name: equal for equal values of equal types.

    ``1``, ``True``, ``1.0`` and ``"1"`` are told apart; the order of dicts and sets does not matter; NaN equals itself.
    Raises `NotCacheable`, which names the place (``argument 'user'['friends'][2]``); ``what`` begins it.
    """
    try:
        if is_plain(arguments):
            return _encode_sorted(arguments)
    except (OverflowError, UnicodeEncodeError, RecursionError):
        pass

    def parts(writer: _Writer) -> dict[Any, Any]:
        return {name: writer.write(value, f"{what} {name!r}") for name, value in arguments.items()}

    return _write(None, parts)


class ValueCodec:
    """Writes and reads the values of one function; ``types`` are the classes they may hold, by name: see `types_of`."""

    __slots__ = ("_decode", "_types")

    def __init__(self, types: Mapping[str, type]) -> None:
        self._types = types
        self._decode = Decoder(ext_hook=self._read).decode

    def encode(self, value: object) -> bytes:
        """``value`` as bytes.

        Raises `NotCacheable`, which names the place (``the returned value['x']``).
        """
        try:
            if is_plain(value):
                return _encode(value)
        except (OverflowError, UnicodeEncodeError, RecursionError):
            pass
        return _write(self._types, lambda writer: writer.write(value, "the returned value"))

    def decode(self, data: bytes) -> Any:
        """A new value like the one that was encoded. Raises `DecodeError`."""
        try:
            return self._decode(data)
        except Exception as error:
            # Whatever is wrong with the bytes, or with a class since they were written: they are of no use.
            raise DecodeError(f"{type(error).__name__}: {error}") from error

    def _read(self, code: int, data: memoryview) -> Any:
        payload: Any = self._decode(data)
        if code == _RECORD:
            name, fields = payload
            cls: Any = self._types[name]
            shape = shape_of(cls)
            if shape is None or shape.names != fields.keys():
                raise ValueError(f"{name} has other fields now")
            return shape.make(cls, fields)
        if (read := _LEAF_READERS.get(code)) is not None:
            return read(payload)
        if code == _ENUM:
            name, member = payload
            enum: Any = self._types[name]
            if not issubclass(enum, Enum):
                raise ValueError(f"{name} is no enum now")
            return enum(member) if issubclass(enum, Flag) else enum[member]
        if code == _RESPONSE:
            body, status, status_text, headers = payload
            pairs = list(zip(headers[::2], headers[1::2], strict=True))
            return Response(body, status=status, status_text=status_text, headers=pairs)
        return _CONTAINER_READERS[code](payload)


_CONTAINER_READERS: Final[Mapping[int, Callable[[Any], Any]]] = {
    _TUPLE: tuple,
    _SET: set,
    _FROZENSET: frozenset,
    _DICT: dict,
    _MARKUP: Markup,
}
