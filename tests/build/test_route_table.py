"""The route table: its columns and marks, whatever the routes."""

from __future__ import annotations

import pytest

from byway.build.manifest import RouteEntry
from byway.build.route_table import route_table

GET = ("GET", "HEAD", "OPTIONS")


def table(*entries: RouteEntry, proxy: str | None = None) -> list[str]:
    """The lines of the table."""
    return route_table(entries, proxy).plain.splitlines()


def test_an_app_without_routes_says_what_to_do() -> None:
    assert table() == [
        "Route (app)      Methods  File",
        "  no routes yet: add a route.py to the app folder",
    ]


def test_one_route_stands_alone() -> None:
    assert table(RouteEntry("/", "app/route.py", GET)) == [
        "Route (app)      Methods           File",
        "─ ƒ /            GET HEAD OPTIONS  app/route.py",
        "",
        "ƒ  (Dynamic)  answered anew for each request",
    ]


def test_kinds_have_marks_and_only_those_that_are_there_are_explained() -> None:
    entries = (
        RouteEntry("/", "app/route.py", GET, kind="static", paths=("/",)),
        RouteEntry("/items/[id]", "app/items/[id]/route.py", GET, kind="ssg", paths=("/items/1", "/items/2")),
        RouteEntry("/now", "app/now/route.py", GET, why="uses headers() at app/now/route.py:3"),
    )
    assert table(*entries) == [
        "Route (app)      Methods           File",
        "┌ ○ /            GET HEAD OPTIONS  app/route.py",
        "├ ● /items/[id]  GET HEAD OPTIONS  app/items/[id]/route.py",
        "│   ├ /items/1",
        "│   └ /items/2",
        "└ ƒ /now         GET HEAD OPTIONS  app/now/route.py  uses headers() at app/now/route.py:3",
        "",
        "○  (Static)  made ahead, by the build",
        "●  (SSG)  made ahead for the paths that its file lists, others at their first visit",
        "ƒ  (Dynamic)  answered anew for each request",
    ]
    assert table(*entries[:1])[-1] == "○  (Static)  made ahead, by the build"
    assert table(*entries[:1])[-2] == ""


def test_times_are_shown_where_there_are_any() -> None:
    assert table(
        RouteEntry("/a", "app/a/route.py", GET, kind="static", revalidate=60, expire=31_536_000),
        RouteEntry("/b", "app/b/route.py", GET, kind="static"),
        RouteEntry("/c", "app/c/route.py", GET),
    )[:4] == [
        "Route (app)      Methods           Revalidate  Expire  File",
        "┌ ○ /a           GET HEAD OPTIONS  1m          1y      app/a/route.py",
        "├ ○ /b           GET HEAD OPTIONS                      app/b/route.py",
        "└ ƒ /c           GET HEAD OPTIONS                      app/c/route.py",
    ]


def test_a_time_without_the_other_has_the_one_column() -> None:
    lines = table(RouteEntry("/a", "app/a/route.py", GET, kind="static", revalidate=60))
    assert lines[0] == "Route (app)      Methods           Revalidate  File"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1, "1s"),
        (0.5, "0.5s"),
        (59, "59s"),
        (60, "1m"),
        (61, "61s"),
        (90, "90s"),
        (900, "15m"),
        (3600, "1h"),
        (5400, "90m"),
        (86_400, "1d"),
        (90_000, "25h"),
        (604_800, "1w"),
        (2_592_000, "30d"),
        (31_536_000, "1y"),
        (63_072_000, "2y"),
    ],
)
def test_a_time_is_told_in_the_greatest_unit_without_a_fraction(seconds: float, shown: str) -> None:
    line = table(RouteEntry("/", "x.py", GET, kind="static", revalidate=seconds))[1]
    assert line.split() == ["─", "○", "/", *GET, shown, "x.py"]


@pytest.mark.parametrize(("count", "more"), [(3, []), (4, ["    └ [+1 more path]"]), (9, ["    └ [+6 more paths]"])])
def test_of_many_paths_the_first_three_are_listed(count: int, more: list[str]) -> None:
    paths = tuple(f"/{number}" for number in range(count))
    lines = table(RouteEntry("/[n]", "app/[n]/route.py", GET, kind="ssg", paths=paths))
    assert lines[2:-2] == ["    ├ /0", "    ├ /1", f"    {'├' if more else '└'} /2", *more]


def test_long_paths_widen_the_first_column() -> None:
    lines = table(RouteEntry("/[a]", "x.py", GET, kind="ssg", paths=("/a-rather-long-path",)))
    assert lines[:3] == [
        "Route (app)                Methods           File",
        "─ ● /[a]                   GET HEAD OPTIONS  x.py",
        "    └ /a-rather-long-path",
    ]


def test_the_proxy_has_a_line_of_its_own() -> None:
    assert table(RouteEntry("/", "app/route.py", GET), proxy="src/proxy.py") == [
        "Route (app)      Methods           File",
        "─ ƒ /            GET HEAD OPTIONS  app/route.py",
        "",
        "ƒ Proxy  src/proxy.py",
        "",
        "ƒ  (Dynamic)  answered anew for each request",
    ]


def test_the_routes_of_pages_have_a_part_of_their_own() -> None:
    api = RouteEntry("/api/post/[pid]", "pages/api/post/[pid].py", ("ANY",))
    assert table(RouteEntry("/", "app/route.py", GET), api) == [
        "Route (app)      Methods           File",
        "─ ƒ /            GET HEAD OPTIONS  app/route.py",
        "",
        "Route (pages)        Methods  File",
        "─ ƒ /api/post/[pid]  ANY      pages/api/post/[pid].py",
        "",
        "ƒ  (Dynamic)  answered anew for each request",
    ]
    assert table(api)[0] == "Route (pages)        Methods  File"
    assert table(RouteEntry("/api", "src/pages/api/index.py", ("ANY",)))[0] == "Route (pages)      Methods  File"
