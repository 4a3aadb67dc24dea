"""Which file of ``pages/`` answers at which path."""

from __future__ import annotations

import pytest

from byway.routing.matcher import Matcher
from byway.routing.reading import is_in_pages, read_file
from byway.routing.tree import build_tree


def route_of(file: str) -> str | None:
    reading = read_file(file)
    assert not reading.faults
    route = reading.route
    return None if route is None else " ".join([route.kind, route.pattern, *route.param_names])


@pytest.mark.parametrize(
    ("file", "route"),
    [
        ("pages/api/hello.py", "api /api/hello"),
        ("src/pages/api/hello.py", "api /api/hello"),
        ("pages/api.py", "api /api"),
        ("pages/api/index.py", "api /api"),
        ("pages/api/user/index.py", "api /api/user"),
        ("pages/api/index/index.py", "api /api/index"),
        ("pages/api/index/x.py", "api /api/index/x"),
        ("pages/api/big-ok.py", "api /api/big-ok"),
        ("pages/api/rss.xml.py", "api /api/rss.xml"),
        ("pages/api/post/[pid].py", "api /api/post/[pid] pid"),
        ("pages/api/[id]/[tab].py", "api /api/[id]/[tab] id tab"),
        ("pages/api/[id]/index.py", "api /api/[id] id"),
        ("pages/api/post/[...slug].py", "api /api/post/[...slug] slug"),
        ("pages/api/post/[[...slug]].py", "api /api/post/[[...slug]] slug"),
        ("pages/api/_helper.py", "api /api/_helper"),
        ("pages/api/(group)/x.py", "api /api/(group)/x"),
        ("pages/api/@slot/(.)x.py", "api /api/@slot/(.)x"),
        ("pages/api/route.py", "api /api/route"),
        ("pages/api/page.py", "api /api/page"),
        ("pages/api/__init__.py", None),
        ("pages/__init__.py", None),
        ("pages/api/hello.ts", None),
        ("pages/index.tsx", None),
    ],
)
def test_each_python_file_of_pages_api_is_a_route(file: str, route: str | None) -> None:
    assert is_in_pages(file)
    assert route_of(file) == route


@pytest.mark.parametrize(
    ("file", "app"),
    [
        ("pages/index.py", "app"),
        ("pages/_app.py", "app"),
        ("src/pages/blog/[slug].py", "src/app"),
        ("pages/apix.py", "app"),
    ],
)
def test_any_other_python_file_of_pages_is_refused(file: str, app: str) -> None:
    pages = app.replace("app", "pages")
    _, (problem,) = build_tree([file])
    assert (problem.file, problem.what, problem.cure) == (
        file,
        f'Of the folder "{pages}" only "{pages}/api" is served: this file would answer nowhere.',
        f'Write a page as "{app}/…/page.py"; move a module that others import out of the folder.',
    )


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("pages/api/[id.py", 'The name "[id" has a bracket astray.'),
        ("pages/api/x[id]/y.py", 'The name "x[id]" has a bracket astray.'),
        ("pages/api/[].py", 'The name "[]" has no parameter name.'),
        ("pages/api/[[x]].py", 'The name "[[x]]" is an optional parameter of one segment, which is not supported.'),
        (
            "pages/api/[...a]/[b].py",
            'The catch-all "[...a]" must be the last part of the URL, but folders with routes follow it.',
        ),
        ("pages/api/[a]/[a].py", 'The parameter name "a" repeats within "/api/[a]/[a]".'),
    ],
)
def test_what_is_wrong_with_a_name_is_told(file: str, what: str) -> None:
    routes, (problem,) = build_tree([file])
    assert (routes, problem.file, problem.what) == ((), file, what)


def test_two_files_at_one_path_are_told_together() -> None:
    _, (problem,) = build_tree(["pages/api/user.py", "pages/api/user/index.py"])
    assert problem.what == (
        'Several API routes resolve to the same path "/api/user":\n  pages/api/user.py\n  pages/api/user/index.py'
    )
    assert problem.cure == "Keep one of them, or rename one; an index.py answers at its folder's path."


def test_a_page_and_an_api_route_cannot_share_a_path() -> None:
    _, problems = build_tree(["app/api/x/page.py", "pages/api/x.py"])
    assert [problem.what.partition(":")[0] for problem in problems] == [
        'A page and an API route answer at the same path "/api/x"'
    ]


def test_the_documents_precedence_holds_across_both_folders() -> None:
    files = [
        "pages/api/post/create.py",
        "pages/api/post/[pid].py",
        "pages/api/post/[...slug].py",
        "pages/api/opt/[[...slug]].py",
        "app/api/post/latest/route.py",
        "app/[...all]/route.py",
    ]
    routes, problems = build_tree(files)
    assert not problems
    matcher = Matcher([(route.segments, route.file) for route in routes])

    def file_at(path: str) -> str | None:
        match = matcher.match(path)
        return match and match[0]

    assert file_at("/api/post/create") == "pages/api/post/create.py"
    assert file_at("/api/post/latest") == "app/api/post/latest/route.py"
    assert file_at("/api/post/abc") == "pages/api/post/[pid].py"
    assert file_at("/api/post/1/2") == "pages/api/post/[...slug].py"
    assert file_at("/api/opt") == file_at("/api/opt/a/b") == "pages/api/opt/[[...slug]].py"
    assert file_at("/api/post") == "app/[...all]/route.py"
