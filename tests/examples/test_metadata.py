"""The example app of metadata files does what its README says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree

import pytest

from byway.metadata.conventions import CONVENTIONS
from byway.metadata.files import find_metadata_files
from byway.metadata.images import read_image
from byway.testing import Client

EXAMPLE = Path(__file__).parents[2] / "examples" / "metadata"
ORIGIN = "https://paper.example"
TEXTS = {
    "/robots.txt": "text/plain",
    "/sitemap.xml": "application/xml",
    "/items/sitemap/0.xml": "application/xml",
    "/items/sitemap/1.xml": "application/xml",
    "/manifest.webmanifest": "application/manifest+json",
}
LOC = "{http://www.sitemaps.org/schemas/sitemap/0.9}loc"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client(EXAMPLE) as client:
        yield client


def linked(client: Client, attribute: str, path: str = "/") -> list[str]:
    return re.findall(rf' {attribute}="(/[^"]*)"', client.get(path).text)


def local(url: str) -> str:
    """The path of a URL of the shop."""
    assert url.startswith(ORIGIN)
    return url.removeprefix(ORIGIN) or "/"


def test_every_convention_is_there() -> None:
    files = [path.relative_to(EXAMPLE).as_posix() for path in (EXAMPLE / "app").rglob("*") if path.is_file()]
    found, problems = find_metadata_files(files)
    assert not problems
    assert {file.kind for file in found} == set(CONVENTIONS)
    assert any(file.alt_file for file in found)


def test_every_link_of_every_page_leads_somewhere(client: Client) -> None:
    for page in ("/", "/about", "/items/pencil"):
        for path in linked(client, "href", page) + linked(client, "src", page):
            assert client.get(path).status_code == 200, (page, path)


@pytest.mark.parametrize("page", ["/", "/about", "/items/pencil"])
def test_every_tag_of_a_head_leads_to_an_image_as_it_says(client: Client, page: str) -> None:
    tags = [dict(tag.attributes) for tag in client.head_tags(page, ORIGIN)]
    images = [tag for tag in tags if tag.get("rel") in ("icon", "apple-touch-icon")]
    assert len(images) == 5
    for image in images:
        answer = client.get(image["href"])
        info = read_image(answer.content)
        assert info is not None
        assert info.content_type == answer.headers["content-type"] == image["type"]
        assert info.sizes == image["sizes"]


@pytest.mark.parametrize(
    ("page", "path", "alt"),
    [
        ("/", "/opengraph-image", "A pencil on yellow, and the words: Everything for a first draft"),
        ("/about", "/opengraph-image-1tbhe3.png", "A pencil on brown, and the words: Since 1921."),
        ("/items/ink", "/items/ink/opengraph-image", "What Pencil & Paper sells"),
    ],
)
def test_each_page_has_the_nearest_picture(client: Client, page: str, path: str, alt: str) -> None:
    tags = {tag.get("property", tag.get("name", "")): tag["content"] for tag in metas(client, page) if "content" in tag}
    assert tags["og:image"].partition("?")[0] == ORIGIN + path
    assert tags["og:image:alt"] == alt
    info = read_image(client.get(local(tags["og:image"])).content)
    assert info is not None
    assert info.size == (int(tags["og:image:width"]), int(tags["og:image:height"]))
    assert tags["twitter:image"].partition("?")[0] == f"{ORIGIN}/twitter-image.png"
    assert tags["twitter:image:alt"] == "A pencil on yellow, and the words: Everything for a first draft"


def metas(client: Client, page: str) -> list[dict[str, str]]:
    return [dict(tag.attributes) for tag in client.head_tags(page, ORIGIN) if tag.tag == "meta"]


def test_everything_is_made_by_the_build(client: Client) -> None:
    for path in [*TEXTS, *linked(client, "src")]:
        answer = client.get(path)
        assert (answer.status_code, answer.headers["x-byway-cache"]) == (200, "HIT"), path
        assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
        assert answer.headers["content-type"] == TEXTS.get(path, answer.headers["content-type"])


def test_the_home_page_shows_all_images(client: Client) -> None:
    assert len(linked(client, "src")) == 11
    for path in linked(client, "src"):
        assert read_image(client.get(path).content) is not None, path


@pytest.mark.parametrize("path", ["/icon1/7", "/icon1", "/items/sitemap/2.xml", "/items/sitemap/0"])
def test_ids_that_no_list_has_are_404s(client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


def test_an_item_that_is_none_has_no_picture(client: Client) -> None:
    assert client.get("/items/nothing/opengraph-image").status_code == 404


def test_robots_txt_names_every_sitemap_and_each_url_in_them_is_a_page(client: Client) -> None:
    robots = RobotFileParser()
    robots.parse(client.get("/robots.txt").text.splitlines())
    sitemaps = robots.site_maps() or []
    assert sitemaps == [f"{ORIGIN}/sitemap.xml", f"{ORIGIN}/items/sitemap/0.xml", f"{ORIGIN}/items/sitemap/1.xml"]
    pages = [
        local(loc.text or "")
        for sitemap in sitemaps
        for loc in ElementTree.fromstring(client.get(local(sitemap)).content).iter(LOC)
    ]
    assert pages == ["/", "/about", "/items/pencil", "/items/ink", "/items/notebook"]
    for page in pages:
        assert client.get(page).status_code == 200
        assert robots.can_fetch("AnyBot", ORIGIN + page)
    assert not robots.can_fetch("OtherBot", f"{ORIGIN}/items/ink")
    assert int(robots.crawl_delay("SlowBot") or 0) == 10


def test_the_icons_of_the_manifest_are_what_it_says(client: Client) -> None:
    manifest = json.loads(client.get("/manifest.webmanifest").content)
    assert manifest["name"] == "Pencil & Paper"
    for icon in manifest["icons"]:
        info = read_image(client.get(icon["src"]).content)
        assert info is not None
        assert (info.content_type, info.sizes) == (icon["type"], icon["sizes"])


def test_the_readme_names_every_file(client: Client) -> None:
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for file in client.get("/").text.split("<figcaption>")[1:]:
        name = file.partition(" → ")[0].partition(",")[0]
        assert f"`{name}`" in readme
