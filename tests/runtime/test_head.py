"""The tags that metadata files give the head of a page."""

from __future__ import annotations

import asyncio
from html import escape
from pathlib import Path

import pytest

from byway.metadata import HeadTag
from byway.testing import Client
from tests.metadata.pictures import ico, png
from tests.support import write_app

LAYOUT = "from htpy import body, html\n\ndef layout(children):\n    return html[body[children]]\n"
PAGE = "def page():\n    return ''\n"


def client_of(root: Path, files: dict[str, str | bytes]) -> Client:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Client(write_app(root, {"app/layout.py": LAYOUT, "app/page.py": PAGE}))


def written(tags: list[HeadTag]) -> list[str]:
    """The tags as HTML, without what stands for a file's content in its URL."""
    lines: list[str] = []
    for tag in tags:
        values = ((name, value.partition("?")[0]) for name, value in tag.attributes)
        lines.append(f"<{tag.tag} {' '.join(f'{name}={escape(value)}' for name, value in values)}>")
    return lines


def test_the_nearest_folder_that_has_any_of_a_kind_counts(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "app/favicon.ico": ico((16, 16)),
        "app/icon.png": png(32, 32),
        "app/apple-icon.png": png(180, 180),
        "app/a/icon1.png": png(1, 1),
        "app/a/icon2.png": png(2, 2),
        "app/a/b/page.py": PAGE,
    }
    with client_of(tmp_path, files) as client:
        favicon = "<link rel=icon href=/favicon.ico type=image/x-icon sizes=16x16>"
        apple = "<link rel=apple-touch-icon href=/apple-icon.png type=image/png sizes=180x180>"
        assert written(client.head_tags("/")) == [
            favicon,
            "<link rel=icon href=/icon.png type=image/png sizes=32x32>",
            apple,
        ]
        assert written(client.head_tags("/a/b")) == [
            favicon,
            "<link rel=icon href=/a/icon1.png type=image/png sizes=1x1>",
            "<link rel=icon href=/a/icon2.png type=image/png sizes=2x2>",
            apple,
        ]


def test_share_images_are_absolute_and_described(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "app/opengraph-image.png": png(1200, 630),
        "app/opengraph-image.alt.txt": 'About "Acme"\n',
        "app/twitter_image.py": "alt = 'T'\nsize = {'width': 4, 'height': 2}\ndef twitter_image(): return b''",
    }
    with client_of(tmp_path, files) as client:
        assert written(client.head_tags("/", "https://acme.com")) == [
            "<meta property=og:image content=https://acme.com/opengraph-image.png>",
            "<meta property=og:image:alt content=About &quot;Acme&quot;>",
            "<meta property=og:image:type content=image/png>",
            "<meta property=og:image:width content=1200>",
            "<meta property=og:image:height content=630>",
            "<meta name=twitter:image content=https://acme.com/twitter-image>",
            "<meta name=twitter:image:alt content=T>",
            "<meta name=twitter:image:type content=image/png>",
            "<meta name=twitter:image:width content=4>",
            "<meta name=twitter:image:height content=2>",
        ]


def test_the_params_of_the_page_stand_in_the_urls_of_what_code_makes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "app/[slug]/icon.png": png(1, 1),
        "app/[slug]/apple_icon.py": "def apple_icon(params): return b''",
        "app/[slug]/x/page.py": PAGE,
    }
    with client_of(tmp_path, files) as client:
        assert written(client.head_tags("/a%20b/x")) == [
            "<link rel=icon href=/-/icon.png type=image/png sizes=1x1>",
            "<link rel=apple-touch-icon href=/a%20b/apple-icon type=image/png>",
        ]


def test_each_listed_image_has_a_tag_and_the_options_of_its_file_are_its_defaults(tmp_path: Path) -> None:
    text = (
        "size = {'width': 9, 'height': 9}\n"
        "async def generate_image_metadata(params):\n"
        "    second = {'id': 2, 'size': {'width': 1, 'height': 1}, 'content_type': 'image/webp'}\n"
        "    return [{'id': params['slug']}, second]\n"
        "def icon(id): return b''"
    )
    with client_of(tmp_path, {"app/[slug]/icon.py": text, "app/[slug]/page.py": PAGE}) as client:
        assert written(client.head_tags("/a")) == [
            "<link rel=icon href=/a/icon/a type=image/png sizes=9x9>",
            "<link rel=icon href=/a/icon/2 type=image/webp sizes=1x1>",
        ]


def test_an_empty_list_of_images_replaces_those_above(tmp_path: Path) -> None:
    text = "def generate_image_metadata(): return []\ndef icon(id): ..."
    files: dict[str, str | bytes] = {"app/icon.png": png(1, 1), "app/a/icon.py": text, "app/a/page.py": PAGE}
    with client_of(tmp_path, files) as client:
        assert written(client.head_tags("/a")) == []


def test_the_manifest_is_linked_from_each_page(tmp_path: Path) -> None:
    with client_of(tmp_path, {"app/manifest.py": "def manifest(): return {}", "app/a/page.py": PAGE}) as client:
        assert written(client.head_tags("/a")) == ["<link rel=manifest href=/manifest.webmanifest>"]


def test_a_link_changes_with_the_content_of_its_file(tmp_path: Path) -> None:
    links: set[str] = set()
    for width in (1, 2, 2):
        with client_of(tmp_path, {"app/icon.png": png(width, 1)}) as client:
            links.add(dict(client.head_tags("/")[0].attributes)["href"])
    assert len(links) == 2


def test_a_list_that_reads_a_request_is_an_error(tmp_path: Path) -> None:
    text = (
        "from byway import headers\n"
        "async def generate_image_metadata():\n    await headers()\n    return []\n"
        "dynamic = 'force-dynamic'\ndef icon(id): ..."
    )
    with (
        client_of(tmp_path, {"app/icon.py": text}) as client,
        pytest.raises(
            RuntimeError, match=r"headers\(\) was called in a generate_image_metadata\(\) around app/page.py"
        ),
    ):
        client.head_tags("/")


def test_a_path_without_a_page_is_an_error(tmp_path: Path) -> None:
    with client_of(tmp_path, {}) as client, pytest.raises(LookupError, match=r"There is no page at /nowhere\."):
        client.head_tags("/nowhere")


async def _tags(root: Path) -> list[HeadTag]:
    async with client_of(root, {"app/icon.png": png(1, 1)}) as client:
        return await client.head_tags("/")


def test_the_async_client_tells_them_too(tmp_path: Path) -> None:
    assert len(asyncio.run(_tags(tmp_path))) == 1
