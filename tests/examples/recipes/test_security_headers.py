"""The recipe examples/recipes/security-headers keeps the rules that its page states."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from byway.testing import Client

Start = Callable[..., Client]

RECIPE = Path(__file__).parents[3] / "examples" / "recipes" / "security-headers"
PAGE = Path(__file__).parents[3] / "docs" / "recipes" / "security-headers.md"


@pytest.mark.parametrize("path", ["/", "/api/account", "/no/such"])
def test_every_answer_has_the_headers(start: Start, path: str) -> None:
    headers = start("security-headers").get(path).headers
    assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
    assert "max-age" in headers["strict-transport-security"]


def test_a_page_has_a_policy_with_a_nonce_of_its_own(start: Start) -> None:
    client = start("security-headers")
    answers = [client.get("/", headers={"x-nonce": "forged"}) for _ in range(2)]
    nonces = [re.findall("'nonce-([^']+)'", answer.headers["content-security-policy"]) for answer in answers]
    assert nonces[0] != nonces[1]
    for answer, (nonce,) in zip(answers, nonces, strict=True):
        assert f'<script nonce="{nonce}">' in answer.text


def test_an_api_has_another_policy(start: Start) -> None:
    headers = start("security-headers").get("/api/account").headers
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"cookie": "session=1"}, 204),
        ({"cookie": "session=1", "sec-fetch-site": "same-origin"}, 204),
        ({"cookie": "session=1", "sec-fetch-site": "cross-site"}, 403),
        ({"cookie": "session=1", "origin": "https://evil.example"}, 403),
        ({"cookie": "session=1", "origin": "http://localhost:3000"}, 204),
    ],
)
def test_pages_of_other_sites_change_nothing(start: Start, headers: dict[str, str], status: int) -> None:
    client = start("security-headers", base_url="http://localhost:3000")
    assert client.delete("/api/account", headers=headers).status_code == status


def test_the_page_shows_the_code() -> None:
    blocks = re.findall(r'^```python title="([^"]+)"\n(.*?)^```$', PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    for name, text in blocks:
        assert text in (RECIPE / name).read_text()
