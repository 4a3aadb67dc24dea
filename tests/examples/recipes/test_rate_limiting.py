"""The recipe examples/recipes/rate-limiting keeps the rules that its page states."""

from __future__ import annotations

import sys
from collections.abc import Callable

from byway.testing import Client

Start = Callable[..., Client]


def forwarded(address: str) -> dict[str, str]:
    return {"x-forwarded-for": address}


def test_a_client_beyond_its_limit_is_told_when_to_come_back(start: Start) -> None:
    client = start("rate-limiting")
    statuses = [client.get("/quote", headers=forwarded("192.0.2.1")).status_code for _ in range(5)]
    refused = client.get("/quote", headers=forwarded("192.0.2.1"))
    assert statuses == [200] * 5
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert client.get("/quote", headers=forwarded("192.0.2.2")).status_code == 200


def test_what_a_client_puts_before_its_address_does_not_count(start: Start) -> None:
    client = start("rate-limiting")
    for made_up in range(5):
        client.get("/quote", headers=forwarded(f"203.0.113.{made_up}, 192.0.2.1"))
    assert client.get("/quote", headers=forwarded("203.0.113.99, 192.0.2.1")).status_code == 429


def test_the_addresses_of_one_ipv6_network_count_as_one(start: Start) -> None:
    client = start("rate-limiting")
    for host in range(5):
        client.get("/quote", headers=forwarded(f"2001:db8::{host}"))
    assert client.get("/quote", headers=forwarded("2001:db8::ffff")).status_code == 429
    assert client.get("/quote", headers=forwarded("2001:db8:0:1::1")).status_code == 200


def test_handlers_that_share_a_window_share_its_count(start: Start) -> None:
    client = start("rate-limiting")
    statuses = [client.get("/search?q=a").status_code for _ in range(10)]
    statuses += [client.post("/search", json={}).status_code for _ in range(10)]
    assert statuses == [200] * 20
    assert client.get("/search?q=a").status_code == 429


def test_the_window_slides_and_remembers_a_bounded_number_of_clients(start: Start) -> None:
    start("rate-limiting")
    window = sys.modules["lib.sliding_window"].SlidingWindow(2, 10, clients=2)
    assert [window.wait("a", now) for now in (0, 6, 8, 9.5)] == [0, 0, 2, 0.5]
    assert window.wait("a", 10) == 0  # the request at 0 has left the window, the refused ones never were in it
    assert window.wait("a", 12) == 4
    window.wait("b", 12)
    window.wait("c", 12)  # one client too many: a, the quietest, is forgotten
    assert window.wait("a", 12) == 0
