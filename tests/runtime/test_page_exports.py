"""What pages, layouts and the files around them may hold, and the exact words of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from byway.runtime.loading import load_app
from byway.runtime.pages import PageEndpoint

from ..support import problems_of, route, write_app

PAGE = "def page(): return 'x'\n"
LAYOUT = "from htpy import body, html\ndef layout(children): return html[body[children]]\n"
HANDLER = route("def GET(): return Response('x')\n")
APP = {"app/layout.py": LAYOUT, "app/page.py": PAGE}

NOT_CACHED = "This version of Byway renders every page anew for each request."
ONE_OF = "Write one of: auto, default-cache, only-cache, force-cache, force-no-store, default-no-store, only-no-store."
RENAME = "Remove it; a file that has nothing to do with this convention needs another name."


def test_a_page_needs_a_root_layout(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/page.py": PAGE})
    assert problems_of(tmp_path) == [
        (
            "app/page.py",
            "This page has no root layout, which renders the html and body elements.",
            "Create app/layout.py: `def layout(children): return html[body[children]]`, with htpy's elements, say.",
        )
    ]


def test_pages_without_a_root_layout_are_one_problem(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "src/app/(a)/page.py": PAGE,
            "src/app/b/page.py": PAGE,
            "src/app/c/page.py": PAGE,
            "src/app/c/layout.py": LAYOUT,
        },
    )
    assert problems_of(tmp_path) == [
        (
            "src/app/(a)/page.py",
            "These pages have no root layout, which renders the html and body elements:\n"
            "  src/app/(a)/page.py\n"
            "  src/app/b/page.py",
            "Create src/app/layout.py: `def layout(children): return html[body[children]]`, with htpy's elements, say.",
        )
    ]


def test_each_route_group_may_have_a_root_layout_of_its_own(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/(site)/page.py": PAGE,
            "app/(site)/layout.py": LAYOUT,
            "app/(admin)/admin/page.py": PAGE,
            "app/(admin)/layout.py": LAYOUT,
        },
    )
    assert problems_of(tmp_path) == []


def test_a_file_without_its_function_is_a_problem(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": "def Layout(children): ...\n", "app/page.py": "def home(): ...\n"})
    assert problems_of(tmp_path) == [
        (
            "app/layout.py",
            "This file defines no function 'layout', so there is nothing to render.",
            "Define `def layout(children, params)`, with those of the parameters that it needs.",
        ),
        (
            "app/page.py",
            "This file defines no function 'page', so there is nothing to render.",
            "Define `def page(params, search_params)`, with those of the parameters that it needs.",
        ),
    ]


def test_an_unknown_prop_is_a_problem_that_names_the_possible_ones(tmp_path: Path) -> None:
    layout = "\ndef layout(children, search_params): ...\n"
    write_app(tmp_path, {"app/layout.py": layout, "app/page.py": "def page(children): ...\n"})
    assert problems_of(tmp_path) == [
        (
            "app/layout.py:2",
            "layout has the parameter 'search_params', for which there is no value.",
            "Props are given by name. Those of a layout are children and params; leave out what is not needed.",
        ),
        (
            "app/page.py:1",
            "page has the parameter 'children', for which there is no value.",
            "Props are given by name. Those of a page are params and search_params; leave out what is not needed.",
        ),
    ]


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        (
            "def generate_static_params(): ...",
            "generate_static_params is not possible here.",
            f"Remove it. {NOT_CACHED}",
        ),
        (
            "dynamic = 'force-static'",
            "dynamic = 'force-static' is not possible here.",
            f'Write "auto" or "force-dynamic". {NOT_CACHED}',
        ),
        (
            "dynamic = 'error'",
            "dynamic = 'error' is not possible here.",
            f'Write "auto" or "force-dynamic". {NOT_CACHED}',
        ),
        (
            "revalidate = False",
            "revalidate = False is not possible here.",
            f"Write 0, or leave it out. {NOT_CACHED}",
        ),
        ("runtime = 'edge'", "runtime = 'edge' is not possible here.", 'Write "python", or leave it out.'),
        ("fetch_cache = 'no-store'", "fetch_cache = 'no-store' is not possible here.", ONE_OF),
        ("revalidate = 60", "revalidate = 60 is not possible here.", f"Write 0, or leave it out. {NOT_CACHED}"),
        (
            "dynamic_params = False",
            "dynamic_params = False is not possible here.",
            f"Leave it out. {NOT_CACHED}",
        ),
        (
            "metadatas = {}",
            "'metadatas' is no option of a route, but nearly spells one.",
            "Did you mean 'metadata'? If not, give it another name, or one that begins with '_'.",
        ),
    ],
)
@pytest.mark.parametrize("file", ["app/page.py", "app/layout.py"])
def test_what_pages_cannot_do_yet_is_refused(tmp_path: Path, file: str, text: str, what: str, cure: str) -> None:
    write_app(tmp_path, APP)
    (tmp_path / file).write_text(f"{text}\n{APP[file]}")
    assert problems_of(tmp_path) == [(f"{file}:1", what, cure)]


@pytest.mark.parametrize(
    "text",
    [
        "dynamic = 'auto'",
        "dynamic = 'force-dynamic'",
        "dynamic_params = True",
        "revalidate = 0",
        "fetch_cache = 'force-cache'",
        "runtime = 'nodejs'",
        "preferred_region = ['fra1']",
        "max_duration = 5",
    ],
)
@pytest.mark.parametrize("file", ["app/page.py", "app/layout.py"])
def test_the_options_that_are_honoured_are_let_pass(tmp_path: Path, file: str, text: str) -> None:
    write_app(tmp_path, APP)
    (tmp_path / file).write_text(f"{text}\n{APP[file]}")
    assert problems_of(tmp_path) == []


def test_of_an_option_of_page_and_layouts_the_nearest_to_the_page_counts(tmp_path: Path) -> None:
    write_app(
        tmp_path,
        {
            "app/layout.py": f"max_duration = 1\npreferred_region = 'home'\n{LAYOUT}",
            "app/page.py": f"max_duration = 3\n{PAGE}",
            "app/a/layout.py": "max_duration = 2\ndef layout(children): return children\n",
            "app/a/page.py": PAGE,
        },
    )
    app = load_app(tmp_path, "production")
    app.close()
    limits = {
        one.route.pattern: (one.endpoint.config.max_duration, one.endpoint.config.preferred_region)
        for one in app.routes
        if isinstance(one.endpoint, PageEndpoint)
    }
    assert limits == {"/": (3, "home"), "/a": (2, "home")}


@pytest.mark.parametrize(
    ("name", "convention", "instead"),
    [
        ("template", "template", "A layout.py can wrap what a template would."),
        ("loading", "loading", "A page is sent when it is complete."),
        ("error", "error", "An error is answered with Byway's own page."),
        ("not_found", "not-found", "not_found() is answered with Byway's own page."),
        ("forbidden", "forbidden", "forbidden() is answered with Byway's own page."),
        ("unauthorized", "unauthorized", "unauthorized() is answered with Byway's own page."),
        ("default", "default", "There are no parallel routes for it to serve."),
        ("global_error", "global-error", "An error is answered with Byway's own page."),
        ("global_not_found", "global-not-found", "A URL without a route is answered with Byway's own page."),
    ],
)
def test_files_of_later_conventions_are_refused(tmp_path: Path, name: str, convention: str, instead: str) -> None:
    write_app(tmp_path, APP | {f"app/{name}.py": ""})
    assert problems_of(tmp_path) == [
        (
            f"app/{name}.py",
            f'This version of Byway does not have the file convention "{convention}" yet.',
            f"{RENAME} {instead}",
        )
    ]


def test_a_file_of_a_later_convention_is_refused_above_pages(tmp_path: Path) -> None:
    write_app(tmp_path, APP | {"app/blog/error.py": "", "app/blog/[slug]/page.py": PAGE})
    assert [file for file, _, _ in problems_of(tmp_path)] == ["app/blog/error.py"]


def test_where_no_page_is_such_a_file_is_its_authors_own(tmp_path: Path) -> None:
    files = {"app/api/route.py": HANDLER, "app/api/error.py": "", "app/lib/default.py": "", "app/_ui/loading.py": ""}
    write_app(tmp_path, APP | files)
    assert problems_of(tmp_path) == []


def test_pages_in_slots_and_intercepting_folders_are_refused(tmp_path: Path) -> None:
    write_app(tmp_path, APP | {"app/@team/x/page.py": PAGE, "app/feed/(.)photo/page.py": PAGE})
    cure = "Move it to a folder of its own, or remove it."
    end = "this version of Byway has no parallel or intercepting routes."
    assert problems_of(tmp_path) == [
        ("app/@team/x/page.py", f'This page lies in a slot, "@team"; {end}', cure),
        ("app/feed/(.)photo/page.py", f'This page lies in an intercepting folder, "(.)photo"; {end}', cure),
    ]


def test_a_layout_that_does_not_import_is_one_problem_however_many_pages_it_wraps(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": "import nowhere_at_all\n", "app/a/page.py": PAGE, "app/b/page.py": PAGE})
    assert [file for file, _, _ in problems_of(tmp_path)] == ["app/layout.py:1"]


def test_a_layout_without_a_page_is_not_even_imported(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/layout.py": "import nowhere_at_all\n", "app/route.py": HANDLER})
    assert problems_of(tmp_path) == []


def test_a_page_and_a_handler_at_one_path_are_a_conflict(tmp_path: Path) -> None:
    write_app(tmp_path, APP | {"app/(api)/route.py": HANDLER})
    ((_, what, _),) = problems_of(tmp_path)
    assert what.startswith('A page and a route handler answer at the same path "/":')
