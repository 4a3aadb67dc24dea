from __future__ import annotations

import asyncio
import gc
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias, cast

import pytest
import uvloop

from byway.http.abort import AbortSignal
from byway.http.blob import Blob, File
from byway.http.body import Limits
from byway.http.client import HTTPClient, running_client
from byway.http.forms import FormData
from byway.http.headers import RawHeaders
from byway.http.outgoing import FetchError, FetchTimeout, build_request
from byway.http.request import Request
from byway.http.response import Response
from byway.http.url import URL
from byway.version import VERSION


@dataclass
class Call:
    """A request that a `Server` received, and how it is answered."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    writer: asyncio.StreamWriter

    def header(self, name: str) -> str | None:
        return dict(self.headers).get(name)

    async def answer(self, body: bytes = b"", *headers: str, status: str = "200 OK") -> None:
        await self.send(status, *headers, f"content-length: {len(body)}", body=body)

    async def redirect(self, location: str, status: int = 307) -> None:
        await self.answer(b"moved", f"location: {location}", status=f"{status} Moved")

    async def send(self, status: str, *headers: str, body: bytes = b"") -> None:
        lines = [f"HTTP/1.1 {status}", *headers, "", ""]
        self.writer.write("\r\n".join(lines).encode("latin-1") + body)
        await self.writer.drain()


Handler: TypeAlias = Callable[[Call], Awaitable[None]]


async def ok(call: Call) -> None:
    await call.answer(b"ok")


@dataclass
class Server:
    """An HTTP server on this machine that answers with `handler`, and remembers what it was asked."""

    handler: Handler = ok
    deaf: bool = False
    """Whether it never reads what it is sent."""
    calls: list[Call] = field(default_factory=list)
    accepted: int = 0
    """How many connections there have been."""
    most: int = 0
    """How many there were at once."""
    open: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.origin = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            while self.deaf:
                await asyncio.sleep(60)
            while not writer.is_closing():
                call = await self._read(reader, writer)
                self.calls.append(call)
                # The client may leave while it is answered.
                answering = asyncio.ensure_future(self.handler(call))
                leaving = asyncio.ensure_future(reader.read(1)) if call.target.startswith("/watched") else None
                try:
                    await asyncio.wait({answering, leaving} - {None}, return_when=asyncio.FIRST_COMPLETED)  # type: ignore[type-var]
                    if not answering.done():
                        break
                    await answering
                finally:
                    for task in (answering, leaving):
                        if task is not None:
                            task.cancel()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.open -= 1
            writer.close()
            async with self._changed:
                self._changed.notify_all()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Call:
        head, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")[:-2]
        method, target, _ = head.split(" ")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
        body = b""
        if length := dict(headers).get("content-length"):
            body = await reader.readexactly(int(length))
        elif dict(headers).get("transfer-encoding") == "chunked":
            while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readuntil(b"\r\n")
        return Call(method, target, headers, body, writer)

    async def until_nobody_is_connected(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.open == 0)


Scenario: TypeAlias = Callable[[Server, HTTPClient], Coroutine[Any, Any, None]]
Run: TypeAlias = Callable[..., None]


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture(params=[asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs a scenario with a server and a client, of which nothing may be left over."""

    def run_scenario(scenario: Scenario, *, max_connections: int = 100) -> None:
        async def main() -> None:
            async with asyncio.timeout(20), Server() as server:
                client = HTTPClient(max_connections=max_connections)
                try:
                    await scenario(server, client)
                finally:
                    await client.aclose()

        request.param(main())
        gc.collect()  # a transport that was not closed warns now

    return run_scenario


def stream_of(response: Response) -> AsyncIterator[bytes]:
    """The body as a server that sends it on has it."""
    _, stream = response.payload()
    return cast("AsyncIterator[bytes]", stream)


class Received:
    """A client that has sent ``chunks``."""

    def __init__(self, raw: RawHeaders, *chunks: bytes) -> None:
        self._raw = raw
        self._chunks = list(chunks)

    def url(self) -> URL:
        return URL("http://app.example/in")

    def headers(self) -> RawHeaders:
        return self._raw

    async def read(self) -> bytes:
        return self._chunks.pop(0) if self._chunks else b""

    def watch(self, signal: AbortSignal) -> None:
        raise AssertionError("Nobody asked for the signal.")


# --- What is sent -----------------------------------------------------------------------------------------------------


def test_a_get_request_names_byway_and_asks_for_what_can_be_decoded(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        response = await client.send(build_request(f"{server.origin}/a%20b|c?q='\"#x"))
        assert (response.status, response.status_text, await response.text()) == (200, "OK", "ok")
        (call,) = server.calls
        assert (call.method, call.target, call.body) == ("GET", "/a%20b|c?q=%27%22", b"")
        assert call.header("host") == server.origin.removeprefix("http://")
        assert call.header("user-agent") == f"byway/{VERSION}"
        assert call.header("accept") == "*/*"
        assert (call.header("accept-encoding") or "").startswith("gzip, deflate")
        assert call.header("content-length") is call.header("transfer-encoding") is None

    run(scenario)


def test_headers_that_are_given_win_over_the_clients_own(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        headers = {"User-Agent": "mine", "Accept": "text/html"}
        await (await client.send(build_request(server.origin, headers=headers))).bytes()
        sent = server.calls[0].headers
        assert [value for name, value in sent if name in ("accept", "user-agent")] == ["mine", "text/html"]

    run(scenario)


def test_bytes_are_sent_with_their_length(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        for body in (b"hello", b"", None):
            await (await client.send(build_request(server.origin, method="POST", body=body))).bytes()
        sent = [(call.body, call.header("content-length")) for call in server.calls]
        assert sent == [(b"hello", "5"), (b"", "0"), (b"", "0")]

    run(scenario)


def test_streams_are_sent_in_chunks(run: Run) -> None:
    async def asynchronous() -> AsyncIterator[bytes | str]:
        yield b"one "
        await asyncio.sleep(0)
        yield "zwö"

    def synchronous() -> Iterator[bytes | str]:
        yield "one "
        yield "zwö".encode()

    async def scenario(server: Server, client: HTTPClient) -> None:
        for body in (asynchronous(), synchronous(), ["one ", "zwö"]):
            await (await client.send(build_request(server.origin, method="PUT", body=body))).bytes()
        assert [call.body for call in server.calls] == ["one zwö".encode()] * 3
        assert {call.header("transfer-encoding") for call in server.calls} == {"chunked"}

    run(scenario)


def test_blobs_and_forms_are_sent_with_their_length(run: Run) -> None:
    form = FormData()
    form.append("näme", "line\nbreak")
    form.append("file", File(b"x" * 1000, "ü.txt", "text/plain"))

    async def scenario(server: Server, client: HTTPClient) -> None:
        for body in (Blob(b"blob", "image/png"), form):
            await (await client.send(build_request(server.origin, method="POST", body=body))).bytes()
        blob, sent = server.calls
        assert (blob.body, blob.header("content-length"), blob.header("content-type")) == (b"blob", "4", "image/png")
        assert sent.header("content-length") == str(len(sent.body))
        received = Request(
            "http://a.example/", method="POST", headers=[(name, value) for name, value in sent.headers], body=sent.body
        )
        fields = await received.form_data()
        assert fields.get("näme") == "line\r\nbreak"
        file = fields.get("file")
        assert isinstance(file, File)
        assert (file.name, await file.bytes()) == ("ü.txt", b"x" * 1000)

    run(scenario)


def test_the_body_of_a_received_request_is_sent_on_as_it_arrives(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        raw = [(b"host", b"app.example"), (b"content-length", b"6"), (b"x-a", b"1")]
        given = Request.received("POST", Received(raw, b"abc", b"def"), Limits())
        request = build_request(f"{server.origin}/out", method=given.method, headers=given.headers, body=given.body)
        await (await client.send(request)).bytes()
        again = build_request(Request.received("POST", Received(raw, b"abc", b"def"), Limits()))
        assert (again.url.href, again.headers.items()) == (
            "http://app.example/in",
            [("content-length", "6"), ("x-a", "1")],
        )
        again.url.href = f"{server.origin}/out"
        await (await client.send(again)).bytes()
        for call in server.calls:
            assert (call.target, call.body, call.header("content-length")) == ("/out", b"abcdef", "6")
            assert call.header("host") == server.origin.removeprefix("http://")

    run(scenario)


def test_a_stream_that_fails_raises_its_own_error_and_frees_the_connection(run: Run) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise LookupError("no more")

    async def scenario(server: Server, client: HTTPClient) -> None:
        with pytest.raises(LookupError, match="no more"):
            await client.send(build_request(server.origin, method="POST", body=broken()))
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


# --- What comes back --------------------------------------------------------------------------------------------------


def test_headers_come_back_without_those_of_the_connection(run: Run) -> None:
    async def handler(call: Call) -> None:
        headers = ["X-A: 1", "X-A: 2", "Set-Cookie: a=1", "Set-Cookie: b=2", "Keep-Alive: timeout=5"]
        await call.send("200 OK", *headers, "Transfer-Encoding: chunked", body=b"2\r\nok\r\n0\r\n\r\n")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(server.origin))
        assert response.headers.items() == [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-a", "1, 2")]
        assert await response.text() == "ok"
        # Nobody asked for cookies to be kept.
        await (await client.send(build_request(server.origin))).bytes()
        assert server.calls[1].header("cookie") is None

    run(scenario)


def test_a_compressed_body_is_decoded_and_loses_its_headers(run: Run) -> None:
    text = b"compress me " * 1000

    async def handler(call: Call) -> None:
        await call.answer(gzip.compress(text), "content-encoding: gzip", "etag: x")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(server.origin))
        assert response.headers.items() == [("etag", "x")]
        assert await response.bytes() == text

    run(scenario)


def test_a_body_in_an_unknown_coding_is_left_as_it_is(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.answer(b"???", "content-encoding: gzip, own")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(server.origin))
        assert response.headers.items() == [("content-encoding", "gzip, own"), ("content-length", "3")]
        assert await response.bytes() == b"???"

    run(scenario)


def test_a_body_that_is_not_in_its_coding_fails(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.answer(b"not gzip", "content-encoding: gzip")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(f"{server.origin}/x"))
        with pytest.raises(FetchError, match=r"^GET .*/x failed: the body is not what its Content-Encoding says: "):
            await response.bytes()
        server.handler = ok
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_an_answer_without_body_has_none(run: Run, status: str) -> None:
    async def handler(call: Call) -> None:
        await call.send(status, "etag: x")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        for _ in range(2):
            response = await client.send(build_request(server.origin))
            assert (response.status, response.body, await response.bytes()) == (int(status[:3]), None, b"")
        assert server.accepted == 1

    run(scenario)


def test_head_has_the_headers_of_a_body_without_the_body(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.send("200 OK", "content-length: 1000", "content-encoding: gzip")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        for _ in range(2):
            response = await client.send(build_request(server.origin, method="HEAD"))
            assert response.headers.items() == [("content-encoding", "gzip"), ("content-length", "1000")]
            assert await response.bytes() == b""
        assert server.accepted == 1

    run(scenario)


def test_an_error_status_is_an_answer(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.answer(b'{"error":1}', status="503 Busy")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(server.origin))
        assert (response.ok, response.status, response.status_text) == (False, 503, "Busy")
        assert await response.json() == {"error": 1}

    run(scenario)


def test_a_status_beyond_those_of_http_is_a_failure(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.answer(b"x", status="799 What")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        with pytest.raises(FetchError, match="the server answered with status 799, which is not HTTP's"):
            await client.send(build_request(server.origin))

    run(scenario)


def test_a_body_streams_while_the_server_is_still_sending(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        go_on = asyncio.Event()

        async def handler(call: Call) -> None:
            await call.send("200 OK", "content-length: 6", body=b"one")
            await go_on.wait()
            call.writer.write(b"two")

        server.handler = handler
        response = await client.send(build_request(server.origin))
        assert response.body is not None
        chunks: list[bytes] = []
        async for chunk in response.body:
            chunks.append(chunk)
            go_on.set()
        assert chunks == [b"one", b"two"]

    run(scenario)


def test_a_server_cannot_send_faster_than_the_body_is_read(run: Run) -> None:
    chunk, count = b"x" * 65536, 1024
    slack = 24 * 1024 * 1024  # what the operating system's buffers may hold

    async def scenario(server: Server, client: HTTPClient) -> None:
        sent = 0

        async def handler(call: Call) -> None:
            nonlocal sent
            await call.send("200 OK", f"content-length: {len(chunk) * count}")
            for _ in range(count):
                call.writer.write(chunk)
                await call.writer.drain()
                sent += len(chunk)

        server.handler = handler
        response = await client.send(build_request(server.origin))
        taken = 0
        async for part in stream_of(response):
            taken += len(part)
            for _ in range(10):
                await asyncio.sleep(0)
            assert sent - taken < slack
        assert taken == len(chunk) * count

    run(scenario)


# --- Redirects over the network ---------------------------------------------------------------------------------------


def test_redirects_are_followed_over_one_connection(run: Run) -> None:
    async def handler(call: Call) -> None:
        if call.target == "/end?x":
            await call.answer(b"end")
        else:
            await call.redirect("/end?x" if call.target == "/two" else "two", 302)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(f"{server.origin}/one#fragment"))
        assert (response.status, response.redirected, response.url) == (200, True, f"{server.origin}/end?x")
        assert await response.text() == "end"
        assert [call.target for call in server.calls] == ["/one", "/two", "/end?x"]  # no fragment
        assert server.accepted == 1
        direct = await client.send(build_request(f"{server.origin}/end?x#fragment"))
        assert (direct.redirected, direct.url) == (False, f"{server.origin}/end?x")

    run(scenario)


def test_another_origin_gets_no_secrets_but_the_body(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        async with Server() as other:

            async def handler(call: Call) -> None:
                await call.redirect(f"{other.origin}/", 307)

            server.handler = handler
            secrets = {"authorization": "Bearer x", "cookie": "a=1", "x-a": "1"}
            request = build_request(server.origin, method="POST", json={"a": 1}, headers=secrets)
            assert await (await client.send(request)).text() == "ok"
            (call,) = other.calls
            assert (call.method, call.body, call.header("content-type")) == ("POST", b'{"a":1}', "application/json")
            assert call.header("host") == other.origin.removeprefix("http://")
            assert (call.header("authorization"), call.header("cookie"), call.header("x-a")) == (None, None, "1")
            assert server.calls[0].header("authorization") == "Bearer x"
            await client.aclose()

    run(scenario)


def test_a_form_is_sent_again_when_a_redirect_asks_for_it(run: Run) -> None:
    form = FormData()
    form.append("a", Blob(b"content"))

    async def handler(call: Call) -> None:
        await (call.answer(b"ok") if call.target == "/two" else call.redirect("/two", 308))

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        await (await client.send(build_request(server.origin, method="POST", body=form))).bytes()
        one, two = server.calls
        assert one.body == two.body
        assert b"content" in two.body

    run(scenario)


@pytest.mark.parametrize("size", [10, 10_000_000])
def test_the_body_of_a_redirect_is_not_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("byway.http.client._DRAIN_TIME", 0.05)

    async def handler(call: Call) -> None:
        if call.target == "/two":
            await call.answer(b"ok")
        else:
            await call.send("302 Found", "location: /two", f"content-length: {size}", body=b"x" * (size // 2))
            await asyncio.sleep(60)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        assert await (await client.send(build_request(f"{server.origin}/watched"))).text() == "ok"

    run(scenario, max_connections=1)


def test_a_loop_of_redirects_ends_after_twenty(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.redirect("/again?token=1")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        with pytest.raises(FetchError) as caught:
            await client.send(build_request(server.origin))
        assert str(caught.value) == f"GET {server.origin}/again was redirected more than 20 times."
        assert len(server.calls) == 21

    run(scenario)


def test_redirect_manual_gives_the_redirect_itself(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.redirect("/two", 303)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(server.origin), redirect="manual")
        assert (response.status, response.headers.get("location"), response.redirected) == (303, "/two", False)
        assert await response.text() == "moved"

    run(scenario)


def test_redirect_error_takes_a_redirect_for_a_failure(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.redirect("/two", 301)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        with pytest.raises(FetchError) as caught:
            await client.send(build_request(f"{server.origin}/one?q"), redirect="error")
        assert str(caught.value) == (
            f'GET {server.origin}/one was redirected (status 301), which redirect="error" refuses.'
        )

    run(scenario)


def test_a_redirect_without_location_is_an_answer(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.answer(b"where?", status="302 Found")

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        assert await (await client.send(build_request(server.origin))).text() == "where?"

    run(scenario)


@pytest.mark.parametrize("location", ["http://[", "http://a.example:99999999/", "mailto:x", "http://%zz/"])
def test_a_malformed_location_is_a_failure_of_the_fetch(run: Run, location: str) -> None:
    async def handler(call: Call) -> None:
        await call.redirect(location)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        with pytest.raises(FetchError, match="was redirected"):
            await client.send(build_request(server.origin))
        manual = await client.send(build_request(server.origin), redirect="manual")
        assert manual.headers.get("location") == location

    run(scenario, max_connections=1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"redirect": "never"}, 'fetch(redirect=\'never\'): "follow", "error" or "manual" is expected.'),
        ({"timeout": 0}, "fetch(timeout=0): a number of seconds above 0 is expected, or None."),
        ({"timeout": float("nan")}, "fetch(timeout=nan): a number of seconds above 0 is expected, or None."),
    ],
)
def test_options_that_mean_nothing_are_refused(run: Run, options: Any, message: str) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        with pytest.raises(ValueError) as caught:
            await client.send(build_request(server.origin), **options)
        assert str(caught.value) == message

    run(scenario)


# --- Connections ------------------------------------------------------------------------------------------------------


def test_a_connection_is_used_again_once_its_body_is_read(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        for _ in range(3):
            await (await client.send(build_request(server.origin))).bytes()
        assert (len(server.calls), server.accepted) == (3, 1)

    run(scenario)


def test_many_requests_share_a_bounded_number_of_connections(run: Run) -> None:
    async def handler(call: Call) -> None:
        await asyncio.sleep(0.001)
        await call.answer(call.target.encode())

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler

        async def fetch(number: int) -> str:
            return await (await client.send(build_request(f"{server.origin}/{number}"))).text()

        answers = await asyncio.gather(*map(fetch, range(100)))
        assert answers == [f"/{number}" for number in range(100)]
        assert server.most == 10

    run(scenario, max_connections=10)


def test_a_safe_request_is_sent_again_when_a_kept_connection_was_closed_under_it(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        async def handler(call: Call) -> None:
            if len(server.calls) == 2:
                call.writer.close()
            else:
                await call.answer(b"ok")

        server.handler = handler
        await (await client.send(build_request(f"{server.origin}/first"))).bytes()
        assert await (await client.send(build_request(f"{server.origin}/second"))).text() == "ok"
        assert [call.target for call in server.calls] == ["/first", "/second", "/second"]

    run(scenario)


@pytest.mark.parametrize(("method", "attempts"), [("POST", 1), ("GET", 2)])
def test_a_server_that_hangs_up_is_a_failure(run: Run, method: str, attempts: int) -> None:
    async def handler(call: Call) -> None:
        call.writer.close()

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        with pytest.raises(FetchError) as caught:
            await client.send(build_request(f"{server.origin}/a?secret=1", method=method))
        assert str(caught.value) == (
            f"{method} {server.origin}/a failed: Server disconnected without sending a response."
        )
        assert len(server.calls) == attempts

    run(scenario)


def test_a_server_that_nobody_runs_is_a_failure_that_names_it(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        async with Server() as gone:
            pass
        with pytest.raises(FetchError) as caught:
            await client.send(build_request(f"{gone.origin}/a?secret=1"))
        assert isinstance(caught.value, OSError)
        assert str(caught.value) == f"GET {gone.origin}/a failed: Connection refused."

    run(scenario)


def test_a_body_that_is_cut_off_fails(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.send("200 OK", "content-length: 10", body=b"half")
        call.writer.close()

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(f"{server.origin}/a?secret=1"))
        with pytest.raises(FetchError, match=r"^GET http://[^?]*/a failed: "):
            await response.bytes()

    run(scenario)


async def endless(call: Call) -> None:
    await call.send("200 OK", "transfer-encoding: chunked")
    while True:
        call.writer.write(b"5\r\nagain\r\n")
        await call.writer.drain()
        await asyncio.sleep(0.001)


def test_closing_a_stream_closes_its_connection(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = endless
        response = await client.send(build_request(f"{server.origin}/watched"))
        stream = stream_of(response)
        async with aclosing(cast("Any", stream)):
            assert (await anext(stream)).startswith(b"again")
        await server.until_nobody_is_connected()
        assert [chunk async for chunk in stream] == []

    run(scenario)


@pytest.mark.parametrize("begun", [False, True])
def test_closing_the_body_of_a_response_frees_its_connection(run: Run, begun: bool) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = endless
        body = (await client.send(build_request(f"{server.origin}/watched"))).body
        assert body is not None
        if begun:
            assert (await anext(body)).startswith(b"again")
        await body.aclose()
        await server.until_nobody_is_connected()
        assert [chunk async for chunk in body] == []
        server.handler = ok
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


@pytest.mark.parametrize("read", [False, True])
def test_a_response_that_is_dropped_lets_go_of_its_connection(run: Run, read: bool) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = endless
        response = await client.send(build_request(f"{server.origin}/watched"))
        if read:
            assert response.body is not None
            await anext(response.body)
        del response
        gc.collect()
        server.handler = ok
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


def test_a_response_that_outlives_its_loop_is_no_trouble() -> None:
    async def main() -> Response:
        async with Server(handler=endless) as server:
            client = HTTPClient()
            response = await client.send(build_request(f"{server.origin}/watched"))
            await client.aclose()
            return response

    response = asyncio.run(main())
    del response
    gc.collect()


@pytest.mark.parametrize("where", ["answer", "body"])
def test_a_cancelled_task_lets_go_of_its_connection(run: Run, where: str) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        asked = asyncio.Event()

        async def handler(call: Call) -> None:
            if where == "body":
                await call.send("200 OK", "content-length: 10", body=b"half")
            asked.set()
            await asyncio.sleep(60)

        async def fetch() -> None:
            await (await client.send(build_request(f"{server.origin}/watched"))).bytes()

        server.handler = handler
        task = asyncio.create_task(fetch())
        await asked.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await server.until_nobody_is_connected()
        server.handler = ok
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


def test_whoever_waits_for_a_connection_may_be_cancelled(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        first = await client.send(build_request(server.origin))
        waiting = [asyncio.create_task(client.send(build_request(server.origin))) for _ in range(3)]
        await asyncio.sleep(0.01)
        waiting[0].cancel()
        await first.bytes()
        for task in waiting[1:]:
            await (await task).bytes()
        assert waiting[0].cancelled()
        assert (len(server.calls), server.accepted) == (3, 1)

    run(scenario, max_connections=1)


def test_a_closed_client_opens_again(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        await (await client.send(build_request(server.origin))).bytes()
        await client.aclose()
        await client.aclose()
        await server.until_nobody_is_connected()
        await (await client.send(build_request(server.origin))).bytes()
        assert server.accepted == 2

    run(scenario)


def test_a_loop_has_one_client_which_ends_with_it(run: Run) -> None:
    clients: list[HTTPClient] = []

    async def scenario(server: Server, _: HTTPClient) -> None:
        client = running_client()
        assert running_client() is client
        clients.append(client)
        await (await client.send(build_request(server.origin))).bytes()
        # What asyncio.run does last.
        await asyncio.get_running_loop().shutdown_asyncgens()
        await server.until_nobody_is_connected()

    run(scenario)
    run(scenario)
    assert clients[0] is not clients[1]


# --- Limits -----------------------------------------------------------------------------------------------------------


async def silent(call: Call) -> None:
    await asyncio.sleep(60)


def test_a_server_that_does_not_answer_times_out(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = silent
        with pytest.raises(TimeoutError) as caught:
            await client.send(build_request(f"{server.origin}/watched?secret=1"), timeout=0.05)
        assert isinstance(caught.value, FetchError)
        assert str(caught.value) == (
            f"GET {server.origin}/watched failed: the server sent nothing for 0.05 seconds; "
            "fetch(…, timeout=…) sets this limit."
        )
        await server.until_nobody_is_connected()

    run(scenario)


def test_a_server_that_falls_silent_in_its_answer_times_out(run: Run) -> None:
    async def handler(call: Call) -> None:
        await call.send("200 OK", "content-length: 10", body=b"half")
        await asyncio.sleep(60)

    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = handler
        response = await client.send(build_request(f"{server.origin}/watched"), timeout=0.05)
        with pytest.raises(FetchTimeout, match=r"the server sent nothing for 0\.05 seconds"):
            await response.bytes()
        await server.until_nobody_is_connected()

    run(scenario)


def test_a_server_that_takes_nothing_times_out(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.deaf = True
        request = build_request(server.origin, method="PUT", body=[b"x" * 65536] * 1024)
        with pytest.raises(FetchTimeout, match=r"the server took nothing for 0\.1 seconds"):
            await client.send(request, timeout=0.1)

    run(scenario)


def test_a_connection_that_is_not_made_times_out(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        # A server that speaks no TLS waits for the client to go on, and so does the client.
        url = server.origin.replace("http:", "https:")
        with pytest.raises(FetchTimeout) as caught:
            await client.send(build_request(url), timeout=0.1)
        assert str(caught.value) == f"GET {url}/ failed: no connection within 0.1 seconds."

    run(scenario)


def test_waiting_for_a_connection_times_out_and_says_who_holds_them(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        held = await client.send(build_request(server.origin))
        with pytest.raises(FetchTimeout) as caught:
            await client.send(build_request(server.origin), timeout=0.05)
        assert str(caught.value) == (
            f"GET {server.origin}/ failed: all 1 connections were in use for 0.05 seconds. "
            "Read the bodies of responses, or let go of them."
        )
        await held.bytes()

    run(scenario, max_connections=1)


def test_without_a_limit_a_fetch_waits(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        for timeout in (None, float("inf")):
            assert await (await client.send(build_request(server.origin), timeout=timeout)).text() == "ok"

    run(scenario)


# --- Signals ----------------------------------------------------------------------------------------------------------


class Gone(Exception):
    """Why a signal was aborted."""


def test_an_aborted_signal_sends_nothing(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        signal = AbortSignal()
        signal.abort(Gone())
        with pytest.raises(Gone):
            await client.send(build_request(server.origin), signal=signal)
        assert server.accepted == 0

    run(scenario)


@pytest.mark.parametrize("where", ["answer", "body"])
def test_aborting_ends_a_fetch_with_the_reason_and_frees_its_connection(run: Run, where: str) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        signal, reason = AbortSignal(), Gone()

        async def handler(call: Call) -> None:
            if where == "body":
                await call.send("200 OK", "content-length: 10", body=b"half")
            await asyncio.sleep(0.01)
            signal.abort(reason)
            await asyncio.sleep(60)

        server.handler = handler
        with pytest.raises(Gone) as caught:
            await (await client.send(build_request(f"{server.origin}/watched"), signal=signal)).bytes()
        assert caught.value is reason
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await server.until_nobody_is_connected()
        server.handler = ok
        assert await (await client.send(build_request(server.origin))).text() == "ok"

    run(scenario, max_connections=1)


def test_aborting_between_two_chunks_ends_the_body(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = endless
        signal = AbortSignal()
        stream = stream_of(await client.send(build_request(f"{server.origin}/watched"), signal=signal))
        await anext(stream)
        signal.abort(Gone())
        with pytest.raises(Gone):
            await anext(stream)
        await server.until_nobody_is_connected()

    run(scenario)


def test_a_signal_that_is_never_aborted_changes_nothing(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        await (await client.send(build_request(server.origin))).bytes()
        before = asyncio.all_tasks()
        signal = AbortSignal()
        response = await client.send(build_request(server.origin), signal=signal)
        assert await response.text() == "ok"
        signal.abort(Gone())
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == len(before)  # nobody watches the signal any more

    run(scenario)


def test_a_timeout_is_no_abort(run: Run) -> None:
    async def scenario(server: Server, client: HTTPClient) -> None:
        server.handler = silent
        with pytest.raises(FetchTimeout):
            await client.send(build_request(f"{server.origin}/watched"), timeout=0.05, signal=AbortSignal())

    run(scenario)
