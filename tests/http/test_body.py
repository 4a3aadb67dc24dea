from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.http.body import (
    Body,
    BytesSource,
    LimitedSource,
    Source,
    StreamSource,
    extract,
    to_bytes,
)
from byway.http.errors import BodyTooLarge, Disconnected
from byway.http.forms import Blob, FormData
from byway.http.url import URLSearchParams


class Chunks:
    """A source of ``chunks`` that counts what is taken; an exception among them is raised."""

    def __init__(self, *chunks: bytes | Exception) -> None:
        self.left = list(chunks)
        self.taken = 0

    async def read(self) -> bytes:
        await asyncio.sleep(0)
        if not self.left:
            return b""
        self.taken += 1
        chunk = self.left.pop(0)
        if isinstance(chunk, Exception):
            raise chunk
        return chunk


async def drain(source: Source) -> list[bytes]:
    chunks: list[bytes] = []
    while chunk := await source.read():
        chunks.append(chunk)
    return chunks


@pytest.mark.parametrize(
    ("body", "data", "content_type"),
    [
        ("é", "é".encode(), b"text/plain;charset=UTF-8"),
        ("", b"", b"text/plain;charset=UTF-8"),
        (b"a", b"a", None),
        (bytearray(b"a"), b"a", None),
        (memoryview(b"a"), b"a", None),
        (URLSearchParams({"a": "ä b"}), b"a=%C3%A4+b", b"application/x-www-form-urlencoded;charset=UTF-8"),
        (None, None, None),
    ],
)
def test_a_body_brings_its_bytes_and_content_type(body: Any, data: bytes | None, content_type: bytes | None) -> None:
    assert extract(body) == (data, None, content_type)


def test_a_blob_streams_with_its_own_type() -> None:
    data, stream, content_type = extract(Blob(b"ab", "image/png"))
    assert data is None
    assert stream is not None
    assert content_type == b"image/png"
    assert asyncio.run(drain(StreamSource(stream))) == [b"ab"]
    assert extract(Blob(b"ab"))[2] is None


def test_form_data_streams_as_multipart_with_the_boundary_of_its_content_type() -> None:
    form = FormData()
    form.append("a", "1")
    _, stream, content_type = extract(form)
    assert stream is not None
    assert content_type is not None
    kind, _, boundary = content_type.partition(b"; boundary=")
    assert kind == b"multipart/form-data"
    body = b"".join(asyncio.run(drain(StreamSource(stream))))
    assert body.startswith(b"--" + boundary + b"\r\n")
    assert body.endswith(b"--" + boundary + b"--\r\n")


def test_iterators_stream_without_a_content_type() -> None:
    generator = (chunk for chunk in ["a"])
    assert extract(generator) == (None, generator, None)


@pytest.mark.parametrize("body", [{"a": 1}, 1, object(), 1.5, True])
def test_data_is_no_body_and_the_message_names_the_cure(body: Any) -> None:
    with pytest.raises(TypeError) as caught:
        extract(body)
    assert str(caught.value) == (
        f"A body cannot be made of {type(body).__name__}: give str, bytes, Blob, FormData, URLSearchParams, "
        "None, or an iterator of str or bytes. For data there is Response.json(…)."
    )


def test_a_chunk_is_str_or_bytes() -> None:
    assert [to_bytes(chunk) for chunk in ("é", b"a", bytearray(b"b"), memoryview(b"c"))] == [
        "é".encode(),
        b"a",
        b"b",
        b"c",
    ]
    with pytest.raises(TypeError) as caught:
        to_bytes(1)
    assert str(caught.value) == "A streamed body yielded int; yield str or bytes."


def test_streams_are_read_chunk_by_chunk_without_empty_ones() -> None:
    def sync() -> Iterator[str | bytes]:
        yield from ["a", "", b"b"]

    async def asynchronous() -> AsyncIterator[str | bytes]:
        for chunk in sync():
            yield chunk

    async def main() -> None:
        assert await drain(StreamSource(sync())) == [b"a", b"b"]
        assert await drain(StreamSource(asynchronous())) == [b"a", b"b"]
        assert await drain(StreamSource(["a", b"b"])) == [b"a", b"b"]

    asyncio.run(main())


def test_a_body_within_the_limit_is_read_whole() -> None:
    source = LimitedSource(Chunks(b"ab", b"c"), 3, None)
    assert asyncio.run(drain(source)) == [b"ab", b"c"]


def test_a_body_announced_beyond_the_limit_is_refused_unread() -> None:
    chunks = Chunks(b"abcd")
    with pytest.raises(BodyTooLarge) as caught:
        asyncio.run(LimitedSource(chunks, 1000, 1001).read())
    assert str(caught.value) == (
        "The request's body is larger than 1,000 bytes; Config(max_body_size=…) sets this limit."
    )
    assert chunks.taken == 0


@pytest.mark.parametrize("announced", [None, 1])
def test_a_body_that_outgrows_the_limit_is_refused_whatever_it_announced(announced: int | None) -> None:
    chunks = Chunks(b"ab", b"cd", b"ef")
    source = LimitedSource(chunks, 3, announced)

    async def main() -> None:
        assert await source.read() == b"ab"
        with pytest.raises(BodyTooLarge):
            await source.read()
        assert chunks.taken == 2

    asyncio.run(main())


def test_a_body_is_read_once() -> None:
    async def main() -> None:
        body = Body(BytesSource(b"ab"))
        assert not body.used
        assert await body.read_all() == b"ab"
        assert body.used
        with pytest.raises(TypeError) as caught:
            await body.read_all()
        assert str(caught.value) == (
            "The body was already read; it can be read once. clone() before reading lets it be read again."
        )
        with pytest.raises(TypeError, match="already read"):
            await anext(aiter(body.stream()))
        with pytest.raises(TypeError) as caught:
            body.clone()
        assert str(caught.value) == "The body was already read; clone() must come before reading it."

    asyncio.run(main())


def test_an_empty_body_is_empty() -> None:
    assert asyncio.run(Body(BytesSource(b"")).read_all()) == b""
    assert asyncio.run(Body(Chunks()).read_all()) == b""


class Closable(Chunks):
    """`Chunks` that know whether they were closed."""

    closed = 0

    async def aclose(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("taken", [0, 1, 2])
def test_closing_a_stream_closes_its_source_however_much_was_read(taken: int) -> None:
    async def main() -> None:
        source = Closable(b"a", b"b", b"c")
        body = Body(source)
        stream = body.stream()
        for _ in range(taken):
            await anext(stream)
        await stream.aclose()
        await stream.aclose()
        assert (source.closed, source.taken, body.used) == (1, taken, True)
        assert [chunk async for chunk in stream] == []

    asyncio.run(main())


def test_a_stream_closes_its_source_at_its_end() -> None:
    async def main() -> None:
        source = Closable(b"a")
        stream = Body(source).stream()
        closed = [source.closed async for _ in stream]
        assert (closed, source.closed) == ([0], 1)

    asyncio.run(main())


def test_a_stream_that_fails_closes_its_source_and_is_over() -> None:
    async def main() -> None:
        source = Closable(ValueError("no more"), b"a")
        stream = Body(source).stream()
        with pytest.raises(ValueError, match="no more"):
            await anext(stream)
        assert source.closed == 1
        assert [chunk async for chunk in stream] == []

    asyncio.run(main())


def test_a_stream_closes_nothing_that_another_reads() -> None:
    async def main() -> None:
        source = Closable(b"a", b"b")
        body = Body(source)
        idle, reading = body.stream(), body.stream()
        assert await anext(reading) == b"a"
        await idle.aclose()
        assert not source.closed
        assert await anext(reading) == b"b"

    asyncio.run(main())


def test_closing_a_stream_ends_the_generator_it_comes_from() -> None:
    ended: list[str] = []

    def sync() -> Iterator[str]:
        try:
            yield from "ab"
        finally:
            ended.append("sync")

    async def asynchronous() -> AsyncIterator[str]:
        try:
            yield "a"
            yield "b"
        finally:
            ended.append("async")

    async def main() -> None:
        for chunks in (sync(), asynchronous(), iter(["a"])):
            stream = Body(StreamSource(chunks)).stream()
            assert await anext(stream) == b"a"
            await stream.aclose()

    asyncio.run(main())
    assert ended == ["sync", "async"]


def test_the_payload_of_a_body_is_its_bytes_or_its_stream_once() -> None:
    async def main() -> None:
        assert Body(BytesSource(b"ab")).payload() == b"ab"
        body = Body(Chunks(b"a", b"b"))
        stream = body.payload()
        assert body.used
        assert not isinstance(stream, bytes)
        assert [chunk async for chunk in stream] == [b"a", b"b"]
        with pytest.raises(TypeError, match="already read"):
            body.payload()

    asyncio.run(main())


def test_a_clone_reads_the_same_chunks_at_its_own_speed() -> None:
    async def main() -> None:
        source = Chunks(b"a", b"b", b"c")
        first = Body(source)
        second = first.clone()
        ahead = aiter(first.stream())
        assert [await anext(ahead), await anext(ahead)] == [b"a", b"b"]
        assert source.taken == 2
        assert await second.read_all() == b"abc"
        assert [chunk async for chunk in ahead] == [b"c"]

    asyncio.run(main())


def test_clones_of_clones_share_one_source() -> None:
    async def main() -> None:
        source = Chunks(b"a", b"b")
        first = Body(source)
        second = first.clone()
        third = second.clone()
        results = await asyncio.gather(*(body.read_all() for body in (first, second, third)))
        assert results == [b"ab"] * 3
        assert source.taken == 2

    asyncio.run(main())


def test_every_clone_of_a_body_that_breaks_off_is_told() -> None:
    async def main() -> None:
        first = Body(LimitedSource(Chunks(b"ab", b"cd", b"ef"), 3, None))
        second = first.clone()
        for body in (first, second):
            with pytest.raises(BodyTooLarge):
                await body.read_all()
        gone = Body(Chunks(b"a", Disconnected("left")))
        with pytest.raises(Disconnected, match="left"):
            await gone.read_all()

    asyncio.run(main())


@given(st.lists(st.binary(min_size=1, max_size=3), max_size=6), st.lists(st.booleans(), max_size=14))
def test_two_clones_give_the_same_bytes_however_their_reads_interleave(chunks: list[bytes], turns: list[bool]) -> None:
    async def main() -> None:
        first = Body(Chunks(*chunks))
        second = first.clone()
        readers = {True: first.take(), False: second.take()}
        read: dict[bool, list[bytes]] = {True: [], False: []}
        for turn in turns:
            read[turn].append(await readers[turn].read())
        for turn, reader in readers.items():
            assert b"".join(read[turn] + await drain(reader)) == b"".join(chunks)

    asyncio.run(main())
