"""What a component returns, turned into HTML.

A *node* is what a component may return: an object that renders itself (``aiter_chunks()`` or ``__html__``, such as an
element of htpy), a ``str``, which is escaped, None, or a list or tuple of nodes. An awaitable stands for what it gives,
a function without parameters for what it returns. `render` is pure but for awaiting what it meets.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Callable, Sequence
from html import escape
from typing import Protocol, TypeGuard, cast

from byway.caching.codec import Markup

DOCTYPE = "<!DOCTYPE html>"

_HAS_DOCTYPE = re.compile(r"\s*<!doctype\b", re.IGNORECASE)
_TAGS = {name: re.compile(rf"<{name}[\s/>]", re.IGNORECASE) for name in ("html", "body")}


class _Streaming(Protocol):
    def aiter_chunks(self) -> AsyncIterator[str]: ...


class _Finished(Protocol):
    def __html__(self) -> str: ...


async def render(node: object, component: str, *, is_plain: bool = False) -> Markup:
    """The HTML of ``node``, which ``component`` (``page() in app/page.py``) returned.

    ``is_plain`` tells that there is nothing to await in it, so that elements are asked for all their text at once.
    Parts are rendered one after another, in their order. Raises ``TypeError``, naming ``component`` and the type, for
    anything that is no node, and whatever the parts raise.
    """
    chunks: list[str] = []
    await _render(node, chunks.append, component, "", is_plain)
    return Markup("".join(chunks))


async def _render(node: object, write: Callable[[str], object], component: str, inside: str, is_plain: bool) -> None:
    # A type may have the methods of a node without being one.
    while node is not None and not isinstance(node, type):
        if not is_plain and _is_streaming(node):
            async for chunk in node.aiter_chunks():
                write(chunk)
            return
        if _is_finished(node):
            write(str(node.__html__()))
            return
        if isinstance(node, str):
            write(escape(node))
            return
        if isinstance(node, (list, tuple)):
            nodes = cast("Sequence[object]", node)
            for child in nodes:
                await _render(child, write, component, f"a {type(nodes).__name__} that holds ", is_plain)
            return
        if inspect.isawaitable(node):
            node = await node
        elif callable(node):
            node = node()
        else:
            break
    if node is not None:
        what = f"the class {node.__name__}" if isinstance(node, type) else type(node).__name__
        raise TypeError(
            f"{component} returned {inside}{what}, which cannot be rendered. Return markup (an object with "
            "aiter_chunks() or __html__), a str, None, or a list of these."
        )


def _is_streaming(node: object) -> TypeGuard[_Streaming]:
    return hasattr(node, "aiter_chunks")


def _is_finished(node: object) -> TypeGuard[_Finished]:
    return hasattr(node, "__html__")


def document(markup: str) -> str:
    """``markup`` as a whole HTML document: with a doctype, unless it has one."""
    return markup if _HAS_DOCTYPE.match(markup) else DOCTYPE + markup


def missing_tags(markup: str) -> list[str]:
    """Those of the tags that a document must have, ``<html>`` and ``<body>``, that ``markup`` lacks."""
    return [f"<{name}>" for name, tag in _TAGS.items() if not tag.search(markup)]
