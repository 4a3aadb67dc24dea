"""The metadata files of the example, as a real browser sees them."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from byway.metadata import HeadTag
from byway.testing import Client

from .browser import text_of, visit
from .servers import EXAMPLES, Server, build, copy_app, running

pytestmark = pytest.mark.slow

# Share images have absolute URLs.
ORIGIN = "https://paper.example"
# A page inside the example's root layout. Images hold up the event "load".
PAGE = '''
from pathlib import Path

from markupsafe import Markup

IMAGES = {images!r}
SCRIPT = """
addEventListener("load", () => {{
  const report = {{sizes: {{}}}};
  for (const image of document.images) {{
    report.sizes[image.getAttribute("src")] = [image.naturalWidth, image.naturalHeight];
  }}
  const links = document.querySelectorAll("head link");
  report.links = [...links].map(link => [link.rel, new URL(link.href).pathname]);
  const request = new XMLHttpRequest();
  request.open("GET", document.querySelector("link[rel=manifest]").href, false);
  request.send();
  report.manifest = [request.status, request.getResponseHeader("content-type"), JSON.parse(request.responseText)];
  document.getElementById("report").textContent = JSON.stringify(report);
}});
"""


def page() -> Markup:
    images = Markup().join(Markup('<img src="{{}}">').format(image) for image in IMAGES)
    return Markup('<script>') + Markup(SCRIPT) + Markup('</script><p id="report">none</p>') + images
'''


@pytest.fixture(scope="module")
def tags() -> list[HeadTag]:
    """What the heads of the example's pages say because of its metadata files."""
    with Client(EXAMPLES / "metadata") as client:
        return [tag for page in ("/", "/about", "/items/ink") for tag in client.head_tags(page, ORIGIN)]


@pytest.fixture(scope="module")
def images(tags: list[HeadTag]) -> dict[str, str | None]:
    """The image URLs in those tags, each with its width when the tags say one."""
    found: dict[str, str | None] = {}
    url = ""
    for tag in tags:
        one = dict(tag.attributes)
        name = one.get("property", one.get("name"))
        if one.get("rel") in ("icon", "apple-touch-icon"):
            found[one["href"]] = one["sizes"].partition(" ")[0].partition("x")[0]
        elif name in ("og:image", "twitter:image"):
            url = one["content"].removeprefix(ORIGIN)
            found[url] = None
        elif name in ("og:image:width", "twitter:image:width"):
            found[url] = one["content"]
    return found


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, images: dict[str, str | None]) -> Iterator[Server]:
    app = copy_app(EXAMPLES / "metadata", tmp_path_factory.mktemp("metadata"))
    (app / "app/check").mkdir()
    (app / "app/check/page.py").write_text(PAGE.format(images=list(images)), encoding="utf-8")
    with running(build(app)) as server:
        yield server


@pytest.fixture(scope="module")
def report(server: Server) -> dict[str, Any]:
    """What the browser says of the page."""
    found: dict[str, Any] = json.loads(text_of(visit(f"{server.url}/check"), "report"))
    return found


def test_a_browser_shows_every_image_that_a_head_leads_to(
    report: dict[str, Any], images: dict[str, str | None]
) -> None:
    assert len(images) == 9
    assert {*report["sizes"]} == {*images}
    for url, width in images.items():
        natural_width, natural_height = report["sizes"][url]
        assert natural_width > 0, url
        assert natural_height > 0, url
        if width not in (None, "any") and "favicon" not in url:
            assert natural_width == int(width or 0), url


def test_the_head_of_a_page_leads_to_the_metadata_files(report: dict[str, Any]) -> None:
    assert report["links"] == [
        ["manifest", "/manifest.webmanifest"],
        ["icon", "/favicon.ico"],
        ["icon", "/icon.svg"],
        ["icon", "/icon1/192"],
        ["icon", "/icon1/512"],
        ["apple-touch-icon", "/apple-icon"],
    ]


def test_a_browser_gets_the_manifest_with_its_type(report: dict[str, Any]) -> None:
    status, content_type, manifest = report["manifest"]
    assert (status, content_type) == (200, "application/manifest+json")
    assert manifest["name"] == "Pencil & Paper"
    assert [icon["src"] for icon in manifest["icons"]] == ["/icon.svg", "/icon1/192", "/icon1/512"]


def test_every_file_of_the_example_is_served_with_its_type(server: Server) -> None:
    types = {
        "/favicon.ico": "image/x-icon",
        "/icon.svg": "image/svg+xml",
        "/apple-icon": "image/png",
        "/icon1/512": "image/png",
        "/items/pencil/opengraph-image": "image/png",
        "/twitter-image.png": "image/png",
        "/robots.txt": "text/plain",
        "/sitemap.xml": "application/xml",
        "/items/sitemap/1.xml": "application/xml",
        "/manifest.webmanifest": "application/manifest+json",
    }
    with server.client() as client:
        for path, content_type in types.items():
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (200, content_type), path
            assert answer.headers["cache-control"] == "public, max-age=0, must-revalidate"
            again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b""), path


def test_too_large_a_sitemap_is_refused_over_http_with_the_cure(tmp_path: Path) -> None:
    app = tmp_path / "app"
    app.mkdir()
    (app / "sitemap.py").write_text("def sitemap():\n    return [{'url': f'/{n}'} for n in range(50_001)]\n")
    with running(tmp_path, command="dev") as server:
        answer = server.get("/sitemap.xml", headers={"accept": "text/html"})
    assert answer.status_code == 500
    message = "has 50,001 URLs; a sitemap may have 50,000. Split it: let generate_sitemaps() return a list like"
    assert message in html.unescape(answer.text)
