"""JSON in and out: what ``Response.json`` writes, what ``request.json()`` reads and validates."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from byway.http.errors import BodyError, ValidationError
from byway.http.forms import FormData
from byway.http.text import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from pydantic import BaseModel

M = TypeVar("M")

_LIST_TYPES = (
    msgspec.inspect.ListType,
    msgspec.inspect.SetType,
    msgspec.inspect.FrozenSetType,
    msgspec.inspect.VarTupleType,
)


def _is_pydantic(model: object) -> TypeGuard[type[BaseModel]]:
    """Whether ``model`` is a pydantic model, told without importing pydantic."""
    return isinstance(model, type) and hasattr(model, "__pydantic_validator__") and hasattr(model, "model_validate")


def _encode_other(value: Any) -> Any:
    """What msgspec does not know by itself: pydantic models, and objects that list themselves."""
    if _is_pydantic(type(value)):  # pyright: ignore[reportUnknownArgumentType]
        return value.model_dump(mode="json")
    if inspect.isawaitable(value):
        if isinstance(value, str):
            return str(value)  # the `id` of a metadata file, which may be awaited or not
        if isinstance(value, int):
            return int(value)
        close = getattr(value, "close", None)
        if close is not None:
            close()  # Nothing will await it any more; without this Python would warn, later and elsewhere.
        raise TypeError(
            f"A value of the JSON is a {type(value).__name__} that was not awaited: write await before it "
            "(in a def handler: byway.run(…) around it)."
        )
    if isinstance(value, Mapping):
        return dict(value)  # pyright: ignore[reportUnknownArgumentType,reportUnknownVariableType]
    raise TypeError(
        f"{type(value).__name__} cannot be written as JSON. Give dicts, lists, str, numbers, bool, None, datetimes, "
        "UUIDs, dataclasses, msgspec structs or pydantic models."
    )


encode: Callable[[Any], bytes] = msgspec.json.Encoder(enc_hook=_encode_other).encode
_decode: Callable[[bytes], Any] = msgspec.json.Decoder().decode


def decode(data: bytes) -> Any:
    """``data`` as Python values; a byte order mark is dropped.

    Raises ``BodyError`` when it is no JSON.
    """
    try:
        return _decode(data.removeprefix(BYTE_ORDER_MARK))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "is empty, which is no JSON" if not data.strip() else f"is not valid JSON: {error}"
        raise BodyError(f"The body {what}.") from None
    except RecursionError:
        raise BodyError("The body is not valid JSON: it is nested too deeply.") from None


def validate(value: Any, model: type[M]) -> M:
    """``value``, as JSON gives it, as a ``model``: a struct, dataclass, pydantic model, or any type msgspec knows.

    Raises ``ValidationError``, which lists every field that is missing or wrong.
    """
    validated: M = _validate(value, model, strict=True)
    return validated


def validate_form(form: FormData, model: type[M]) -> M:
    """The fields of ``form`` as a ``model``; text becomes numbers, booleans, dates … as the model's fields say.

    A field that holds a list gets all values of its name, any other field the first one.
    Raises ``ValidationError``, which lists every field that is missing or wrong.
    """
    lists = _list_fields(model)
    flags = {field.encode_name for field in _fields(model) or () if isinstance(field.type, msgspec.inspect.BoolType)}
    value: dict[str, Any] = {}
    for name, entry in form:
        if name in lists:
            value.setdefault(name, []).append(entry)
        elif name in flags and entry == "on":
            value.setdefault(name, True)  # what a browser sends for a ticked checkbox
        else:
            value.setdefault(name, entry)
    validated: M = _validate(value, model, strict=False)
    return validated


def _validate(value: Any, model: Any, *, strict: bool) -> Any:
    if _is_pydantic(model):
        return _validate_pydantic(value, model)
    try:
        return msgspec.convert(value, model, strict=strict, str_keys=True)
    except msgspec.ValidationError as error:
        # msgspec stops at the first fault; a client wants to know them all.
        faults = _field_faults(value, model, "", strict=strict) or [_fault(error, "")]
        raise ValidationError(faults) from None


def _validate_pydantic(value: Any, model: type[BaseModel]) -> Any:
    try:
        return model.model_validate(value)
    except ValueError as error:
        details: list[dict[str, Any]] = getattr(error, "errors", list)()
        if not details:
            raise
        faults = [{"field": ".".join(map(str, one["loc"])), "message": str(one["msg"])} for one in details]
        raise ValidationError(faults) from None


def _fields(model: Any) -> tuple[msgspec.inspect.Field, ...] | None:
    """The fields of a struct or dataclass; None for any other type."""
    if not isinstance(model, type):
        return None
    kind: type[Any] = model
    if not (issubclass(kind, msgspec.Struct) or dataclasses.is_dataclass(kind)):
        return None
    described = msgspec.inspect.type_info(model)
    return getattr(described, "fields", None)


def _list_fields(model: Any) -> set[str]:
    if _is_pydantic(model):
        return {field.alias or name for name, field in model.model_fields.items() if _takes_list(field.annotation)}
    return {field.encode_name for field in _fields(model) or () if _takes_list_type(field.type)}


def _takes_list(annotation: Any) -> bool:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        return any(map(_takes_list, get_args(annotation)))
    return (origin or annotation) in (list, set, tuple, frozenset)


def _takes_list_type(kind: msgspec.inspect.Type) -> bool:
    if isinstance(kind, msgspec.inspect.UnionType):
        return any(map(_takes_list_type, kind.types))
    return isinstance(kind, _LIST_TYPES)


def _field_faults(value: Any, model: Any, path: str, *, strict: bool) -> list[dict[str, str]]:
    """Every fault of ``value``, one for each field of the struct or dataclass ``model``, nested ones included."""
    if get_origin(model) in (Union, UnionType):
        # An optional struct: the value is there, so it is the struct that it does not fit.
        model, *others = [one for one in get_args(model) if one is not NoneType]
        if others:
            return []
    if get_origin(model) is list and isinstance(value, list):
        items: list[Any] = value  # pyright: ignore[reportUnknownVariableType]
        (item,) = get_args(model)
        return [
            fault
            for number, one in enumerate(items)
            for fault in _faults_of(one, item, f"{path.removesuffix('.')}[{number}]", strict=strict)
        ]
    fields = _fields(model)
    if fields is None or not isinstance(value, Mapping):
        return []
    known: Mapping[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
    annotations = get_type_hints(model, include_extras=True)
    faults: list[dict[str, str]] = []
    for field in fields:
        where = f"{path}{field.encode_name}"
        if field.encode_name not in known:
            if field.required:
                faults.append({"field": where, "message": "This field is required."})
            continue
        faults += _faults_of(known[field.encode_name], annotations.get(field.name, Any), where, strict=strict)
    return faults


def _faults_of(value: Any, kind: Any, where: str, *, strict: bool) -> list[dict[str, str]]:
    """Every fault of one field's, or one item's, ``value``; none when it fits."""
    try:
        msgspec.convert(value, kind, strict=strict, str_keys=True)
    except msgspec.ValidationError as error:
        return _field_faults(value, kind, f"{where}.", strict=strict) or [_fault(error, where)]
    return []


def _fault(error: msgspec.ValidationError, where: str) -> dict[str, str]:
    """msgspec says "Expected `int`, got `str` - at `$[0].x`": the path goes to the field, the rest is the message."""
    message, _, inner = str(error).partition(" - at `$")
    field = f"{where}{inner.rstrip('`')}".lstrip(".")
    return {"field": field, "message": message + "."}
