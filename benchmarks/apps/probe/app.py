"""Shows what a server does: answers about the request, and a log of what happened to the application."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
Receive = Callable[[], Awaitable[Message]]


def log(event: str, detail: object = None) -> None:
    with open(os.environ["PROBE_LOG"], "a") as file:
        file.write(json.dumps({"at": time.time(), "event": event, "detail": detail}) + "\n")


async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        while True:
            phase = (await receive())["type"]
            log(phase)
            await send({"type": f"{phase}.complete"})
            if phase == "lifespan.shutdown":
                return
    await HANDLERS.get(scope["path"], echo)(scope, receive, send)


async def start(send: Send, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [*headers]})


async def echo(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    body = json.dumps({"raw_path": scope["raw_path"].decode("latin-1"), "client": scope["client"]}).encode()
    await start(send, (b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.body", "body": body})


async def slow(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    await asyncio.sleep(2)
    await start(send, (b"content-length", b"4"))
    await send({"type": "http.response.body", "body": b"done"})


async def endless(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """Streams until the client leaves, then once more."""
    await start(send)
    await receive()
    leaving = asyncio.ensure_future(receive())
    while not leaving.done():
        await send({"type": "http.response.body", "body": b"tick", "more_body": True})
        await asyncio.sleep(0.01)
    log("receive", leaving.result()["type"])
    try:
        await send({"type": "http.response.body", "body": b"tick", "more_body": True})
    except OSError as error:
        log("send after disconnect", type(error).__name__)
    else:
        log("send after disconnect", "accepted")


async def large(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    await start(send)
    for number in range(3200):
        await send({"type": "http.response.body", "body": bytes(65536), "more_body": True})
        log("sent", (number + 1) * 65536)


async def afterwards(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    await start(send, (b"content-length", b"4"))
    await send({"type": "http.response.body", "body": b"done"})
    await asyncio.sleep(1)
    log("afterwards", "finished")


HANDLERS = {"/slow": slow, "/endless": endless, "/large": large, "/afterwards": afterwards}
