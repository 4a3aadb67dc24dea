"""`Client.head_tags`: which page, and from which origin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

PAGE = """
def generate_metadata(search_params):
    return {"title": search_params.get("x", "none"), "open_graph": {"images": "/x.png"}}
def page(): return ""
"""


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    (tmp_path / "app/about").mkdir(parents=True)
    (tmp_path / "app/layout.py").write_text("def layout(children): return ['<html><body>', children]")
    for file in ("page.py", "about/page.py"):
        (tmp_path / "app" / file).write_text(PAGE)
    with Client(tmp_path) as client:
        yield client


@pytest.mark.parametrize("path", ["/?x=1", "?x=1", "/about?x=1", "about?x=1"])
@pytest.mark.parametrize("origin", ["https://acme.com", "https://acme.com/", "HTTPS://acme.com:443"])
def test_a_path_may_have_a_query_and_the_origin_a_slash(client: Client, path: str, origin: str) -> None:
    tags = [tag.__html__() for tag in client.head_tags(path, origin)]
    assert "<title>1</title>" in tags
    assert '<meta property="og:image" content="https://acme.com/x.png">' in tags


@pytest.mark.parametrize(
    "origin", ["", "acme.com", "/", "https://", "https://acme.com/shop", "https://acme.com?x", "file:///x", "ws://a"]
)
def test_what_is_no_origin_is_named(client: Client, origin: str) -> None:
    with pytest.raises(ValueError) as caught:
        client.head_tags("/", origin)
    assert str(caught.value) == f'{origin!r} is no origin: write a scheme and a host, such as "https://acme.com".'
