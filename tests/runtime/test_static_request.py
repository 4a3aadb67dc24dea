"""The request of an answer that is for everyone: what it tells, and that whatever it does not is asked for first."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from byway.http.request import Request
from byway.http.url import URL
from byway.runtime.static_request import StaticRequest, StaticURL


class Refused(Exception):
    """What the guard of these tests raises."""


def refuse(api: str) -> None:
    raise Refused(api)


def guarded(method: str = "GET") -> StaticRequest:
    return StaticRequest(method, "/items/a%20b", refuse)


async def finish(value: Any) -> Any:
    return await value if isinstance(value, Awaitable) else value


def test_the_path_and_the_method_are_told() -> None:
    request = guarded()
    assert (request.method, request.url.pathname, request.next_url.pathname) == ("GET", "/items/a%20b", "/items/a%20b")
    assert request.url.hash == ""
    assert (request.url.username, request.url.password, request.url.base_path) == ("", "", "")
    assert repr(request) == "<Request GET /items/a%20b>"
    assert repr(request.url) == 'URL("/items/a%20b")'
    assert isinstance(request.url, URL)
    assert not request.body_used


@pytest.mark.parametrize(
    ("read", "api"),
    [
        (lambda request: request.headers, "request.headers"),
        (lambda request: request.cookies, "request.cookies"),
        (lambda request: request.signal, "request.signal"),
        (lambda request: request.body, "request.body"),
        (lambda request: request.json(), "request.body"),
        (lambda request: request.text(), "request.body"),
        (lambda request: request.bytes(), "request.body"),
        (lambda request: request.blob(), "request.body"),
        (lambda request: request.form_data(), "request.body"),
        (lambda request: request.clone(), "request.headers"),
        (lambda request: str(request.url), "request.url.href"),
        (lambda request: f"{request.url}", "request.url.href"),
        (lambda request: request.url == URL("http://localhost:3000/"), "request.url.href"),
        (lambda request: URL("/x", request.url), "request.url.href"),
        (lambda request: request.url.clone().search, "request.url.search"),
        *(
            (lambda request, part=part: getattr(request.next_url, part), f"request.url.{part}")
            for part in ("href", "origin", "protocol", "host", "hostname", "port", "search", "search_params")
        ),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_whatever_depends_on_the_client_asks_first(read: Callable[[Request], Any], api: str, method: str) -> None:
    with pytest.raises(Refused) as caught:
        asyncio.run(finish(read(guarded(method))))
    assert caught.value.args == (api,)


def test_what_is_asked_for_may_be_allowed_and_is_empty() -> None:
    async def main() -> None:
        asked: list[str] = []
        request = StaticRequest("GET", "/items", asked.append, base_path="/shop")
        assert list(request.headers.items()) == []
        assert request.cookies.get("a") is None
        assert (request.url.search, str(request.url.search_params)) == ("", "")
        assert (request.url.pathname, request.url.base_path) == ("/items", "/shop")
        assert request.url.href == str(request.url) == "http://localhost:3000/shop/items"
        assert request.url.origin == "http://localhost:3000"
        assert request.body is None
        assert await request.text() == ""
        assert not request.signal.aborted
        assert set(asked) >= {"request.headers", "request.cookies", "request.url.search", "request.body"}

    asyncio.run(main())


def test_its_headers_cannot_be_changed() -> None:
    request = StaticRequest("GET", "/", lambda _: None)
    with pytest.raises(TypeError):
        request.headers.set("x", "1")


def test_its_url_can_be_changed_and_a_copy_is_guarded_too() -> None:
    url = guarded().url
    url.pathname = "/other"
    copy = url.clone()
    assert (copy.pathname, type(copy)) == ("/other", StaticURL)
    copy.pathname = "/third"
    assert url.pathname == "/other"
    with pytest.raises(Refused):
        _ = copy.href


def sent(body: Any, **headers: str) -> Request:
    """A request as a client has sent it, for a route whose answer is for everyone."""
    real = Request("https://shop.example/items?q=1", method="POST", headers=headers, body=body)
    return StaticRequest("POST", "/items", lambda _: None, sent=real)


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda request: request.text(), '{"a":1}'),
        (lambda request: request.bytes(), b'{"a":1}'),
        (lambda request: request.json(), {"a": 1}),
    ],
)
def test_the_body_that_a_client_sent_can_be_read(read: Callable[[Request], Any], value: object) -> None:
    request = sent('{"a":1}', cookie="a=1")
    assert asyncio.run(finish(read(request))) == value
    assert request.body_used
    assert list(request.headers.items()) == []
    assert request.cookies.get("a") is None
    assert str(request.url) == "http://localhost:3000/items"


def test_a_form_that_a_client_sent_can_be_read_although_its_headers_are_hidden() -> None:
    async def main() -> None:
        request = sent("a=1&a=2", **{"content-type": "application/x-www-form-urlencoded"})
        assert (await request.form_data()).get_all("a") == ["1", "2"]
        blob = await sent("x", **{"content-type": "text/x-word"}).blob()
        assert (blob.type, await blob.text()) == ("text/x-word", "x")

    asyncio.run(main())


def test_the_body_that_a_client_sent_can_be_read_in_chunks_and_as_a_copy() -> None:
    async def main() -> None:
        request = sent("chunks")
        copy = request.clone()
        assert request.body is not None
        assert b"".join([chunk async for chunk in request.body]) == b"chunks"
        assert await copy.text() == "chunks"
        assert list(copy.headers.items()) == []

    asyncio.run(main())


def test_the_signal_is_that_of_the_client() -> None:
    real = Request("https://shop.example/", method="POST")
    assert StaticRequest("POST", "/", lambda _: None, sent=real).signal is real.signal


def test_a_preview_asks_first_and_tells_no_more() -> None:
    with pytest.raises(Refused) as caught:
        guarded().preview()
    assert caught.value.args == ("request.headers",)

    async def main() -> None:
        request = sent("body", cookie="a=1")
        copy = request.preview()
        assert (list(copy.headers.items()), copy.url.pathname) == ([], "/items")
        assert (await copy.text(), await request.text()) == ("body", "body")

    asyncio.run(main())


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("copied", [lambda request: request.clone(), lambda request: request.preview()])
def test_a_request_that_nobody_sent_can_be_copied(copied: Callable[[Request], Request], method: str) -> None:
    async def main() -> None:
        copy = copied(StaticRequest(method, "/items", lambda _: None))
        again = copied(copy)
        assert (list(copy.headers.items()), copy.url.pathname) == ([], "/items")
        assert (await again.text(), await copy.text()) == ("", "")

    asyncio.run(main())
