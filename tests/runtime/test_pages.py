"""How pages answer: their markup in their layouts, their props, and what they may raise."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from byway.build import build
from byway.dev.application import DevApplication
from byway.testing import Client

from ..support import write_app

NO_STORE = "private, no-cache, no-store, max-age=0, must-revalidate"
KEPT = "s-maxage=31536000"
ANEW = "dynamic = 'force-dynamic'\n"
HEAD = '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"></head>'
IMPORTS = """\
import asyncio, json, threading
from htpy import a, article, body, div, h1, html, li, main, p, pre, section, ul
from byway import cookies, forbidden, headers, not_found, permanent_redirect, redirect, unauthorized
from byway.server import after, connection

"""
ROOT = IMPORTS + "def layout(children): return html(lang='en')[body[children]]\n"

Serve = Callable[..., Client]


def code(text: str) -> str:
    """The text of a page or layout that may use Byway's and htpy's names without importing them."""
    return IMPORTS + dedent(text)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app of pages and layouts below a plain root layout; file → text, without ``app/`` and ``.py``."""
    clients: list[Client] = []

    def start(files: dict[str, str]) -> Client:
        texts = {f"app/{name}.py": code(text) for name, text in files.items()}
        client = Client(write_app(tmp_path, {"app/layout.py": ROOT} | texts))
        clients.append(client)
        return client.__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def test_a_page_is_html_in_its_root_layout(serve: Serve) -> None:
    answer = serve({"page": "def page(): return h1['Hello <Byway>']"}).get("/")
    assert answer.status_code == 200
    assert answer.text == (f'<!doctype html><html lang="en">{HEAD}<body><h1>Hello &lt;Byway&gt;</h1></body></html>')
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-length"] == str(len(answer.content))


@pytest.mark.parametrize(("config", "control", "state"), [("", KEPT, "HIT"), (ANEW, NO_STORE, None)])
def test_a_page_is_kept_unless_it_says_otherwise(serve: Serve, config: str, control: str, state: str | None) -> None:
    answer = serve({"page": f"{config}made = []\ndef page(): made.append(1); return str(len(made))"}).get("/")
    assert inside(answer.text) == "1"
    assert answer.headers["cache-control"] == control
    assert answer.headers.get("x-byway-cache") == state


def test_a_document_gets_a_doctype_when_its_layout_has_none(serve: Serve) -> None:
    client = serve(
        {
            "layout": """
            class Page:
                def __init__(self, children): self.children = children
                def __html__(self): return f"<html><body>{self.children}</body></html>"
            def layout(children): return Page(children)
            """,
            "page": "def page(): return 'a < b'",
        }
    )
    assert client.get("/").text == f"<!DOCTYPE html><html>{HEAD}<body>a &lt; b</body></html>"


def inside(text: str) -> str:
    """What stands in the body of the plain root layout."""
    return text.partition("<body>")[2].rpartition("</body>")[0]


def test_layouts_nest_from_the_root_inwards_route_groups_included(serve: Serve) -> None:
    client = serve(
        {
            "blog/layout": "async def layout(children): return section['blog', children]",
            "blog/(posts)/layout": "def layout(children): return article[children]",
            "blog/(posts)/[slug]/page": "async def page(params): return p[params['slug']]",
            "blog/page": "def page(): return p['all']",
        }
    )
    assert inside(client.get("/blog/x").text) == "<section>blog<article><p>x</p></article></section>"
    assert inside(client.get("/blog").text) == "<section>blog<p>all</p></section>"


def test_a_layout_may_leave_its_children_out(serve: Serve) -> None:
    client = serve({"x/layout": "def layout(): return 'closed'", "x/page": "def page(): return 'open'"})
    assert inside(client.get("/x").text) == "closed"


def test_components_that_are_def_run_in_a_thread_and_async_ones_on_the_loop(serve: Serve) -> None:
    client = serve(
        {
            "a/page": "def page(): return threading.current_thread().name",
            "b/page": "async def page(): return type(asyncio.get_running_loop()).__name__",
            "c/layout": "def layout(children): return [children, ' ', threading.current_thread().name]",
            "c/page": "page = lambda: asyncio.sleep(0, 'late')",
        }
    )
    assert inside(client.get("/a").text).startswith("byway")
    assert inside(client.get("/b").text).endswith("Loop")
    assert inside(client.get("/c").text).startswith("late byway")


def test_awaitables_and_functions_are_rendered_wherever_they_stand(serve: Serve) -> None:
    client = serve(
        {
            "page": """
            async def item(name):
                await asyncio.sleep(0)
                return li[name]

            async def page():
                return [ul[[item(name) for name in "ab"], lambda: item("<c>")], item("d"), lambda: None]
            """
        }
    )
    assert inside(client.get("/").text) == "<ul><li>a</li><li>b</li><li>&lt;c&gt;</li></ul><li>d</li>"


SHOW = """
import html as escaping
async def page(params, search_params):
    assert type(await params) is dict and type(await search_params) is dict
    return json.dumps([await params, await search_params, dict(params), dict(search_params)])
"""


def shown(client: Client, path: str) -> Any:
    import html

    params, query, *unawaited = json.loads(html.unescape(inside(client.get(path).text)))
    assert unawaited == [params, query]
    return params, query


def test_props_are_plain_dicts_awaited_or_not(serve: Serve) -> None:
    client = serve({"items/[id]/page": SHOW, "docs/[...path]/page": SHOW, "opt/[[...path]]/page": SHOW})
    assert shown(client, "/items/7") == ({"id": "7"}, {})
    assert shown(client, "/docs/a/b%20c") == ({"path": ["a", "b c"]}, {})
    assert shown(client, "/opt/x") == ({"path": ["x"]}, {})
    assert shown(client, "/opt") == ({}, {})


def test_props_holds_all_of_them(serve: Serve) -> None:
    page = "async def page(props): return [(await props.params)['slug'], (await props.search_params)['q']]"
    layout = "def layout(props): return html(id=props.params['slug'])[body[props.children]]"
    client = serve({"[slug]/page": page, "[slug]/layout": layout, "layout": "def layout(children): return children"})
    text = client.get("/a?q=b").text
    assert '<html id="a">' in text
    assert "<body>ab</body></html>" in text


def test_params_and_search_params_are_decoded(serve: Serve) -> None:
    client = serve({"items/[id]/page": SHOW})
    assert shown(client, "/items/a%2Fb%20%C3%A9?q=a+b%26&q%20r=%C3%A9") == ({"id": "a/b é"}, {"q": "a b&", "q r": "é"})


def test_a_repeated_key_of_the_query_is_a_list(serve: Serve) -> None:
    client = serve({"page": SHOW})
    assert shown(client, "/?x=1&y=&x=2") == ({}, {"x": ["1", "2"], "y": ""})


def test_a_layout_sees_the_params_of_its_own_segments(serve: Serve) -> None:
    client = serve(
        {
            "[a]/layout": "async def layout(children, params): return [json.dumps(await params), ' ', children]",
            "[a]/[[...b]]/layout": "def layout(params, children): return [' '.join(sorted(params)), ' ', children]",
            "[a]/[[...b]]/page": "def page(params): return '-'.join(sorted(params))",
        }
    )
    assert inside(client.get("/x/y").text) == "{&quot;a&quot;: &quot;x&quot;} a b a-b"
    assert inside(client.get("/x").text) == "{&quot;a&quot;: &quot;x&quot;} a a"


def test_pages_and_handlers_share_an_app(serve: Serve) -> None:
    client = serve(
        {
            "page": "def page(): return 'page'",
            "api/route": "from byway.server import Response\ndef GET(): return Response('handler')",
        }
    )
    assert inside(client.get("/").text) == "page"
    assert client.get("/api").text == "handler"


def test_head_is_get_without_the_body(serve: Serve) -> None:
    client = serve({"page": "def page(): return 'x'"})
    get, head = client.get("/"), client.request("HEAD", "/")
    assert (head.status_code, head.content) == (200, b"")
    assert dict(head.headers) == dict(get.headers)


def test_options_tells_the_methods(serve: Serve) -> None:
    answer = serve({"page": f"{ANEW}def page(): raise AssertionError"}).request("OPTIONS", "/")
    assert (answer.status_code, answer.headers["allow"], answer.content) == (204, "GET, HEAD, OPTIONS, POST", b"")


def test_a_page_is_rendered_for_a_post_as_for_a_get(serve: Serve) -> None:
    client = serve({"page": f"{ANEW}def page(): return h1['x']"})
    get, post = client.get("/"), client.post("/", data={"a": "b"})
    assert (post.status_code, post.text) == (200, get.text)
    assert post.headers["cache-control"] == NO_STORE


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_not_allowed(serve: Serve, method: str) -> None:
    answer = serve({"page": f"{ANEW}def page(): raise AssertionError"}).request(method, "/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS, POST")


@pytest.mark.parametrize("method", ["OPTIONS", "POST", "PUT", "PATCH", "DELETE"])
def test_of_a_kept_page_nothing_but_get_and_head_is_allowed(serve: Serve, method: str) -> None:
    answer = serve({"page": "def page(): return 'x'"}).request(method, "/")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


def test_a_page_reads_cookies_and_headers(serve: Serve) -> None:
    client = serve({"page": "async def page(): return [(await cookies()).get('n').value, headers()['x-a']]"})
    assert inside(client.get("/", headers={"cookie": "n=1", "x-a": "2"}).text) == "12"


@pytest.mark.parametrize("change", ["cookies().set('a', '1')", "cookies().delete('a')", "cookies().clear()"])
def test_cookies_cannot_be_changed_while_a_page_is_rendered(serve: Serve, change: str) -> None:
    page = f"""
    def page():
        cookies().get('a')
        try:
            {change}
        except RuntimeError as error:
            return str(error)
    """
    answer = serve({"page": page}).get("/", headers={"cookie": "a=0"})
    assert inside(answer.text) == (
        "Cookies can only be modified in a Server Action or Route Handler: a page or layout may read them, and what it "
        "renders is an answer that may have begun."
    )
    assert "set-cookie" not in answer.headers


RAISERS = {
    "page": "def page(): {}",
    "async page": "async def page(): {}",
    "layout": "def layout(children): {}",
    "child": "async def child(): {}\ndef page(): return div[child()]",
    "function": "def child(): {}\ndef page(): return div[[child]]",
    "group": """
async def child(): {}
async def page():
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
""",
}


CONFIGS = pytest.mark.parametrize(("config", "control"), [("", KEPT), (ANEW, NO_STORE)], ids=["kept", "anew"])


def raising(where: str, what: str, config: str = "") -> dict[str, str]:
    text = config + RAISERS[where].format(what)
    return {"x/layout": text, "x/page": "def page(): return 'x'"} if where == "layout" else {"x/page": text}


@CONFIGS
@pytest.mark.parametrize("where", RAISERS)
@pytest.mark.parametrize(("call", "status"), [("redirect", 307), ("permanent_redirect", 308)])
def test_a_redirect_acts_wherever_it_is_called(
    serve: Serve, where: str, call: str, status: int, config: str, control: str
) -> None:
    answer = serve(raising(where, f"{call}('/target?a=1')", config)).get("/x", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (status, "/target?a=1")
    assert answer.headers["cache-control"] == control
    assert answer.content == b""


BELOW = "from byway import Config\nconfig = Config(base_path='/docs')\n"


@pytest.mark.parametrize("where", RAISERS)
@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("'/target?a=1'", "/docs/target?a=1"),
        ("URL('/target', request_url)", "http://testserver/docs/target"),
        ("'//example.com/x'", "//example.com/x"),
        ("'https://example.com/x'", "https://example.com/x"),
        ("'target'", "target"),
    ],
)
def test_a_redirect_to_a_path_leads_below_the_base_path(tmp_path: Path, where: str, target: str, location: str) -> None:
    preface = "from byway import URL\nrequest_url = URL('http://testserver/docs/x', base_path='/docs')\n"
    files = {f"app/{name}.py": preface + code(text) for name, text in raising(where, f"redirect({target})").items()}
    with Client(write_app(tmp_path, {"byway_config.py": BELOW, "app/layout.py": ROOT} | files)) as client:
        assert client.get("/docs/x", follow_redirects=False).headers["location"] == location


@CONFIGS
@pytest.mark.parametrize("where", RAISERS)
@pytest.mark.parametrize(
    ("call", "status", "text"),
    [
        ("not_found()", 404, "This page could not be found."),
        ("forbidden()", 403, "This page could not be accessed."),
        ("unauthorized()", 401, "You&#x27;re not authorized to access this page."),
    ],
)
def test_the_other_interrupts_answer_with_their_own_page(
    serve: Serve, where: str, call: str, status: int, text: str, config: str, control: str
) -> None:
    answer = serve(raising(where, call, config)).get("/x")
    assert answer.status_code == status
    assert text in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == control


def test_an_error_is_a_500_that_does_not_show_what_it_was(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve({"x/page": f"{ANEW}def page(): raise LookupError('secret detail')"})
    answer = client.get("/x")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "GET /x failed" in caplog.text
    assert "secret detail" in caplog.text


def test_an_exception_group_of_errors_is_a_500(serve: Serve) -> None:
    client = serve({"x/page": f"{ANEW}def page(): raise ExceptionGroup('two', [ValueError(), LookupError()])"})
    assert client.get("/x").status_code == 500


def test_what_cannot_be_rendered_is_a_500_that_names_it(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    layout = f"{ANEW}def layout(children): return {{'a': children}}"
    client = serve({"x/layout": layout, "x/page": "def page(): return 'x'"})
    assert client.get("/x").status_code == 500
    assert "layout() in app/x/layout.py returned dict, which cannot be rendered." in caplog.text


@pytest.mark.parametrize(
    ("layout", "missing"),
    [
        ("def layout(children): return main[children]", "<html> and no <body>"),
        ("def layout(children): return html[children]", "<body>"),
    ],
)
def test_outside_production_a_root_layout_without_html_or_body_is_an_error(
    serve: Serve, caplog: pytest.LogCaptureFixture, layout: str, missing: str
) -> None:
    client = serve({"layout": layout, "page": f"{ANEW}def page(): return 'x'"})
    assert client.get("/").status_code == 500
    assert (
        f"layout() in app/layout.py is the root layout, but what it returned has no {missing}. "
        "Return both elements: html[body[children]]."
    ) in caplog.text


def test_production_does_not_look_for_html_and_body(tmp_path: Path) -> None:
    from byway.asgi import Application

    layout = code("def layout(children): return main[children]")
    write_app(tmp_path, {"app/layout.py": layout, "app/page.py": "def page(): return 'x'\n"})
    app, _ = build(tmp_path)
    with Client(Application(app)) as client:
        assert client.get("/").text == f"<!DOCTYPE html>{HEAD}<main>x</main>"
    app.close()


def test_development_shows_the_error_of_a_page(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": ROOT, "app/page.py": "def page():\n    return {'a': 1}\n"})
    app = DevApplication(tmp_path)
    with Client(app, base_url="http://localhost") as client:
        answer = client.get("/")
    app.app.close()
    assert answer.status_code == 500
    assert "page() in app/page.py returned dict" in answer.text


def test_after_runs_once_a_page_is_sent(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    page = """
    import logging
    async def page():
        await connection()
        after(lambda: logging.getLogger('app').info('page was sent'))
        return 'x'
    """
    client = serve({"page": page})
    assert inside(client.get("/").text) == "x"
    client.drain()
    assert "page was sent" in caplog.text


def test_a_page_that_takes_longer_than_max_duration_is_a_504(serve: Serve) -> None:
    client = serve(
        {
            "x/layout": f"{ANEW}max_duration = 0.05\ndef layout(children): return children",
            "x/page": "page = lambda: asyncio.sleep(5)",
        }
    )
    assert client.get("/x").status_code == 504


def test_a_page_within_its_max_duration_is_sent(serve: Serve) -> None:
    client = serve({"x/page": "max_duration = 5\nasync def page(): return 'in time'"})
    assert inside(client.get("/x").text) == "in time"


def test_on_request_error_is_told_that_a_page_was_rendered(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/layout.py": ROOT,
            "app/x/page.py": f"{ANEW}def page(): raise LookupError\n",
            "app/seen/page.py": f"{ANEW}from instrumentation import seen\ndef page(): return seen[0]\n",
            "instrumentation.py": """
            seen = []
            def on_request_error(error, request, context):
                seen.append(f"{context['route_type']} {context['route_path']}")
            """,
        },
    )
    with Client(tmp_path) as client:
        client.get("/x")
        assert inside(client.get("/seen").text) == "render /x"


def test_a_lone_surrogate_does_not_stop_a_page(serve: Serve) -> None:
    assert inside(serve({"page": "def page(): return 'a\\ud800b'"}).get("/").text) == "a?b"


def test_the_route_table_lists_pages_with_their_methods(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": ROOT, "app/page.py": "def page(): return 'x'\n"})
    app, manifest = build(tmp_path)
    app.close()
    (entry,) = manifest.routes
    assert (entry.pattern, entry.file, entry.methods, entry.kind) == (
        "/",
        "app/page.py",
        ("GET", "HEAD"),
        "static",
    )
    assert {"app/page.py", "app/layout.py"} <= set(manifest.inputs.files)


def test_the_prop_that_holds_all_of_them_passes_a_decorator(serve: Serve) -> None:
    decorator = """
        import functools
        def seen(function):
            @functools.wraps(function)
            def run(**kwargs): return ["seen ", function(**kwargs)]
            return run
        """
    layout = dedent(decorator) + "@seen\ndef layout(props): return props.children\n"
    page = dedent(decorator) + "@seen\ndef page(props): return props.params['id']\n"
    answer = serve({"[id]/layout": layout, "[id]/page": page}).get("/7")
    assert "<body>seen seen 7</body>" in answer.text
