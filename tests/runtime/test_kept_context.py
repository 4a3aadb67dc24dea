"""What is kept does not see the context variables of whoever asked for it first."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.testing import Client

from ..support import write_app

FILES = {
    "byway_config.py": """
        from byway import Config
        from lib.user import user

        def with_user(app):
            async def inner(scope, receive, send):
                if scope["type"] == "http":
                    user.set(dict(scope["headers"]).get(b"x-user", b"nobody").decode())
                await app(scope, receive, send)
            return inner

        config = Config(asgi=with_user)
    """,
    "lib/user.py": """
        from contextvars import ContextVar

        user = ContextVar("user", default="unknown")
    """,
    "lib/cached.py": """
        from byway.cache import cache_life, unstable_cache, use_cache
        from lib.user import user

        @use_cache
        async def kept():
            cache_life(revalidate=60)
            return user.get()

        @use_cache
        def kept_from_a_thread():
            return user.get()

        @use_cache
        async def never_kept():
            cache_life(revalidate=0)
            return user.get()

        older = unstable_cache(lambda: user.get())
    """,
    "app/function/[name]/route.py": """
        from byway.server import Response
        from lib import cached
        from lib.user import user

        async def GET(request, ctx):
            function = getattr(cached, (await ctx.params)["name"])
            return Response(f"{user.get()}: {await function()}")
    """,
    "app/static/[slug]/route.py": """
        from byway.server import Response, after
        from lib.user import user

        dynamic = "force-static"
        revalidate = 60
        seen = []

        async def GET():
            after(lambda: seen.append(user.get()))
            return Response(user.get())

        async def POST():
            return Response.json(seen)
    """,
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with Client(write_app(tmp_path, FILES)) as client:
        yield client


def ask(client: Client, path: str, user: str) -> str:
    text = client.get(path, headers={"x-user": user}).text
    client.drain()
    return text


@pytest.mark.parametrize("name", ["kept", "kept_from_a_thread", "never_kept", "older"])
def test_a_cached_function_does_not_see_them(client: Client, name: str) -> None:
    for user in ("alice", "bob"):
        assert ask(client, f"/function/{name}", user) == f"{user}: unknown"


def test_a_refresh_does_not_see_them(client: Client) -> None:
    for user in ("alice", "bob", "carol"):
        assert ask(client, "/function/kept", user) == f"{user}: unknown"
        assert ask(client, "/static/a", user) == "unknown"
        client.clock.advance(60)


def test_a_static_handler_that_is_run_at_a_visit_does_not_see_them(client: Client) -> None:
    for user in ("alice", "bob"):
        assert ask(client, "/static/a", user) == "unknown"


def test_after_of_a_static_handler_runs_and_does_not_see_them(client: Client) -> None:
    ask(client, "/static/a", "alice")
    assert client.post("/static/a").json() == ["unknown"]
