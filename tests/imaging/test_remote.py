"""Pictures of other servers: within bounds, and from public addresses only."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from byway.imaging import remote
from byway.imaging.errors import ImageError
from byway.imaging.limits import MAX_REMOTE

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


async def local(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def loaded(answer: Answer, *paths: str, host: str = "pictures.example") -> tuple[dict[str, bytes | None], list[str]]:
    """What `load` gets for ``paths`` of a server that ``answer`` speaks for, and the heads of the requests to it."""
    heads: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            heads.append(head)
            await answer(head.split()[1], writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def run() -> dict[str, bytes | None]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            found = await remote.load([f"http://{host}:{port}{path}" for path in paths], resolve=local)
            return {url.partition(str(port))[2]: data for url, data in found.items()}

    return asyncio.run(run()), heads


def respond(writer: asyncio.StreamWriter, body: bytes, status: str = "200 OK", *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", "connection: close", *headers]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


async def fine(path: str, writer: asyncio.StreamWriter) -> None:
    respond(writer, path.encode())


@pytest.fixture
def anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the tests' own server be asked."""
    monkeypatch.setattr(remote, "is_public", lambda address: True)


@pytest.mark.usefixtures("anywhere")
def test_each_url_is_asked_once_by_its_name_at_its_address() -> None:
    found, heads = loaded(fine, "/a?b=c", "/d", "/d")

    assert found == {"/a?b=c": b"/a?b=c", "/d": b"/d"}
    assert len(heads) == 2
    assert all("host: pictures.example:" in head.lower() for head in heads)
    assert all("accept-encoding: identity" in head.lower() for head in heads)


@pytest.mark.usefixtures("anywhere")
def test_redirects_are_followed_up_to_the_limit(caplog: pytest.LogCaptureFixture) -> None:
    async def redirect(path: str, writer: asyncio.StreamWriter) -> None:
        left = int(path[1:])
        if left:
            respond(writer, b"", "302 Found", f"location: /{left - 1}")
        else:
            respond(writer, b"there")

    assert loaded(redirect, "/3")[0] == {"/3": b"there"}
    assert loaded(redirect, "/4")[0] == {"/4": None}
    assert "it was redirected more than 3 times" in caplog.text


@pytest.mark.usefixtures("anywhere")
@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://a.example/"])
def test_redirect_to_another_scheme_is_refused(location: str) -> None:
    async def redirect(path: str, writer: asyncio.StreamWriter) -> None:
        respond(writer, b"", "302 Found", f"location: {location}")

    with pytest.raises(ImageError, match="must be an http:// or https:// URL"):
        loaded(redirect, "/")


def test_redirect_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "is_public", lambda address: address == "127.0.0.1")

    async def redirect(path: str, writer: asyncio.StreamWriter) -> None:
        respond(writer, b"", "302 Found", "location: http://localhost/secret")

    with pytest.raises(ImageError, match="blocked address"):
        loaded(redirect, "/")


@pytest.mark.usefixtures("anywhere")
def test_failing_server_is_logged_without_the_query_and_leaves_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def fail(path: str, writer: asyncio.StreamWriter) -> None:
        respond(writer, b"gone", "404 Not Found")

    with caplog.at_level(logging.WARNING, "byway.og"):
        found, _ = loaded(fail, "/a.png?key=secret")

    assert found == {"/a.png?key=secret": None}
    assert "/a.png: the server answered with status 404. Nothing is drawn for it." in caplog.text
    assert "secret" not in caplog.text


@pytest.mark.usefixtures("anywhere")
def test_picture_that_is_too_large_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(remote, "MAX_PICTURE_BYTES", 1000)
    sent = 0

    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
        while sent < 10_000_000:
            writer.write(b"\0" * 1000)
            sent += 1000
            await writer.drain()

    assert loaded(endless, "/")[0] == {"/": None}
    assert "it has more than 1,000 bytes" in caplog.text
    assert sent < 10_000_000


@pytest.mark.usefixtures("anywhere")
def test_slow_server_is_given_up(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(remote, "REMOTE_TIMEOUT", 0.2)

    async def drip(path: str, writer: asyncio.StreamWriter) -> None:
        if path == "/quick":
            return respond(writer, b"quick")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.01)

    found, _ = loaded(drip, "/slow", "/quick")

    assert found == {"/slow": None, "/quick": b"quick"}
    assert "it took longer than 0.2 seconds" in caplog.text


def test_more_than_the_limit_are_refused() -> None:
    with pytest.raises(ImageError) as raised:
        asyncio.run(remote.load(f"http://a.example/{number}" for number in range(MAX_REMOTE + 1)))

    assert str(raised.value) == (
        "The image loads 21 pictures from other servers, more than the 20 that are allowed. Use data: URIs: "
        "byway.og.data_uri(…) makes them."
    )


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "a.localhost",
        "printer.local",
        "127.0.0.1",
        "0x7f.1",
        "2130706433",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "[::1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[fd00::1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
    ],
)
def test_addresses_that_are_not_public_are_refused(host: str) -> None:
    with pytest.raises(ImageError, match=r"Image source resolves to a blocked address \(SSRF protection\): http://"):
        asyncio.run(remote.load([f"http://{host}/a.png"]))


def test_host_with_one_private_address_is_refused() -> None:
    async def both(host: str, port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.1"]

    with pytest.raises(ImageError) as raised:
        asyncio.run(remote.load(["https://two.example/a.png?b"], resolve=both))

    assert str(raised.value) == (
        "Image source resolves to a blocked address (SSRF protection): https://two.example/a.png. Only public "
        "addresses are asked; read what is your own, and pass it with byway.og.data_uri(…)."
    )


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "64:ff9b::5db8:d822"])
def test_public_addresses_are_public(address: str) -> None:
    assert remote.is_public(address)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://a b/", "Image source is not a valid URL: http://a b/"),
        ("http://u:p@a.example/b?c", "Image source must have no user name or password: http://a.example/b"),
    ],
)
def test_url_that_is_none_or_has_a_password_is_refused(url: str, message: str) -> None:
    with pytest.raises(ImageError) as raised:
        asyncio.run(remote.load([url]))

    assert str(raised.value) == message


def test_without_urls_nothing_is_opened() -> None:
    assert asyncio.run(remote.load([])) == {}
