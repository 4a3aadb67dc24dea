"""What is told of a cached function before it is called: its name, its codec, and how its arguments are bound."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from types import CodeType, FunctionType
from typing import Any, NewType, TypeVar, cast, get_origin
from zlib import crc32

from byway.caching.classes import types_of
from byway.caching.codec import ValueCodec
from byway.runtime.signature import signature_of

_MOST_PLANS = 4096


class Plan:
    """What is the same for all functions that one ``def`` makes, as long as they name the same classes."""

    __slots__ = ("code", "codec", "is_async", "name", "place")

    def __init__(self, function: FunctionType) -> None:
        types = types_of(function)
        self.code = code = function.__code__
        self.is_async = inspect.iscoroutinefunction(function)
        self.codec = ValueCodec(types)
        self.name = f"{function.__qualname__}()"
        # Two functions of one name, such as lambdas, are told apart by where they stand, what they do and what classes
        # they name.
        content = crc32(" ".join(sorted(types)).encode(), crc32(code_bytes(code)))
        self.place = f"{function.__module__}:{function.__qualname__}:{code.co_firstlineno}:{content:x}"


# By the identity of the code, for a function inside a function is a new one each time, but its code is not; codes of
# two modules may well be equal. The plan keeps its code, so that no other one comes to have its identity. Then by the
# annotations, and by the bounds of type parameters and the closed-over types that those which are text may name.
_plans: dict[tuple[object, ...], Plan] = {}


def plan_of(function: FunctionType) -> Plan:
    """The plan of ``function``, made once however often its ``def`` is executed."""
    if hasattr(function, "__wrapped__"):
        return Plan(function)  # Whatever a decorator wraps, its wrappers share their code.
    try:
        classes = tuple(value for value in closed_over(function).values() if _is_type(value))
        # Type parameters are new ones each time, what they are bound to is not.
        bounds = (getattr(one, "__bound__", None) for one in getattr(function, "__type_params__", ()))
        identity = (id(function.__code__), *function.__annotations__.items(), *bounds, *classes)
        plan = _plans.get(identity)
    except Exception:
        return Plan(function)  # An annotation may be any expression: one without a hash, or one that raises.
    if plan is None:
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        plan = _plans[identity] = Plan(function)
    return plan


def _is_type(value: object) -> bool:
    """Whether an annotation that names ``value`` means something; functions and data are none of these."""
    return (
        isinstance(value, (type, TypeVar, NewType))
        or get_origin(value) is not None
        or hasattr(type(value), "__value__")  # of `type X = …`
    )


class Parameters:
    """What ``function`` takes."""

    __slots__ = ("_defaults", "_names", "_signature")

    def __init__(self, function: FunctionType) -> None:
        # Each execution of a ``def`` may have other defaults.
        self._signature = signature_of(function)
        parameters = self._signature.parameters.values()
        # None unless arguments can be told by their place alone.
        self._names: tuple[str, ...] | None = None
        if all(one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters):
            self._names = tuple(self._signature.parameters)
        self._defaults = tuple(one.default for one in parameters if one.default is not one.empty)

    def bind(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
        """The arguments by name, defaults included: however they are passed, equal calls have equal keys.

        Raises ``TypeError`` when they do not fit.
        """
        names = self._names
        if names is None or kwargs or not 0 <= (missing := len(names) - len(args)) <= len(self._defaults):
            arguments = self._signature.bind(*args, **kwargs)
            arguments.apply_defaults()
        else:
            # What the signature would come to, at a tenth of its cost.
            if missing:
                args += self._defaults[-missing:]
            arguments = inspect.BoundArguments(self._signature, dict(zip(names, args, strict=True)))
        return arguments


def closed_over(function: FunctionType, wrapper: object = None) -> dict[str, object]:
    """The closed-over values of ``function`` by name, but for itself and its ``wrapper``: a recursive function closes
    over one of them.
    """
    values: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet: using it would raise
            continue
        if value is not wrapper and value is not function:
            values[name] = value
    return values


def code_bytes(code: CodeType) -> bytes:
    """What ``code`` does, whatever file and line it stands in."""
    names = repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    return b"\0".join([code.co_code, names, *map(_const_bytes, code.co_consts)])


def _const_bytes(const: object) -> bytes:
    if isinstance(const, CodeType):
        return code_bytes(const)
    if isinstance(const, tuple):
        return b"(%s)" % b",".join(map(_const_bytes, cast("tuple[object, ...]", const)))
    if isinstance(const, frozenset):
        # Its order is another one in each process.
        return b"{%s}" % b",".join(sorted(map(_const_bytes, cast("frozenset[object]", const))))
    return f"{type(const).__name__}:{const!r}".encode()


def digest(*parts: bytes) -> str:
    """A short text that stands for ``parts``."""
    return hashlib.blake2b(
        b"".join([len(part).to_bytes(8, "big") + part for part in parts]), digest_size=16
    ).hexdigest()
