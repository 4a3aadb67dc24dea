"""The recipe examples/recipes/validation keeps the rules that its page states."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from byway.testing import Client

Start = Callable[..., Client]


def faults(answer: Any) -> dict[str, str]:
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    return {fault["field"]: fault["message"] for fault in answer.json()["errors"]}


def test_a_struct_is_made_of_json(start: Start) -> None:
    article = {"title": "A", "body": "b", "tags": ["x"], "published": "2026-01-31"}
    answer = start("validation").post("/articles", json=article)
    assert (answer.status_code, answer.json()) == (201, article)


def test_a_422_lists_every_field_that_is_wrong(start: Start) -> None:
    client = start("validation")
    answer = client.post("/articles", json={"title": "", "tags": "x", "published": "soon"})
    assert set(faults(answer)) == {"title", "body", "tags", "published"}
    assert client.post("/articles", json={"title": "A", "body": "b", "extra": 1}).status_code == 422
    assert client.post("/articles", content=b"{").status_code == 400


def test_a_form_becomes_a_dataclass(start: Start) -> None:
    client = start("validation")
    form = {"email": "a@b.example", "age": "36", "topics": ["x", "y"], "newsletter": "true"}
    assert client.post("/contact", data=form).json() == {
        "email": "a@b.example",
        "age": 36,
        "topics": ["x", "y"],
        "newsletter": True,
    }
    assert set(faults(client.post("/contact", data={"age": "old"}))) == {"email", "age"}


def test_a_handler_may_answer_itself_to_what_does_not_fit(start: Start) -> None:
    client = start("validation")
    assert client.post("/orders", json={"kind": "collection", "quantity": 2}).status_code == 201
    refused = client.post("/orders", json={"kind": "delivery", "quantity": 2})
    assert refused.status_code == 422
    assert refused.json() == {"refused": [{"field": "", "message": "Value error, A delivery needs an address."}]}
    assert client.post("/orders", json={"kind": "collection", "quantity": "2"}).json()["refused"][0]["field"] == (
        "quantity"
    )


def test_the_query_is_validated(start: Start) -> None:
    client = start("validation")
    assert client.get("/search?q=a&page=2").json() == {"q": "a", "page": 2, "order": "newest"}
    assert faults(client.get("/search?q=a&page=0")) == {"page": "Expected `int` >= 1."}
    assert faults(client.get("/search")) == {"": "Object missing required field `q`."}


def test_the_answer_that_the_page_prints_is_the_answer(start: Start) -> None:
    page = (Path(__file__).parents[3] / "docs" / "recipes" / "validation.md").read_text(encoding="utf-8")
    ((body, printed),) = re.findall(r"^\$ curl -X POST localhost:3000/articles -d '(.*)'\n(.*)$", page, re.MULTILINE)
    assert start("validation").post("/articles", content=body).text == printed
