"""The upstream counts, so that the suites can tell a cached answer from a fresh one."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .replay import Answer, Request
from .transports import OverSocket
from .upstream import run_upstream


@pytest.fixture(scope="module")
def upstream() -> Iterator[OverSocket]:
    with run_upstream() as address:
        yield OverSocket(address)


def test_each_path_counts_for_itself_whatever_else_is_asked(upstream: OverSocket) -> None:
    def ask(path: str, method: str = "GET", body: bytes | None = None) -> object:
        return json.loads(upstream.send(Request(method, path, (), body)).body)

    assert ask("/count/a") == {"n": 1, "method": "GET", "body": ""}
    assert ask("/count/a?x=1") == {"n": 2, "method": "GET", "body": ""}
    assert ask("/count/a", "POST", b"words") == {"n": 3, "method": "POST", "body": "words"}
    assert ask("/count/b") == {"n": 1, "method": "GET", "body": ""}


def test_a_path_may_ask_for_status_headers_or_bytes(upstream: OverSocket) -> None:
    def ask(path: str) -> Answer:
        return upstream.send(Request("GET", path))

    assert ask("/status/404/a").status == 404
    assert ("x-upstream", "yes") in ask("/head/a").headers
    assert [ask("/bytes/a").body for _ in range(2)] == [b"\x00\xff\x01", b"\x00\xff\x02"]
