"""Classes whose instances can be kept: how these come apart into fields, and which ones a function names.

A class is known by its name, ``module:qualname``; a name is never a way to import it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cached_property, lru_cache
from types import FunctionType
from typing import Annotated, Any, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

if sys.version_info >= (3, 14):
    from annotationlib import Format, get_annotations

__all__ = ["Shape", "Unfit", "is_model", "name_of", "shape_of", "types_of"]


class Unfit(Exception):
    """Why a value cannot be written, as the end of a sentence that begins with its place."""


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """How instances of a class come apart into fields, and are put together again."""

    names: frozenset[str]
    take: Callable[[Any], dict[str, Any]]
    make: Callable[[Any, dict[str, Any]], Any]


_MODEL_STATE = ("__pydantic_extra__", "__pydantic_fields_set__", "__pydantic_private__")


@lru_cache(maxsize=1024)
def shape_of(cls: Any) -> Shape | None:
    """The shape of a pydantic model, struct, dataclass or named tuple; None for other classes."""
    names: tuple[str, ...]
    if is_model(cls):
        names = tuple(cls.model_fields)
        return Shape(frozenset((*names, *_MODEL_STATE)), lambda value: _take_model(value, names), _make_model)
    if issubclass(cls, msgspec.Struct):
        names = cls.__struct_fields__
        return Shape(frozenset(names), lambda value: _take_attributes(value, names), _make_struct)
    if (fields := getattr(cls, "_fields", None)) is not None and issubclass(cls, tuple):
        names = fields
        return Shape(
            frozenset(names),
            lambda value: dict(zip(names, value, strict=True)),
            lambda cls, fields: cls._make(fields[name] for name in names),
        )
    if dataclasses.is_dataclass(cls) and cls.__new__ is object.__new__:
        names = tuple(field.name for field in dataclasses.fields(cls))
        return Shape(frozenset(names), lambda value: _take_attributes(value, names), _make_dataclass)
    return None


def is_model(cls: Any) -> bool:
    """Whether ``cls`` is a pydantic model, told without importing pydantic."""
    return hasattr(cls, "__pydantic_validator__") and hasattr(cls, "model_fields")


def _take_attributes(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    if len(attributes := getattr(value, "__dict__", ())) > len(names):
        for name in attributes:
            if name not in names and not isinstance(getattr(type(value), name, None), cached_property):
                raise Unfit(f"has the attribute {name!r}, which is not among its class's fields: it would be lost")
    fields: dict[str, Any] = {}
    for name in names:
        try:
            fields[name] = getattr(value, name)
        except AttributeError:
            raise Unfit(f"has no value for its field {name!r}") from None
    return fields


def _take_model(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    state = value.__getstate__()
    fields = {name: state["__dict__"][name] for name in names if name in state["__dict__"]}
    if len(fields) < len(names):
        raise Unfit(f"has no value for its field {min(set(names) - set(fields))!r}")
    return fields | {name: state.get(name) for name in _MODEL_STATE}  # a root model lacks some


def _make_model(cls: Any, fields: dict[str, Any]) -> Any:
    # Nothing is validated again: the model comes back as it was, even if it was changed since.
    state = {name: fields.pop(name) for name in _MODEL_STATE}
    model = cls.__new__(cls)
    model.__setstate__({"__dict__": fields, **state})
    return model


def _make_struct(cls: Any, fields: dict[str, Any]) -> Any:
    struct = cls(**fields)
    if hasattr(cls, "__post_init__"):  # it has seen these values before, and may change them a second time
        for name, value in fields.items():
            msgspec.structs.force_setattr(struct, name, value)
    return struct


def _make_dataclass(cls: Any, fields: dict[str, Any]) -> Any:
    value = object.__new__(cls)
    set_attribute = object.__setattr__  # frozen or not, and past whatever the class does
    for name, item in fields.items():
        set_attribute(value, name, item)
    return value


def name_of(cls: type) -> str:
    return f"{cls.__module__}:{cls.__qualname__}"


def types_of(function: Callable[..., Any]) -> Mapping[str, type]:
    """The classes that ``function`` names, by name: those of its annotations, and of the fields of those classes.

    They are enums, dataclasses, msgspec structs, pydantic models and named tuples. What cannot be resolved is left out.
    """
    function = inspect.unwrap(function)
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType):
        return {}
    # Of `def function[T: Model](…)`, from Python 3.12 on.
    names: dict[str, Any] = {one.__name__: one for one in getattr(function, "__type_params__", ())}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # it has no value yet
            names[name] = cell.cell_contents
    collector = _Collector(names)
    for annotation in _annotations(function, function.__globals__, names):
        collector.collect(annotation)
    return collector.found


class _Collector:
    """Walks annotations for classes; ``names`` are the local ones that annotations may use."""

    __slots__ = ("_names", "_seen", "found")

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._seen: set[object] = set()
        self.found: dict[str, type] = {}

    def collect(self, annotation: Any) -> None:
        """Find the classes of one resolved annotation."""
        origin = get_origin(annotation)
        # What else an Annotated holds is no type.
        for part in get_args(annotation)[: 1 if origin is Annotated else None]:
            # A member of an enum stands in a Literal.
            self.collect(type(part) if isinstance(part, Enum) else part)
        for inner in ("__value__", "__supertype__", "__bound__"):  # of `type X = …`, NewType and TypeVar
            if (part := getattr(annotation, inner, None)) is not None and annotation not in self._seen:
                self._seen.add(annotation)
                self.collect(part)
        cls: Any = origin if inspect.isclass(origin) else annotation
        if inspect.isclass(cls) and cls not in self._seen:
            self._seen.add(cls)
            self._class(cls)

    def _class(self, cls: Any) -> None:
        if is_model(cls):
            self.found[name_of(cls)] = cls
            for field in cls.model_fields.values():
                self.collect(field.annotation)
            return
        if issubclass(cls, Enum) or shape_of(cls) is not None:
            self.found[name_of(cls)] = cls
        elif not is_typeddict(cls):
            return
        for base in getattr(cls, "__orig_bases__", ()):
            self.collect(base)
        for owner in cls.__mro__:
            module = getattr(sys.modules.get(owner.__module__), "__dict__", {})
            for annotation in _annotations(owner, module, {**self._names, cls.__name__: cls, **vars(owner)}):
                self.collect(annotation)


def _annotations(owner: Any, module: dict[str, Any], names: Mapping[str, Any]) -> Iterator[Any]:
    """The resolved annotations of ``owner`` itself, but for those that cannot be resolved."""
    if sys.version_info >= (3, 14):
        raw = get_annotations(owner, format=Format.FORWARDREF)
    else:
        raw = inspect.get_annotations(owner)
    for annotation in raw.values():
        # One by one: as a whole, a single unknown name would hide all the others.
        holder = FunctionType(_annotations.__code__, module)
        holder.__annotations__ = {"it": annotation}
        # An annotation may be any expression; what it raises is not ours to judge.
        with contextlib.suppress(Exception):
            yield get_type_hints(holder, localns=dict(names), include_extras=True)["it"]
