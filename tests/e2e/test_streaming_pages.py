"""Pages that are sent in parts, as a real browser shows them: with and without a strict policy for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from textwrap import dedent
from typing import Any

import pytest

from ..support import write_app
from .browser import text_of, visit
from .servers import Server, build, running

pytestmark = pytest.mark.slow

IMPORTS = """\
import asyncio
from htpy import body, div, h1, head, html, p, script, table, tbody, td, tr
from markupsafe import Markup
from byway import Suspense, connection, headers, not_found, permanent_redirect, redirect


async def after(seconds, node):
    await asyncio.sleep(seconds)
    return node


def run(code):
    return script(nonce=headers().get("x-nonce"))[Markup(code)]

"""
FILES = {
    # What a page looked like when its scripts ran is told in #report once everything is loaded.
    "app/layout.py": """
        def layout(children):
            start = "const report = {last() {}}; addEventListener('load', () => { report.last();" \\
                    "document.getElementById('report').textContent = JSON.stringify(report)})"
            return html[head[run(start)], body[children, Markup('<b id="report"></b>')]]
        """,
    "app/order/page.py": """
        WATCH = '''
        report.first = document.getElementById("parts").innerText.split(/\\\\s+/);
        report.order = [];
        new MutationObserver(() => {
            for (const one of document.querySelectorAll(".late"))
                if (!report.order.includes(one.id)) report.order.push(one.id);
        }).observe(document, {childList: true, subtree: true});
        '''

        def part(name, seconds, *more):
            return Suspense(fallback=p[f"wait-{name}"])[after(seconds, p(".late", id=name)[name]), *more]

        async def page():
            await connection()
            parts = [part("a", 0.6, part("inner", 0.8)), part("b", 0.2), part("c", 0.4)]
            return [div("#parts")[parts], run(WATCH)]
        """,
    "app/table/page.py": """
        def row(text):
            return tr[td[text]]

        def late(seconds):
            return Suspense(fallback=row("wait"))[after(seconds, [row("late"), row("later")])]

        async def page():
            await connection()
            return [
                table("#bare")[late(0.2), row("last")],
                table("#between")[row("first"), late(0.3), row("last")],
                table("#body")[tbody[row("first"), late(0.2), row("last")]],
                run("report.first = [...document.querySelectorAll('td')].map(one => one.textContent)"),
                run("report.last = () => { for (const one of document.querySelectorAll('table'))"
                    "report[one.id] = [...one.querySelectorAll('td')].map(one => one.textContent)}"),
            ]
        """,
    "app/scripts/page.py": """
        async def page():
            await connection()
            inner = Suspense()[after(0.4, [run("report.inner = (report.inner || 0) + 1")])]
            outer = run("report.outer = [document.getElementById('there') !== null, report.outer]")
            return Suspense(fallback="wait")[after(0.2, [p("#there"), outer, inner])]
        """,
    "app/error/error.py": """
        def error(error):
            return [h1("#shown")["Something failed"], run("report.error = 'its script ran'")]
        """,
    "app/error/layout.py": "def layout(children): return div('#frame')[p('#kept')['kept'], children]",
    "app/error/page.py": """
        async def fails():
            await asyncio.sleep(0.2)
            raise ValueError("secret")

        async def page():
            await connection()
            return [p("#lost")["lost"], Suspense(fallback="wait")[fails], Suspense(fallback="wait")[after(5, "never")]]
        """,
    "app/nobody/page.py": """
        async def fails():
            await asyncio.sleep(0.2)
            raise ValueError("secret")

        async def page():
            await connection()
            return [p("#lost")["lost"], Suspense(fallback="wait")[fails]]
        """,
    "app/missing/not_found.py": "def not_found(): return h1('#shown')['No such thing']",
    "app/missing/loading.py": "def loading(): return p('#wait')['wait']",
    "app/missing/page.py": """
        async def page():
            await connection()
            await asyncio.sleep(0.2)
            not_found()
        """,
    "app/go/[how]/page.py": """
        async def goes(how):
            await asyncio.sleep(0.2)
            permanent_redirect("/target?a=1&b=2") if how == "ever" else redirect("/target?a=1&b=2")

        async def page(params):
            await connection()
            return Suspense(fallback="wait")[goes(params["how"])]
        """,
    "app/target/page.py": """
        async def page(search_params):
            return h1("#target")[f"{search_params['a']} and {search_params['b']}"]
        """,
}
# A policy that lets nothing run but what has this answer's nonce, for those who ask for it.
PROXY = """
import secrets
from byway import Headers, Response


def proxy(request):
    sent = Headers(request.headers)
    sent.delete("x-nonce")
    sent.delete("content-security-policy")
    if not request.url.search_params.has("strict"):
        return Response.next(request_headers=sent)
    nonce = secrets.token_urlsafe(16)
    policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'unsafe-inline'; base-uri 'none'"
    sent.set("x-nonce", nonce)
    sent.set("content-security-policy", policy)
    return Response.next(request_headers=sent, headers={"content-security-policy": policy})
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    files = {name: IMPORTS + dedent(text) for name, text in FILES.items()}
    root = write_app(tmp_path_factory.mktemp("streaming"), files | {"proxy.py": PROXY})
    with running(build(root)) as server:
        yield server


@pytest.fixture(params=["", "?strict"])
def policy(request: pytest.FixtureRequest) -> str:
    """The query of a page that is sent without a policy, and of one with it."""
    query: str = request.param
    return query


def reported(document: str) -> Any:
    return json.loads(text_of(document, "report"))


def left_over(document: str) -> bool:
    """Whether marks, templates or scripts that put parts in their places are still there."""
    return "byway-" in document or "$byway" in document


def test_fallbacks_are_seen_first_and_contents_come_as_they_get_ready(server: Server, policy: str) -> None:
    document = visit(f"{server.url}/order{policy}")
    assert reported(document) == {"first": ["wait-a", "wait-b", "wait-c"], "order": ["b", "c", "a", "inner"]}
    parts = "".join(f'<p class="late" id="{name}">{name}</p>' for name in ("a", "inner", "b", "c"))
    assert f'<div id="parts">{parts}</div>' in document
    assert not left_over(document)


def test_rows_of_a_table_take_the_place_of_their_fallback_alone(server: Server, policy: str) -> None:
    document = visit(f"{server.url}/table{policy}")
    assert reported(document) == {
        "first": ["wait", "last", "first", "wait", "last", "first", "wait", "last"],
        "bare": ["late", "later", "last"],
        "between": ["first", "late", "later", "last"],
        "body": ["first", "late", "later", "last"],
    }
    assert not left_over(document)


def test_scripts_in_late_content_run_once_when_it_is_in_its_place(server: Server, policy: str) -> None:
    assert reported(visit(f"{server.url}/scripts{policy}")) == {"outer": [True, None], "inner": 1}


def test_a_late_error_replaces_its_region(server: Server, policy: str) -> None:
    document = visit(f"{server.url}/error{policy}")
    assert reported(document) == {"error": "its script ran"}
    assert '<div id="frame"><p id="kept">kept</p><h1 id="shown">Something failed</h1><script' in document
    assert "lost" not in document
    assert "wait" not in document
    assert not left_over(document)


def test_a_late_error_that_nothing_handles_replaces_the_body(server: Server, policy: str) -> None:
    document = visit(f"{server.url}/nobody{policy}")
    assert "<main><h1>500</h1><h2>Internal Server Error</h2>" in document
    assert "lost" not in document
    assert "secret" not in document
    assert not left_over(document)


def test_a_late_not_found_takes_the_place_of_what_was_loading(server: Server, policy: str) -> None:
    document = visit(f"{server.url}/missing{policy}")
    assert '<body><meta name="robots" content="noindex"><h1 id="shown">No such thing</h1>' in document
    assert not left_over(document)


@pytest.mark.parametrize("how", ["once", "ever"])
def test_a_late_redirect_leads_to_its_target(server: Server, policy: str, how: str) -> None:
    document = visit(f"{server.url}/go/{how}{policy}", stay=2)
    assert text_of(document, "target") == "1 and 2"
