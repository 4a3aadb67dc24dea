"""Pages that are sent in parts: what comes first, what comes late, and what becomes of it when something goes wrong."""

from __future__ import annotations

import logging
import re
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx2
import pytest

from byway import Suspense
from byway.http.response import Response
from byway.problems import AppError
from byway.testing import Client, FetchStub

from ..rendering.documents import finished
from ..support import write_app

IMPORTS = """\
import asyncio
import gates
from gates import gate, late
from htpy import body, div, fragment, html, i, main, p, td, tr, ul, li
from markupsafe import Markup
from byway import Suspense, after, connection, cookies, fetch, forbidden, headers, not_found, permanent_redirect
from byway import redirect, use_cache

"""
ROOT = "def layout(children): return html[body[children]]"
APP = {
    "gates.py": """
        import asyncio
        from htpy import i
        from byway import Suspense

        events = {}
        ended = []

        async def gate(name, node=None):
            try:
                await events.setdefault(name, asyncio.Event()).wait()
            except asyncio.CancelledError:
                ended.append(name)
                raise
            if isinstance(node, BaseException):
                raise node
            return name if node is None else node

        def late():
            return Suspense(fallback=i["wait"])[gate("late")]
        """,
    "app/open/[name]/route.py": """
        import asyncio
        import gates
        from byway import Response

        async def POST(request, ctx):
            gates.events.setdefault(ctx.params["name"], asyncio.Event()).set()
            return Response("open")
        """,
}

Serve = Callable[..., Client]


def code(text: str) -> str:
    return IMPORTS + dedent(text)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app of pages and layouts below a plain root layout; file → text, without ``app/`` and ``.py``."""
    clients: list[Client] = []

    def start(files: dict[str, str], more: dict[str, str] | None = None, **options: Any) -> Client:
        texts = {f"app/{name}.py": code(text) for name, text in ({"layout": ROOT} | files).items()}
        app = write_app(tmp_path, APP | texts | (more or {}))
        clients.append(Client(app, headers={"accept-encoding": "identity"}, **options))
        return clients[-1].__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def let(client: Client, *names: str) -> None:
    """Open gates of the app."""
    for name in names:
        assert client.post(f"/open/{name}").text == "open"


@contextmanager
def begun(client: Client, path: str = "/", **options: Any) -> Iterator[tuple[str, Iterator[str], httpx2.Response]]:
    """What a page sends first, the texts that follow, and the answer."""
    with client.stream("GET", path, **options) as answer:
        texts = (chunk.decode() for chunk in answer.iter_raw())
        yield next(texts), texts, answer


def inside(text: str) -> str:
    """What stands in the body of the plain root layout."""
    return text.partition("<body>")[2].rpartition("</body>")[0]


def marked(number: int, text: str) -> str:
    return f'<template id="byway-{number}"></template>{text}<!--/byway-{number}-->'


def ended() -> list[str]:
    names: list[str] = sys.modules["gates"].ended
    return sorted(names)


# --- Where it may stand -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("returned", "before", "after"),
    [
        ("late()", "", ""),
        ("[p['a'], late()]", "<p>a</p>", ""),
        ("div[late(), '!']", "<div>", "!</div>"),
        ("ul[(li[one] for one in [late()])]", "<ul><li>", "</li></ul>"),
        ("fragment['a', late()]", "a", ""),
        ("Markup(f'<b>{late()}</b>')", "<b>", "</b>"),
        ("[late]", "", ""),
        ("asyncio.sleep(0, late())", "", ""),
    ],
)
@pytest.mark.parametrize("function", ["def", "async def"])
def test_the_page_begins_with_the_fallback_and_the_content_follows(
    serve: Serve, function: str, returned: str, before: str, after: str
) -> None:
    client = serve({"page": f"dynamic = 'force-dynamic'\n{function} page(): return {returned}"})
    with begun(client) as (first, texts, answer):
        assert answer.status_code == 200
        assert "content-length" not in answer.headers
        assert first.endswith(f"<body>{before}{marked(1, '<i>wait</i>')}{after}")
        let(client, "late")
        text = first + "".join(texts)
    assert inside(finished(text)) == f"{before}late{after}"
    assert text.endswith("</body></html>")


@pytest.mark.parametrize(
    "layout",
    [
        "def layout(children): return div[late(), children]",
        "def layout(children): return Markup(f'<div>{late()}{children}</div>')",
        "async def layout(children): return Markup(f'<div>{late()}{children}</div>')",
        "def layout(children): return fragment[Markup('<div>'), late, children, Markup('</div>')]",
    ],
)
def test_a_layout_may_have_parts_that_come_late(serve: Serve, layout: str) -> None:
    client = serve({"x/layout": layout, "x/page": "async def page():\n    await connection()\n    return p['page']"})
    with begun(client, "/x") as (first, texts, _):
        assert "<p>page</p>" in first
        let(client, "late")
        assert inside(finished(first + "".join(texts))) == "<div>late<p>page</p></div>"


def test_children_in_a_suspense_of_the_layout_come_late(serve: Serve) -> None:
    client = serve(
        {
            "x/layout": "def layout(children): return [p['top'], Suspense(fallback='wait')[main[children]]]",
            "x/page": "async def page():\n    await connection()\n    return await gate('page')",
        }
    )
    with begun(client, "/x") as (first, texts, _):
        assert inside(first + "</body>") == "<p>top</p>" + marked(1, "wait")
        let(client, "page")
        assert inside(finished(first + "".join(texts))) == "<p>top</p><main>page</main>"


def test_without_a_fallback_nothing_is_shown_meanwhile(serve: Serve) -> None:
    client = serve({"page": "dynamic = 'force-dynamic'\ndef page(): return Suspense()[gate('late')]"})
    with begun(client) as (first, _, _):
        assert first.endswith(f"<body>{marked(1, '')}")


def test_content_that_needs_no_waiting_needs_no_fallback(serve: Serve) -> None:
    client = serve(
        {"page": "async def page():\n    await connection()\n    return Suspense(fallback='wait')[p['a'], ' ', p['b']]"}
    )
    answer = client.get("/")
    assert inside(answer.text) == "<p>a</p> <p>b</p>"
    assert answer.headers["content-length"] == str(len(answer.content))


def test_several_come_as_they_get_ready_and_may_be_nested(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            dynamic = 'force-dynamic'
            async def outer(): return p[await gate('outer'), Suspense(fallback='wait for inner')[gate('inner')]]
            def page(): return [Suspense(fallback='wait')[outer], Suspense(fallback=i['wait'])[gate('other')]]
            """
        }
    )
    with begun(client) as (first, texts, _):
        assert inside(first + "</body>") == marked(1, "wait") + marked(2, "<i>wait</i>")
        let(client, "other")
        text = first + next(texts)
        assert inside(finished(text) + "</body>") == marked(1, "wait") + "other"
        let(client, "outer")
        text += next(texts)
        assert inside(finished(text) + "</body>") == f"<p>outer{marked(3, 'wait for inner')}</p>other"
        let(client, "inner")
        assert inside(finished(text + "".join(texts))) == "<p>outerinner</p>other"


def test_all_that_comes_late_begins_at_once(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            dynamic = 'force-dynamic'
            barrier = asyncio.Barrier(4)
            async def met(text):
                async with barrier:
                    return text
            def page():
                return [Suspense()[[met('a'), div[met('b')]]], Suspense(fallback=met('wait'))[div[div[met('c')]]]]
            """
        }
    )
    assert inside(finished(client.get("/").text)) == "a<div>b</div><div><div>c</div></div>"


def test_a_loading_file_is_the_fallback_of_its_folder(serve: Serve) -> None:
    client = serve(
        {
            "x/layout": "def layout(children): return main[children]",
            "x/loading": "def loading(): return i['wait']",
            "x/page": "async def page():\n    await connection()\n    return await gate('page')",
        }
    )
    with begun(client, "/x") as (first, texts, _):
        assert first.endswith(f"<body><main>{marked(1, '<i>wait</i>')}</main>")
        let(client, "page")
        assert inside(finished(first + "".join(texts))) == "<main>page</main>"


# --- Outside a page, and in what is cached ----------------------------------------------------------------------------

WHERE = (
    "Suspense can only be rendered in what a page, a layout or their like returns. A cached function gives its result "
    "as a whole: put Suspense around its call."
)


def test_outside_a_page_it_is_an_error(serve: Serve) -> None:
    route = """
    from byway import Response, Suspense

    async def GET(request):
        try:
            str(Suspense()["x"])
        except RuntimeError as error:
            return Response(str(error))
    """
    assert serve({}, {"app/route.py": dedent(route)}).get("/").text == WHERE
    with pytest.raises(RuntimeError, match="Suspense can only be rendered"):
        Suspense().__html__()


@pytest.mark.parametrize("returned", ["Suspense()['x']", "div[Suspense()['x']]", "['a', Suspense()['x']]"])
def test_in_a_cached_function_it_is_an_error(serve: Serve, caplog: pytest.LogCaptureFixture, returned: str) -> None:
    client = serve(
        {
            "page": f"""
            @use_cache
            async def part(): return {returned}

            async def page():
                await connection()
                return await part()
            """
        }
    )
    assert client.get("/").status_code == 500
    assert WHERE in caplog.text


def test_after_its_page_it_is_an_error(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(
        {"page": "async def page():\n    await connection()\n    after(lambda: str(Suspense()['x']))\n    return 'x'"}
    )
    assert inside(client.get("/").text) == "x"
    client.drain()
    assert WHERE in caplog.text


def test_children_that_pass_through_a_cached_layout_still_stream(serve: Serve) -> None:
    client = serve(
        {
            "x/layout": """
            times = []

            @use_cache
            async def layout(children):
                times.append(1)
                return main[children, str(len(times))]
            """,
            "x/loading": "def loading(): return 'wait'",
            "x/page": "async def page():\n    await connection()\n    return await gate('page')",
        }
    )
    for _ in range(2):
        with begun(client, "/x") as (first, texts, _):
            let(client, "page")
            assert inside(finished(first + "".join(texts))) == "<main>page1</main>"


def test_a_suspense_that_is_passed_to_a_cached_component_still_streams(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            times = []

            @use_cache
            async def card(title, children):
                times.append(1)
                return div[title, children, str(len(times))]

            async def page():
                await connection()
                return [card('a', children=Suspense(fallback='wait')[gate('late')]), card('a', children='x')]
            """
        }
    )
    with begun(client) as (first, texts, _):
        assert inside(first + "</body>") == f"<div>a{marked(1, 'wait')}1</div><div>ax1</div>"
        let(client, "late")
        assert inside(finished(first + "".join(texts))) == "<div>alate1</div><div>ax1</div>"


# --- What late content may do -----------------------------------------------------------------------------------------


def test_late_content_reads_the_request(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            async def who():
                await gate('late')
                return [cookies().get('name').value, ' ', headers().get('x-from')]

            async def page():
                await connection()
                return Suspense()[who]
            """
        }
    )
    with begun(client, headers={"cookie": "name=Ann", "x-from": "here"}) as (first, texts, _):
        let(client, "late")
        assert inside(finished(first + "".join(texts))) == "Ann here"


def test_late_content_may_leave_work_for_after_the_answer(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            async def content():
                await gate('late')
                after(lambda: gates.ended.append('after'))
                return 'late'

            async def page():
                await connection()
                return Suspense()[content]
            """
        }
    )
    with begun(client) as (_, texts, _):
        let(client, "late")
        assert ended() == []
        "".join(texts)
    client.drain()
    assert ended() == ["after"]


def test_parts_that_fetch_the_same_ask_once(serve: Serve) -> None:
    stub = FetchStub()
    stub.on("https://api.test/x", Response.json({"n": 1}))
    client = serve(
        {
            "page": """
            async def part(name):
                await gate(name)
                return str((await (await fetch('https://api.test/x')).json())['n'])

            async def page():
                await connection()
                return [part('a'), Suspense()[part('b')], Suspense()[part('c')]]
            """
        },
        fetch=stub,
    )
    let(client, "a", "b")
    with begun(client) as (first, texts, _):
        let(client, "c")
        assert inside(finished(first + "".join(texts))) == "111"
    assert len(stub.requests) == 1


def test_late_content_cannot_set_cookies(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(
        {
            "page": """
            async def content():
                await gate('late')
                cookies().set('a', '1')

            async def page():
                await connection()
                return Suspense()[content]
            """
        }
    )
    with begun(client) as (_, texts, _):
        let(client, "late")
        "".join(texts)
    assert "Cookies c" in caplog.text


# --- What goes wrong late ---------------------------------------------------------------------------------------------

FAILS = (
    "async def page():\n    await connection()\n    return [p['top'], Suspense(fallback='wait')[gate('late', {error})]]"
)


def failures(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "byway.error"]


def test_a_late_error_is_shown_by_the_error_file_in_the_place_of_its_region(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve(
        {
            "x/layout": "def layout(children): return main[children]",
            "x/error": "def error(error): return [p[error.message], i[error.digest]]",
            "x/page": FAILS.format(error="ValueError('secret')"),
        }
    )
    with begun(client, "/x") as (first, texts, answer):
        assert answer.status_code == 200
        assert first.endswith(f"<main>{marked(2, '<p>top</p>' + marked(1, 'wait'))}</main>")
        let(client, "late")
        text = inside(finished(first + "".join(texts)))
    (logged,) = failures(caplog)
    found = re.fullmatch(r"GET /x failed \(request (.+)\)\.", logged)
    assert found is not None
    assert text == (
        "<main><p>An error occurred while this page was rendered. The log of the server has the details.</p>"
        f"<i>{found[1]}</i></main>"
    )


def test_a_late_error_without_an_error_file_replaces_the_body(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve({"x/page": FAILS.format(error="ValueError('secret')")})
    with begun(client, "/x") as (_, texts, answer):
        assert answer.status_code == 200
        let(client, "late")
        text = "".join(texts)
    (logged,) = failures(caplog)
    found = re.fullmatch(r"GET /x failed \(request (.+)\)\.", logged)
    assert found is not None
    assert '<template id="byway-instead">' in text
    assert f'<h1>500</h1><h2>Internal Server Error</h2><p class="id">Request ID <code>{found[1]}</code></p>' in text
    assert "document.body.replaceChildren" in text
    assert "secret" not in text
    assert text.endswith("</body></html>")


def test_a_late_error_without_an_error_file_shows_the_global_error(serve: Serve) -> None:
    client = serve(
        {
            "global_error": "def global_error(error): return p['sorry ', Suspense()[gate('sorry')]]",
            "page": FAILS.format(error="ValueError('secret')"),
        }
    )
    let(client, "sorry")
    with begun(client) as (_, texts, _):
        let(client, "late")
        assert '<template id="byway-instead"><p>sorry sorry</p></template>' in "".join(texts)


def test_a_global_error_may_have_parts_in_an_f_string(serve: Serve) -> None:
    client = serve(
        {
            "global_error": """
            def global_error(error): return Markup(f"<html><body>sorry {Suspense()[gate('sorry')]}</body></html>")
            """,
            "page": "async def page():\n    await connection()\n    raise ValueError",
        }
    )
    let(client, "sorry")
    answer = client.get("/")
    assert (answer.status_code, inside(answer.text)) == (500, "sorry sorry")


def test_what_else_is_late_ends_when_nothing_handles_an_error(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            async def page():
                await connection()
                return [Suspense()[gate('late', ValueError())], Suspense()[gate('other')]]
            """
        }
    )
    with begun(client) as (_, texts, _):
        let(client, "late")
        "".join(texts)
    assert ended() == ["other"]


@pytest.mark.parametrize(
    ("call", "file", "status"),
    [("not_found()", "not_found", 404), ("forbidden()", "forbidden", 403)],
)
def test_a_late_interrupt_shows_the_file_of_its_folder_and_keeps_robots_away(
    serve: Serve, call: str, file: str, status: int
) -> None:
    page = f"""
    async def page():
        await connection()
        await gate('late')
        {call}
    """
    client = serve(
        {
            f"x/{file}": f"def {file}(): return p['gone']",
            "x/loading": "def loading(): return 'wait'",
            "x/page": page,
        }
    )
    with begun(client, "/x") as (first, texts, answer):
        assert answer.status_code == 200
        let(client, "late")
        assert inside(finished(first + "".join(texts))) == '<meta name="robots" content="noindex"><p>gone</p>'
    assert client.get("/x").status_code == status


def test_a_late_not_found_without_a_file_replaces_the_body(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    page = """
    async def content():
        await gate('late')
        not_found()

    async def page():
        await connection()
        return Suspense()[content]
    """
    client = serve({"page": page})
    with begun(client) as (_, texts, _):
        let(client, "late")
        text = "".join(texts)
    assert '<meta name="robots" content="noindex"><template id="byway-instead">' in text
    assert "<h1>404</h1><h2>This page could not be found.</h2>" in text
    assert failures(caplog) == []


REDIRECTS = """
async def content():
    await gate('late')
    {call}

async def page():
    await connection()
    return Suspense(fallback='wait')[content]
"""


@pytest.mark.parametrize(
    ("call", "tag"),
    [
        ("redirect('/to')", "1;url=/base/to"),
        ("permanent_redirect('/to?a=1&b=2')", "0;url=/base/to?a=1&amp;b=2"),
        ("redirect('https://else.test/x')", "1;url=https://else.test/x"),
        ("redirect('/\"><script>alert(1)</script>')", "1;url=/base/&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
    ],
)
def test_a_late_redirect_is_followed_by_the_browser(serve: Serve, call: str, tag: str) -> None:
    config = "from byway import Config\nconfig = Config(base_path='/base')\n"
    client = serve({"page": REDIRECTS.format(call=call)}, {"byway_config.py": config})
    with client.stream("GET", "/base") as answer:
        texts = (chunk.decode() for chunk in answer.iter_raw())
        assert answer.status_code == 200
        next(texts)
        assert client.post("/base/open/late").status_code == 200
        text = "".join(texts)
    assert text == f'<meta http-equiv="refresh" content="{tag}"></body></html>'


def test_a_late_redirect_is_no_error_for_an_error_file(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(
        {"error": "def error(): return 'never shown'", "page": REDIRECTS.format(call="redirect('/to')")},
    )
    with begun(client) as (_, texts, _):
        let(client, "late")
        assert "".join(texts).startswith('<meta http-equiv="refresh"')
    assert failures(caplog) == []


# --- How it ends ------------------------------------------------------------------------------------------------------

TWO = """
async def page():
    await connection()
    return [Suspense()[gate('a')], Suspense(fallback=['wait', gate('fallback', 'x')])[gate('b')]]
"""


def test_a_client_that_leaves_ends_what_is_under_way(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve({"page": TWO})
    let(client, "fallback")
    with begun(client) as (first, texts, _):
        assert "waitx" in first
    assert ended() == ["a", "b"]
    with begun(client) as (_, texts, _):
        let(client, "a")
        next(texts)
    assert ended() == ["a", "b", "b"]
    assert failures(caplog) == []


def test_head_is_answered_as_get_is_without_what_is_late(serve: Serve) -> None:
    client = serve({"page": TWO})
    let(client, "fallback")
    answer = client.head("/")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert ended() == ["a", "b"]


def test_max_duration_ends_a_page_in_the_middle(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve({"page": "max_duration = 0.3\n" + TWO})
    let(client, "fallback", "a")
    with begun(client) as (first, texts, answer):
        assert answer.status_code == 200
        assert "wait" in first
        with pytest.raises(httpx2.RemoteProtocolError):
            "".join(texts)
    assert ended() == ["b"]
    assert "took longer than max_duration = 0.3 seconds" in caplog.text


BOTH = """
async def page():
    await connection()
    return [{shell}, Suspense()[gate('late')]]
"""


def test_max_duration_before_the_first_bytes_is_a_504(serve: Serve) -> None:
    client = serve({"page": "max_duration = 0.05\n" + BOTH.format(shell="gate('shell')")})
    assert client.get("/").status_code == 504
    assert ended() == ["late", "shell"]


def test_a_failing_shell_ends_what_is_late(serve: Serve) -> None:
    client = serve({"page": BOTH.format(shell="gate('x', ValueError())")})
    let(client, "x")
    assert client.get("/").status_code == 500
    assert ended() == ["late"]


# --- How it is sent ---------------------------------------------------------------------------------------------------


def test_what_is_compressed_is_sent_part_by_part_as_well(serve: Serve) -> None:
    client = serve({"page": TWO})
    let(client, "fallback")
    unpacking = zlib.decompressobj(16 + zlib.MAX_WBITS)
    with client.stream("GET", "/", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        chunks = answer.iter_raw()
        text = unpacking.decompress(next(chunks)).decode()
        assert text.endswith(marked(1, "") + marked(2, "waitx"))
        for name in "ab":
            let(client, name)
            more = unpacking.decompress(next(chunks)).decode()
            assert f"{name}</template>" in more
            text += more
        text += unpacking.decompress(b"".join(chunks)).decode()
    assert inside(finished(text)) == "ab"


@pytest.mark.parametrize(
    "agent", ["Mozilla/5.0 (compatible; Bingbot/2.0)", "facebookexternalhit/1.1", "Slackbot-LinkExpanding 1.0"]
)
def test_crawlers_that_run_no_scripts_get_whole_pages(serve: Serve, agent: str) -> None:
    client = serve({"page": TWO})
    let(client, "a", "b", "fallback")
    answer = client.get("/", headers={"user-agent": agent})
    assert inside(answer.text) == "ab"
    assert "content-length" in answer.headers


def test_a_crawler_that_gets_a_whole_page_gets_its_true_status(serve: Serve) -> None:
    client = serve({"page": REDIRECTS.format(call="not_found()")})
    let(client, "late")
    assert client.get("/", headers={"user-agent": "Bingbot"}).status_code == 404


def test_kept_answers_are_whole(serve: Serve) -> None:
    page = """
    async def wait(): return await asyncio.sleep(0.001, 'never shown')
    async def content(): return await asyncio.sleep(0.001, 'late')
    def page(): return div[Suspense(fallback=wait())[content(), Suspense(fallback=wait())[content]]]
    """
    client = serve({"page": page})
    for _ in range(2):
        answer = client.get("/")
        assert inside(answer.text) == "<div>latelate</div>"
        assert answer.headers["x-byway-cache"] == "HIT"


def test_a_page_that_is_made_ahead_is_not_made_of_a_late_failure(tmp_path: Path) -> None:
    error = "def error(): return 'never shown'"
    page = """
    async def fails():
        await asyncio.sleep(0.001)
        raise ValueError('broken')

    def page(): return Suspense()[fails]
    """
    files = {"layout": ROOT, "error": error, "page": page}
    root = write_app(tmp_path, APP | {f"app/{name}.py": code(text) for name, text in files.items()})
    with pytest.raises(AppError, match="Making the answer at / failed: ValueError: broken"), Client(root):
        pass


NONCE = "script-src 'self' 'nonce-r4nd0m=='; object-src 'none'"


@pytest.mark.parametrize(
    "policy", [NONCE, "default-src 'nonce-r4nd0m=='", f"img-src 'self';{NONCE.replace('script-src', 'Script-Src')}"]
)
def test_scripts_have_the_nonce_of_the_policy_that_the_proxy_has_told(serve: Serve, policy: str) -> None:
    client = serve({"page": TWO})
    let(client, "fallback")
    with begun(client, headers={"content-security-policy": policy}) as (first, texts, _):
        let(client, "a", "b")
        text = first + "".join(texts)
    assert text.count("<script") == text.count('<script nonce="r4nd0m==">') == 2


@pytest.mark.parametrize(
    "policy", ["script-src 'nonce-\"><b>'", "script-src 'self'", "img-src 'nonce-abc'", ";;'nonce-a'"]
)
def test_a_policy_without_a_nonce_for_scripts_gives_none(serve: Serve, policy: str) -> None:
    client = serve({"page": TWO})
    let(client, "fallback")
    with begun(client, headers={"content-security-policy": policy}) as (_, texts, _):
        let(client, "a", "b")
        assert "nonce" not in "".join(texts)


@pytest.mark.parametrize(
    ("layout", "first_end", "end"),
    [
        ("<html><body>{}</body></html>", "", "</body></html>"),
        ("<html><body>{}</BODY >\n</html>\n", "", "</BODY >\n</html>\n"),
        ("<html><body>{}</body>", "", "</body>"),
        ("<html><body>{}", "", ""),
        ("<html><body>{}</body></html><!-- not </body> -->", "</body></html><!-- not </body> -->", ""),
        ("<html><body>{}</body><p>after</p></html>", "</body><p>after</p></html>", ""),
    ],
)
def test_what_is_late_stands_at_the_end_of_the_body(serve: Serve, layout: str, first_end: str, end: str) -> None:
    client = serve(
        {
            "layout": f"def layout(children): return Markup({layout!r}.replace('{{}}', children))",
            "page": "async def page():\n    await connection()\n    return Suspense(fallback='wait')[gate('late')]",
        }
    )
    with begun(client) as (first, texts, _):
        assert first.endswith(marked(1, "wait") + first_end)
        let(client, "late")
        text = "".join(texts)
    assert text.startswith('<template id="byway-1-late">late</template><script>')
    assert text.endswith(f"$byway(1)</script>{end}")


def test_the_log_tells_once_that_a_page_was_sent(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    client = serve({"page": TWO})
    let(client, "a", "b", "fallback")
    client.get("/")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_layout_may_show_its_children_twice(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(
        {
            "x/layout": "def layout(children): return [children, ' and ', children]",
            "x/page": TWO,
            "y/layout": "def layout(children): return [children, ' and ', children]",
            "y/error": "def error(): return 'sorry'",
            "y/page": "async def page():\n    await connection()\n    raise ValueError",
        }
    )
    let(client, "fallback")
    with begun(client, "/x") as (first, texts, _):
        let(client, "a", "b")
        assert inside(finished(first + "".join(texts))) == "ab and ab"
    assert inside(client.get("/y").text) == "sorry and sorry"
    assert len(failures(caplog)) == 1


@pytest.mark.parametrize("flow", ["redirect('/x')", "not_found()"])
def test_when_a_fallback_decides_the_answer_nothing_goes_on(serve: Serve, flow: str) -> None:
    page = f"""
        dynamic = "force-dynamic"
        async def fallback(): {flow}
        def page(): return Suspense(fallback=[fallback])[gate("never")]
        """
    client = serve({"page": page})
    assert client.get("/", follow_redirects=False).status_code in (307, 404)
    assert ended() == ["never"]


@pytest.mark.parametrize("dynamic", ["auto", "force-dynamic"])
def test_metadata_is_not_lost_when_a_layout_does_not_show_its_children(serve: Serve, dynamic: str) -> None:
    page = f"""
        dynamic = "{dynamic}"
        async def generate_metadata():
            await asyncio.sleep(0.2)
            return {{"title": "Slow"}}
        def page(): return "hidden"
        """
    answer = serve({"x/layout": "def layout(): return 'Log in'", "x/page": page}).get("/x")
    head, _, rest = answer.text.partition("</head>")
    assert "<title>Slow</title>" in (head if dynamic == "auto" else rest)
    assert "hidden" not in answer.text
