"""What pages, layouts and the files around them may hold, and the exact words of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from byway.runtime.loading import load_app
from byway.runtime.route_cache import StaticRoute

from ..support import problems_of, route, write_app

PAGE = "def page(): return 'x'\n"
LAYOUT = "from htpy import body, html\ndef layout(children): return html[body[children]]\n"
HANDLER = route("def GET(): return Response('x')\n")
APP = {"app/layout.py": LAYOUT, "app/page.py": PAGE}

ONE_OF = "Write one of: auto, default-cache, only-cache, force-cache, force-no-store, default-no-store, only-no-store."


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
            "generate_static_params = ['a']",
            "generate_static_params = ['a'] is not possible here.",
            'Write `def generate_static_params(): return [{"slug": "a"}]`.',
        ),
        (
            "dynamic = 'static'",
            "dynamic = 'static' is not possible here.",
            'Write "auto", "force-dynamic", "error" or "force-static".',
        ),
        ("dynamic_params = 0", "dynamic_params = 0 is not possible here.", "Write True or False."),
        ("runtime = 'bun'", "runtime = 'bun' is not possible here.", 'Write "python" or "edge".'),
        ("fetch_cache = 'no-store'", "fetch_cache = 'no-store' is not possible here.", ONE_OF),
        (
            "revalidate = True",
            "revalidate = True is not possible here.",
            "Write a number of seconds, 0, or False for never.",
        ),
        ("max_duration = 0", "max_duration = 0 is not possible here.", "Write a number of seconds above 0."),
        (
            "metadatas = {}",
            "'metadatas' is no option of a route, but nearly spells one.",
            "Did you mean 'metadata'? If not, give it another name, or one that begins with '_'.",
        ),
    ],
)
@pytest.mark.parametrize("file", ["app/page.py", "app/layout.py"])
def test_an_option_with_a_wrong_value_is_a_problem(tmp_path: Path, file: str, text: str, what: str, cure: str) -> None:
    write_app(tmp_path, APP)
    (tmp_path / file).write_text(f"{text}\n{APP[file]}")
    assert problems_of(tmp_path) == [(f"{file}:1", what, cure)]


@pytest.mark.parametrize(
    "text",
    [
        "dynamic = 'auto'",
        "dynamic = 'force-dynamic'",
        "dynamic = 'force-static'",
        "dynamic = 'error'",
        "dynamic_params = True",
        "revalidate = 0",
        "revalidate = 60",
        "revalidate = False",
        "def generate_static_params(): return []",
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


@pytest.mark.parametrize("file", ["app/page.py", "app/layout.py"])
def test_to_be_made_for_listed_paths_only_needs_a_list(tmp_path: Path, file: str) -> None:
    write_app(tmp_path, APP)
    (tmp_path / file).write_text(f"dynamic_params = False\n{APP[file]}")
    assert problems_of(tmp_path) == [
        (
            file,
            "dynamic_params = False has only the listed paths answered, but none are listed.",
            "Define generate_static_params, which lists them.",
        )
    ]
    (tmp_path / "app/layout.py").write_text(
        f"dynamic_params = False\ndef generate_static_params(): return []\n{LAYOUT}"
    )
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
        if isinstance(one.endpoint, StaticRoute)
    }
    assert limits == {"/": (3, "home"), "/a": (2, "home")}


# What each file around a page is given, and its function in the spelling of the documents.
AROUND = {
    "template": ("children", "Template"),
    "error": ("error", "Error"),
    "loading": ("", "Loading"),
    "not_found": ("", "notFound"),
    "forbidden": ("", "Forbidden"),
    "unauthorized": ("", "Unauthorized"),
    "global_error": ("error", "globalError"),
    "global_not_found": ("", "globalNotFound"),
}


@pytest.mark.parametrize("name", AROUND)
@pytest.mark.parametrize("kind", ["def", "async def"])
def test_the_files_around_a_page_are_functions_of_their_props(tmp_path: Path, name: str, kind: str) -> None:
    props, _ = AROUND[name]
    write_app(tmp_path, APP | {f"app/{name}.py": f"{kind} {name}({props}): ...\n"})
    assert problems_of(tmp_path) == []


@pytest.mark.parametrize("name", AROUND)
def test_a_function_in_the_spelling_of_the_documents_is_not_that_of_its_file(tmp_path: Path, name: str) -> None:
    props, documented = AROUND[name]
    write_app(tmp_path, APP | {f"app/{name}.py": f"def {documented}({props}): ...\n"})
    assert problems_of(tmp_path) == [
        (
            f"app/{name}.py",
            f"This file defines no function {name!r}, so there is nothing to render.",
            f"Define `def {name}({props})`.",
        )
    ]


@pytest.mark.parametrize("name", AROUND)
def test_a_prop_that_a_file_around_a_page_does_not_get_is_a_problem(tmp_path: Path, name: str) -> None:
    props, _ = AROUND[name]
    write_app(tmp_path, APP | {f"app/{name}.py": f"\ndef {name}(params): ...\n"})
    article = "an" if name[0] in "aeiou" else "a"
    known = f"The only one of {article} {name} is {props}" if props else f"{name} has none"
    assert problems_of(tmp_path) == [
        (
            f"app/{name}.py:2",
            f"{name} has the parameter 'params', for which there is no value.",
            f"Props are given by name. {known}; leave out what is not needed.",
        )
    ]


@pytest.mark.parametrize("name", AROUND)
def test_a_file_around_a_page_that_defines_no_function_is_a_problem(tmp_path: Path, name: str) -> None:
    props, _ = AROUND[name]
    write_app(tmp_path, APP | {f"app/{name}.py": f"{name} = 'x'\n"})
    assert problems_of(tmp_path) == [
        (f"app/{name}.py:1", f"{name} is str, not a function.", f"Write `def {name}({props}): …`, which returns it.")
    ]


@pytest.mark.parametrize("name", AROUND)
def test_a_file_around_a_page_is_a_problem_once_however_many_pages_it_wraps(tmp_path: Path, name: str) -> None:
    write_app(tmp_path, APP | {f"app/{name}.py": "import nowhere_at_all\n", "app/a/page.py": PAGE})
    assert [file for file, _, _ in problems_of(tmp_path)] == [f"app/{name}.py:1"]


@pytest.mark.parametrize("name", ["not_found", "forbidden", "unauthorized", "global_not_found"])
def test_what_such_a_file_says_for_its_head_is_checked(tmp_path: Path, name: str) -> None:
    text = f"metadata = {{'titel': 'x'}}\ngenerateViewport = None\ndef {name}(): ...\n"
    write_app(tmp_path, APP | {f"app/{name}.py": text})
    assert sorted(problems_of(tmp_path)) == [
        (f"app/{name}.py:1", "metadata has the unknown key 'titel'.", "Did you mean 'title'?"),
        (
            f"app/{name}.py:2",
            "'generateViewport' is the name of the documents, which Python spells 'generate_viewport'.",
            "Rename it.",
        ),
    ]


@pytest.mark.parametrize(("name", "is_problem"), [("not_found", True), ("global_not_found", False)])
def test_not_found_needs_a_root_layout_and_global_not_found_is_a_document_of_its_own(
    tmp_path: Path, name: str, is_problem: bool
) -> None:
    write_app(
        tmp_path,
        {f"app/{name}.py": f"def {name}(): ...\n", "app/(a)/layout.py": LAYOUT, "app/(a)/page.py": PAGE},
    )
    problem = (
        f"app/{name}.py",
        "This file has no root layout, which renders the html and body elements.",
        "Create app/layout.py: `def layout(children): return html[body[children]]`, with htpy's elements, say.",
    )
    assert problems_of(tmp_path) == [problem] * is_problem


def test_where_no_page_is_such_a_file_is_its_authors_own(tmp_path: Path) -> None:
    files = {"app/api/route.py": HANDLER, "app/api/error.py": "", "app/lib/default.py": "", "app/_ui/loading.py": ""}
    files |= {"app/blog/global_error.py": "", "app/blog/global_not_found.py": "", "app/blog/page.py": PAGE}
    write_app(tmp_path, APP | files)
    assert problems_of(tmp_path) == []


def test_pages_in_intercepting_folders_are_refused(tmp_path: Path) -> None:
    write_app(tmp_path, APP | {"app/feed/(.)photo/page.py": PAGE})
    assert problems_of(tmp_path) == [
        (
            "app/feed/(.)photo/page.py",
            'This page lies in an intercepting folder, "(.)photo"; this version of Byway has no intercepting routes.',
            "Move it to a folder of its own, or remove it.",
        )
    ]


def test_a_slot_needs_something_to_show_beside_every_page(tmp_path: Path) -> None:
    layout = "from htpy import body, html\ndef layout(children, team): return html[body[children, team]]\n"
    write_app(tmp_path, APP | {"app/layout.py": layout, "app/@team/x/page.py": PAGE})
    write_app(tmp_path, {"app/default.py": "def default(): ...\n"})
    assert problems_of(tmp_path) == [
        (
            "app/@team",
            'The slot has no page for "/", and no default.py to show there instead.',
            "Create app/@team/default.py: `def default(): return None` shows nothing.",
        )
    ]
    write_app(tmp_path, {"app/@team/default.py": "def default(): ...\n"})
    assert problems_of(tmp_path) == []


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


@pytest.mark.parametrize("name", ["not_found", "global_error", "global_not_found"])
def test_a_file_that_is_named_as_in_the_documents_is_a_problem(tmp_path: Path, name: str) -> None:
    documented = f"{name.replace('_', '-')}.py"
    write_app(tmp_path, APP | {f"app/{documented}": "", f"app/_own/{documented}": ""})
    assert problems_of(tmp_path) == [
        (f"app/{documented}", f'No convention is named "{documented}".', f'Rename it to "{name}.py".')
    ]
