"""Static route handlers: what is kept of them, for how long, and what a client is sent of it."""

from __future__ import annotations

import logging
from pathlib import Path

import httpx2
import pytest

from byway.testing import Client

from ..support import route, write_app

NO_STORE = "private, no-cache, no-store, max-age=0, must-revalidate"
YEAR = 365 * 24 * 3600


def counting(config: str, answer: str = "Response(str(n))") -> str:
    """A ``route.py`` with ``config`` that answers how often its GET has run."""
    source = "{config}\nn = 0\nasync def GET(request: Request, ctx: RouteContext):\n    global n\n    n += 1\n"
    return route(source.replace("{config}", config) + f"    return {answer}\n")


MINUTE = counting("revalidate = 60")
FOR_EVER = counting('dynamic = "force-static"')
REVALIDATE = route("""
    from byway import revalidate_path, revalidate_tag
    async def POST(request: Request):
        revalidate_path(request.url.search_params.get("path"), request.url.search_params.get("type"))
        return Response("done")
""")


def seen(client: Client, path: str, **options: object) -> tuple[str, str | None]:
    """The text of the answer, and its state; what is made anew in the background is waited for."""
    answer = client.get(path, **options)  # type: ignore[arg-type]
    client.drain()
    return answer.text, answer.headers.get("x-byway-cache")


# --- Its life ---------------------------------------------------------------------------------------------------------


def test_an_answer_is_made_by_the_build_and_is_stale_after_revalidate_seconds(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, {"app/route.py": MINUTE})) as client:
        assert [seen(client, "/") for _ in range(2)] == [("1", "HIT")] * 2
        client.clock.advance(59)
        assert seen(client, "/") == ("1", "HIT")
        client.clock.advance(2)
        assert [seen(client, "/") for _ in range(2)] == [("1", "STALE"), ("2", "HIT")]


def test_what_is_stale_is_sent_until_it_expires_and_then_waited_for(tmp_path: Path) -> None:
    files = {"app/route.py": MINUTE, "byway_config.py": "from byway import Config\nconfig = Config(expire_time=100)\n"}
    with Client(write_app(tmp_path, files)) as client:
        client.clock.advance(99)
        assert seen(client, "/") == ("1", "STALE")
        client.clock.advance(101)
        assert [seen(client, "/") for _ in range(2)] == [("3", "MISS"), ("3", "HIT")]


@pytest.mark.parametrize("config", ['dynamic = "force-static"', "revalidate = False", 'dynamic = "error"'])
def test_without_a_time_an_answer_is_kept_for_ever(tmp_path: Path, config: str) -> None:
    with Client(write_app(tmp_path, {"app/route.py": counting(config)})) as client:
        client.clock.advance(10 * YEAR)
        assert seen(client, "/") == ("1", "HIT")


def test_a_path_that_was_not_listed_is_made_at_its_first_visit(tmp_path: Path) -> None:
    source = counting(
        'async def generate_static_params(): return [{"id": "a"}]', 'Response(f"{(await ctx.params)["id"]} {n}")'
    )
    source = source.replace('["id"]', "['id']")
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        found = [seen(client, path) for path in ("/a", "/b", "/b", "/a")]
    assert found == [("a 1", "HIT"), ("b 2", "MISS"), ("b 2", "HIT"), ("a 1", "HIT")]


def test_a_refresh_that_fails_keeps_the_old_answer_and_is_tried_again_later(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = counting("revalidate = 60", "Response(str(n)) if n != 2 else 1 / 0")
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        client.clock.advance(61)
        assert seen(client, "/") == ("1", "STALE")
        assert "Refreshing the answer at / failed; the old value stays." in caplog.text
        answer = client.get("/")
        assert (answer.text, answer.headers["x-byway-cache"]) == ("1", "HIT")
        # Fresh for as long as nothing is tried: 30 seconds at most.
        assert answer.headers["cache-control"].startswith("s-maxage=30, stale-while-revalidate=")
        client.clock.advance(31)
        assert [seen(client, "/") for _ in range(2)] == [("1", "STALE"), ("3", "HIT")]


def test_a_handler_that_raises_at_a_visit_is_an_error_and_is_not_kept(tmp_path: Path) -> None:
    source = counting("async def generate_static_params(): return []", "Response(str(n)) if n != 1 else 1 / 0")
    source = source.replace("return []", "return []\nrevalidate = 60")
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        assert client.get("/a").status_code == 500
        assert [seen(client, "/a") for _ in range(2)] == [("2", "MISS"), ("2", "HIT")]


def test_revalidate_path_makes_a_static_answer_anew(tmp_path: Path) -> None:
    files = {"app/(group)/items/route.py": FOR_EVER, "app/revalidate/route.py": REVALIDATE}
    with Client(write_app(tmp_path, files)) as client:
        for params, expected in [
            ("path=/items", ("2", "MISS")),
            ("path=/(group)/items&type=layout", ("3", "MISS")),
            ("path=/&type=layout", ("4", "MISS")),
            ("path=/other", ("4", "HIT")),
            ("path=/(group)/items&type=page", ("4", "HIT")),
        ]:
            client.post(f"/revalidate?{params}")
            assert seen(client, "/items") == expected, params


# --- What is the same answer ------------------------------------------------------------------------------------------


def test_the_query_is_no_part_of_the_key(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, {"app/route.py": FOR_EVER})) as client:
        assert [seen(client, path) for path in ("/?a=1", "/?a=2", "/")] == [("1", "HIT")] * 3


def test_all_spellings_of_a_path_are_one(tmp_path: Path) -> None:
    source = counting("revalidate = 60\nasync def generate_static_params(): return []")
    with Client(write_app(tmp_path, {"app/[id]/x/route.py": source})) as client:
        paths = ("/a%20é/x", "/%61%20%C3%A9/x", "/a%20%c3%a9/x", "/a%2Fb/x", "/a%2fb/x", "/A/x")
        assert [seen(client, path)[0] for path in paths] == ["1", "1", "1", "2", "2", "3"]


def test_a_catch_all_keeps_its_segments_apart(tmp_path: Path) -> None:
    source = counting("revalidate = 60\nasync def generate_static_params(): return [{'rest': ['a', 'b']}]")
    with Client(write_app(tmp_path, {"app/[[...rest]]/route.py": source})) as client:
        assert [seen(client, path)[0] for path in ("/a/b", "/a%2Fb", "/", "/a/b", "/")] == ["1", "2", "3", "1", "3"]


# --- Its headers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("revalidate = 60", f"s-maxage=60, stale-while-revalidate={YEAR - 60}"),
        ("revalidate = False", f"s-maxage={YEAR}"),
        ('dynamic = "force-static"', f"s-maxage={YEAR}"),
    ],
)
def test_shared_caches_are_told_how_long_the_answer_lives(tmp_path: Path, config: str, expected: str) -> None:
    with Client(write_app(tmp_path, {"app/route.py": counting(config)})) as client:
        assert [client.get("/").headers["cache-control"] for _ in range(3)] == [expected] * 3


def test_the_handler_s_own_cache_control_and_etag_are_kept(tmp_path: Path) -> None:
    answer = 'Response("x", headers={"cache-control": "public, max-age=1", "etag": \'"own"\', "x-a": "1"}, status=203)'
    with Client(write_app(tmp_path, {"app/route.py": counting("revalidate = 60", answer)})) as client:
        for _ in range(2):
            found = client.get("/")
            assert (found.status_code, found.headers["x-a"]) == (203, "1")
            assert found.headers.get_list("cache-control") == ["public, max-age=1"]
            assert found.headers.get_list("etag") == ['"own"']


def test_an_etag_follows_the_body_and_only_a_200_has_one(tmp_path: Path) -> None:
    source = counting("revalidate = 60", 'Response("b" if n > 2 else "a", status=404 if n == 4 else 200)')
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        tags: list[str | None] = []
        for _ in range(4):
            tags.append(client.get("/").headers.get("etag"))
            client.clock.advance(61)
            seen(client, "/")
    assert tags[0] is not None
    assert tags[0] == tags[1] != tags[2]
    assert tags[3] is None


def test_without_generate_etags_there_is_none(tmp_path: Path) -> None:
    config = "from byway import Config\nconfig = Config(generate_etags=False)\n"
    with Client(write_app(tmp_path, {"app/route.py": MINUTE, "byway_config.py": config})) as client:
        assert "etag" not in client.get("/").headers


def test_a_client_that_has_the_answer_is_told_so(tmp_path: Path) -> None:
    answer = "Response.json([n], headers={'x-a': '1'})"
    with Client(write_app(tmp_path, {"app/route.py": counting("revalidate = 60", answer)})) as client:
        whole = client.get("/")
        etag = whole.headers["etag"]
        for asked in (etag, f"W/{etag}", f'"x", {etag}', "*"):
            found = client.get("/", headers={"if-none-match": asked})
            assert (found.status_code, found.content) == (304, b""), asked
            assert found.headers["etag"] == etag
            assert found.headers["cache-control"] == whole.headers["cache-control"]
            assert (found.headers["x-a"], found.headers["x-byway-cache"]) == ("1", "HIT")
            assert "content-type" not in found.headers
        for headers in (
            {"if-none-match": '"other"'},
            {"if-none-match": etag.strip('"')},
            {"if-none-match": etag, "cache-control": "no-cache"},
        ):
            assert client.get("/", headers=headers).status_code == 200, headers


def test_head_has_the_headers_of_get_and_no_body_and_makes_nothing_anew(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, {"app/route.py": MINUTE})) as client:
        found, head = client.get("/"), client.head("/")
        assert (head.status_code, head.content) == (200, b"")
        assert dict(head.headers) == dict(found.headers)
        assert head.headers["content-length"] == "1"
        assert seen(client, "/") == ("1", "HIT")


def test_cookies_of_a_kept_answer_are_left_out_and_warned_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = counting("revalidate = 60", 'Response(str(n), headers={"set-cookie": "a=1"})')
    with (
        caplog.at_level(logging.WARNING, "byway.cache"),
        Client(write_app(tmp_path, {"app/route.py": source})) as client,
    ):
        for _ in range(2):
            assert "set-cookie" not in client.get("/").headers
            client.clock.advance(61)
            seen(client, "/")
        assert seen(client, "/") == ("3", "HIT")
    assert [record.getMessage() for record in caplog.records] == [
        "app/route.py: the GET handler sets a cookie, but its answer is kept and given to everyone, so the cookie is "
        'left out. Set cookies in a handler that is answered anew: dynamic = "force-dynamic".'
    ]


@pytest.mark.parametrize("dynamic", ["auto", "error", "force-static"])
@pytest.mark.parametrize(
    ("flow", "status", "location"),
    [
        ('redirect("/there")', 307, "/there"),
        ('permanent_redirect("/there")', 308, "/there"),
        ("not_found()", 404, None),
    ],
)
def test_control_flow_is_kept_like_any_answer(
    tmp_path: Path, dynamic: str, flow: str, status: int, location: str | None
) -> None:
    source = counting(f'revalidate = 60\ndynamic = "{dynamic}"', flow)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        for _ in range(2):
            found = client.get("/")
            assert (found.status_code, found.headers.get("location")) == (status, location)
            assert found.headers["x-byway-cache"] == "HIT"


@pytest.mark.parametrize("dynamic", ["auto", "error"])
def test_control_flow_at_a_visit_is_kept_as_well(tmp_path: Path, dynamic: str) -> None:
    config = f'dynamic = "{dynamic}"\nrevalidate = 60\nasync def generate_static_params(): return []'
    source = counting(config, "redirect(f'/there/{n}')")
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        found = [client.get("/a") for _ in range(2)]
    assert [(one.headers["location"], one.headers["x-byway-cache"]) for one in found] == [
        ("/there/1", "MISS"),
        ("/there/1", "HIT"),
    ]


# --- What needs a request after all -----------------------------------------------------------------------------------

DYNAMIC_AT_A_VISIT = counting(
    "revalidate = 600\nimport switch\nasync def generate_static_params(): return []",
    "Response(f'{n} {switch.reads and (request.headers.get(\"x-a\") or 0)}')",
)


def test_a_read_at_a_visit_answers_anew_and_the_route_is_tried_again_after_a_minute(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    files = {
        "app/[id]/route.py": DYNAMIC_AT_A_VISIT,
        "switch.py": "reads = True\n",
        "app/off/route.py": route("""
        import switch
        def POST():
            switch.reads = False
            return Response("off")
    """),
    }
    with Client(write_app(tmp_path, files)) as client:
        first = client.get("/a", headers={"x-a": "me"})
        assert first.text == "2 me"  # the first run was to be for everyone
        assert first.headers["cache-control"] == NO_STORE
        assert "x-byway-cache" not in first.headers
        assert "Not kept: the answer at /a, for it uses request.headers at app/[id]/route.py:" in caplog.text
        client.clock.advance(59)
        assert client.get("/a", headers={"x-a": "you"}).text == "3 you"
        client.post("/off")
        assert seen(client, "/a") == ("4 False", None)
        client.clock.advance(2)
        assert [seen(client, "/a") for _ in range(2)] == [("5 False", "MISS"), ("5 False", "HIT")]


def test_a_refresh_that_reads_the_request_keeps_the_old_answer(tmp_path: Path) -> None:
    source = counting("revalidate = 60", "Response(str(n) + (n == 2 and request.headers.get('x-a') or ''))")
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        client.clock.advance(61)
        assert [seen(client, "/") for _ in range(2)] == [("1", "STALE"), ("1", "HIT")]
        client.clock.advance(31)
        assert [seen(client, "/") for _ in range(2)] == [("1", "STALE"), ("3", "HIT")]


def test_a_read_where_dynamic_is_error_fails_the_visit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    config = 'dynamic = "error"\nasync def generate_static_params(): return []'
    source = counting(config, "Response(cookies().get('a'))")
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        assert client.get("/a").status_code == 500
    assert 'Route /[id] has dynamic = "error", but uses cookies() at app/[id]/route.py:' in caplog.text


def test_a_route_that_the_build_found_dynamic_is_answered_anew(tmp_path: Path) -> None:
    source = counting("revalidate = 60", "Response(f'{n} {request.headers.get(\"x-a\")}')")
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert [seen(client, "/", headers={"x-a": name}) for name in "ab"] == [("2 a", None), ("3 b", None)]


# --- force-static -----------------------------------------------------------------------------------------------------

BLANK = route("""
    dynamic = "force-static"
    from byway.server import connection

    async def told(request):
        await connection()
        url = request.url
        return [
            request.method, list(request.headers.items()), list(headers().items()), request.cookies.get("a"),
            cookies().get("a"), url.pathname, url.search, url.href, request.next_url.search,
        ]

    async def GET(request: Request): return Response.json(await told(request))
    async def POST(request: Request): return Response.json([*await told(request), await request.json()])
""")


def test_with_force_static_a_handler_sees_nothing_of_its_client_but_the_body_it_sent(tmp_path: Path) -> None:
    blank = [[], [], None, None, "/items", "", "http://localhost:3000/items", ""]
    sent = {"cookie": "a=1", "x-a": "1"}
    with Client(write_app(tmp_path, {"app/items/route.py": BLANK})) as client:
        assert client.get("/items?q=1", headers=sent).json() == ["GET", *blank]
        assert client.post("/items?q=1", headers=sent, json={"b": 2}).json() == ["POST", *blank, {"b": 2}]


def test_with_force_static_cookies_cannot_be_set(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = route("""
        dynamic = "force-static"
        async def GET(): return Response("x")
        async def POST(): cookies().set("a", "1")
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.post("/").status_code == 500
    assert 'This route has dynamic = "force-static": its answer is for everyone, so it sets no cookies.' in caplog.text


def test_with_force_static_what_is_made_of_something_that_is_not_kept_is_made_at_each_visit(tmp_path: Path) -> None:
    config = 'dynamic = "force-static"\nfrom byway import cache_life, use_cache'
    source = counting(f"{config}\nasync def generate_static_params(): return []", "Response(str(await now()))")
    source += "\n@use_cache\nasync def now():\n    cache_life(revalidate=0)\n    return n\n"
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        answers = [client.get("/a") for _ in range(2)]
    assert [answer.text for answer in answers] == ["1", "2"]
    assert [answer.headers["cache-control"] for answer in answers] == [NO_STORE] * 2


def test_with_force_static_the_build_keeps_nothing_that_a_visit_would_not_keep(tmp_path: Path) -> None:
    source = counting('dynamic = "force-static"\nfrom byway import cache_life, use_cache', "Response(str(await now()))")
    source += "\n@use_cache\nasync def now():\n    cache_life(revalidate=0)\n    return n\n"
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert [seen(client, "/")[0] for _ in range(3)] == ["2", "3", "4"]


def test_post_is_answered_anew_and_is_not_kept(tmp_path: Path) -> None:
    source = MINUTE + "\nm = 0\nasync def POST():\n    global m\n    m += 1\n    return Response(f'post {m}')\n"
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        answers = [client.post("/") for _ in range(2)]
        assert [answer.text for answer in answers] == ["post 1", "post 2"]
        assert "x-byway-cache" not in answers[0].headers
        assert seen(client, "/") == ("1", "HIT")


# --- dynamic_params = False -------------------------------------------------------------------------------------------

LISTED = 'dynamic_params = False\nasync def generate_static_params(): return [{"id": "a"}]'


def test_a_path_that_is_not_listed_falls_through_to_a_less_specific_route(tmp_path: Path) -> None:
    files = {
        "app/items/[id]/route.py": counting(LISTED, 'Response("listed")'),
        "app/items/[...rest]/route.py": counting("", "Response(str((await ctx.params)['rest']))"),
    }
    with Client(write_app(tmp_path, files)) as client:
        assert [client.get(path).text for path in ("/items/a", "/items/%61", "/items/b")] == ["listed"] * 2 + ["['b']"]


def test_a_path_that_is_not_listed_and_has_no_other_route_is_404_for_every_method(tmp_path: Path) -> None:
    source = counting(LISTED) + "\nasync def POST(): return Response('posted')\n"
    with Client(write_app(tmp_path, {"app/[id]/route.py": source})) as client:
        assert [client.request(method, "/b").status_code for method in ("GET", "HEAD", "POST", "PUT")] == [404] * 4
        assert [client.request(method, "/a").status_code for method in ("GET", "POST", "PUT")] == [200, 200, 405]


# --- With a proxy -----------------------------------------------------------------------------------------------------


def with_proxy(body: str) -> dict[str, str]:
    lines = "\n    ".join(body.splitlines())
    proxy = f"from byway import Response, cookies, revalidate_path\ndef proxy(request):\n    {lines}\n"
    return {"app/route.py": MINUTE, "proxy.py": proxy}


def test_a_kept_answer_with_a_proxy_s_cookie_is_for_one_client(tmp_path: Path) -> None:
    body = "answer = Response.next()\nif request.headers.get('x-a'): answer.cookies.set('a', '1')\nreturn answer"
    with Client(write_app(tmp_path, with_proxy(body))) as client:
        for _ in range(2):
            answer = client.get("/", headers={"x-a": "1"})
            assert (answer.text, answer.headers["x-byway-cache"]) == ("1", "HIT")
            assert answer.headers.get_list("cache-control") == [NO_STORE]
            assert answer.headers["set-cookie"].startswith("a=1")
            other = client.get("/")
            assert "set-cookie" not in other.headers
            assert other.headers["cache-control"].startswith("s-maxage=60")


def test_what_a_proxy_invalidates_is_seen_by_the_same_request(tmp_path: Path) -> None:
    body = "if request.headers.get('x-a'): revalidate_path('/')"
    with Client(write_app(tmp_path, with_proxy(body))) as client:
        assert [seen(client, "/"), seen(client, "/", headers={"x-a": "1"}), seen(client, "/")] == [
            ("1", "HIT"),
            ("2", "MISS"),
            ("2", "HIT"),
        ]


def test_after_work_of_a_static_handler_runs_once_for_each_making(tmp_path: Path) -> None:
    source = counting("revalidate = 60\nmarks = []", "after(lambda: marks.append(n)) or Response(str(marks))")
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert seen(client, "/") == ("[]", "HIT")
        client.clock.advance(61)
        assert [seen(client, "/")[0] for _ in range(3)] == ["[]", "[1]", "[1]"]


def assert_is_whole(answer: httpx2.Response) -> None:
    assert (answer.status_code, answer.headers["content-length"]) == (200, str(len(answer.content)))


def test_streams_and_empty_bodies_are_kept_whole(tmp_path: Path) -> None:
    stream = route("""
        dynamic = "force-static"
        async def chunks():
            yield "a"
            yield "b" * 100_000
        async def GET(): return Response(chunks())
    """)
    files = {"app/stream/route.py": stream, "app/empty/route.py": counting("revalidate = 60", "Response()")}
    with Client(write_app(tmp_path, files)) as client:
        for _ in range(2):
            assert_is_whole(answer := client.get("/stream"))
            assert answer.text == "a" + "b" * 100_000
            assert_is_whole(client.get("/empty"))
