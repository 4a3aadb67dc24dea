"""Metadata files: what is served of them, and how it is kept."""

from __future__ import annotations

from pathlib import Path

import httpx2
import pytest

from byway.problems import AppError
from byway.testing import Client
from tests.metadata.pictures import gif, png
from tests.support import loaded, write_app

CONTROL = "public, max-age=0, must-revalidate"
NO_STORE = "private, no-cache, no-store, max-age=0, must-revalidate"
YEAR = "s-maxage=31536000"
IMPORTS = "import byway\nfrom byway import Response, cookies, headers, not_found, redirect\nruns = []\n"


def client_of(root: Path, files: dict[str, str | bytes]) -> Client:
    """An app of metadata files: their texts may use what Byway exports, and count their runs in ``runs``."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        else:
            write_app(root, {name: IMPORTS + content if name.endswith(".py") else content})
    return Client(root)


def told(answer: httpx2.Response) -> tuple[int, str, str | None, str | None]:
    """Status, text, state and ``Cache-Control``."""
    return (
        answer.status_code,
        answer.text,
        answer.headers.get("x-byway-cache"),
        answer.headers.get("cache-control"),
    )


class TestStaticFiles:
    def test_a_file_is_sent_as_it_is_with_its_type(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "app/favicon.ico": b"\0\0\1\0\0\0",
            "app/icon.png": png(1, 1),
            "app/sub/opengraph-image.gif": gif(1, 1),
            "app/robots.txt": "User-Agent: *\n",
            "app/sub/sitemap.xml": "<urlset/>",
            "app/manifest.webmanifest": "{}",
        }
        types = ["image/x-icon", "image/png", "image/gif", "text/plain", "application/xml", "application/manifest+json"]
        with client_of(tmp_path, files) as client:
            for (file, content), content_type in zip(files.items(), types, strict=True):
                answer = client.get(file.removeprefix("app"))
                assert answer.content == (content if isinstance(content, bytes) else content.encode())
                assert answer.headers["content-type"] == content_type
                assert told(answer)[2:] == ("HIT", CONTROL)

    def test_a_client_that_has_it_is_told_so(self, tmp_path: Path) -> None:
        with client_of(tmp_path, {"app/icon.png": png(1, 1)}) as client:
            etag = client.get("/icon.png").headers["etag"]
            assert client.get("/icon.png", headers={"if-none-match": etag}).status_code == 304

    def test_the_query_is_no_part_of_its_url(self, tmp_path: Path) -> None:
        with client_of(tmp_path, {"app/icon.png": png(1, 1)}) as client:
            assert client.get("/icon.png?abc").status_code == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_it_answers_get_and_head_alone(self, tmp_path: Path, method: str) -> None:
        with client_of(tmp_path, {"app/icon.png": png(1, 1)}) as client:
            answer = client.request(method, "/icon.png")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
            assert client.head("/icon.png").status_code == 200

    def test_in_a_dynamic_segment_it_is_the_same_for_all_values(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"app/[a]/icon.png": png(1, 1), "app/rest/[...b]/icon.png": png(2, 2)}
        with client_of(tmp_path, files) as client:
            assert client.get("/-/icon.png").content == client.get("/x/icon.png").content == png(1, 1)
            assert client.get("/rest/-/icon.png").content == png(2, 2)

    def test_the_alt_text_is_not_served(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {"app/twitter-image.png": png(1, 1), "app/twitter-image.alt.txt": "Acme"}
        with client_of(tmp_path, files) as client:
            assert client.get("/twitter-image.alt.txt").status_code == 404

    def test_it_may_be_a_link_to_elsewhere_in_the_project(self, tmp_path: Path) -> None:
        (tmp_path / "app").mkdir()
        (tmp_path / "app/icon.png").symlink_to(tmp_path / "assets.png")
        with client_of(tmp_path, {"assets.png": png(1, 1)}) as client:
            assert client.get("/icon.png").content == png(1, 1)

    def test_in_development_it_is_not_kept(self, tmp_path: Path) -> None:
        (tmp_path / "app").mkdir()
        (tmp_path / "app/icon.png").write_bytes(png(1, 1))
        with loaded(tmp_path, "development") as app, Client(app) as client:
            assert told(client.get("http://localhost/icon.png"))[2:] == (None, "no-cache, no-store")


class TestTexts:
    def test_robots_sitemap_and_manifest_are_made_by_the_build_and_kept(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "app/robots.py": "def robots():\n    runs.append(1)\n    return {'rules': {'disallow': f'/{len(runs)}'}}",
            "app/sitemap.py": "async def sitemap():\n    return [{'url': 'https://a.b/?c&d'}]",
            "app/manifest.py": "def manifest():\n    return {'name': 'A'}",
        }
        with client_of(tmp_path, files) as client:
            for _ in range(2):
                answer = client.get("/robots.txt")
                assert told(answer) == (200, "User-Agent: *\nDisallow: /1\n\n", "HIT", CONTROL)
                assert answer.headers["content-type"] == "text/plain"
            sitemap, manifest = client.get("/sitemap.xml"), client.get("/manifest.webmanifest")
            assert "<loc>https://a.b/?c&amp;d</loc>" in sitemap.text
            assert (sitemap.headers["content-type"], told(sitemap)[2:]) == ("application/xml", ("HIT", CONTROL))
            assert (manifest.json(), told(manifest)[2:]) == ({"name": "A"}, ("HIT", CONTROL))
            assert manifest.headers["content-type"] == "application/manifest+json"

    def test_what_reads_the_request_is_made_for_each(self, tmp_path: Path) -> None:
        text = "async def robots():\n    return {'rules': {}, 'host': (await headers()).get('x-host')}"
        with client_of(tmp_path, {"app/robots.py": text}) as client:
            for host in ("a", "b"):
                answer = client.get("/robots.txt", headers={"x-host": host})
                assert told(answer) == (200, f"User-Agent: *\n\nHost: {host}\n", None, CONTROL)
            assert client.options("/robots.txt").headers["allow"] == "GET, HEAD, OPTIONS"

    @pytest.mark.parametrize("method", ["POST", "OPTIONS"])
    def test_a_kept_one_answers_like_a_file(self, tmp_path: Path, method: str) -> None:
        with client_of(tmp_path, {"app/sitemap.py": "def sitemap(): return []"}) as client:
            answer = client.request(method, "/sitemap.xml")
            assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
            head = client.head("/sitemap.xml")
            assert (head.status_code, head.content, head.headers["x-byway-cache"]) == (200, b"", "HIT")

    def test_force_dynamic_makes_it_for_each_request(self, tmp_path: Path) -> None:
        text = "dynamic = 'force-dynamic'\ndef sitemap():\n    runs.append(1)\n    return [{'url': f'/{len(runs)}'}]"
        with client_of(tmp_path, {"app/sitemap.py": text}) as client:
            answers = [client.get("/sitemap.xml") for _ in range(2)]
            assert ["/1<" in answers[0].text, "/2<" in answers[1].text] == [True, True]
            assert told(answers[0])[2:] == (None, CONTROL)

    def test_revalidate_makes_it_anew_after_its_seconds(self, tmp_path: Path) -> None:
        text = "revalidate = 60\ndef robots():\n    runs.append(1)\n    return {'rules': {'allow': f'/{len(runs)}'}}"
        with client_of(tmp_path, {"app/robots.py": text}) as client:
            client.clock.advance(61)
            assert (client.get("/robots.txt").headers["x-byway-cache"], client.drain()) == ("STALE", None)
            assert "Allow: /2" in client.get("/robots.txt").text

    def test_revalidate_path_reaches_it_by_its_url(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "app/robots.py": "def robots():\n    runs.append(1)\n    return {'rules': {'allow': f'/{len(runs)}'}}",
            "app/again/route.py": "def POST():\n    byway.revalidate_path('/robots.txt')\n    return Response()",
        }
        with client_of(tmp_path, files) as client:
            client.post("/again")
            assert "Allow: /2" in client.get("/robots.txt").text

    @pytest.mark.parametrize(
        "body",
        [
            "def sitemap():\n    yield {'url': '/a'}\n    yield {'url': '/b'}",
            "async def sitemap():\n    yield {'url': '/a'}\n    yield {'url': '/b'}",
            "def sitemap():\n    return iter([{'url': '/a'}, {'url': '/b'}])",
        ],
    )
    def test_a_sitemap_may_be_an_iterator(self, tmp_path: Path, body: str) -> None:
        with client_of(tmp_path, {"app/sitemap.py": body}) as client:
            assert client.get("/sitemap.xml").text.count("<loc>") == 2

    @pytest.mark.parametrize(
        ("file", "text", "message"),
        [
            ("robots.py", "def robots(): return {'rule': {}}", "robots() in app/robots.py returned a wrong value"),
            ("sitemap.py", "def sitemap(): return [{'url': 3}]", "sitemap() in app/sitemap.py returned a wrong value"),
            ("sitemap.py", "def sitemap(): yield {}", "sitemap() in app/sitemap.py returned a wrong value: [0] has no"),
            ("sitemap.py", "async def sitemap(): yield {}", "app/sitemap.py returned a wrong value: [0] has no"),
            ("manifest.py", "def manifest(): return None", "manifest() in app/manifest.py returned a wrong value"),
        ],
    )
    def test_a_wrong_value_fails_the_build_and_names_the_function(
        self, tmp_path: Path, file: str, text: str, message: str
    ) -> None:
        with pytest.raises(AppError) as caught, client_of(tmp_path, {f"app/{file}": text}):
            pass
        assert message in str(caught.value)

    def test_a_draft_is_kept_by_nobody(self, tmp_path: Path) -> None:
        files: dict[str, str | bytes] = {
            "app/robots.py": "def robots():\n    runs.append(1)\n    return {'rules': {'allow': f'/{len(runs)}'}}",
            "app/draft/route.py": "async def GET():\n    (await byway.draft_mode()).enable()\n    return Response()",
        }
        with client_of(tmp_path, files) as client:
            cookie = client.get("/draft").headers["set-cookie"].partition(";")[0]
            answer = client.get("/robots.txt", headers={"cookie": cookie})
            assert told(answer)[1:] == ("User-Agent: *\nAllow: /2\n\n", None, NO_STORE)
            assert "Allow: /1" in client.get("/robots.txt").text


class TestSitemaps:
    TEXT = (
        "from lib.store import numbers\n"
        "async def generate_sitemaps():\n    return [{'id': one} for one in numbers]\n"
        "async def sitemap(id):\n    runs.append(1)\n    one = await id\n"
        "    return [{'url': f'/{one!r}/{id + one}/{len(runs)}'}]"
    )

    def client(self, root: Path, numbers: str = "[0, 1]", config: str = "") -> Client:
        write_app(root, {"lib/store.py": f"numbers = {numbers}\n"})
        add = "from lib.store import numbers\ndef POST():\n    numbers.append(2)\n    return Response()"
        files: dict[str, str | bytes] = {"app/shop/sitemap.py": config + self.TEXT, "app/add/route.py": add}
        return client_of(root, files)

    def test_each_id_has_a_sitemap_that_the_build_makes(self, tmp_path: Path) -> None:
        with self.client(tmp_path) as client:
            first, second = client.get("/shop/sitemap/0.xml"), client.get("/shop/sitemap/1.xml")
            assert ["<loc>/0/0/" in first.text, "<loc>/1/2/" in second.text] == [True, True]
            assert [told(one)[2:] for one in (first, second)] == [("HIT", CONTROL)] * 2

    def test_the_id_keeps_the_type_that_was_listed(self, tmp_path: Path) -> None:
        with self.client(tmp_path, "['a', 7]") as client:
            assert "<loc>/&#x27;a&#x27;/aa/" in client.get("/shop/sitemap/a.xml").text.replace("'", "&#x27;")
            assert "<loc>/7/14/" in client.get("/shop/sitemap/7.xml").text

    @pytest.mark.parametrize("path", ["/shop/sitemap/2.xml", "/shop/sitemap/0", "/shop/sitemap.xml", "/shop/sitemap"])
    def test_what_is_not_listed_is_not_found_and_not_kept(self, tmp_path: Path, path: str) -> None:
        with self.client(tmp_path) as client:
            for _ in range(2):
                answer = client.get(path)
                assert (answer.status_code, answer.headers.get("x-byway-cache")) == (404, None)

    def test_an_id_that_is_listed_later_is_made_at_its_first_visit(self, tmp_path: Path) -> None:
        with self.client(tmp_path) as client:
            client.post("/add")
            assert [client.get("/shop/sitemap/2.xml").headers["x-byway-cache"] for _ in range(2)] == ["MISS", "HIT"]

    def test_with_dynamic_params_false_the_list_of_the_build_is_final(self, tmp_path: Path) -> None:
        with self.client(tmp_path, config="dynamic_params = False\n") as client:
            client.post("/add")
            assert client.get("/shop/sitemap/2.xml").status_code == 404
            assert client.get("/shop/sitemap/1.xml").status_code == 200

    @pytest.mark.parametrize(
        ("numbers", "message"),
        [
            ("[0, '0']", "generate_sitemaps returned a wrong list: [1].id is '0', as another is. Make ids unique."),
            ("[None]", "generate_sitemaps returned a wrong list: [0].id is None."),
            ("3", "generate_sitemaps failed: TypeError: 'int' object is not iterable (app/shop/sitemap.py:6)"),
        ],
    )
    def test_a_wrong_list_fails_the_build(self, tmp_path: Path, numbers: str, message: str) -> None:
        with pytest.raises(AppError) as caught, self.client(tmp_path, numbers):
            pass
        assert message in str(caught.value).replace("\n  → ", " ")

    def test_in_a_dynamic_segment_they_are_made_at_their_first_visit(self, tmp_path: Path) -> None:
        text = (
            "def generate_sitemaps(params):\n    return [{'id': params['shop'] + '1'}]\n"
            "async def sitemap(params, id):\n    return [{'url': f'/{(await params)[\"shop\"]}/{id}'}]"
        )
        with client_of(tmp_path, {"app/[shop]/sitemap.py": text}) as client:
            assert [told(client.get("/a/sitemap/a1.xml"))[2] for _ in range(2)] == ["MISS", "HIT"]
            assert client.get("/b/sitemap/a1.xml").status_code == 404


class TestImages:
    @pytest.mark.parametrize(
        ("text", "content_type"),
        [
            ("def icon(): return b'data'", None),
            ("def icon(): return bytearray(b'data')", None),
            ("async def icon(): return memoryview(b'data')", None),
            ("content_type = 'image/webp'\ndef icon(): return b'data'", "image/webp"),
            ("def icon():\n    yield b'da'\n    yield b'ta'", "image/png"),
            ("async def icon():\n    yield b'da'\n    yield b'ta'", "image/png"),
            ("content_type = 'image/gif'\nasync def icon():\n    yield b'data'", "image/gif"),
            ("def icon(): return Response('data', headers={'content-type': 'image/x'})", "image/x"),
            ("content_type = 'image/y'\ndef icon(): return Response(b'data')", None),
        ],
    )
    def test_bytes_iterators_and_responses_are_images(
        self, tmp_path: Path, text: str, content_type: str | None
    ) -> None:
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            answer = client.get("/icon")
            assert (told(answer), answer.headers.get("content-type")) == ((200, "data", "HIT", YEAR), content_type)

    def test_the_type_of_bytes_is_read_from_them(self, tmp_path: Path) -> None:
        text = "from pathlib import Path\ndef apple_icon(): return Path(__file__).with_name('x.gif').read_bytes()"
        with client_of(tmp_path, {"app/apple_icon.py": text, "app/x.gif": gif(1, 1)}) as client:
            assert client.get("/apple-icon").headers["content-type"] == "image/gif"

    def test_the_cache_control_of_a_response_stays(self, tmp_path: Path) -> None:
        text = "def icon(): return Response(b'', headers={'cache-control': 'max-age=9'})"
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            assert told(client.get("/icon"))[2:] == ("HIT", "max-age=9")

    def test_params_are_those_of_the_folders_and_nothing_is_kept_without_a_list_of_them(self, tmp_path: Path) -> None:
        text = "async def icon(params): return Response(f'{await params} {params[\"a\"]}')"
        with client_of(tmp_path, {"app/[a]/x/[b]/icon.py": text}) as client:
            assert told(client.get("/1/x/%C3%A9/icon")) == (200, "{'a': '1', 'b': 'é'} 1", None, None)

    def test_without_a_dynamic_segment_params_are_empty(self, tmp_path: Path) -> None:
        with client_of(
            tmp_path, {"app/icon.py": "async def icon(params): return str(await params).encode()"}
        ) as client:
            assert client.get("/icon").text == "{}"

    def test_generate_static_params_lists_those_that_the_build_makes(self, tmp_path: Path) -> None:
        text = "def generate_static_params(): return [{'slug': 'a'}]\ndef icon(params): return params['slug'].encode()"
        with client_of(tmp_path, {"app/[slug]/icon.py": text}) as client:
            assert [told(client.get(path))[1:3] for path in ("/a/icon", "/b/icon", "/b/icon")] == [
                ("a", "HIT"),
                ("b", "MISS"),
                ("b", "HIT"),
            ]

    def test_each_image_that_is_listed_has_its_url_and_its_type(self, tmp_path: Path) -> None:
        text = (
            "content_type = 'image/gif'\n"
            "async def generate_image_metadata(params):\n"
            "    return [{'id': 'big', 'content_type': 'image/webp'}, {'id': 2}]\n"
            "async def icon(id, params): return repr(await id).encode()"
        )
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            big, second = client.get("/icon/big"), client.get("/icon/2")
            assert (told(big), big.headers["content-type"]) == ((200, "'big'", "HIT", YEAR), "image/webp")
            assert (told(second), second.headers["content-type"]) == ((200, "2", "HIT", YEAR), "image/gif")
            assert [client.get(path).status_code for path in ("/icon", "/icon/3", "/icon/big/x")] == [404] * 3

    def test_the_images_of_a_dynamic_segment_are_listed_for_its_values(self, tmp_path: Path) -> None:
        text = (
            "def generate_image_metadata(params): return [{'id': params['slug'][0]}]\n"
            "def generate_static_params(): return [{'slug': 'ab'}]\n"
            "def icon(id, params): return f'{id} {params[\"slug\"]}'.encode()"
        )
        with client_of(tmp_path, {"app/[slug]/icon.py": text}) as client:
            assert told(client.get("/ab/icon/a"))[1:3] == ("a ab", "HIT")
            assert told(client.get("/cd/icon/c"))[1:3] == ("c cd", "MISS")
            assert client.get("/cd/icon/a").status_code == 404

    def test_an_image_by_request_keeps_status_and_headers(self, tmp_path: Path) -> None:
        text = (
            "async def opengraph_image():\n"
            "    who = (await headers()).get('x-who')\n"
            "    return Response(who, status=203, headers={'x-extra': 'yes'})"
        )
        with client_of(tmp_path, {"app/opengraph_image.py": text}) as client:
            answer = client.get("/opengraph-image", headers={"x-who": "ann"})
            assert (answer.status_code, answer.text, answer.headers["x-extra"]) == (203, "ann", "yes")

    @pytest.mark.parametrize(("call", "status"), [("not_found()", 404), ("redirect('/x')", 307)])
    def test_control_flow_works(self, tmp_path: Path, call: str, status: int) -> None:
        with client_of(tmp_path, {"app/icon.py": f"dynamic = 'force-dynamic'\ndef icon(): {call}"}) as client:
            assert client.get("/icon", follow_redirects=False).status_code == status

    def test_max_duration_ends_what_takes_longer(self, tmp_path: Path) -> None:
        text = (
            "import asyncio\nmax_duration = 0.05\ndynamic = 'force-dynamic'\nasync def icon(): await asyncio.sleep(9)"
        )
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            assert client.get("/icon").status_code == 504

    @pytest.mark.parametrize("value", ["None", "'text'", "[b'']", "byway.Response.next()"])
    def test_anything_else_is_an_error_that_names_the_function(self, tmp_path: Path, value: str) -> None:
        with (
            pytest.raises(AppError, match=r"icon\(\) in app/icon.py returned"),
            client_of(tmp_path, {"app/icon.py": f"def icon(): return {value}"}),
        ):
            pass

    def test_a_cookie_that_it_sets_is_not_kept(self, tmp_path: Path) -> None:
        text = "def icon(): return Response(b'', headers={'set-cookie': 'a=b'})"
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            assert "set-cookie" not in client.get("/icon").headers


class TestCachedFunctions:
    def test_ids_and_params_may_be_the_arguments_of_cached_functions(self, tmp_path: Path) -> None:
        text = (
            "@byway.use_cache\n"
            "async def sitemap(id, params):\n"
            "    runs.append(1)\n"
            "    return [{'url': f'/{await id!r}/{(await params)[\"shop\"]}/{len(runs)}'}]\n"
            "def generate_sitemaps(): return [{'id': 1}, {'id': 'a'}]\n"
            "dynamic = 'force-dynamic'"
        )
        with client_of(tmp_path, {"app/[shop]/sitemap.py": text}) as client:
            for _ in range(2):
                assert "/1/x/1<" in client.get("/x/sitemap/1.xml").text
                assert "/'a'/x/2<" in client.get("/x/sitemap/a.xml").text


class TestIdsThatComeAndGo:
    TEXT = (
        "from lib.store import ids\n"
        "revalidate = 60\n"
        "def generate_image_metadata():\n    runs.append(1)\n    return [{'id': one} for one in ids]\n"
        "def icon(id): return f'{id} {len(runs)}'.encode()"
    )

    def client(self, root: Path) -> Client:
        write_app(root, {"lib/store.py": "ids = ['a']\n"})
        change = (
            "from lib.store import ids\n"
            "async def POST(request):\n    ids[:] = await request.json()\n    return Response()"
        )
        return client_of(root, {"app/icon.py": self.TEXT, "app/change/route.py": change})

    def test_an_id_that_is_withdrawn_is_gone_after_its_refresh(self, tmp_path: Path) -> None:
        with self.client(tmp_path) as client:
            client.post("/change", json=["b"])
            assert client.get("/icon/a").headers["x-byway-cache"] == "HIT"
            client.clock.advance(61)
            assert (client.get("/icon/a").headers["x-byway-cache"], client.drain()) == ("STALE", None)
            assert [client.get("/icon/a").status_code for _ in range(2)] == [404, 404]
            client.post("/change", json=["a"])
            assert [client.get("/icon/a").headers["x-byway-cache"] for _ in range(2)] == ["MISS", "HIT"]

    def test_asking_for_an_unknown_id_lists_once_and_does_not_spoil_it(self, tmp_path: Path) -> None:
        with self.client(tmp_path) as client:
            before = int(client.get("/icon/a").text.partition(" ")[2])
            assert client.get("/icon/b").status_code == 404
            client.post("/change", json=["b"])
            answer = client.get("/icon/b")
            assert (answer.text, answer.headers["x-byway-cache"]) == (f"b {before + 2}", "MISS")

    def test_a_build_lists_once_however_many_there_are(self, tmp_path: Path) -> None:
        text = (
            "def generate_image_metadata():\n    runs.append(1)\n    return [{'id': one} for one in range(50)]\n"
            "def icon(id): return str(len(runs)).encode()"
        )
        with client_of(tmp_path, {"app/icon.py": text}) as client:
            assert {client.get(f"/icon/{one}").text for one in range(50)} == {"1"}

    def test_without_a_list_of_folders_only_listed_paths_would_be_none(self, tmp_path: Path) -> None:
        text = "dynamic_params = False\ndef generate_image_metadata(): return [{'id': 1}]\ndef icon(id): return b''"
        with (
            pytest.raises(AppError, match="dynamic_params = False has only the listed paths answered"),
            client_of(tmp_path, {"app/[slug]/icon.py": text}),
        ):
            pass
