"""The recipe examples/recipes/server-sent-events keeps the rules that its page states."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import pytest

from byway.server import AbortSignal, Disconnected
from byway.testing import Client

Start = Callable[..., Client]


def listeners() -> int:
    count: int = sys.modules["lib.hub"].hub.listeners
    return count


def test_who_listens_gets_what_is_published(start: Start) -> None:
    client = start("server-sent-events")
    with client.stream("GET", "/events") as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        lines = answer.iter_lines()
        assert [next(lines), next(lines)] == ["retry: 2000", ""]
        assert client.post("/events", content="one\ntwo").json() == {"id": 1}
        assert [next(lines) for _ in range(4)] == ["id: 1", "data: one", "data: two", ""]
        assert listeners() == 1
    assert listeners() == 0


def test_who_comes_back_gets_what_it_missed(start: Start) -> None:
    client = start("server-sent-events")
    for text in ("one", "two", "three"):
        client.post("/events", content=text)
    with client.stream("GET", "/events", headers={"last-event-id": "1"}) as answer:
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(8)][2:] == ["id: 2", "data: two", "", "id: 3", "data: three", ""]


def test_where_nothing_happens_a_comment_keeps_the_connection_alive(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEEP_ALIVE", "0.02")
    with start("server-sent-events").stream("GET", "/events") as answer:
        lines = answer.iter_lines()
        assert [next(lines) for _ in range(6)][2:] == [": keep-alive", "", ": keep-alive", ""]


def test_a_listener_that_is_too_far_behind_is_let_go(start: Start) -> None:
    start("server-sent-events")
    module = sys.modules["lib.hub"]

    async def fall_behind() -> list[str]:
        hub = module.Hub()
        stream = hub.stream(None, keep_alive=1)
        await anext(stream)
        for number in range(module.BACKLOG + 1):
            hub.publish(str(number))
        assert hub.listeners == 0
        return [event async for event in stream]

    events = asyncio.run(fall_behind())
    # All it had room for, and then the end: the client comes back with the id of the last one.
    assert [event.split("\n")[0] for event in events] == [f"id: {n + 1}" for n in range(module.BACKLOG)]


def test_a_computation_tells_its_progress(start: Start) -> None:
    text = start("server-sent-events").get("/report").text
    assert text.startswith("data: 5\n\ndata: 10\n\n")
    assert text.endswith("data: 100\n\nevent: done\ndata:\n\n")


def test_a_computation_gives_up_within_a_step_when_its_client_leaves(start: Start) -> None:
    start("server-sent-events")
    signal = AbortSignal()
    steps = sys.modules["lib.report"].compute(signal)
    assert next(steps) == 5
    signal.abort(Disconnected("gone"))
    with pytest.raises(Disconnected):
        next(steps)


def test_a_client_that_leaves_ends_the_computation(start: Start, caplog: pytest.LogCaptureFixture) -> None:
    with start("server-sent-events").stream("GET", "/report") as answer:
        assert next(answer.iter_lines()) == "data: 5"
        began = time.perf_counter()
    assert time.perf_counter() - began < 0.5  # a whole computation takes a second
    assert caplog.messages == []
