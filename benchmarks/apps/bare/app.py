"""The floor: the same answer written straight against ASGI, with no framework between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, unquote_to_bytes

import msgspec

Message = MutableMapping[str, Any]

encode = msgspec.json.Encoder().encode


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
    item_id = unquote_to_bytes(scope["raw_path"].removeprefix(b"/items/")).decode()
    query = parse_qs(scope["query_string"].decode())
    body = encode({"id": item_id, "q": query["q"][0] if "q" in query else None})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
