"""The example app of caching does what its README says, and the recipe "A webhook that revalidates" shows its code."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from byway.testing import Client

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "caching"
SECRET = "only-for-trying-it-out"


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A copy, whose content may be changed."""
    return Path(shutil.copytree(EXAMPLE, tmp_path / "caching", ignore=shutil.ignore_patterns(".byway", "__pycache__")))


@pytest.fixture
def client(app: Path) -> Iterator[Client]:
    with Client(app, base_url="https://testserver") as client:
        yield client


def edit(app: Path, slug: str, **changes: Any) -> None:
    content = app / "content" / "posts.json"
    posts = json.loads(content.read_bytes())
    for post in posts:
        if post["slug"] == slug:
            post.update(changes)
    content.write_text(json.dumps(posts))


def state(client: Client, path: str) -> str | None:
    return client.get(path).headers.get("x-byway-cache")


def send(client: Client, event: object, secret: str = SECRET) -> int:
    body = json.dumps(event).encode()
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return client.post("/webhook", content=body, headers={"x-signature-256": f"sha256={signature}"}).status_code


def test_every_link_of_the_index_leads_somewhere(client: Client) -> None:
    answer = client.get("/")
    links = [part.partition('"')[0].replace("&amp;", "&") for part in answer.text.split('href="')[1:]]
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert len(links) > 6
    statuses = {link: client.get(link).status_code for link in links}
    assert {link for link, status in statuses.items() if status >= 400} == {"/posts/next"}


def test_a_static_answer_is_made_once(client: Client) -> None:
    first = client.get("/static")
    assert (first.headers["x-byway-cache"], first.headers["cache-control"]) == ("HIT", "s-maxage=31536000")
    client.clock.advance(1_000_000)
    assert client.get("/static").text == first.text


def test_the_time_is_made_anew_in_the_background(client: Client) -> None:
    first = client.get("/time")
    assert first.headers["x-byway-cache"] == "HIT"
    client.clock.advance(5)
    stale = client.get("/time")
    assert (stale.headers["x-byway-cache"], stale.text) == ("STALE", first.text)
    client.drain()
    assert state(client, "/time") == "HIT"
    assert client.get("/time").text != first.text


def test_the_listed_posts_are_made_by_the_build_and_a_404_at_its_first_visit(client: Client) -> None:
    assert state(client, "/posts/folders") == "HIT"
    assert client.get("/posts/folders").headers["cache-control"] == "s-maxage=86400, stale-while-revalidate=518400"
    missing = client.get("/posts/next")
    assert (missing.status_code, missing.headers["x-byway-cache"]) == (404, "MISS")
    assert state(client, "/posts/next") == "HIT"


def test_a_tag_is_invalidated_by_whoever_knows_the_secret(client: Client, app: Path) -> None:
    edit(app, "folders", title="Folders!")
    assert client.get("/posts").json()[0]["title"] == "Folders are routes"
    assert client.post("/revalidate", json={"tag": "posts"}, headers={"x-secret": "guessed"}).status_code == 401
    assert client.post("/revalidate", json={"tag": "posts"}).status_code == 401
    assert state(client, "/posts") == "HIT"
    answer = client.post("/revalidate", json={"tag": "posts"}, headers={"x-secret": SECRET})
    assert answer.json() == {"revalidated": "posts"}
    answer = client.get("/posts")
    assert (answer.headers["x-byway-cache"], answer.json()[0]["title"]) == ("MISS", "Folders!")


def test_after_a_change_the_webhook_has_nobody_wait(client: Client, app: Path) -> None:
    edit(app, "folders", title="Folders!")
    assert send(client, {"kind": "changed", "slug": "folders"}) == 204
    for path in ("/posts", "/posts/folders"):
        stale = client.get(path)
        assert stale.headers["x-byway-cache"] == "STALE"
        assert "Folders are routes" in stale.text
        client.drain()
        assert "Folders!" in client.get(path).text
    assert state(client, "/posts/caching") == "HIT"


def test_what_is_published_or_deleted_is_so_at_once(client: Client, app: Path) -> None:
    assert client.get("/posts/next").status_code == 404
    edit(app, "next", published=True)
    assert send(client, {"kind": "created", "slug": "next"}) == 204
    assert client.get("/posts/next").status_code == 200
    assert len(client.get("/posts").json()) == 3
    edit(app, "next", published=False)
    assert send(client, {"kind": "deleted", "slug": "next"}) == 204
    assert client.get("/posts/next").status_code == 404


@pytest.mark.parametrize(
    ("event", "secret", "status"),
    [
        ({"kind": "changed", "slug": "folders"}, "guessed", 401),
        ({"kind": "renamed", "slug": "folders"}, SECRET, 400),
        ([], SECRET, 400),
    ],
)
def test_the_webhook_refuses_what_is_forged_or_unknown(client: Client, event: object, secret: str, status: int) -> None:
    assert send(client, event, secret) == status
    assert state(client, "/posts/folders") == "HIT"


def test_draft_mode_shows_what_is_not_published_and_keeps_nothing(client: Client) -> None:
    assert client.get("/draft?secret=guessed&slug=next").status_code == 401
    assert client.get("/draft?secret=only-for-trying-it-out&slug=nothing").status_code == 404
    entered = client.get("/draft?secret=only-for-trying-it-out&slug=next")
    assert (entered.status_code, entered.headers["location"]) == (307, "/posts/next")
    draft = client.get("/posts/next")
    assert (draft.status_code, draft.json()["title"]) == (200, "What comes next")
    assert "x-byway-cache" not in draft.headers
    client.get("/draft/off")
    assert client.get("/posts/next").status_code == 404


def test_the_code_of_the_recipe_is_that_of_the_example() -> None:
    page = (ROOT / "docs" / "recipes" / "webhook.md").read_text(encoding="utf-8")
    pieces = re.findall(r'^```\w+ title="([^"]+)"\n(.*?)^```$', page, re.MULTILINE | re.DOTALL)
    assert pieces
    for file, piece in pieces:
        assert piece in (EXAMPLE / file).read_text(encoding="utf-8"), file
