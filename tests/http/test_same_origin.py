"""``same_origin``: what comes from a page of another site is told from what does not."""

from __future__ import annotations

import pytest

from byway.http.same_origin import same_origin
from byway.server import Request


def sent(url: str = "https://shop.example/cart", **headers: str) -> Request:
    return Request(url, method="POST", headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize(
    ("headers", "is_same"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "anything else"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "https://shop.example"}, False),
        ({"sec_fetch_site": "same-origin", "origin": "https://evil.example"}, True),
        ({"origin": "https://shop.example"}, True),
        ({"origin": "http://shop.example"}, True),
        ({"origin": "https://shop.example:8443"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "https://shop.example.evil.example"}, False),
        ({"origin": "https://sub.shop.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": ""}, False),
        ({"referer": "https://evil.example"}, True),
        ({}, True),
    ],
)
def test_pages_of_other_origins_are_refused(headers: dict[str, str], is_same: bool) -> None:
    assert same_origin(sent(**headers)) is is_same


def test_the_port_is_a_part_of_the_origin() -> None:
    assert same_origin(sent("http://localhost:3000/", origin="http://localhost:3000"))
    assert not same_origin(sent("http://localhost:3000/", origin="http://localhost:4000"))
