"""The recipe examples/recipes/cors keeps the rules that its page states."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from byway.testing import Client

Start = Callable[..., Client]


SHOP = {"origin": "https://shop.example.com"}


def test_a_listed_origin_may_read_the_answer(start: Start) -> None:
    answer = start("cors").get("/api/books", headers=SHOP)
    assert answer.headers["access-control-allow-origin"] == "https://shop.example.com"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["vary"] == "origin"


@pytest.mark.parametrize("headers", [{}, {"origin": "https://evil.example"}, {"origin": "null"}])
def test_any_other_origin_may_not(start: Start, headers: dict[str, str]) -> None:
    answer = start("cors").get("/api/stats", headers=headers)
    assert "access-control-allow-origin" not in answer.headers
    assert answer.headers["vary"] == "origin"


def test_a_preflight_tells_the_methods_and_headers(start: Start) -> None:
    client = start("cors")
    answer = client.options("/api/books", headers={**SHOP, "access-control-request-method": "POST"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST"
    assert answer.headers["access-control-allow-headers"] == "content-type"
    assert answer.headers["access-control-max-age"] == "600"
    other = client.options("/api/books", headers={"origin": "https://evil.example"})
    assert "access-control-allow-methods" not in other.headers


def test_a_decorated_handler_still_gets_its_arguments(start: Start) -> None:
    client = start("cors")
    answer = client.post("/api/books", json={"title": "Emma"}, headers=SHOP)
    assert (answer.status_code, json.loads(answer.text)) == (201, {"title": "Emma"})
    assert "access-control-allow-origin" in answer.headers


def test_the_middleware_on_the_page_covers_errors_too(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "recipes" / "cors.md").read_text(encoding="utf-8")
    (config,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "byway_config.py").write_text(config, encoding="utf-8")
    (tmp_path / "app").mkdir()
    with Client(tmp_path) as client:
        answer = client.get("/nowhere", headers=SHOP)
        assert answer.status_code == 404
        assert answer.headers["access-control-allow-origin"] == "https://shop.example.com"
        preflight = client.options("/nowhere", headers={**SHOP, "access-control-request-method": "PUT"})
        assert preflight.status_code == 200
