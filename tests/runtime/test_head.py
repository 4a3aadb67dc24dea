"""The heads of pages: what layouts, pages and metadata files say for them, asked for and written."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from byway.http.response import Response
from byway.testing import Client, FetchStub

from ..metadata.pictures import ico, png
from ..support import call, loaded, write_app

LAYOUT = """
from htpy import body, html
def layout(children): return html[body[children]]
"""
PAGE = "def page(): return 'x'\n"
ANEW = "dynamic = 'force-dynamic'\n"
DEFAULT = '<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'

# It reads but the first HTML: for others the metadata may come late.
CRAWLER = {"user-agent": "Bingbot"}

Serve = Callable[..., Client]


def write(root: Path, files: dict[str, str | bytes]) -> Path:
    for name, content in ({"app/layout.py": LAYOUT, "app/page.py": PAGE} | files).items():
        if isinstance(content, bytes):
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        else:
            write_app(root, {name: content})
    return root


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app of these files, and of a plain root layout and page."""
    clients: list[Client] = []

    def start(files: dict[str, str | bytes], headers: dict[str, str] | None = None) -> Client:
        clients.append(Client(write(tmp_path, files), headers=CRAWLER | (headers or {})))
        return clients[-1].__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def head(client: Client, path: str = "/") -> str:
    """What Byway has put into the head of the page at ``path``, after the charset and the viewport of every page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    text = answer.text.partition("<head>")[2].partition("</head>")[0]
    return text.removeprefix(DEFAULT)


class TestPlace:
    def test_a_page_that_says_nothing_has_a_charset_and_a_viewport(self, serve: Serve) -> None:
        assert serve({}).get("/").text == f"<!doctype html><html><head>{DEFAULT}</head><body>x</body></html>"

    def test_tags_come_first_in_the_head_of_the_layout(self, serve: Serve) -> None:
        layout = """
        from htpy import body, head, html, style
        metadata = {"title": "T"}
        def layout(children): return html(lang="en")[head[style["p{}"]], body[children]]
        """
        assert serve({"app/layout.py": layout}).get("/").text == (
            f'<!doctype html><html lang="en"><head>{DEFAULT}<title>T</title><style>p{{}}</style></head>'
            "<body>x</body></html>"
        )

    def test_a_layout_of_text_is_as_good(self, serve: Serve) -> None:
        layout = """
        from markupsafe import Markup
        metadata = {"title": "T"}
        HTML = Markup('<!-- <head> --><html data-x="<head>"><body>{}</body></html>')
        def layout(children): return HTML.format(children)
        """
        assert serve({"app/layout.py": layout}).get("/").text == (
            f'<!DOCTYPE html><!-- <head> --><html data-x="<head>"><head>{DEFAULT}<title>T</title></head>'
            "<body>x</body></html>"
        )

    def test_text_of_a_visitor_stays_text(self, serve: Serve) -> None:
        page = """
        def generate_metadata(search_params): return {"title": search_params["q"], "other": {search_params["q"]: "x"}}
        def page(): return ""
        """
        text = serve({"app/page.py": page}).get("/", params={"q": "</title></head><script>"}).text
        assert "<script>" not in text
        assert "<title>&lt;/title&gt;&lt;/head&gt;&lt;script&gt;</title>" in text


class TestSaid:
    def test_objects_of_layouts_and_page_are_merged(self, serve: Serve) -> None:
        client = serve(
            {
                "app/layout.py": "metadata = {'title': {'template': '%s | A', 'default': 'A'}}\n" + LAYOUT.strip(),
                "app/(g)/blog/layout.py": "metadata = {'description': 'D'}\ndef layout(children): return children",
                "app/(g)/blog/[slug]/page.py": "metadata = {'title': 'T'}\n" + PAGE,
            }
        )
        assert head(client) == "<title>A</title>"
        assert head(client, "/blog/x") == '<title>T | A</title><meta name="description" content="D">'

    def test_the_path_of_the_page_is_what_urls_are_relative_to(self, serve: Serve) -> None:
        page = "metadata = {'alternates': {'canonical': './'}}\n" + PAGE
        client = serve({"app/page.py": page, "app/[slug]/page.py": page})
        assert head(client, "/a%20b?x=1") == '<link rel="canonical" href="/a%20b">'
        assert head(client, "/c") == '<link rel="canonical" href="/c">'
        assert [head(client), head(client)] == ['<link rel="canonical" href="/">'] * 2

    @pytest.mark.parametrize("kind", ["def", "async def"])
    def test_functions_get_their_props_by_name(self, serve: Serve, kind: str) -> None:
        layout = f"{kind} generate_metadata(params): return {{'other': {{'layout': str(dict(params))}}}}\n"
        page = f"""
        {kind} generate_metadata(search_params, params):
            return {{"other": {{"page": str([dict(params), dict(search_params)])}}}}
        {kind} generate_viewport(search_params): return {{"theme_color": search_params["q"]}}
        def page(): return ""
        """
        client = serve(
            {
                "app/[a]/layout.py": layout + "def layout(children): return children",
                "app/[a]/[b]/page.py": page,
            }
        )
        assert head(client, "/x%20y/z?q=1") == (
            '<meta name="theme-color" content="1"><meta name="layout" content="{&#x27;a&#x27;: &#x27;x y&#x27;}">'
            '<meta name="page" content="[{&#x27;a&#x27;: &#x27;x y&#x27;, &#x27;b&#x27;: &#x27;z&#x27;}, '
            '{&#x27;q&#x27;: &#x27;1&#x27;}]">'
        )

    def test_a_function_that_returns_none_says_nothing(self, serve: Serve) -> None:
        assert head(serve({"app/page.py": "def generate_metadata(): ...\ndef generate_viewport(): ...\n" + PAGE})) == ""

    def test_cookies_and_headers_can_be_read(self, serve: Serve) -> None:
        page = """
        from byway import cookies, headers
        async def generate_metadata(): return {"title": (await headers())["x-a"] + (await cookies()).get("c").value}
        def page(): return ""
        """
        client = serve({"app/page.py": page}, headers={"x-a": "1", "cookie": "c=2"})
        assert head(client) == "<title>12</title>"


class TestParent:
    def test_a_parent_has_every_key_and_none_where_nothing_is_set(self, serve: Serve) -> None:
        page = """
        async def generate_metadata(parent):
            above = await parent
            return {"other": {"set": ",".join(k for k, v in above.items() if v is not None), "keys": len(above)}}
        async def generate_viewport(parent):
            above = await parent
            return {"width": above["width"] + "!", "height": len(above)}
        def page(): return ""
        """
        layout = "metadata = {'metadata_base': 'https://acme.com', 'title': 'T'}\n"
        text = serve({"app/layout.py": layout + LAYOUT.strip(), "app/page.py": page}).get("/").text
        assert '<meta name="set" content="metadata_base,title"><meta name="keys" content="31">' in text
        assert 'content="width=device-width!, height=10, initial-scale=1"' in text

    def test_the_images_of_a_parent_can_be_added_to(self, serve: Serve) -> None:
        layout = "metadata = {'metadata_base': 'https://acme.com'}\n"
        page = """
        async def generate_metadata(parent):
            above = await parent
            return {"open_graph": {"images": ["/own.png", *above["open_graph"]["images"]]}}
        def page(): return ""
        """
        files = {"app/layout.py": layout + LAYOUT.strip(), "app/page.py": page}
        text = serve({**files, "app/opengraph-image.png": png(1, 1)}).get("/").text
        assert text.count('<meta property="og:image" content="https://acme.com/own.png">') == 1
        assert text.count('<meta property="og:image" content="https://acme.com/opengraph-image.png?') == 1

    def test_what_a_child_does_to_it_does_not_matter(self, serve: Serve) -> None:
        page = """
        async def generate_metadata(parent):
            (await parent)["other"]["a"] = "changed"
            (await parent).clear()
        def page(): return ""
        """
        layout = "metadata = {'other': {'a': 'kept'}}\n" + LAYOUT.strip()
        assert head(serve({"app/layout.py": layout, "app/page.py": page})) == '<meta name="a" content="kept">'

    def test_a_def_awaits_it_with_byway_run(self, serve: Serve) -> None:
        page = """
        import byway
        def generate_metadata(parent): return {"title": byway.run(parent)["description"] + "!"}
        def page(): return ""
        """
        layout = "async def generate_metadata(): return {'description': 'D'}\n" + LAYOUT.strip()
        client = serve({"app/layout.py": layout, "app/page.py": page})
        assert head(client) == '<title>D!</title><meta name="description" content="D">'

    def test_who_gives_up_waiting_gives_up_for_himself(self, serve: Serve) -> None:
        layout = """
        import asyncio
        async def generate_metadata():
            await asyncio.sleep(0.05)
            return {"description": "D"}
        """
        page = """
        import asyncio
        async def generate_metadata(parent):
            try:
                await asyncio.wait_for(parent, 0.001)
            except TimeoutError:
                return {"title": (await parent)["description"]}
        def page(): return ""
        """
        files = {"app/layout.py": dedent(layout) + LAYOUT.strip(), "app/page.py": page}
        assert head(serve(files)).startswith("<title>D</title>")


class TestAtOnce:
    def test_all_functions_of_a_page_and_the_page_itself_run_at_once(self, serve: Serve) -> None:
        lib = """
        import asyncio
        barrier = asyncio.Barrier(5)
        async def meet(): await asyncio.wait_for(barrier.wait(), 5)
        """
        functions = """
        from lib.meeting import meet
        async def generate_metadata(): await meet()
        async def generate_viewport(): await meet()
        """
        functions = dedent(functions)
        page = "async def page():\n    await meet()\n    return 'met'\n"
        layout = functions + LAYOUT.strip()
        client = serve({"lib/meeting.py": lib, "app/layout.py": layout, "app/page.py": functions + page})
        assert "met" in client.get("/").text

    def test_a_fetch_of_page_and_functions_is_sent_once(self, tmp_path: Path) -> None:
        text = """
        from byway import fetch
        async def load(): return (await (await fetch("https://api.example/item")).json())["name"]
        async def generate_metadata(): return {"title": await load()}
        async def generate_viewport(): return {"theme_color": await load()}
        async def page(): return await load()
        """
        stub = FetchStub()
        stub.on("https://api.example/item", Response.json({"name": "N"}))
        with Client(write(tmp_path, {"app/page.py": text}), fetch=stub, headers=CRAWLER) as client:
            assert head(client) == '<meta name="theme-color" content="N"><title>N</title>'
        assert len(stub.requests) == 1

    @pytest.mark.parametrize("waits", ["await parent", "await asyncio.sleep(60)", "byway.run(parent)"])
    def test_the_failure_of_an_ancestor_ends_what_waits(self, serve: Serve, waits: str) -> None:
        layout = """
        import asyncio
        async def generate_metadata():
            await asyncio.sleep(0.3)
            raise LookupError
        """
        kind = "def" if "run" in waits else "async def"
        page = f"""
        import asyncio, byway
        ended = []
        {kind} generate_metadata(parent):
            try:
                {waits}
            finally:
                ended.append("ended")
        def page(): return ""
        """
        probe = (
            "from byway.server import Response\nfrom app.a.page import ended\ndef GET(): return Response(str(ended))"
        )
        client = serve(
            {
                "app/a/layout.py": ANEW + dedent(layout) + "def layout(children): return children",
                "app/a/page.py": page,
                "app/probe/route.py": probe,
            }
        )
        assert client.get("/a").status_code == 500
        assert client.get("/probe").text == "['ended']"


class TestFailures:
    @pytest.mark.parametrize("name", ["generate_metadata", "generate_viewport"])
    @pytest.mark.parametrize("file", ["app/x/page.py", "app/x/layout.py"])
    @pytest.mark.parametrize(
        ("call", "status"), [("not_found()", 404), ("forbidden()", 403), ("redirect('/to')", 307), ("1 / 0", 500)]
    )
    def test_what_is_raised_acts_as_in_a_page(self, serve: Serve, name: str, file: str, call: str, status: int) -> None:
        config = ANEW if status == 500 else ""  # what fails is not made ahead
        functions = f"{config}from byway import forbidden, not_found, redirect\ndef {name}(): {call}\n"
        files = {"app/x/page.py": PAGE, "app/x/layout.py": "def layout(children): return children\n"}
        answer = serve({**files, file: functions + files[file]}).get("/x")
        assert answer.status_code == status
        assert answer.headers.get("location") == ("/to" if status == 307 else None)

    @pytest.mark.parametrize(
        ("function", "message"),
        [
            (
                "generate_metadata(): return {'titel': 'x'}",
                "generate_metadata() in app/page.py returned a wrong object: The returned object has the unknown key "
                "'titel'. Did you mean 'title'?",
            ),
            (
                "generate_metadata(): return {'open_graph': {'type': 'x'}}",
                "generate_metadata() in app/page.py returned a wrong object: open_graph.type is 'x'. Write",
            ),
            (
                "generate_metadata(): return 'x'",
                "generate_metadata() in app/page.py returned a wrong object: The returned object is str. "
                'Write a dict: {"title": "Hello"}.',
            ),
            (
                "generate_viewport(): return {'width': []}",
                "generate_viewport() in app/page.py returned a wrong object: width is []. Write a str or a number.",
            ),
        ],
    )
    def test_a_wrong_object_is_a_500_that_names_file_key_and_cure(
        self, serve: Serve, caplog: pytest.LogCaptureFixture, function: str, message: str
    ) -> None:
        assert serve({"app/page.py": f"{ANEW}def {function}\n{PAGE}"}).get("/").status_code == 500
        assert message in caplog.text

    def test_a_slow_function_is_held_to_max_duration(self, serve: Serve) -> None:
        page = f"{ANEW}import asyncio\nmax_duration = 0.05\nasync def generate_metadata(): await asyncio.sleep(60)\n"
        assert serve({"app/page.py": page + PAGE}).get("/").status_code == 504


class TestWarnings:
    def test_a_key_of_the_viewport_is_told_once(self, serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        functions = "def generate_metadata(): return {'theme_color': 'x'}\ngenerate_viewport = generate_metadata\n"
        client = serve({"app/page.py": functions + PAGE})
        assert [head(client), head(client)] == ['<meta name="theme-color" content="x">'] * 2
        assert caplog.messages == [
            "app/page.py: theme_color is no key of metadata and has no effect there. Move it to viewport."
        ]

    @pytest.mark.parametrize(("port", "origin"), [("4000", "http://localhost:4000"), (None, "http://localhost:3000")])
    def test_share_images_without_a_base_are_told_once(
        self,
        serve: Serve,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        port: str | None,
        origin: str,
    ) -> None:
        if port is None:
            monkeypatch.delenv("PORT", raising=False)
        else:
            monkeypatch.setenv("PORT", port)
        page = "metadata = {'open_graph': {'images': '/x.png'}}\n" + PAGE
        client = serve({"app/page.py": page, "app/a/page.py": page})
        assert f'<meta property="og:image" content="{origin}/x.png">' in head(client)
        head(client, "/a")
        assert [text for text in caplog.messages if "metadata_base" in text] == [
            f"There is no metadata_base, so that the URLs of share images begin with {origin}. Set it in the root "
            'layout: metadata = {"metadata_base": "https://acme.com"}.'
        ]


def without_hashes(text: str) -> str:
    """``text`` without what stands for a file's content in its URL."""
    return re.sub(r'\?[^"]+"', '?"', text)


class TestFiles:
    def test_the_nearest_folder_that_has_any_of_a_kind_counts(self, serve: Serve) -> None:
        files: dict[str, str | bytes] = {
            "app/favicon.ico": ico((16, 16)),
            "app/icon.png": png(32, 32),
            "app/apple-icon.png": png(180, 180),
            "app/a/icon1.png": png(1, 1),
            "app/a/icon2.png": png(2, 2),
            "app/a/b/page.py": PAGE,
        }
        client = serve(files)
        favicon = '<link rel="icon" href="/favicon.ico?" type="image/x-icon" sizes="16x16">'
        apple = '<link rel="apple-touch-icon" href="/apple-icon.png?" type="image/png" sizes="180x180">'
        assert without_hashes(head(client)) == (
            f'{favicon}<link rel="icon" href="/icon.png?" type="image/png" sizes="32x32">{apple}'
        )
        assert without_hashes(head(client, "/a/b")) == (
            f'{favicon}<link rel="icon" href="/a/icon1.png?" type="image/png" sizes="1x1">'
            f'<link rel="icon" href="/a/icon2.png?" type="image/png" sizes="2x2">{apple}'
        )

    def test_share_images_are_absolute_and_described(self, serve: Serve) -> None:
        files: dict[str, str | bytes] = {
            "app/layout.py": "metadata = {'metadata_base': 'https://acme.com/x'}\n" + LAYOUT.strip(),
            "app/opengraph-image.png": png(1200, 630),
            "app/opengraph-image.alt.txt": 'About "Acme"\n',
            "app/twitter_image.py": "alt = 'T'\nsize = {'width': 4, 'height': 2}\ndef twitter_image(): return b''",
        }
        assert without_hashes(head(serve(files))) == (
            '<meta property="og:image" content="https://acme.com/x/opengraph-image.png?">'
            '<meta property="og:image:type" content="image/png">'
            '<meta property="og:image:width" content="1200">'
            '<meta property="og:image:height" content="630">'
            '<meta property="og:image:alt" content="About &quot;Acme&quot;">'
            '<meta name="twitter:card" content="summary_large_image">'
            '<meta name="twitter:image" content="https://acme.com/x/twitter-image?">'
            '<meta name="twitter:image:alt" content="T">'
            '<meta name="twitter:image:type" content="image/png">'
            '<meta name="twitter:image:width" content="4">'
            '<meta name="twitter:image:height" content="2">'
        )

    def test_the_params_of_the_page_stand_in_the_urls_of_what_code_makes(self, serve: Serve) -> None:
        files: dict[str, str | bytes] = {
            "app/[slug]/icon.png": png(1, 1),
            "app/[slug]/apple_icon.py": "def apple_icon(params): return b''",
            "app/[slug]/x/page.py": PAGE,
        }
        assert without_hashes(head(serve(files), "/a%20b/x")) == (
            '<link rel="icon" href="/-/icon.png?" type="image/png" sizes="1x1">'
            '<link rel="apple-touch-icon" href="/a%20b/apple-icon?" type="image/png">'
        )

    def test_each_listed_image_has_a_tag_and_the_options_of_its_file_are_its_defaults(self, serve: Serve) -> None:
        text = (
            "size = {'width': 9, 'height': 9}\n"
            "async def generate_image_metadata(params):\n"
            "    second = {'id': 2, 'size': {'width': 1, 'height': 1}, 'content_type': 'image/webp'}\n"
            "    return [{'id': params['slug']}, second]\n"
            "def icon(id): return b''"
        )
        client = serve({"app/[slug]/icon.py": text, "app/[slug]/page.py": PAGE})
        assert without_hashes(head(client, "/a")) == (
            '<link rel="icon" href="/a/icon/a?" type="image/png" sizes="9x9">'
            '<link rel="icon" href="/a/icon/2?" type="image/webp" sizes="1x1">'
        )

    def test_the_manifest_is_linked_from_each_page(self, serve: Serve) -> None:
        client = serve({"app/manifest.py": "def manifest(): return {}", "app/a/page.py": PAGE})
        assert head(client, "/a") == '<link rel="manifest" href="/manifest.webmanifest">'

    def test_below_a_mount_the_urls_of_files_have_its_path(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "app/layout.py": "metadata = {'metadata_base': 'https://acme.com'}\n" + LAYOUT.strip(),
            "app/page.py": "metadata = {'alternates': {'canonical': './'}}\n" + PAGE,
            "app/icon.png": png(1, 1),
            "app/opengraph-image.png": png(1, 1),
            "app/manifest.json": "{}",
        }
        with loaded(write(tmp_path, files)) as application:
            for mount in ("/docs", "/manual", "/docs"):
                text = asyncio.run(call(application, f"{mount}/", root_path=mount)).text
                assert f'<link rel="icon" href="{mount}/icon.png?' in text
                assert f'<link rel="manifest" href="{mount}/manifest.json">' in text
                assert f'<meta property="og:image" content="https://acme.com{mount}/opengraph-image.png?' in text
                assert '<link rel="canonical" href="https://acme.com">' in text

    def test_a_link_changes_with_the_content_of_its_file(self, tmp_path: Path) -> None:
        links: set[str] = set()
        for width in (1, 2, 2):
            with Client(write(tmp_path, {"app/icon.png": png(width, 1)})) as client:
                links.add(head(client).partition('href="')[2].partition('"')[0])
        assert len(links) == 2


class TestTagsForTests:
    """`Client.head_tags`."""

    def test_it_tells_the_tags_without_the_page(self, serve: Serve) -> None:
        page = """
        def generate_metadata(params, search_params):
            return {"title": params["slug"] + search_params["q"], "open_graph": {"images": "/x.png"}}
        def page(): raise AssertionError
        """
        tags = serve({"app/[slug]/page.py": page}).head_tags("/a%20b?q=c", "https://acme.com")
        assert [tag.__html__() for tag in tags][2:5] == [
            "<title>a bc</title>",
            '<meta property="og:title" content="a bc">',
            '<meta property="og:image" content="https://acme.com/x.png">',
        ]

    def test_a_path_without_a_page_is_an_error(self, serve: Serve) -> None:
        with pytest.raises(LookupError, match=r"There is no page at /nowhere\."):
            serve({}).head_tags("/nowhere")

    def test_the_async_client_tells_them_too(self, tmp_path: Path) -> None:
        async def tags() -> list[str]:
            async with Client(write(tmp_path, {})) as client:
                return [tag.__html__() for tag in await client.head_tags("/")]

        assert "".join(asyncio.run(tags())) == DEFAULT
