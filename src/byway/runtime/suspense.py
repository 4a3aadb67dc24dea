"""`Suspense`: a part of a page that may come late. Implements ``<Suspense>`` as the Next.js documents use it."""

from __future__ import annotations

from typing import Any

from byway.rendering.parts import Given, Hole
from byway.rendering.walk import Embedded
from byway.runtime.work import current


class Suspense(Embedded):
    """``Suspense(fallback=…)[children]``: the page is sent with the fallback, and the children follow when ready.

    Both are whatever a component may return; awaitables and functions among ``children`` are what takes time. In an
    answer that is kept, and for crawlers that read the first HTML alone, the page waits for them instead.
    Raises ``RuntimeError`` when it is rendered outside a page.
    """

    __slots__ = ("_children", "_fallback")

    def __init__(self, *, fallback: object = None) -> None:
        self._fallback = fallback
        self._children: object = None

    def __getitem__(self, children: Any) -> Suspense:
        filled = Suspense(fallback=self._fallback)
        filled._children = children
        return filled

    def part(self) -> Hole:
        """A new part of a document, for this."""
        return Hole(Given(self._children, "Suspense"), Given(self._fallback, "The fallback of Suspense"))

    def __html__(self) -> str:
        """Its mark in the document that is being rendered."""
        work = current.get(None)
        if work is None or work.flow is None or work.flow.is_closed:
            raise RuntimeError(
                "Suspense can only be rendered in what a page, a layout or their like returns. A cached function gives "
                "its result as a whole: put Suspense around its call."
            )
        return work.flow.mark(self.part())

    __str__ = __html__
