"""Annotations that cannot be evaluated: Python 3.14 has them without ``from __future__ import annotations``, too."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from byway.runtime.signature import signature_of
from byway.testing import Client

from ..support import write_app

FILES = {
    "app/layout.py": """
        from htpy import body, html

        def layout(children: Node) -> Node: return html[body[children]]
    """,
    "app/page.py": """
        import functools

        def shouted(page):
            @functools.wraps(page)
            def shouting(**props: Props) -> str: return page(**props).upper()
            return shouting

        async def generate_metadata(search_params: Query, parent: Parent) -> Metadata: return {"title": "a title"}

        @shouted
        def page(search_params: Query["a", "b"]) -> Node: return "a page"
    """,
    "app/[slug]/route.py": """
        from byway import Response, use_cache

        dynamic = "force-static"
        calls = []

        def generate_static_params(params: Params) -> list[Params] | None: return [{"slug": "a"}]

        async def GET(request: Request, context: RouteContext) -> Response | Answer["a", "b"]:
            @use_cache
            async def shout(text: Text) -> Text:
                calls.append(text)
                return text.upper() + str(len(calls))

            return Response(await shout((await context.params)["slug"]) + await shout("a"))
    """,
    "app/sitemap.py": 'def sitemap() -> Sitemap: return [{"url": "https://acme.com"}]\n',
    "instrumentation.py": "async def on_request_error(error: Error, request: Request, context: Context) -> None: ...\n",
    "pages/api/hello.py": 'def handler(request: Request, response: Answer) -> None: response.send("hello")\n',
    "proxy.py": "def proxy(request: Request) -> Answer: return None\n",
}


@pytest.mark.parametrize(
    "first_line",
    [
        "from __future__ import annotations",
        pytest.param(
            "",
            marks=pytest.mark.skipif(sys.version_info < (3, 14), reason="annotations are evaluated with their `def`"),
        ),
    ],
)
def test_annotations_may_name_what_is_not_there(tmp_path: Path, first_line: str) -> None:
    for name, text in FILES.items():
        file = write_app(tmp_path, {name: text}) / name
        file.write_text(f"{first_line}\n{file.read_text()}")
    with Client(tmp_path) as client:
        page = client.get("/").text
        assert "<title>a title</title>" in page
        assert "A PAGE" in page
        assert client.get("/a").text == "A1A1"
        assert "https://acme.com" in client.get("/sitemap.xml").text
        assert client.get("/api/hello").text == "hello"


def test_what_cannot_be_called_raises() -> None:
    with pytest.raises(TypeError, match="not a callable"):
        signature_of(1)  # type: ignore[arg-type]


def test_what_tells_nothing_of_its_parameters_raises() -> None:
    with pytest.raises(ValueError, match="no signature found"):
        signature_of(dict.update)
