"""The parts of a document that is being rendered, and the document itself: `Flow`.

Theory of operation
-------------------
A document is a tree of *parts*: a component's markup, a boundary that has something else to show when what is inside
fails, and a *hole*, which is what `Suspense` makes: content that may come late, with a fallback to show meanwhile.

HTML libraries put strings together and know nothing of parts. So a part that goes into markup, as a layout's
``children`` or a `Suspense` among the children of an element, is a *mark* there: a piece of text that no document can
hold, for there is a NUL in it, and that no client can guess. Where the marks are, a component's text is cut.

There are two passes. `Part.resolve` waits for everything that is not in a hole: that is the *shell*, whose failures
decide about the status of the answer. Then the shell is *flushed*, made into text: a hole whose content has got ready
meanwhile is filled, in the place of another stands its fallback between two marks of HTML, ``<template id="byway-3">``
and ``<!--/byway-3-->``. Its content follows later in a ``<template>`` of its own, with a script that puts it in the
place of what is between the marks. A boundary with holes inside is marked likewise, for what is late may fail as well.
What is replaced takes along the holes in it: nobody waits for them any longer.

All that can be begun is begun at once, each component in a task of its own, and what it returns is walked through for
more (`Walk`). Awaitables of a fallback begin with the content, whether or not it will be shown: a coroutine must not be
left alone.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias, TypeVar

from byway.caching.codec import Markup
from byway.rendering.markup import render
from byway.rendering.walk import Walk

T = TypeVar("T")
Piece: TypeAlias = "str | Hole | Region | Note"
#: Where something stands in what was flushed: in regions and in fallbacks, from the outside in.
Places: TypeAlias = "tuple[_Shown | _Waiting, ...]"
#: What to show instead of what has failed; None when that is for somebody else to say.
Handle: TypeAlias = Callable[[BaseException], "Part | None"]

# Turns of the event loop that the shell waits for holes whose content needs no waiting: nested ones take one each.
_TURNS = 16

# In every mark: what a client writes is none. After it come the number of the document, and that of the part.
_SECRET = secrets.token_hex(8)
_MARK = re.compile(rf"\x00{_SECRET}:(\d+):(\d+)\x00")
_ids = itertools.count()

# Puts what has come late, in the template "byway-N-late", between the marks of N. They need not be siblings: a parser
# puts rows, and what follows them, into a <tbody> that the markup leaves out.
SCRIPT = (
    "function $byway(n){var d=document,i='byway-'+n,a=d.getElementById(i),t=d.getElementById(i+'-late'),w,e,r;"
    "d.currentScript.remove();if(!t)return;t.remove();if(!a)return;"
    "w=d.createTreeWalker(d,128);w.currentNode=a;do e=w.nextNode();while(e&&e.data!='/'+i);"
    "r=d.createRange();r.setStartBefore(a);r.setEndAfter(e||a);r.deleteContents();r.insertNode(t.content)}"
)


class Part(ABC):
    """A piece of a document that is still to be rendered."""

    @abstractmethod
    def begin(self, flow: Flow) -> None:
        """Start what takes time; more than once does no harm."""

    @abstractmethod
    async def resolve(self, flow: Flow) -> list[Piece]:
        """The markup, when everything outside holes is there. Raises what rendering raises."""

    @abstractmethod
    def hold(self, flow: Flow) -> None:
        """Have all that is in it already end with the document, even if it is never rendered."""


class _Component(Part):
    """The markup of a node that ``component`` (``page() in app/page.py``) returned, or a part of what it returned."""

    def __init__(self, component: str) -> None:
        self._component = component
        self._task: asyncio.Task[list[str | Part]] | None = None

    def begin(self, flow: Flow) -> None:
        if self._task is None:
            self._task = flow.spawn(self._render(flow))

    async def resolve(self, flow: Flow) -> list[Piece]:
        pieces: list[Piece] = []
        # What nobody has begun stands in no markup: it is wanted once, here, and needs no task.
        rendered = self._render(flow) if self._task is None else _outcome(self._task)
        for piece in await rendered:
            if isinstance(piece, str):
                pieces.append(piece)
            else:
                pieces += await piece.resolve(flow)
        return pieces

    async def _render(self, flow: Flow) -> list[str | Part]:
        node, is_plain = await self._begun(flow)
        return flow.cut(await render(node, self._component, is_plain=is_plain))

    @abstractmethod
    async def _begun(self, flow: Flow) -> tuple[object, bool]:
        """The node, everything in it begun, and whether there was nothing to begin."""


class Rendered(_Component):
    """What ``make`` gives, a node that ``component`` (``page() in app/page.py``) returned."""

    def __init__(self, make: Callable[[], Awaitable[object]], component: str) -> None:
        super().__init__(component)
        self._make = make

    def hold(self, flow: Flow) -> None:
        """Nothing: it is made when it begins."""

    async def _begun(self, flow: Flow) -> tuple[object, bool]:
        walk = Walk(flow)
        return walk.begun(await self._make()), walk.is_plain


class Given(_Component):
    """``node``, which is there already as a part of what ``component`` returned."""

    def __init__(self, node: object, component: str) -> None:
        super().__init__(component)
        self._node = node
        self._walk: Walk | None = None

    def begin(self, flow: Flow) -> None:
        self.hold(flow)
        super().begin(flow)

    def hold(self, flow: Flow) -> None:
        if self._walk is None:
            self._walk = Walk(flow)
            self._node = self._walk.begun(self._node)

    async def _begun(self, flow: Flow) -> tuple[object, bool]:
        self.hold(flow)
        assert self._walk is not None
        return self._node, self._walk.is_plain


class Boundary(Part):
    """``inner``, and what ``handle`` has to show instead when that fails."""

    def __init__(self, inner: Part, handle: Handle) -> None:
        self.inner = inner
        self.handle = handle

    def begin(self, flow: Flow) -> None:
        self.inner.begin(flow)

    def hold(self, flow: Flow) -> None:
        self.inner.hold(flow)

    async def resolve(self, flow: Flow) -> list[Piece]:
        try:
            pieces = await self.inner.resolve(flow)
        except BaseException as error:
            instead = self.handle(error)
            if instead is None:
                raise
            with flow.deciding():
                return await instead.resolve(flow)
        return pieces if all(isinstance(piece, str) for piece in pieces) else [Region(self.handle, pieces)]


class Hole(Part):
    """``content`` that may come late, and the ``fallback`` to show meanwhile."""

    def __init__(self, content: Part, fallback: Part) -> None:
        self._content = content
        self.fallback = fallback
        self._task: asyncio.Task[list[Piece]] | None = None

    @property
    def task(self) -> asyncio.Task[list[Piece]]:
        """What gives the content; only once it has begun."""
        assert self._task is not None
        return self._task

    def begin(self, flow: Flow) -> None:
        if self._task is None:
            self.hold(flow)
            self._task = flow.spawn(self._content.resolve(flow))

    def hold(self, flow: Flow) -> None:
        self._content.hold(flow)
        self.fallback.hold(flow)

    async def resolve(self, flow: Flow) -> list[Piece]:
        self.begin(flow)
        return [self]


class Noted(Part):
    """``inner``, and what is to be done when it is shown: ``shown`` gives markup to put before it."""

    def __init__(self, inner: Part, shown: Callable[[], str]) -> None:
        self._inner = inner
        self._note = Note(shown)

    def begin(self, flow: Flow) -> None:
        self._inner.begin(flow)

    def hold(self, flow: Flow) -> None:
        self._inner.hold(flow)

    async def resolve(self, flow: Flow) -> list[Piece]:
        return [self._note, *await self._inner.resolve(flow)]


class Note:
    """Something to be done when what stands around it is flushed."""

    __slots__ = ("shown",)

    def __init__(self, shown: Callable[[], str]) -> None:
        self.shown = shown


class Region:
    """The ``pieces`` inside a boundary, holes among them."""

    __slots__ = ("handle", "pieces")

    def __init__(self, handle: Handle, pieces: list[Piece]) -> None:
        self.handle = handle
        self.pieces = pieces


class _Shown:
    """A region that was flushed: what stands between the marks ``number``."""

    __slots__ = ("handle", "number")

    def __init__(self, handle: Handle) -> None:
        self.handle = handle
        self.number = 0


class _Waiting:
    """A hole whose fallback stands between the marks ``number``, and the places around it, from the outside in."""

    __slots__ = ("hole", "number", "places")

    def __init__(self, hole: Hole, number: int, places: Places) -> None:
        self.hole = hole
        self.number = number
        self.places = places


class Flow:
    """The rendering of one document.

    With ``is_whole`` the shell is all of it: it waits for every hole. ``nonce`` is that of the page's
    ``Content-Security-Policy``, for the scripts. `close` it, however it ends.
    """

    def __init__(self, *, is_whole: bool, nonce: str | None = None) -> None:
        self.is_whole = is_whole
        self._script = "<script>" if nonce is None else f'<script nonce="{nonce}">'
        self._id = next(_ids)
        self._parts: dict[int, Part] = {}
        self._numbers = itertools.count()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: dict[int, _Waiting] = {}
        self._last = 0
        self._has_script = False
        self._deciding: set[asyncio.Future[None]] = set()
        #: It is over: no part may begin any more.
        self.is_closed = False

    def spawn(self, coroutine: Any) -> asyncio.Task[Any]:
        """``coroutine`` as a task that ends with this document at the latest."""
        task = asyncio.create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # told to whoever waits for it; what nobody waits for is not shown, either

    def embed(self, part: Part) -> Markup:
        """Begin ``part``; what stands for it in markup."""
        part.begin(self)
        return self.mark(part)

    def mark(self, part: Part) -> Markup:
        """What stands for ``part`` in markup. It may be called in any thread."""
        number = next(self._numbers)
        self._parts[number] = part
        return Markup(f"\0{_SECRET}:{self._id}:{number}\0")

    def cut(self, markup: str) -> list[str | Part]:
        """``markup``, with the parts that the marks in it stand for.

        Raises ``RuntimeError`` for a mark of another document.
        """
        if "\0" not in markup:
            return [markup]
        pieces: list[str | Part] = []
        end = 0
        for mark in _MARK.finditer(markup):
            if int(mark[1]) != self._id:
                raise RuntimeError(
                    "What stands for the children of one request's layout, or for its Suspense, was rendered for "
                    "another request. Do not keep it: it is given anew for each."
                )
            part = self._parts[int(mark[2])]
            part.begin(self)
            pieces += (markup[end : mark.start()], part)
            end = mark.end()
        return [*pieces, markup[end:]]

    async def shell(self, root: Part, also: Callable[[], Awaitable[object]] | None = None) -> str:
        """The text to send first; when it is ready, it waits for ``also``, what comes with it.

        Raises what rendering raises, unless a boundary handles it.
        """
        pieces = await root.resolve(self)
        if also is not None:
            await also()
        turns = 0
        while not self.is_whole and turns < _TURNS and not _is_ready(pieces):
            if self._deciding:
                await asyncio.wait(self._deciding)
                turns = 0
            else:
                await asyncio.sleep(0)
                turns += 1
        return await self._flush(pieces, ())

    @contextmanager
    def deciding(self) -> Generator[None]:
        """Meanwhile the shell waits: what is shown instead of something that has failed decides about the status."""
        decided = asyncio.get_running_loop().create_future()
        self._deciding.add(decided)
        try:
            yield
        finally:
            self._deciding.discard(decided)
            decided.set_result(None)

    @property
    def is_waiting(self) -> bool:
        """Whether there is more to come than what was flushed."""
        return bool(self._waiting)

    async def late(self) -> AsyncGenerator[str]:
        """What follows the shell, as it gets ready. Raises what rendering raises, unless a boundary handles it."""
        while self._waiting:
            tasks = [one.hole.task for one in self._waiting.values()]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for one in list(self._waiting.values()):
                if one.hole.task in done and one.number in self._waiting:
                    yield await self._late(one)

    async def _late(self, one: _Waiting) -> str:
        del self._waiting[one.number]
        self._drop(one)
        places = one.places
        error: BaseException
        try:
            return self._replace(one.number, await self._flush(one.hole.task.result(), places))
        except BaseException as failure:
            error = failure
        while places:
            *outer, place = places
            places = tuple(outer)
            if isinstance(place, _Waiting):
                continue
            try:
                instead = place.handle(error)
                if instead is not None:
                    self._drop(place)
                    return self._replace(place.number, await self._flush(await instead.resolve(self), places))
            except BaseException as failure:
                error = failure
        raise error

    def _replace(self, number: int, html: str) -> str:
        script = "" if self._has_script else SCRIPT + ";"
        self._has_script = True
        return f'<template id="byway-{number}-late">{html}</template>{self._script}{script}$byway({number})</script>'

    def script(self, code: str) -> str:
        """A script that the page's ``Content-Security-Policy`` lets run."""
        return f"{self._script}{code}</script>"

    def instead(self, body: str) -> str:
        """What puts ``body`` in the place of all that the body of the document holds."""
        put = "document.body.replaceChildren(document.getElementById('byway-instead').content)"
        return f'<template id="byway-instead">{body}</template>{self._script}{put}</script>'

    def _drop(self, place: _Shown | _Waiting) -> None:
        """Wait no longer for what stands in ``place``."""
        for number in [number for number, one in self._waiting.items() if place in one.places]:
            del self._waiting[number]

    async def _flush(self, pieces: Sequence[Piece], places: Places) -> str:
        texts: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                texts.append(piece)
            elif isinstance(piece, Region):
                texts.append(await self._flush_region(piece, places))
            elif isinstance(piece, Note):
                texts.append(piece.shown())
            elif self.is_whole or piece.task.done():
                texts.append(await self._flush(await _outcome(piece.task), places))
            else:
                texts.append(await self._flush_fallback(piece, places))
        return "".join(texts)

    async def _flush_fallback(self, hole: Hole, places: Places) -> str:
        one = _Waiting(hole, self._number(), places)
        fallback = await self._flush(await hole.fallback.resolve(self), (*places, one))
        self._waiting[one.number] = one
        return _marked(one.number, fallback)

    async def _flush_region(self, region: Region, places: Places) -> str:
        shown = _Shown(region.handle)
        try:
            html = await self._flush(region.pieces, (*places, shown))
        except BaseException as error:
            instead = region.handle(error)
            if instead is None:
                raise
            self._drop(shown)
            return await self._flush(await instead.resolve(self), places)
        if not any(shown in one.places for one in self._waiting.values()):
            return html
        shown.number = self._number()
        return _marked(shown.number, html)

    def _number(self) -> int:
        self._last += 1
        return self._last

    async def close(self) -> None:
        """Stop what is still under way, and wait for its end."""
        self.is_closed = True
        # Who does not stop at once may begin something more.
        while tasks := list(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)


async def _outcome(task: asyncio.Task[T]) -> T:
    """What ``task`` gives, which goes on when nobody waits for it any longer. Raises what it raises."""
    if not task.done():
        await asyncio.wait([task])
    return task.result()


def _is_ready(pieces: Sequence[Piece]) -> bool:
    """Whether every hole among ``pieces`` can be filled."""
    for piece in pieces:
        if isinstance(piece, Region):
            if not _is_ready(piece.pieces):
                return False
        elif isinstance(piece, Hole):
            if not piece.task.done():
                return False
            if not piece.task.cancelled() and piece.task.exception() is None and not _is_ready(piece.task.result()):
                return False
    return True


def _marked(number: int, html: str) -> str:
    return f'<template id="byway-{number}"></template>{html}<!--/byway-{number}-->'
