"""The client's side of a request: its body reaches its reader although the client is watched, too."""

from __future__ import annotations

import asyncio

import pytest

from byway.asgi.connection import Connection
from byway.config import Config
from byway.runtime.paths import PathForm
from byway.runtime.trust import Trust

from ..support import Peer, make_scope


def connection(peer: Peer, **settings: object) -> Connection:
    config = Config(**settings)  # type: ignore[arg-type]
    return Connection(peer.scope, peer.receive, Trust(config), 5, PathForm(config))


@pytest.mark.parametrize("chunks", [(b"a",), (b"a", b"b"), (b"a", b"b", b"c")])
@pytest.mark.parametrize("read_before", [0, 1, 2])
def test_a_body_that_came_before_the_client_was_watched_is_read_to_its_end(
    chunks: tuple[bytes, ...], read_before: int
) -> None:
    async def main() -> None:
        peer = Peer(make_scope("/", "POST"))
        peer.body(*chunks)
        client = connection(peer)
        async with asyncio.timeout(2):
            read = [await client.read() for _ in range(min(read_before, len(chunks)))]
            left: list[bool] = []
            client.on_leave(lambda: left.append(True))
            await asyncio.sleep(0)
            while chunk := await client.read():
                read.append(chunk)
                await asyncio.sleep(0)
            assert read == list(chunks)
            peer.leave()
            while not left:
                await asyncio.sleep(0.01)
        client.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("path", "mount", "pathname", "href"),
    [
        ("/base/x", "", "/x", "http://example.com/base/x"),
        ("/base", "", "/", "http://example.com/base"),
        ("/x", "", "/x", "http://example.com/x"),
        ("/m/base/x", "/m", "/x", "http://example.com/m/base/x"),
        ("/m/x", "/m", "/x", "http://example.com/m/x"),
    ],
)
def test_the_base_path_is_no_part_of_the_pathname(path: str, mount: str, pathname: str, href: str) -> None:
    url = connection(Peer(make_scope(path, root_path=mount)), base_path="/base").url()
    assert (url.pathname, str(url)) == (pathname, href)


def test_with_trailing_slash_urls_end_with_one() -> None:
    url = connection(Peer(make_scope("/posts/7/")), trailing_slash=True).url()
    assert (url.pathname, str(url)) == ("/posts/7/", "http://example.com/posts/7/")
    url.pathname = "/about"
    assert str(url) == "http://example.com/about/"
