"""``req``: its parts, already parsed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from byway.pages_api.request import ApiRequest
from byway.server import Request


def make(
    path: str = "/api/x", params: dict[str, Any] | None = None, *, is_parsed: bool = True, **options: Any
) -> ApiRequest:
    request = Request(f"http://localhost{path}", **options)
    return ApiRequest(request, params, None, is_parsed=is_parsed, is_draft=lambda: True)


def test_the_query_has_lists_for_repeated_names() -> None:
    assert make("/api/x?a=1&b=x&b=y&c=&d&e=%C3%A9+z").query == {"a": "1", "b": ["x", "y"], "c": "", "d": "", "e": "é z"}
    assert make().query == {}


def test_a_parameter_wins_over_the_query() -> None:
    req = make("/api/x?id=1&id=2&q=3", {"id": "7", "rest": ["a", "b"]})
    assert req.query == {"q": "3", "id": "7", "rest": ["a", "b"]}


def test_query_and_body_can_be_assigned_and_changed() -> None:
    req = make("/api/x?a=1")
    req.query["b"] = "2"
    assert req.query == {"a": "1", "b": "2"}
    req.query = {"c": "3"}
    req.body = {"d": 4}
    assert (req.query, req.body) == ({"c": "3"}, {"d": 4})


def test_a_long_query_is_parsed_in_one_pass() -> None:
    names = [f"n{number}" for number in range(50_000)]
    assert list(make("/api/x?" + "&".join(names)).query) == names


def test_url_is_path_and_query_as_they_were_sent() -> None:
    assert make("/api/x%20y?b=2&a=%C3%A9").url == "/api/x%20y?b=2&a=%C3%A9"
    assert make().url == "/api/x"


def test_method_headers_and_draft_mode_are_those_of_the_request() -> None:
    req = make(method="POST", headers={"X-A": "b"})
    assert (req.method, req.headers.get("x-a"), req.headers["X-A"], req.draft_mode) == ("POST", "b", "b", True)
    assert repr(req) == "<ApiRequest POST /api/x>"


def test_cookies_are_a_dict() -> None:
    assert make(headers={"cookie": "a=1; b=2"}).cookies == {"a": "1", "b": "2"}
    assert make().cookies == {}


@pytest.mark.parametrize(
    ("header", "cookies"),
    [
        ('a=1; b=x%20y; c="q"', {"a": "1", "b": "x y", "c": "q"}),
        ("a=1; a=2; bare; e=x=y; empty=", {"a": "1", "e": "x=y", "empty": ""}),
        ("a=%E0%A4%A; b=%ff", {"a": "%E0%A4%A", "b": "%ff"}),
        (" a = 1 ;;b=2;", {"a": "1", "b": "2"}),
        ('a="', {"a": ""}),
    ],
)
def test_cookies_are_read_as_the_original_does(header: str, cookies: dict[str, str]) -> None:
    assert make(headers={"cookie": header}).cookies == cookies


async def read(req: ApiRequest) -> bytes:
    return b"".join([chunk async for chunk in req])


def test_without_the_parser_the_bytes_can_be_iterated_over() -> None:
    assert asyncio.run(read(make(is_parsed=False, method="POST", body=b"raw"))) == b"raw"
    assert asyncio.run(read(make(is_parsed=False))) == b""


def test_with_the_parser_iterating_is_an_error_that_names_the_setting() -> None:
    with pytest.raises(RuntimeError, match=r'is in req\.body\. .* `config = \{"api": \{"body_parser": False\}\}`'):
        asyncio.run(read(make(method="POST", body=b"raw")))
