"""`Exchange`: what a response asks of the server that sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from byway.http.body import Stream
from byway.http.headers import RawHeaders
from byway.http.url import URL


class Exchange(Protocol):
    """What stands behind a response: the request it belongs to, and the server that sends it."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop that sends the answer."""
        ...

    @property
    def is_head(self) -> bool:
        """Whether the request's method is HEAD, whose answer has no body."""
        ...

    @property
    def where(self) -> str:
        """The handler in words: ``the handler in pages/api/x.py``."""
        ...

    def began(self) -> None:
        """The status and headers are settled. From any thread."""
        ...

    def ended(self, size: int) -> None:
        """The answer is complete, with ``size`` bytes of body. From any thread."""
        ...

    def warn(self, message: str) -> None:
        """Tell the author of something that does no harm to the answer."""
        ...

    def wait(self, awaitable: Awaitable[None]) -> None:
        """In a thread: wait for ``awaitable``, which runs on the loop. Raises what it raises."""
        ...

    def set_draft_mode(self, *, is_on: bool) -> None:
        """Set or delete the cookie of draft mode."""
        ...

    async def revalidate(self, path: str | URL) -> None:
        """Make the kept answer at ``path`` anew."""
        ...


class Answer(NamedTuple):
    """What is to be sent: a body that is all there, or a stream, or neither."""

    status: int
    headers: RawHeaders
    body: bytes | None
    stream: Stream | None
