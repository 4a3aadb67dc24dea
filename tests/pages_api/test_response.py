"""``res``: filled in step by step, and answered with once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.errors import Disconnected
from byway.pages_api.exchange import Answer
from byway.pages_api.outbox import MOST_AHEAD, Outbox
from byway.pages_api.response import ApiResponse
from byway.server import URL


class FakeExchange:
    """Remembers what a response asks for."""

    where = "the handler in pages/api/x.py"

    def __init__(self, loop: asyncio.AbstractEventLoop, *, is_head: bool = False) -> None:
        self.loop = loop
        self.is_head = is_head
        self.calls: list[Any] = []

    def began(self) -> None:
        self.calls.append("began")

    def ended(self, size: int) -> None:
        self.calls.append(f"ended with {size}")

    def warn(self, message: str) -> None:
        self.calls.append(message)

    def wait(self, awaitable: Awaitable[None]) -> None:
        async def awaited() -> None:
            await awaitable

        asyncio.run_coroutine_threadsafe(awaited(), self.loop).result(5)

    def set_draft_mode(self, *, is_on: bool) -> None:
        self.calls.append(("draft", is_on))

    async def revalidate(self, path: str | URL) -> None:
        self.calls.append(("revalidate", path))


@dataclass
class Made:
    """A response, and what was asked for."""

    res: ApiResponse[Any]
    exchange: FakeExchange

    @property
    def answer(self) -> Answer:
        assert self.res.answer is not None
        return self.res.answer

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [(name.decode(), value.decode("latin-1")) for name, value in self.answer.headers if name != b"etag"]

    @property
    def tag(self) -> str | None:
        return next((value.decode() for name, value in self.answer.headers if name == b"etag"), None)


@pytest.fixture
def made() -> Made:
    return make()


def make(*, is_head: bool = False) -> Made:
    # Nothing runs on it: what is tested here does without a loop, but for the streams below.
    loop = asyncio.new_event_loop()
    loop.close()
    exchange = FakeExchange(loop, is_head=is_head)
    return Made(ApiResponse(exchange), exchange)


JSON = [("content-type", "application/json; charset=utf-8")]


def test_json_sends_compact_json_with_its_content_type_and_an_etag(made: Made) -> None:
    made.res.status(201).json({"a": [1, None, "é"]})
    assert made.answer[0:1] + made.answer[2:] == (201, '{"a":[1,null,"é"]}'.encode(), None)
    assert made.headers == JSON
    assert made.tag is not None
    assert made.exchange.calls == ["began", "ended with 19"]
    assert made.res.headers_sent


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, b"null"),
        (1.5, b"1.5"),
        ("é", '"é"'.encode()),
        (datetime(2020, 1, 1, tzinfo=UTC), b'"2020-01-01T00:00:00Z"'),
    ],
)
def test_json_takes_any_value(made: Made, value: object, data: bytes) -> None:
    made.res.json(value)
    assert made.answer.body == data


def test_json_forces_its_content_type(made: Made) -> None:
    made.res.set_header("Content-Type", "text/plain").json({})
    assert made.headers == JSON


def test_what_is_no_json_leaves_the_response_as_it_was(made: Made) -> None:
    with pytest.raises(TypeError, match="object cannot be written as JSON"):
        made.res.json({"a": object()})
    assert not made.res.headers_sent
    made.res.status(500).json({"error": "failed"})
    assert made.answer.status == 500


@pytest.mark.parametrize(
    ("body", "content_type", "data"),
    [
        ("a string", None, b"a string"),
        ("", None, b""),
        (b"\x00\xff", "application/octet-stream", b"\x00\xff"),
        (bytearray(b"ab"), "application/octet-stream", b"ab"),
        (memoryview(b"ab"), "application/octet-stream", b"ab"),
        ({"a": 1}, "application/json; charset=utf-8", b'{"a":1}'),
        ([1, "two"], "application/json; charset=utf-8", b'[1,"two"]'),
        (42, "application/json; charset=utf-8", b"42"),
        (False, "application/json; charset=utf-8", b"false"),
    ],
)
def test_send_goes_by_the_type_of_the_body(made: Made, body: Any, content_type: str | None, data: bytes) -> None:
    made.res.send(body)
    assert made.answer.body == data
    assert made.headers == ([("content-type", content_type)] if content_type else [])
    assert made.tag is not None


def test_send_of_none_is_empty(made: Made) -> None:
    made.res.send(None)
    assert made.answer == Answer(200, [], None, None)


def test_send_keeps_the_content_type_of_bytes_that_is_set(made: Made) -> None:
    made.res.set_header("content-type", "image/png").send(b"x")
    assert made.headers == [("content-type", "image/png")]


def test_send_streams_an_iterator(made: Made) -> None:
    chunks = iter(["a", "b"])
    made.res.send(chunks)
    assert made.answer == Answer(200, [(b"content-type", b"application/octet-stream")], None, chunks)


def test_equal_bodies_have_equal_etags_and_others_have_others() -> None:
    tags: list[str | None] = []
    for body in ["a", "a", "b"]:
        made = make()
        made.res.send(body)
        tags.append(made.tag)
    assert tags[0] == tags[1] != tags[2]


def test_an_etag_that_is_set_is_kept(made: Made) -> None:
    made.res.set_header("ETag", '"own"').json({})
    assert made.tag == '"own"'


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_a_body_drops_it_with_a_warning(made: Made, status: int) -> None:
    made.res.status(status).set_header("content-length", 5).json({"a": 1})
    assert made.answer == Answer(status, [], None, None)
    assert made.exchange.calls[0] == f"the body of an answer with the status {status} is not sent"


def test_a_status_without_a_body_and_without_one_needs_no_warning(made: Made) -> None:
    made.res.status(204).end()
    assert made.exchange.calls == ["began", "ended with 0"]


@pytest.mark.parametrize("status", [99, 199, 600, 1000, -1, True, 200.0, "200", None, HTTPStatus.CONTINUE])
def test_an_invalid_status_is_an_error(made: Made, status: Any) -> None:
    with pytest.raises(ValueError, match=r"is no status to answer with: give a whole number from 200 to 599\.$"):
        made.res.status(status)
    with pytest.raises(ValueError, match="is no status to answer with"):
        made.res.status_code = status
    assert made.res.status_code == 200


def test_the_status_can_be_assigned_and_be_an_http_status(made: Made) -> None:
    made.res.status_code = 202
    assert made.res.status_code == 202
    assert made.res.status(HTTPStatus.CREATED).status_code == 201
    assert type(made.res.status_code) is int


# Headers


def test_headers_are_set_appended_removed_and_read(made: Made) -> None:
    res = made.res
    res.set_header("X-A", "1").append_header("x-a", 2)
    res.set_header("X-B", ["b"]).set_header("X-C", 1.5).set_header("d", "")
    assert (res.get_header("x-A"), res.get_header("x-b"), res.get_header("X-C")) == (["1", "2"], "b", "1.5")
    assert (res.get_header("d"), res.get_header("none")) == ("", None)
    res.remove_header("X-A").remove_header("x-none").end()
    assert made.headers == [("x-b", "b"), ("x-c", "1.5"), ("d", "")]


def test_each_value_of_a_list_is_a_header_of_its_own(made: Made) -> None:
    made.res.set_header("Set-Cookie", ["a=1", "b=2"]).append_header("Set-Cookie", ("c=3",)).end()
    assert made.headers == [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("set-cookie", "c=3")]


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\nb", "a\0b", "€"])
def test_a_value_cannot_break_out_of_its_header(made: Made, value: str) -> None:
    for call in (made.res.set_header, made.res.append_header):
        with pytest.raises(ValueError, match="The value of header 'x-a' holds"):
            call("x-a", value)
        with pytest.raises(ValueError, match="The value of header 'x-a' holds"):
            call("x-a", ["fine", value])
    assert made.res.get_header("x-a") is None


@pytest.mark.parametrize("name", ["a b", "a:", "a\r\nb", "", "é"])
def test_a_name_must_be_one(made: Made, name: str) -> None:
    for call in (made.res.set_header, made.res.append_header):
        with pytest.raises(ValueError, match="Invalid header name"):
            call(name, "x")


@given(st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_set_the_headers_are_headers(name: str, value: str) -> None:
    made = make()
    try:
        made.res.set_header(name, value)
    except ValueError:
        return
    made.res.end()
    ((sent, text),) = made.answer.headers
    assert not any(mark in sent + text for mark in b"\r\n\0")


@pytest.mark.parametrize("value", [True, None, {"a": 1}, b"x"])
def test_a_value_is_text_or_a_number(made: Made, value: Any) -> None:
    with pytest.raises(TypeError, match="The value of header 'x' is"):
        made.res.set_header("x", value)


@pytest.mark.parametrize("value", ["3, 4", "-1", "x", "", ["3", "4"], 1.5])
def test_a_content_length_is_one_number(made: Made, value: Any) -> None:
    with pytest.raises(ValueError, match=r"'content-length' is .*: give one whole number of bytes\.$"):
        made.res.set_header("Content-Length", value)


# Redirects


@pytest.mark.parametrize(
    ("arguments", "status", "target"),
    [
        (("/next",), 307, "/next"),
        ((303, "../hello"), 303, "../hello"),
        ((301, "https://example.com/a b"), 301, "https://example.com/a b"),
        ((URL("https://example.com/x"),), 307, "https://example.com/x"),
        (("/é\r\nx-evil: 1",), 307, "/%C3%A9%0D%0Ax-evil:%201"),
    ],
)
def test_a_redirect_has_a_status_and_a_location(made: Made, arguments: Any, status: int, target: str) -> None:
    made.res.redirect(*arguments)
    assert made.answer == Answer(status, [(b"location", target.encode())], None, None)


@pytest.mark.parametrize("arguments", [(307,), (), ("/a", 307), ("/a", "/b"), (307, None), (307, "/a", "/b"), (None,)])
def test_a_redirect_wants_a_url_or_a_status_and_a_url(made: Made, arguments: Any) -> None:
    with pytest.raises(TypeError, match=r"^res\.redirect\(\) takes a URL, or a status and a URL: "):
        made.res.redirect(*arguments)


@pytest.mark.parametrize("status", [200, 304, 400, True])
def test_a_redirect_has_the_status_of_one(made: Made, status: int) -> None:
    with pytest.raises(ValueError, match=r"a redirect's status is 301, 302, 303, 307 or 308\.$"):
        made.res.redirect(status, "/a")
    with pytest.raises(ValueError, match="A redirect needs a URL"):
        made.res.redirect("")


# One answer


AGAIN: list[tuple[str, Callable[[ApiResponse[Any]], object]]] = [
    ("res.json()", lambda res: res.json({})),
    ("res.send()", lambda res: res.send("x")),
    ("res.send()", lambda res: res.send(None)),
    ("res.redirect()", lambda res: res.redirect("/x")),
    ("res.end()", lambda res: res.end("x")),
    ("res.write()", lambda res: res.write("x")),
    ("res.status()", lambda res: res.status(200)),
    ("res.status_code", lambda res: setattr(res, "status_code", 200)),
    ("res.set_header()", lambda res: res.set_header("a", "b")),
    ("res.append_header()", lambda res: res.append_header("a", "b")),
    ("res.remove_header()", lambda res: res.remove_header("a")),
    ("res.set_draft_mode()", lambda res: res.set_draft_mode(enable=True)),
]


@pytest.mark.parametrize(("caller", "call"), AGAIN)
def test_whatever_comes_after_the_answer_is_an_error(
    made: Made, caller: str, call: Callable[[ApiResponse[Any]], object]
) -> None:
    made.res.json({"first": True})
    with pytest.raises(RuntimeError) as caught:
        call(made.res)
    assert str(caught.value) == (
        f"{caller} was called after the handler in pages/api/x.py had answered with res.json(): a request is answered "
        "once. Is a `return` missing?"
    )
    assert made.answer.body == b'{"first":true}'


def test_an_end_without_a_chunk_may_follow_an_answer(made: Made) -> None:
    made.res.json({})
    made.res.end()
    made.res.end(None)
    assert made.exchange.calls == ["began", "ended with 2"]


@pytest.mark.parametrize(("caller", "call"), [one for one in AGAIN if one[0] not in ("res.end()", "res.write()")])
def test_once_a_chunk_is_written_status_and_headers_are_settled(
    caller: str, call: Callable[[ApiResponse[Any]], object]
) -> None:
    made = make(is_head=True)
    made.res.write("x")
    with pytest.raises(RuntimeError) as caught:
        call(made.res)
    assert str(caught.value) == (
        f"{caller} was called after the handler in pages/api/x.py had begun its answer with res.write(): status and "
        "headers are sent with the first chunk."
    )


@pytest.mark.parametrize(("caller", "call"), [*AGAIN, ("res.end()", ApiResponse[Any].end)])
def test_once_it_is_given_up_everything_is_an_error_that_says_why(
    made: Made, caller: str, call: Callable[[ApiResponse[Any]], object]
) -> None:
    assert made.res.give_up("it took too long.", TimeoutError())
    with pytest.raises(RuntimeError) as caught:
        call(made.res)
    assert str(caught.value) == f"{caller} was called too late: it took too long."
    assert made.res.answer is None


def test_what_is_complete_cannot_be_given_up(made: Made) -> None:
    made.res.end()
    assert not made.res.give_up("too late.", TimeoutError())
    made.res.end()


# Streams


async def read(answer: Answer) -> bytes:
    assert isinstance(answer.stream, Outbox)
    return b"".join([chunk async for chunk in answer.stream])


def test_what_is_written_streams() -> None:
    async def test() -> None:
        exchange = FakeExchange(asyncio.get_running_loop())
        res = ApiResponse[Any](exchange)
        res.status(202).set_header("x-a", "b")
        await res.write("one ")
        assert res.headers_sent
        assert exchange.calls == ["began"]
        await res.write(b"two ")
        res.end("three")
        assert res.answer is not None
        assert res.answer[:3] == (202, [(b"x-a", b"b")], None)
        assert await read(res.answer) == b"one two three"
        assert exchange.calls == ["began", "ended with 13"]
        with pytest.raises(RuntimeError, match=r"had answered with res\.end\(\)"):
            res.write("four")

    asyncio.run(test())


def test_an_awaited_write_waits_for_a_slow_client() -> None:
    async def test() -> None:
        res = ApiResponse[Any](FakeExchange(asyncio.get_running_loop()))
        await res.write("x" * MOST_AHEAD)
        waiting = asyncio.ensure_future(_awaited(res.write("y")))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not waiting.done()
        assert res.answer is not None
        assert isinstance(res.answer.stream, Outbox)
        await anext(res.answer.stream)
        await waiting

    asyncio.run(test())


async def _awaited(awaitable: Awaitable[None]) -> None:
    await awaitable


def test_in_a_thread_a_write_blocks_instead() -> None:
    async def test() -> None:
        res = ApiResponse[Any](FakeExchange(asyncio.get_running_loop()))
        written: list[int] = []

        def handler() -> None:
            for number in range(3):
                res.write("x" * (MOST_AHEAD + 1))
                written.append(number)
            res.end()

        running = asyncio.create_task(asyncio.to_thread(handler))
        while res.answer is None:
            await asyncio.sleep(0.001)
        assert isinstance(res.answer.stream, Outbox)
        for number in range(3):
            assert written == list(range(number))
            await anext(res.answer.stream)
            while len(written) <= number:
                await asyncio.sleep(0.001)
        await running

    asyncio.run(asyncio.wait_for(test(), 5))


def test_a_loop_of_a_threads_own_can_await_a_write() -> None:
    async def test() -> None:
        res = ApiResponse[Any](FakeExchange(asyncio.get_running_loop()))

        def handler() -> None:
            asyncio.run(_awaited(res.write("x" * (MOST_AHEAD + 1))))
            res.end()

        running = asyncio.create_task(asyncio.to_thread(handler))
        while res.answer is None:
            await asyncio.sleep(0.001)
        assert len(await read(res.answer)) == MOST_AHEAD + 1
        await running

    asyncio.run(asyncio.wait_for(test(), 5))


def test_who_writes_to_a_client_that_has_left_is_told() -> None:
    async def test() -> None:
        res = ApiResponse[Any](FakeExchange(asyncio.get_running_loop()))
        res.write("x")
        assert res.answer is not None
        assert isinstance(res.answer.stream, Outbox)
        await res.answer.stream.aclose()
        with pytest.raises(Disconnected):
            res.write("y")
        assert not res.give_up("it failed.", ValueError())

    asyncio.run(test())


def test_head_takes_what_is_written_and_sends_none_of_it() -> None:
    made = make(is_head=True)
    for _ in range(1000):
        made.res.write("x" * 100_000)
    made.res.end("y")
    assert made.answer == Answer(200, [], None, None)
    assert made.exchange.calls == ["began", "ended with 100000001"]


def test_a_status_without_a_body_takes_what_is_written_with_a_warning(made: Made) -> None:
    made.res.status(204)
    made.res.write("x")
    made.res.end("y")
    assert made.answer == Answer(204, [], None, None)
    assert made.exchange.calls[0] == "what is written to an answer with the status 204 is not sent"


def test_a_content_length_bounds_what_is_written() -> None:
    async def test() -> None:
        res = ApiResponse[Any](FakeExchange(asyncio.get_running_loop()))
        res.set_header("content-length", 3)
        res.write("ab")
        with pytest.raises(ValueError, match=r"^More was written"):
            res.write("cd")
        with pytest.raises(ValueError, match=r"^Less was written"):
            res.end()
        res.end("c")

    asyncio.run(test())


def test_two_content_lengths_are_an_error(made: Made) -> None:
    made.res.append_header("content-length", 3).append_header("content-length", 4)
    with pytest.raises(ValueError, match="several values"):
        made.res.write("x")


@pytest.mark.parametrize("chunk", [1, None, {"a": 1}, ["x"]])
def test_chunks_are_text_or_bytes(made: Made, chunk: Any) -> None:
    kind = type(chunk).__name__
    with pytest.raises(
        TypeError, match=rf"^res\.write\(\) takes str or bytes, not {kind}\. For data there is res\.json"
    ):
        made.res.write(chunk)
    if chunk is not None:
        with pytest.raises(TypeError, match=rf"^res\.end\(\) takes str or bytes, not {kind}\."):
            made.res.end(chunk)


# The rest


def test_draft_mode_and_revalidation_are_the_servers(made: Made) -> None:
    async def revalidate() -> None:
        await made.res.revalidate("/x")

    assert made.res.set_draft_mode(enable=True) is made.res
    made.res.set_draft_mode(enable=False)
    asyncio.run(revalidate())
    assert made.exchange.calls == [("draft", True), ("draft", False), ("revalidate", "/x")]


def test_its_repr_tells_status_and_progress(made: Made) -> None:
    assert repr(made.res.status(404)) == "<ApiResponse 404>"
    made.res.end()
    assert repr(made.res) == "<ApiResponse 404 sent>"
