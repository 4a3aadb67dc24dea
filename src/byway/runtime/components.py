"""Functions that get their props by name; those of pages and layouts, components, return what can be rendered."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from byway.runtime.dispatch import HandlerError, in_thread, what_runs
from byway.runtime.signature import signature_of
from byway.runtime.work import Work


@dataclass(frozen=True, slots=True)
class PropsFunction:
    """A function of ``file`` that is given those of its props that it declares, ``props``."""

    name: str
    file: str
    function: Callable[..., Any]
    props: frozenset[str]
    is_async: bool

    def __str__(self) -> str:
        return f"{self.name}() in {self.file}"

    async def call(self, work: Work, props: Mapping[str, object]) -> Any:
        """What the function returns, given those of ``props`` that it declares. Raises what it raises.

        A ``def`` runs in a worker thread.
        """
        given = {name: value for name, value in props.items() if name in self.props}
        if self.is_async:
            return await self.function(**given)
        return await in_thread(work, partial(self.function, **given), ())


@dataclass(frozen=True, slots=True)
class Component(PropsFunction):
    """A function that returns markup."""


class UnknownPropsError(HandlerError):
    """A function with parameters for which there is no value: ``names``."""

    def __init__(self, names: Sequence[str], what: str, cure: str) -> None:
        super().__init__(what, cure)
        self.names = names


def compile_component(
    name: str, file: str, function: object, props: Sequence[str], together: str | None = None
) -> Component:
    """How to call ``function``: with which of ``props``, on the loop or in a thread. ``together`` is the name of a prop
    that holds all of them.

    Raises ``HandlerError`` when it is no function, or wants other parameters.
    """
    compiled = compile_function(name, file, function, props, together)
    call = what_runs(compiled.function)
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise HandlerError(
            f"{name} is a generator: it yields instead of returning what is to be rendered.",
            "Return a list.",
        )
    return Component(name, file, compiled.function, compiled.props, compiled.is_async)


def compile_function(
    name: str, file: str, function: object, props: Sequence[str], together: str | None = None
) -> PropsFunction:
    """How to call ``function``: with which of ``props``, on the loop or in a thread. ``together`` is the name of a prop
    that holds all of them.

    Raises ``HandlerError`` when it is no function, or wants other parameters.
    """
    # Elements are callable too: called, they are given attributes.
    if not callable(function) or hasattr(function, "__html__") or inspect.isclass(function):
        found = f"the class {function.__name__}" if inspect.isclass(function) else type(function).__name__
        example = f"Write `def {name}({', '.join(props)}): …`"
        raise HandlerError(f"{name} is {found}, not a function.", f"{example}, which returns it.")
    try:
        parameters = signature_of(function).parameters.values()
    except ValueError:
        # Some callables written in C tell nothing of themselves.
        raise HandlerError(
            f"The parameters of {name} cannot be read.", f"Write `def {name}({', '.join(props)}): …`, which calls it."
        ) from None
    by_position = [p.name for p in parameters if p.kind is p.POSITIONAL_ONLY]
    if by_position:
        raise HandlerError(
            f"{name} takes {by_position[0]!r} by position; props are given by name.", "Leave out the `/`."
        )
    declared = declared_props(function, props, together)
    unknown = [one for one in declared if one not in props and one != together]
    if unknown:
        label = "the parameter" if len(unknown) == 1 else "the parameters"
        article = "an" if name[0] in "aeiou" else "a"
        known = f"Those of {article} {name} are {' and '.join(props)}" if props else f"{name} has none"
        if len(props) == 1:
            known = f"The only one of {article} {name} is {props[0]}"
        raise UnknownPropsError(
            unknown,
            f"{name} has {label} {', '.join(map(repr, unknown))}, for which there is no value.",
            f"Props are given by name. {known}; leave out what is not needed.",
        )
    return PropsFunction(name, file, function, frozenset(declared), inspect.iscoroutinefunction(what_runs(function)))


def declared_props(function: Callable[..., Any], props: Sequence[str], together: str | None = None) -> list[str]:
    """The names of the parameters of ``function`` that are given a value; all of ``props`` when it takes ``**kwargs``.

    A decorator's ``**kwargs`` are handed on: they take those props that the function which it decorates declares, and
    the one that holds all of them ``together``; the decorator gives that function whatever else it wants.
    """
    parameters = signature_of(function, follow_wrapped=False).parameters.values()
    names = [p.name for p in parameters if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        inner = getattr(function, "__wrapped__", None)
        more = (
            props
            if inner is None
            else [name for name in declared_props(inner, props, together) if name in props or name == together]
        )
        names += [name for name in more if name not in names]
    return names
