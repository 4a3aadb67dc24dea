"""Beginning what takes time in a node, before it is rendered.

An element of htpy awaits its children one after the other. So the tree that a component returns is walked first, and
every awaitable in it becomes a task that is under way when the element comes to it.
"""

from __future__ import annotations

import inspect
import sys
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from operator import is_
from types import CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from byway.rendering.parts import Flow, Part


class Embedded(ABC):
    """A node that stands for a part, such as a `Suspense`."""

    @abstractmethod
    def part(self) -> Part:
        """A new part for it."""

    @abstractmethod
    def __html__(self) -> str:
        """Its mark in the document that is being rendered."""


class Walk:
    """A walk through a node that begins what takes time in it; ``is_plain`` tells whether there was nothing of it."""

    def __init__(self, flow: Flow) -> None:
        self.is_plain = True
        self._flow = flow

    def begun(self, node: Any) -> Any:
        """``node`` with tasks in the place of its awaitables and ``async def`` functions, and marks in that of parts.

        What others may hold is not changed, but for generators, of which there is nothing left.
        """
        if node is None or isinstance(node, (str, int)):
            return node
        if isinstance(node, Embedded):
            return self._flow.embed(node.part())
        # An app without htpy has none of its elements.
        htpy = sys.modules.get("htpy")
        if htpy is not None and isinstance(node, htpy.BaseElement):
            # htpy has no other way to what an element holds.
            children = self.begun(node._children)
            return node if children is node._children else type(node)(node._name, node._attrs, children)
        if htpy is not None and isinstance(node, htpy.Fragment):
            children = self.begun(node._node)
            return node if children is node._node else htpy.fragment[children]
        if isinstance(node, GeneratorType):
            node = list(cast("Iterator[Any]", node))
        if isinstance(node, (list, tuple)):
            nodes = cast("Sequence[Any]", node)
            begun = [self.begun(one) for one in nodes]
            return nodes if all(map(is_, begun, nodes)) else begun
        if hasattr(node, "__html__") or hasattr(node, "aiter_chunks"):
            self.is_plain = self.is_plain and not hasattr(node, "aiter_chunks")
            return node
        if inspect.iscoroutinefunction(node):
            self.is_plain = False
            return self._flow.spawn(_called(node, self._flow))
        if inspect.isawaitable(node):
            self.is_plain = False
            task = self._flow.spawn(_begun_later(node, self._flow))
            if inspect.iscoroutine(node):
                task.add_done_callback(lambda _: _leave(node))
            return task
        self.is_plain = False
        return node


async def _begun_later(node: Awaitable[object], flow: Flow) -> object:
    return Walk(flow).begun(await node)


async def _called(function: Callable[[], Awaitable[object]], flow: Flow) -> object:
    return Walk(flow).begun(await function())


def _leave(coroutine: CoroutineType[Any, Any, Any]) -> None:
    """End ``coroutine`` if it has not begun: its task was stopped before."""
    if inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED:
        coroutine.close()
