"""The floor of a cache: an answer that is there already, with the headers of a kept one, and nothing is looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Message = MutableMapping[str, Any]

BODY: Final = b'{"id":"42","q":"hello"}'
HEADERS: Final = (
    (b"content-type", b"application/json"),
    (b"etag", b'"e4daba1c0d9ddd1ed8ce0f05"'),
    (b"x-cache", b"HIT"),
    (b"cache-control", b"s-maxage=31536000"),
    (b"content-length", b"%d" % len(BODY)),
)


async def app(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    if scope["type"] == "lifespan":
        while True:
            phase = (await receive())["type"]
            await send({"type": f"{phase}.complete"})
            if phase == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 200, "headers": list(HEADERS)})
    await send({"type": "http.response.body", "body": BODY})
