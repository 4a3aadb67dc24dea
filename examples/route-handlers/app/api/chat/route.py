"""Streaming from a language model, here a simulated one, as in a chat."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from byway.server import Request, Response


@dataclass
class Message:
    role: Literal["system", "user", "assistant"]
    content: str


@dataclass
class Chat:
    messages: list[Message]


async def stream_text(messages: list[Message]) -> AsyncIterator[str]:
    """What a model's client gives: the answer, word by word."""
    question = messages[-1].content if messages else ""
    for word in f"You said “{question}”. I am a simulated model, but my words do arrive one by one.".split(" "):
        yield f"{word} "
        await asyncio.sleep(0.05)


async def POST(request: Request) -> Response:
    chat = await request.json(Chat)
    return Response(stream_text(chat.messages), headers={"Content-Type": "text/plain; charset=utf-8"})
