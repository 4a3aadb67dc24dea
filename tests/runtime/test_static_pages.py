"""Static pages: what is kept of them, for how long, and what a client is sent of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import pytest

from byway import Response, create_app
from byway.build import build
from byway.testing import AsyncClient, Client, FetchStub

from ..support import Peer, call, route, write_app

NO_STORE = "private, no-cache, no-store, max-age=0, must-revalidate"
YEAR = 365 * 24 * 3600
CLOCK = "http://clock.test/"
IMPORTS = """\
import asyncio
from htpy import body, div, h1, html, p
from byway import Suspense, cache_life, cache_tag, cookies, draft_mode, fetch, headers, navigation, use_cache
from byway.server import after, connection

"""
ROOT = "def layout(children): return html[body[children]]"
COUNTING = "n = 0\ndef page():\n    global n\n    n += 1\n    return f'made {n}'\n"
LISTED = "def generate_static_params(): return [{'id': 'a'}]\n"
# A page for each `id`, that tells it and how often it has run.
BY_ID = "n = 0\nasync def page(params):\n    global n\n    n += 1\n    return f'{params[\"id\"]} {n}'\n"
REVALIDATE = route("""
    from byway import revalidate_path, revalidate_tag
    async def POST(request: Request):
        query = request.url.search_params
        if "tag" in query: revalidate_tag(query.get("tag"))
        else: revalidate_path(query.get("path"), query.get("type"))
        return Response("done")
""")
NOT_FOUND = "def not_found(): return h1['Nothing here']"
NONE: set[str] = set()

Serve = Callable[..., Client]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app below a plain root layout: file of ``app/`` without ``.py`` → text; ``more`` files as they are."""
    clients: list[Client] = []

    def start(files: dict[str, str], more: dict[str, str] | None = None, **options: Any) -> Client:
        texts = {f"app/{name}.py": IMPORTS + dedent(text) for name, text in ({"layout": ROOT} | files).items()}
        client = Client(write_app(tmp_path, texts | (more or {})), **options)
        clients.append(client)
        return client.__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def config(text: str) -> dict[str, str]:
    """A ``byway_config.py`` with these settings."""
    return {"byway_config.py": f"from byway import Config\nconfig = Config({text})\n"}


def shown(answer: httpx2.Response) -> str:
    """What is in the body of the document."""
    return answer.text.partition("<body>")[2].partition("</body>")[0]


def seen(client: Client, path: str = "/", **options: Any) -> tuple[str, str | None]:
    """What the page shows, and the state of the answer; what is made anew in the background is waited for."""
    answer = client.get(path, **options)
    client.drain()
    return shown(answer), answer.headers.get("x-byway-cache")


# --- Its life ---------------------------------------------------------------------------------------------------------


def test_a_page_is_made_once_and_kept_for_ever(serve: Serve) -> None:
    client = serve({"page": COUNTING})
    assert [seen(client) for _ in range(2)] == [("made 1", "HIT")] * 2
    client.clock.advance(10 * YEAR)
    assert seen(client) == ("made 1", "HIT")
    assert client.get("/").headers["cache-control"] == f"s-maxage={YEAR}"


def test_a_page_is_stale_after_revalidate_seconds_and_made_anew_in_the_background(serve: Serve) -> None:
    client = serve({"page": f"revalidate = 60\n{COUNTING}"})
    assert client.get("/").headers["cache-control"] == f"s-maxage=60, stale-while-revalidate={YEAR - 60}"
    client.clock.advance(59)
    assert seen(client) == ("made 1", "HIT")
    client.clock.advance(2)
    assert [seen(client) for _ in range(2)] == [("made 1", "STALE"), ("made 2", "HIT")]


def test_an_expired_page_is_waited_for(serve: Serve) -> None:
    client = serve({"page": f"revalidate = 60\n{COUNTING}"}, config("expire_time=100"))
    client.clock.advance(101)
    assert [seen(client) for _ in range(2)] == [("made 2", "MISS"), ("made 2", "HIT")]


@pytest.mark.parametrize(
    ("outer", "inner", "page", "lives"),
    [("30", "60", "90", 30), ("90", "30", "60", 30), ("90", "60", "30", 30), ("False", "60", "False", 60)],
)
def test_the_smallest_revalidate_of_layouts_and_page_counts(
    serve: Serve, outer: str, inner: str, page: str, lives: int
) -> None:
    client = serve(
        {
            "layout": f"revalidate = {outer}\n{ROOT}",
            "in/layout": f"revalidate = {inner}\ndef layout(children): return children",
            "in/page": f"revalidate = {page}\n{COUNTING}",
        }
    )
    client.clock.advance(lives - 1)
    assert seen(client, "/in") == ("made 1", "HIT")
    client.clock.advance(2)
    assert seen(client, "/in") == ("made 1", "STALE")


def test_a_fetch_with_a_shorter_life_shortens_that_of_its_page(serve: Serve) -> None:
    stub = FetchStub()
    stub.on(CLOCK, Response("noon"))
    page = f"revalidate = 60\nasync def page(): return await (await fetch('{CLOCK}', revalidate=20)).text()"
    client = serve({"page": page}, fetch=stub)
    assert client.get("/").headers["cache-control"].startswith("s-maxage=20, ")
    client.clock.advance(21)
    stub.on(CLOCK, Response("evening"))
    states = [seen(client) for _ in range(3)]
    assert states[0] == ("noon", "STALE")
    assert states[-1] == ("evening", "HIT")


def test_a_failing_refresh_keeps_the_old_page_and_shows_no_error_page(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    page = (
        "revalidate = 60\nn = 0\ndef page():\n    global n\n    n += 1\n    return f'made {n if n != 2 else 1 / 0}'\n"
    )
    client = serve({"page": page, "error": "def error(): return 'caught'"})
    client.clock.advance(61)
    assert [seen(client) for _ in range(2)] == [("made 1", "STALE"), ("made 1", "HIT")]
    assert "Refreshing the answer at / failed; the old value stays." in caplog.text
    client.clock.advance(31)
    assert [seen(client) for _ in range(2)] == [("made 1", "STALE"), ("made 3", "HIT")]


def test_many_visits_at_once_make_a_page_once(tmp_path: Path) -> None:
    page = LISTED + BY_ID.replace("    return", "    await asyncio.sleep(0)\n    return")
    files = {"app/layout.py": IMPORTS + ROOT, "app/[id]/page.py": IMPORTS + page}

    async def visit() -> set[str]:
        async with AsyncClient(write_app(tmp_path, files)) as client:
            return {shown(answer) for answer in await asyncio.gather(*(client.get("/b") for _ in range(5)))}

    assert asyncio.run(visit()) == {"b 2"}


def test_draft_mode_shows_a_page_anew_and_keeps_nothing_of_it(serve: Serve) -> None:
    enable = route(
        "from byway import draft_mode\nasync def GET():\n    draft_mode().enable()\n    return Response('on')"
    )
    page = COUNTING.replace("{n}", "{n} {draft_mode().is_enabled}")
    client = serve({"page": page}, {"app/draft/route.py": enable}, base_url="https://testserver")
    assert seen(client) == ("made 1 False", "HIT")
    client.get("/draft")
    answers = [client.get("/") for _ in range(2)]
    assert [shown(answer) for answer in answers] == ["made 2 True", "made 3 True"]
    assert {answer.headers["cache-control"] for answer in answers} == {NO_STORE}
    assert "x-byway-cache" not in answers[0].headers
    client.cookies.clear()
    assert seen(client) == ("made 1 False", "HIT")


# --- Paths ------------------------------------------------------------------------------------------------------------


def test_listed_paths_are_there_and_others_are_made_at_their_first_visit(serve: Serve) -> None:
    client = serve({"[id]/page": LISTED + BY_ID})
    found = [seen(client, path) for path in ("/a", "/b", "/b", "/a")]
    assert found == [("a 1", "HIT"), ("b 2", "MISS"), ("b 2", "HIT"), ("a 1", "HIT")]


@pytest.mark.parametrize("where", ["layout", "[id]/layout", "[id]/page"])
def test_without_dynamic_params_other_paths_show_the_apps_not_found(serve: Serve, where: str) -> None:
    layout = "def layout(children): return children"
    files = {"layout": ROOT, "[id]/layout": layout, "[id]/page": LISTED + BY_ID, "not_found": NOT_FOUND}
    client = serve(files | {where: f"dynamic_params = False\n{files[where]}"})
    assert seen(client, "/a") == ("a 1", "HIT")
    answer = client.get("/b")
    assert (answer.status_code, shown(answer)) == (404, "<h1>Nothing here</h1>")
    assert client.get("/b", headers={"accept": "application/json"}).json()["status"] == 404


@pytest.mark.parametrize("config", ["revalidate = 0", "dynamic = 'force-dynamic'"])
def test_without_dynamic_params_a_dynamic_page_is_there_for_its_listed_paths_alone(serve: Serve, config: str) -> None:
    client = serve({"layout": f"{config}\n{ROOT}", "[id]/page": f"dynamic_params = False\n{LISTED}{BY_ID}"})
    assert [seen(client, "/a") for _ in range(2)] == [("a 1", None), ("a 2", None)]
    assert client.get("/a").headers["cache-control"] == NO_STORE
    assert client.get("/b").status_code == 404


def test_without_dynamic_params_another_route_may_have_the_path(serve: Serve) -> None:
    listed = f"dynamic_params = False\n{LISTED}{BY_ID}"
    client = serve({"[id]/page": listed, "[...rest]/page": "def page(params): return '/'.join(params['rest'])"})
    assert (shown(client.get("/a")), shown(client.get("/b"))) == ("a 1", "b")


def test_a_layout_and_a_page_list_the_paths_together(serve: Serve) -> None:
    client = serve(
        {
            "[lang]/layout": """
                dynamic_params = False
                def generate_static_params(): return [{"lang": "en"}, {"lang": "de"}]
                def layout(children, params): return div(lang=params["lang"])[children]
            """,
            "[lang]/[id]/page": """
                def generate_static_params(params): return [{"id": f"{params['lang']}-{n}"} for n in (1, 2)]
                def page(params): return params["id"]
            """,
        }
    )
    assert seen(client, "/de/de-2") == ('<div lang="de">de-2</div>', "HIT")
    assert [client.get(path).status_code for path in ("/en/en-1", "/en/de-1", "/fr/fr-1")] == [200, 404, 404]


def test_a_page_without_a_list_below_a_layout_with_one_has_no_path_ahead(serve: Serve) -> None:
    client = serve(
        {
            "[lang]/layout": "def generate_static_params(): return [{'lang': 'en'}]\n"
            "def layout(children): return children",
            "[lang]/[id]/page": BY_ID,
        }
    )
    assert [seen(client, "/en/x") for _ in range(2)] == [("x 1", "MISS"), ("x 1", "HIT")]


def test_all_spellings_of_a_path_are_one_page(serve: Serve) -> None:
    client = serve({"[id]/page": "def generate_static_params(): return [{'id': 'ä b'}]\n" + BY_ID})
    assert {seen(client, path) for path in ("/ä b", "/%C3%A4%20b", "/%c3%a4 b")} == {("ä b 1", "HIT")}


def test_a_path_that_turns_out_to_need_its_request_is_answered_anew(serve: Serve) -> None:
    page = LISTED + BY_ID.replace("    return", "    if params['id'] != 'a': cookies().get('x')\n    return")
    client = serve({"[id]/page": page})
    answers = [client.get("/b") for _ in range(2)]
    assert len({shown(answer) for answer in answers}) == 2
    assert {answer.headers["cache-control"] for answer in answers} == {NO_STORE}
    assert seen(client, "/a") == ("a 1", "HIT")


def test_a_path_that_fails_at_its_first_visit_shows_the_error_page_and_is_not_kept(serve: Serve) -> None:
    page = LISTED + BY_ID.replace("    return", "    if n in (2, 3, 4): raise ValueError('no luck')\n    return")
    client = serve({"[id]/page": page, "error": "def error(): return 'caught'"})
    # To keep it is not tried again at once: then the page would run twice for each request.
    for _ in range(2):
        answer = client.get("/b")
        assert (answer.status_code, shown(answer), answer.headers["cache-control"]) == (500, "caught", NO_STORE)
    client.clock.advance(3)
    assert [seen(client, "/b") for _ in range(2)] == [("b 5", "MISS"), ("b 5", "HIT")]


def test_a_page_that_is_mounted_is_rendered_anew_for_its_urls_begin_otherwise(tmp_path: Path) -> None:
    files = {"app/layout.py": IMPORTS + ROOT, "app/page.py": IMPORTS + "def page(): navigation.redirect('/target')"}
    build(write_app(tmp_path, files))

    async def ask() -> tuple[Peer, Peer]:
        await application.start()
        answers = await call(application, "/"), await call(application, "/mnt/", root_path="/mnt")
        await application.stop()
        return answers

    application = create_app(tmp_path)
    plain, mounted = asyncio.run(ask())
    application.app.close()
    assert (plain.header("location"), plain.header("x-byway-cache")) == ("/target", "HIT")
    assert (mounted.header("location"), mounted.header("x-byway-cache")) == ("/mnt/target", None)


def test_a_path_that_turned_out_dynamic_is_rendered_for_posts_as_well(serve: Serve) -> None:
    page = LISTED + BY_ID.replace("    return", "    if params['id'] == 'b': cookies().get('x')\n    return")
    client = serve({"[id]/page": page})
    assert client.post("/a").status_code == 405
    assert client.get("/b").status_code == 200
    assert client.post("/b").status_code == 200


def test_the_query_is_no_way_around_a_cached_function(serve: Serve) -> None:
    page = """
        holder = []
        @use_cache
        async def cached(): return holder[-1].search_params["name"]
        async def page(props):
            holder.append(props)
            props.search_params
            return await cached()
        """
    answer = serve({"page": page}).get("/?name=alice")
    assert answer.status_code == 500
    assert "alice" not in answer.text


def test_a_static_only_path_that_reads_a_cookie_fails_at_its_visit(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    page = "dynamic = 'error'\n" + LISTED + BY_ID.replace("    return", "    if n > 1: cookies().get('x')\n    return")
    client = serve({"[id]/page": page})
    assert client.get("/b").status_code == 500
    line = 1 + (IMPORTS + page).partition("cookies().get")[0].count("\n")
    assert f'Route /[id] has dynamic = "error", but uses cookies() at app/[id]/page.py:{line}' in caplog.text


# --- Other answers than 200 -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 403, 401])
@pytest.mark.parametrize("has_file", [True, False])
def test_an_interrupt_is_kept_with_its_status(serve: Serve, status: int, has_file: bool) -> None:
    name = {404: "not_found", 403: "forbidden", 401: "unauthorized"}[status]
    files = {"page": f"def page(): navigation.{name}()"}
    if has_file:
        files[name] = COUNTING.replace("page", name)
    client = serve(files)
    answers = [client.get("/", headers={"accept": accept}) for accept in ("text/html", "application/json")]
    assert [answer.status_code for answer in answers] == [status] * 2
    assert [answer.headers["x-byway-cache"] for answer in answers] == ["HIT"] * 2
    assert answers[0].text == answers[1].text
    assert answers[0].headers["content-type"] == "text/html; charset=utf-8"
    assert answers[0].headers["cache-control"] == f"s-maxage={YEAR}"
    assert "etag" not in answers[0].headers
    if has_file:
        assert shown(answers[0]) == "made 1"
        assert '<meta name="robots" content="noindex">' in answers[0].text


def test_a_kept_not_found_is_made_anew_like_any_page(serve: Serve) -> None:
    page = "revalidate = 60\n" + COUNTING.replace("    return", "    if n == 1: navigation.not_found()\n    return")
    client = serve({"page": page, "not_found": NOT_FOUND})
    answer = client.get("/")
    assert (answer.status_code, answer.headers["cache-control"]) == (
        404,
        f"s-maxage=60, stale-while-revalidate={YEAR - 60}",
    )
    client.clock.advance(61)
    assert seen(client) == ("<h1>Nothing here</h1>", "STALE")
    assert seen(client) == ("made 2", "HIT")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(("name", "status"), [("redirect", 307), ("permanent_redirect", 308)])
@pytest.mark.parametrize(
    ("target", "location"),
    [("/there?a=1", "/base/there?a=1"), ("there", "there"), ("https://other.test/x", "https://other.test/x")],
)
def test_a_redirect_is_kept_and_a_path_is_below_the_base_path(
    serve: Serve, name: str, status: int, target: str, location: str
) -> None:
    page = f"revalidate = 60\ndef page(): navigation.{name}('{target}')"
    client = serve({"from/page": page}, config("base_path='/base'"))
    answer = client.get("/base/from")
    assert (answer.status_code, answer.headers["location"]) == (status, location)
    assert answer.headers["x-byway-cache"] == "HIT"
    assert answer.headers["cache-control"] == f"s-maxage=60, stale-while-revalidate={YEAR - 60}"


# --- What a client is sent --------------------------------------------------------------------------------------------


def test_who_has_a_page_already_is_told_so(serve: Serve) -> None:
    client = serve({"page": COUNTING})
    etag = client.get("/").headers["etag"]
    answer = client.get("/", headers={"if-none-match": f"W/{etag}"})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
    assert answer.headers["cache-control"] == f"s-maxage={YEAR}"
    assert client.get("/", headers={"if-none-match": etag, "cache-control": "no-cache"}).status_code == 200


def test_no_etag_with_generate_etags_false(serve: Serve) -> None:
    assert "etag" not in serve({"page": COUNTING}, config("generate_etags=False")).get("/").headers


def test_head_is_answered_as_get_without_its_body(serve: Serve) -> None:
    client = serve({"page": COUNTING})
    got, head = client.get("/"), client.head("/")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag", "cache-control", "x-byway-cache"):
        assert head.headers[name] == got.headers[name], name


def test_a_first_visit_with_head_makes_the_page(serve: Serve) -> None:
    client = serve({"[id]/page": LISTED + BY_ID})
    head = client.head("/b")
    assert (head.status_code, head.headers["x-byway-cache"], head.content) == (200, "MISS", b"")
    assert seen(client, "/b") == ("b 2", "HIT")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(serve: Serve, method: str) -> None:
    client = serve({"page": COUNTING})
    answer = client.request(method, "/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
    assert seen(client) == ("made 1", "HIT")


def test_a_dynamic_page_is_shown_to_who_posts_to_it(serve: Serve) -> None:
    client = serve({"page": "dynamic = 'force-dynamic'\n" + COUNTING})
    assert shown(client.post("/")) == "made 1"
    answer = client.options("/")
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert client.put("/").status_code == 405


def test_the_query_and_the_cookies_are_no_part_of_what_is_kept(serve: Serve) -> None:
    client = serve({"page": COUNTING})
    assert {seen(client, path, headers={"cookie": "a=1"}) for path in ("/", "/?a=1", "/?a=2")} == {("made 1", "HIT")}


def test_a_static_page_waits_for_what_would_come_late(serve: Serve) -> None:
    client = serve(
        {
            "loading": "def loading(): return 'loading'",
            "page": """
                async def late():
                    await asyncio.sleep(0.05)
                    return p["late"]
                async def page():
                    await asyncio.sleep(0.05)
                    return [h1["page"], Suspense(fallback="a fallback")[late()]]
            """,
        }
    )
    answer = client.get("/")
    assert shown(answer) == "<h1>page</h1><p>late</p>"
    assert "<script" not in answer.text
    assert answer.headers["content-length"] == str(len(answer.content))


def test_force_static_pages_see_nothing_of_a_request(serve: Serve) -> None:
    client = serve(
        {
            "page": """
                dynamic = "force-static"
                async def page(search_params):
                    await connection()
                    return f"{len(cookies())} {len(headers())} {await search_params}"
            """
        }
    )
    assert seen(client, "/?a=1", headers={"cookie": "a=1"}) == ("0 0 {}", "HIT")


def test_force_static_pages_see_nothing_of_a_request_in_draft_mode(serve: Serve) -> None:
    enable = route(
        "from byway import draft_mode\nasync def GET():\n    draft_mode().enable()\n    return Response('on')"
    )
    page = "dynamic = 'force-static'\nasync def page(search_params): return f'{len(cookies())} {await search_params}'"
    client = serve({"page": page}, {"app/draft/route.py": enable}, base_url="https://testserver")
    client.get("/draft")
    answer = client.get("/?a=1")
    assert (shown(answer), answer.headers["cache-control"]) == ("0 {}", NO_STORE)


def test_the_metadata_of_a_static_page_is_kept_with_it(serve: Serve) -> None:
    client = serve(
        {
            "[id]/page": LISTED + "n = 0\n"
            "async def generate_metadata(params):\n    global n\n    n += 1\n"
            "    return {'title': f'{params[\"id\"]} {n}', 'alternates': {'canonical': 'https://site.test/x'}}\n"
            "def page(): return 'x'\n"
        }
    )
    for _ in range(2):
        text = client.get("/a").text
        assert "<title>a 1</title>" in text
        assert '<link rel="canonical" href="https://site.test/x">' in text


def test_a_page_that_is_made_may_do_more_afterwards(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    page = """
        import logging
        revalidate = 60
        n = 0
        def page():
            global n
            n += 1
            after(lambda: logging.getLogger("of.the.test").warning("after %s", n))
            return f"made {n}"
    """
    client = serve({"page": page})
    told = [record.getMessage() for record in caplog.records if record.name == "of.the.test"]
    assert told == ["after 1"]
    client.clock.advance(61)
    assert [seen(client) for _ in range(2)] == [("made 1", "STALE"), ("made 2", "HIT")]
    told = [record.getMessage() for record in caplog.records if record.name == "of.the.test"]
    assert told == ["after 1", "after 2"]


# --- Made anew on demand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "anew"),
    [
        ("path=/shop/a", {"/shop/a"}),
        ("path=/(group)/shop/[id]&type=page", {"/shop/a", "/shop/b"}),
        ("path=/(group)/shop&type=page", {"/shop"}),
        ("path=/(group)/shop&type=layout", {"/shop", "/shop/a", "/shop/b"}),
        ("path=/&type=layout", {"/", "/shop", "/shop/a", "/shop/b"}),
        ("path=/&type=page", {"/"}),
        ("path=/", {"/"}),
        ("path=/shop/c", NONE),
        ("path=/(group)/shop/[id]/route&type=page", NONE),
    ],
)
def test_revalidate_path_reaches_the_pages_it_names(serve: Serve, query: str, anew: set[str]) -> None:
    files = {"page": COUNTING, "(group)/shop/page": COUNTING, "(group)/shop/[id]/page": LISTED + COUNTING}
    client = serve(files, {"app/revalidate/route.py": REVALIDATE})
    paths = ("/", "/shop", "/shop/a", "/shop/b")
    for path in paths:
        client.get(path)
    client.post(f"/revalidate?{query}")
    assert {path for path in paths if seen(client, path)[1] == "MISS"} == anew
    assert {seen(client, path)[1] for path in paths} == {"HIT"}


@pytest.mark.parametrize("path", ["/base/x", "/x"])
def test_revalidate_path_takes_a_path_with_or_without_the_base_path(serve: Serve, path: str) -> None:
    client = serve({"x/page": COUNTING}, config("base_path='/base'") | {"app/revalidate/route.py": REVALIDATE})
    client.post(f"/base/revalidate?path={path}")
    assert seen(client, "/base/x") == ("made 2", "MISS")


def test_revalidate_tag_reaches_the_pages_that_have_fetched_or_cached_with_it(serve: Serve) -> None:
    stub = FetchStub()
    stub.on(CLOCK, Response("noon"))
    of_fetch = (
        f"async def page():\n    return await (await fetch('{CLOCK}', tags=['time'], cache='force-cache')).text()"
    )
    of_function = """
        n = 0
        @use_cache
        async def number():
            global n
            cache_tag("time")
            n += 1
            return n
        async def page(): return f"{await number()}"
    """
    files = {"fetch/page": of_fetch, "function/page": of_function, "page": COUNTING}
    client = serve(files, {"app/revalidate/route.py": REVALIDATE}, fetch=stub)
    assert [seen(client, path) for path in ("/fetch", "/function")] == [("noon", "HIT"), ("1", "HIT")]
    stub.on(CLOCK, Response("evening"))
    client.post("/revalidate?tag=time")
    assert [seen(client, path) for path in ("/fetch", "/function")] == [("evening", "MISS"), ("2", "MISS")]
    assert seen(client) == ("made 1", "HIT")


def test_a_layouts_cached_data_is_a_part_of_its_pages(serve: Serve) -> None:
    layout = """
        n = 0
        @use_cache
        async def number():
            global n
            cache_tag("number")
            n += 1
            return n
        async def layout(children): return html[body[f"{await number()} ", children]]
    """
    client = serve({"layout": layout, "page": COUNTING}, {"app/revalidate/route.py": REVALIDATE})
    assert seen(client) == ("1 made 1", "HIT")
    client.post("/revalidate?tag=number")
    assert seen(client) == ("2 made 2", "MISS")


def test_a_page_may_not_revalidate_while_it_renders(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    page = "import byway\ndef page(): byway.revalidate_path('/'); return 'x'"
    client = serve({"page": page})
    assert client.get("/").status_code == 500
    assert "revalidate_path() was called while GET / renders, which must not change anything" in caplog.text


def test_an_api_route_has_a_page_made_anew(serve: Serve) -> None:
    api = "async def handler(req, res):\n    await res.revalidate(req.query['path'])\n    res.end()\n"
    client = serve({"[id]/page": LISTED + BY_ID}, {"pages/api/anew.py": api})
    assert client.get("/api/anew?path=/a").status_code == 200
    assert seen(client, "/a") == ("a 2", "HIT")
