"""Documents whose parts come when a test says so, and what a browser makes of what is sent."""

from __future__ import annotations

import asyncio
import gc
import re
import warnings
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Any

from byway.rendering.parts import Flow, Part, Rendered

LATE = re.compile(
    r'<template id="byway-(\d+)-late">(.*?)</template>'
    r"<script[^>]*>(?:function \$byway[^<]*};)?\$byway\((\d+)\)</script>",
    re.DOTALL,
)


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run ``main``. Nothing is left of it: no task, no coroutine that nobody awaited, no exception that nobody saw."""
    unseen: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
        await asyncio.wait_for(main, 10)
        await turns()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(watched())
        gc.collect(1)
    assert not unseen
    assert [str(warning.message) for warning in caught] == []


@asynccontextmanager
async def document(*, is_whole: bool = False, nonce: str | None = None) -> AsyncGenerator[Flow]:
    flow = Flow(is_whole=is_whole, nonce=nonce)
    try:
        yield flow
    finally:
        await flow.close()


async def turns() -> None:
    """Let everything that can go on do so."""
    for _ in range(100):
        await asyncio.sleep(0)


async def after(event: asyncio.Event, node: object) -> Any:
    """``node`` when ``event`` has come; raised, when it is an exception."""
    await event.wait()
    if isinstance(node, BaseException):
        raise node
    return node


def rendered(node: object, event: asyncio.Event | None = None) -> Rendered:
    """A component that returns ``node``, once ``event`` has come."""

    async def component() -> object:
        if event is not None:
            await event.wait()
        if isinstance(node, BaseException):
            raise node
        return node

    return Rendered(component, "page() in app/page.py")


def inside(flow: Flow, *parts: str | Part) -> Rendered:
    """A component that has ``parts`` side by side."""
    return rendered([flow.embed(part) if isinstance(part, Part) else part for part in parts])


def always(node: object) -> Callable[[BaseException], Part]:
    """Handles every error."""
    return lambda _: rendered(node)


def never(_: BaseException) -> None:
    """Handles none."""


def marked(number: int, html: str) -> str:
    return f'<template id="byway-{number}"></template>{html}<!--/byway-{number}-->'


def applied(shell: str, late: Sequence[str]) -> str:
    """What a browser makes of it: each content in the place of what is between its marks, if that is still there."""
    for chunk in late:
        found = LATE.fullmatch(chunk)
        assert found is not None, chunk
        number, content, called = found.groups()
        assert number == called
        start, end = marked(int(number), "|").split("|")
        before, opening, rest = shell.partition(start)
        if opening:
            _, closing, behind = rest.partition(end)
            assert closing, shell
            shell = before + content + behind
    return shell


def finished(text: str) -> str:
    """What a browser makes of ``text``, a whole answer."""
    return applied(LATE.sub("", text), [found[0] for found in LATE.finditer(text)])


class Late:
    """What comes after the shell, taken as it comes."""

    def __init__(self, flow: Flow) -> None:
        self.chunks: list[str] = []
        self._flow = flow
        self._task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        async for chunk in self._flow.late():
            self.chunks.append(chunk)

    async def __call__(self) -> list[str]:
        """All of it."""
        await self._task
        return self.chunks

    @property
    def numbers(self) -> list[int]:
        """In what order they came."""
        return [int(chunk.partition("byway-")[2].partition("-")[0]) for chunk in self.chunks]
