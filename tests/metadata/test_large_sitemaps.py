"""The most that a sitemap may hold is served, and one URL more is refused, whichever way it is made."""

from __future__ import annotations

import asyncio
import logging
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from httpx2 import RemoteProtocolError

from byway.metadata.sitemap import MAX_URLS, SitemapEntry, serialise_entries, serialise_sitemap
from byway.problems import AppError
from byway.testing import Client
from tests.support import write_app

URL = "{http://www.sitemaps.org/schemas/sitemap/0.9}url"
CURE = 'Split it: let generate_sitemaps() return a list like [{"id": 0}, {"id": 1}], and sitemap(id) the URLs of one.'
A_LIST = "return list(entries())"
AN_ITERATOR = "return entries()"
AN_ASYNC_ITERATOR = "for entry in entries():\n        yield entry"


def app_of(root: Path, body: str, count: int, *, is_dynamic: bool = False) -> Path:
    """An app whose sitemap has ``count`` URLs, which ``body`` gives from ``entries()``."""
    text = "def entries():\n"
    text += f"    return ({{'url': f'https://acme.com/items/{{number}}'}} for number in range({count}))\n"
    text += f"async def sitemap():\n    {body}\n"
    return write_app(root, {"app/sitemap.py": text + "dynamic = 'force-dynamic'\n" * is_dynamic})


def peak_of(work: Callable[[], list[int]]) -> tuple[list[int], int]:
    """What ``work`` returns, and the most memory that it had besides what was there before, in bytes."""
    tracemalloc.start()
    try:
        sizes = work()
        return sizes, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# In memory


def test_a_list_is_written_in_bounded_memory() -> None:
    entries: list[SitemapEntry] = [{"url": f"https://acme.com/items/{number}"} for number in range(MAX_URLS)]
    sizes, peak = peak_of(lambda: [len(chunk) for chunk in serialise_sitemap(entries)])
    assert sum(sizes) > 2_000_000
    assert peak < 1_000_000


def test_an_async_iterator_is_written_in_bounded_memory() -> None:
    async def entries() -> AsyncIterator[object]:
        for number in range(MAX_URLS):
            yield {"url": f"https://acme.com/items/{number}"}

    async def sizes_of_chunks() -> list[int]:
        return [len(chunk) async for chunk in serialise_entries(entries())]

    sizes, peak = peak_of(lambda: asyncio.run(sizes_of_chunks()))
    assert sum(sizes) > 2_000_000
    assert max(sizes) < 100_000
    assert peak < 1_000_000


# Over HTTP


@pytest.mark.parametrize("body", [A_LIST, AN_ITERATOR, AN_ASYNC_ITERATOR])
@pytest.mark.parametrize("is_dynamic", [False, True])
def test_fifty_thousand_urls_are_served(body: str, is_dynamic: bool, tmp_path: Path) -> None:
    with Client(app_of(tmp_path, body, MAX_URLS, is_dynamic=is_dynamic)) as client:
        answer = client.get("/sitemap.xml")
    assert answer.status_code == 200
    assert answer.headers.get("x-byway-cache") == (None if is_dynamic else "HIT")
    assert len(ElementTree.fromstring(answer.content).findall(URL)) == MAX_URLS


@pytest.mark.parametrize("body", [AN_ITERATOR, AN_ASYNC_ITERATOR])
def test_a_dynamic_sitemap_streams(body: str, tmp_path: Path) -> None:
    with (
        Client(app_of(tmp_path, body, MAX_URLS, is_dynamic=True)) as client,
        client.stream("GET", "/sitemap.xml") as answer,
    ):
        sizes = [len(chunk) for chunk in answer.iter_raw()]
    assert len(sizes) > 20
    assert max(sizes) < 100_000


@pytest.mark.parametrize(
    ("body", "number"), [(A_LIST, "50,001"), (AN_ITERATOR, "more than 50,000"), (AN_ASYNC_ITERATOR, "more than 50,000")]
)
def test_one_more_fails_the_build(body: str, number: str, tmp_path: Path) -> None:
    with pytest.raises(AppError) as caught, Client(app_of(tmp_path, body, MAX_URLS + 1)) as client:
        client.get("/")
    (problem,) = caught.value.problems
    assert problem.file.startswith("app/sitemap.py")
    assert f"has {number} URLs; a sitemap may have 50,000. {CURE}" in f"{problem.what} {problem.cure}"


def test_one_more_is_a_500_that_the_log_explains(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (
        caplog.at_level(logging.ERROR),
        Client(app_of(tmp_path, A_LIST, MAX_URLS + 1, is_dynamic=True)) as client,
    ):
        answer = client.get("/sitemap.xml", headers={"accept": "application/json"})
    assert answer.status_code == 500
    assert "generate_sitemaps" not in answer.text
    assert (
        f"app/sitemap.py returned a wrong value: The returned object has 50,001 URLs; a sitemap may have 50,000. {CURE}"
        in caplog.text
    )


@pytest.mark.parametrize("body", [AN_ITERATOR, AN_ASYNC_ITERATOR])
def test_one_more_of_a_stream_cuts_the_connection(body: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with (
        Client(app_of(tmp_path, body, MAX_URLS + 1, is_dynamic=True)) as client,
        pytest.raises(RemoteProtocolError, match="cut the connection"),
    ):
        client.get("/sitemap.xml")
    assert f"The returned object has more than 50,000 URLs; a sitemap may have 50,000. {CURE}" in caplog.text
