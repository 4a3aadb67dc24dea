"""Types as rules: a TypedDict, compiled into a check of what an app returns.

Theory of operation. The types that an author sees in an editor are the only description of the objects of metadata
files. `shape_of` turns one into a tree of shapes, once, at import. A shape checks a value and raises `MetadataError`
at the first fault; on its way up the error gathers the keys and indices that lead to it, so that a sound value costs
no more than looking at it.

The rules, which hold for every object: a key that is optional may be None, which is the same as leaving it out, and so
may one that the author chooses, where the type of its value says so; a list may be any sequence but text; True and
False are no numbers; numbers are finite.
"""

from __future__ import annotations

import difflib
import math
import re
import reprlib
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import (
    Annotated,
    Any,
    Final,
    Literal,
    NoReturn,
    Protocol,
    Required,
    TypeGuard,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

from byway.http.url import URL
from byway.metadata.times import written

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 60


class MetadataError(ValueError):
    """What is wrong with an object that a metadata file returned.

    ``place`` leads to the fault, like ``rules[1].user_agent``; it is empty when the object as a whole is at fault.
    ``what`` and ``cure`` are whole sentences, ready for a `byway.problems.Problem` of the file.
    """

    def __init__(self, says: str, cure: str) -> None:
        super().__init__(says, cure)
        self._says = says
        self.cure = cure
        self.place = ""

    @property
    def what(self) -> str:
        """The sentence that says what is wrong, and where."""
        return f"{self.place or 'The returned object'} {self._says}"

    def within(self, step: object) -> MetadataError:
        """This error, seen from the object that has the fault at ``step``: an index, or a key."""
        if isinstance(step, int):
            self.place = f"[{step}]{_joined(self.place)}"
        elif isinstance(step, str) and step.isidentifier():
            self.place = f"{step}{_joined(self.place)}"
        else:
            self.place = f"[{step!r}]{_joined(self.place)}"
        return self

    def __str__(self) -> str:
        return f"{self.what} {self.cure}"


def _joined(place: str) -> str:
    return f".{place}" if place and not place.startswith("[") else place


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must also be, besides of its type: ``Annotated[float, Rule(…, "a number from 0 to 1")]``."""

    holds: Callable[[Any], bool]
    words: str


class Shape(Protocol):
    """What a value must be. ``one`` names such a value, ``many`` several of them: "a str", "str"."""

    @property
    def one(self) -> str: ...

    @property
    def many(self) -> str: ...

    def fits(self, value: object) -> bool:
        """Whether ``value`` is of this kind at first sight; `check` looks inside."""
        ...

    def check(self, value: object) -> None:
        """Raise `MetadataError` unless ``value`` is of this shape."""
        ...


@dataclass(frozen=True, slots=True)
class _Plain:
    """A value of some Python types."""

    one: str
    many: str
    kinds: tuple[type, ...]

    def fits(self, value: object) -> bool:
        return isinstance(value, self.kinds)

    def check(self, value: object) -> None:
        if not isinstance(value, self.kinds):
            _refuse(value, self)


@dataclass(frozen=True, slots=True)
class _Number:
    one: str
    many: str
    kinds: type | tuple[type, ...]

    def fits(self, value: object) -> bool:
        return isinstance(value, self.kinds) and not isinstance(value, bool)

    def check(self, value: object) -> None:
        is_plain = isinstance(value, self.kinds) and not isinstance(value, bool)
        if not is_plain or not math.isfinite(cast("float", value)):
            _refuse(value, self)


@dataclass(frozen=True, slots=True)
class _Date:
    one: str = "a date, with or without a time"
    many: str = "dates"

    def fits(self, value: object) -> bool:
        return isinstance(value, date)

    def check(self, value: object) -> None:
        if not isinstance(value, date):
            _refuse(value, self)
        if value.year in (1, 9999):  # UTC may be in the year before, or after
            try:
                written(value)
            except OverflowError:
                raise MetadataError(
                    f"is {value}, which is outside the years 1 to 9999 in UTC.", "Write a time within them."
                ) from None


@dataclass(frozen=True, slots=True)
class _Word:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def one(self) -> str:
        return _alternatives([f'"{word}"' for word in self.words])

    @property
    def many(self) -> str:
        return self.one

    def fits(self, value: object) -> bool:
        return isinstance(value, str)

    def check(self, value: object) -> None:
        if value not in self.words:
            close = difflib.get_close_matches(value, self.words, n=1) if isinstance(value, str) else []
            _refuse(value, self, f'Did you mean "{close[0]}"? ' if close else "")


@dataclass(frozen=True, slots=True)
class _Ruled:
    """A value of a shape that a rule narrows."""

    base: Shape
    rule: Rule

    @property
    def one(self) -> str:
        return self.rule.words

    @property
    def many(self) -> str:
        return self.base.many

    def fits(self, value: object) -> bool:
        return self.base.fits(value)

    def check(self, value: object) -> None:
        if not self.base.fits(value) or not self.rule.holds(value):
            _refuse(value, self)


@dataclass(frozen=True, slots=True)
class _Either:
    """A value of one of several shapes that differ at first sight."""

    shapes: tuple[Shape, ...]

    @property
    def one(self) -> str:
        return _alternatives([shape.one for shape in self.shapes])

    @property
    def many(self) -> str:
        return _alternatives([shape.many for shape in self.shapes])

    def fits(self, value: object) -> bool:
        return any(shape.fits(value) for shape in self.shapes)

    def check(self, value: object) -> None:
        for shape in self.shapes:
            if shape.fits(value):
                shape.check(value)
                return
        _refuse(value, self)


@dataclass(frozen=True, slots=True)
class _List:
    item: Shape

    @property
    def one(self) -> str:
        return f"a list of {self.item.many}"

    @property
    def many(self) -> str:
        return f"lists of {self.item.many}"

    def fits(self, value: object) -> bool:
        return is_list(value)

    def check(self, value: object) -> None:
        if not is_list(value):
            _refuse(value, self)
        for index, item in enumerate(value):
            try:
                self.item.check(item)
            except MetadataError as error:
                raise error.within(index)  # noqa: B904 - the same error


@dataclass(frozen=True, slots=True)
class _Map:
    """A dict whose keys the author chooses; with ``is_optional`` None is the same as leaving one out."""

    key: Shape
    item: Shape
    is_optional: bool

    @property
    def one(self) -> str:
        return f"a dict from {self.key.many} to {self.item.many}"

    @property
    def many(self) -> str:
        return "dicts"

    def fits(self, value: object) -> bool:
        return _is_mapping(value)

    def check(self, value: object) -> None:
        if not _is_mapping(value):
            _refuse(value, self)
        for key, item in value.items():
            try:
                self.key.check(key)
                if item is not None or not self.is_optional:
                    self.item.check(item)
            except MetadataError as error:
                raise error.within(key)  # noqa: B904 - the same error


@dataclass(frozen=True, slots=True)
class _Record:
    """A dict with known keys."""

    fields: Mapping[str, Shape]
    required: frozenset[str]

    @property
    def one(self) -> str:
        return f"a dict with {_keys(self.fields)}"

    @property
    def many(self) -> str:
        return "dicts"

    def fits(self, value: object) -> bool:
        return _is_mapping(value)

    def check(self, value: object) -> None:
        if not _is_mapping(value):
            _refuse(value, self)
        for key, item in value.items():
            shape = self.fields.get(cast("str", key))
            if shape is None:
                raise MetadataError(f"has the unknown key {_REPR.repr(key)}.", self._hint(key))
            if item is None and key not in self.required:
                continue
            try:
                shape.check(item)
            except MetadataError as error:
                raise error.within(key)  # noqa: B904 - the same error
        if not self.required <= value.keys():
            key = next(key for key in self.fields if key in self.required and key not in value)
            raise MetadataError(f"has no {key!r}.", f"Write {key!r}: {self.fields[key].one}.")

    def _hint(self, key: object) -> str:
        # What the documents write in camelCase is written in snake_case here.
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", str(key)).lower().replace("-", "_")
        close = difflib.get_close_matches(snake, self.fields, n=1)
        return f"Did you mean {close[0]!r}?" if close else f"It may have {_keys(self.fields)}."


@dataclass(frozen=True, slots=True)
class _Anything:
    one: str = "any value"
    many: str = "any values"

    def fits(self, value: object) -> bool:
        return True

    def check(self, value: object) -> None:
        pass


_TEXT: Final = _Plain("a str", "str", (str,))
_PLAIN: Final[Mapping[object, Shape]] = {
    str: _TEXT,
    bool: _Plain("True or False", "True or False", (bool,)),
    int: _Number("a whole number", "whole numbers", int),
    float: _Number("a number", "numbers", (int, float)),
    date: _Date(),
    URL: _Plain("a URL", "URLs", (URL,)),
    Any: _Anything(),
}


def shape_of(annotation: Any) -> Shape:
    """The shape that ``annotation`` describes.

    Known are ``str``, ``bool``, ``int``, ``float``, ``date``, `URL`, ``Any``, ``Literal`` of words, unions,
    ``Annotated`` with a `Rule`, ``Sequence``, ``Mapping``, and TypedDicts of these. A TypedDict is to be
    ``total=False``, with ``Required`` keys.
    """
    if is_typeddict(annotation):
        hints = get_type_hints(annotation, include_extras=True)
        return _Record({key: shape_of(hint) for key, hint in hints.items()}, required_keys(annotation))
    arguments = get_args(annotation)
    match get_origin(annotation):
        case None:
            return _PLAIN[annotation]
        case origin if origin is Required:
            return shape_of(arguments[0])
        case origin if origin is Annotated:
            return _Ruled(shape_of(arguments[0]), arguments[1])
        case origin if origin is Literal:
            return _Word(arguments)
        case origin if origin is Union or origin is types.UnionType:
            shapes = tuple(shape_of(one) for one in arguments if one is not types.NoneType)
            return shapes[0] if len(shapes) == 1 else _Either(shapes)
        case origin if origin is Mapping:
            is_optional = types.NoneType in get_args(arguments[1])
            return _Map(shape_of(arguments[0]), shape_of(arguments[1]), is_optional)
        case origin if origin is Sequence:
            return _List(shape_of(arguments[0]))
        case _:
            raise TypeError(f"No shape is known for {annotation!r}.")


def required_keys(typed_dict: type) -> frozenset[str]:
    """The keys of a TypedDict, ``total=False``, that are `Required`."""
    # Python's own __required_keys__ does not see through annotations that are text.
    hints = get_type_hints(typed_dict, include_extras=True)
    return frozenset(key for key, hint in hints.items() if get_origin(hint) is Required)


def is_list(value: object) -> TypeGuard[Sequence[object]]:
    """Whether ``value`` is a sequence, and no text or bytes."""
    return isinstance(value, (list, tuple)) or (
        isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray, memoryview))
    )


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return type(value) is dict or isinstance(value, Mapping)


def _keys(fields: Mapping[str, Shape]) -> str:
    return f"the key{'s' * (len(fields) > 1)} {', '.join(map(repr, fields))}"


def _alternatives(names: Sequence[str]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _refuse(value: object, shape: Shape, hint: str = "") -> NoReturn:
    raise MetadataError(f"is {_REPR.repr(value)}.", f"{hint}Write {shape.one}.")
