"""What a ``route.py`` may export, and the exact words of every mistake in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from byway.runtime.dispatch import RouteEndpoint
from byway.runtime.loading import load_app
from byway.runtime.route_cache import StaticRoute
from byway.runtime.segment import SegmentConfig

from ..support import problems_of, route, write_app

HANDLER = "def GET(): return Response('x')\n"
EXAMPLE = "async def GET(request: Request, ctx: RouteContext) -> Response: …"


@pytest.fixture
def mistakes(tmp_path: Path) -> Any:
    """Writes a route and gives its problems, each as its line, what is wrong and the cure."""

    def read(text: str, **others: str) -> list[tuple[str, str, str]]:
        write_app(tmp_path, {"app/route.py": text, **{f"{name}.py": source for name, source in others.items()}})
        return [
            (file.removeprefix("app/route.py").lstrip(":"), what, cure) for file, what, cure in problems_of(tmp_path)
        ]

    return read


def test_a_method_in_lower_case_is_a_mistake(mistakes: Any) -> None:
    assert mistakes("from byway import Response\n\ndef get(): return Response('x')\n") == [
        (
            "3",
            "'get' is no handler: methods are written in upper case.",
            "Rename it to GET, or, when it is a helper, to something else.",
        )
    ]


@pytest.mark.parametrize(
    "text",
    ["async def Post(): ...", "post = lambda: None", "if True:\n    def patch(): ...", "class Delete: ..."],
)
def test_a_method_in_lower_case_is_found_however_it_is_defined(mistakes: Any, text: str) -> None:
    (found,) = mistakes(f"from byway import Response\n{HANDLER}{text}\n")
    assert found[1].endswith("is no handler: methods are written in upper case.")


@pytest.mark.parametrize(
    "text",
    [
        "from lib import get, post",
        "from lib import GET as get",
        "import lib as head",
        "get = 1",
        "options = {'a': 1}",
        "patch: str",
    ],
)
def test_a_lower_case_name_that_is_imported_or_no_function_is_no_mistake(mistakes: Any, text: str) -> None:
    assert mistakes(f"from byway import Response\n{HANDLER}{text}\n", lib="GET = get = post = print\n") == []


def test_an_imported_handler_counts(mistakes: Any) -> None:
    lib = f"from byway import Response\n{HANDLER}"
    assert mistakes("from lib import GET", lib=lib) == []
    assert mistakes("from lib import GET as handler\nPOST = handler", lib=lib) == []


def test_a_file_without_methods_is_a_mistake(mistakes: Any) -> None:
    assert mistakes("dynamic = 'auto'\n") == [
        (
            "",
            "This file exports no HTTP method, so nothing could answer at its path.",
            "Define a function named like a method: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS.",
        )
    ]


@pytest.mark.parametrize("text", ["", "# nothing\n", "'''words'''\n", "\ufeff"])
def test_an_empty_file_is_a_mistake(mistakes: Any, text: str) -> None:
    ((_, what, _),) = mistakes(text)
    assert what == "This file exports no HTTP method, so nothing could answer at its path."


@pytest.mark.parametrize(
    ("text", "what", "cure"),
    [
        (
            "def GET(request, ctx, db): ...",
            "GET takes 3 parameters (request, ctx, db); a handler is given two, request and context.",
            f"Write {EXAMPLE} Route parameters are in `await ctx.params`.",
        ),
        (
            "def GET(request, *, db): ...",
            "GET requires the keyword argument 'db'; a handler is given its arguments by position.",
            f"Write {EXAMPLE}",
        ),
        (
            "def GET(): yield 1",
            "GET is a generator: it yields instead of returning a Response.",
            "Move the generator into a function of its own and return Response(that_function()).",
        ),
        (
            "async def GET(): yield 1",
            "GET is a generator: it yields instead of returning a Response.",
            "Move the generator into a function of its own and return Response(that_function()).",
        ),
        ("GET = 'x'", "GET is str, not a function.", f"Write {EXAMPLE}"),
        ("GET = None", "GET is NoneType, not a function.", f"Write {EXAMPLE}"),
    ],
)
def test_a_handler_that_cannot_be_called_is_a_mistake(mistakes: Any, text: str, what: str, cure: str) -> None:
    assert mistakes(f"\n{text}\n") == [("2", what, cure)]


def test_an_imported_handler_that_cannot_be_called_has_no_line(mistakes: Any) -> None:
    ((line, what, _),) = mistakes("from lib import GET\n", lib="GET = 1\n")
    assert (line, what) == ("", "GET is int, not a function.")


@pytest.mark.parametrize(
    "text",
    [
        "def GET(): ...",
        "def GET(request): ...",
        "def GET(request, ctx): ...",
        "def GET(request, ctx=None, more=1): ...",
        "def GET(request, /, ctx, *, key=1): ...",
        "def GET(*args): ...",
        "def GET(**options): ...",
        "GET = lambda request: None",
        "class GET(Response):\n    def __init__(self, request): super().__init__('x')",
        "import functools\nGET = functools.partial(lambda word, request: None, 'x')",
    ],
)
def test_a_handler_takes_up_to_two_positional_parameters(mistakes: Any, text: str) -> None:
    assert mistakes(f"from byway import Response\n{text}\n") == []


WRITE = {
    "dynamic": 'Write "auto", "force-dynamic", "error" or "force-static".',
    "dynamic_params": "Write True or False.",
    "revalidate": "Write a number of seconds, 0, or False for never.",
    "fetch_cache": "Write one of: auto, default-cache, only-cache, force-cache, force-no-store, default-no-store, "
    "only-no-store.",
    "runtime": 'Write "python" or "edge".',
    "preferred_region": 'Write "auto", "global", "home", a region, or a list of regions.',
    "max_duration": "Write a number of seconds above 0.",
}


@pytest.mark.parametrize(
    "option",
    [
        "dynamic = 'never'",
        "dynamic = 'force_static'",
        "dynamic = None",
        "dynamic = True",
        "dynamic_params = 1",
        "dynamic_params = 0",
        "dynamic_params = None",
        "dynamic_params = 'false'",
        "revalidate = -1",
        "revalidate = True",
        "revalidate = None",
        "revalidate = '60'",
        "revalidate = float('inf')",
        "revalidate = float('nan')",
        "fetch_cache = 'no-store'",
        "fetch_cache = None",
        "runtime = 'node'",
        "runtime = None",
        "preferred_region = 1",
        "preferred_region = ['a', 1]",
        "max_duration = 0",
        "max_duration = -1",
        "max_duration = True",
        "max_duration = '5'",
        "max_duration = float('inf')",
        "max_duration = float('nan')",
    ],
)
def test_an_option_that_cannot_be_honoured_is_a_mistake(mistakes: Any, option: str) -> None:
    name, _, value = option.partition(" = ")
    assert mistakes(f"from byway import Response\n{HANDLER}{option}\n") == [
        ("3", f"{name} = {eval(value)!r} is not possible here.", WRITE[name])
    ]


def test_static_params_that_are_no_function_are_a_mistake(mistakes: Any) -> None:
    assert mistakes(f"from byway import Response\n{HANDLER}generate_static_params = [{{'slug': 'a'}}]\n") == [
        (
            "3",
            "generate_static_params = [{'slug': 'a'}] is not possible here.",
            'Write `def generate_static_params(): return [{"slug": "a"}]`.',
        )
    ]


@pytest.mark.parametrize(
    "option",
    [
        "dynamic = 'auto'",
        "dynamic = 'force-dynamic'",
        "dynamic = 'error'",
        "dynamic = 'force-static'",
        "dynamic_params = True",
        "revalidate = 0",
        "revalidate = 60",
        "revalidate = 0.5",
        "revalidate = False",
        "fetch_cache = 'auto'",
        "fetch_cache = 'default-cache'",
        "fetch_cache = 'only-cache'",
        "fetch_cache = 'force-cache'",
        "fetch_cache = 'force-no-store'",
        "fetch_cache = 'default-no-store'",
        "fetch_cache = 'only-no-store'",
        "runtime = 'python'",
        "runtime = 'nodejs'",
        "preferred_region = 'auto'",
        "preferred_region = ['fra1', 'iad1']",
        "preferred_region = ('fra1',)",
        "max_duration = 5",
        "max_duration = 0.5",
        "def generate_static_params(): return []",
        "async def generate_static_params(): return []",
        "def generate_static_params(): return []\ndynamic_params = False",
    ],
)
def test_an_option_that_is_honoured_is_no_mistake(mistakes: Any, option: str) -> None:
    assert mistakes(f"from byway import Response\n{HANDLER}{option}\n") == []


def test_the_edge_runtime_is_for_async_handlers(mistakes: Any) -> None:
    handlers = "async def GET(): ...\nasync def POST(): ...\nclass P:\n    async def __call__(self): ...\nPUT = P()\n"
    assert mistakes(f"{handlers}runtime = 'edge'\nrevalidate = 0\n") == []
    assert mistakes(
        f"{handlers}def DELETE(): ...\nfrom lib import PATCH\nruntime = 'edge'\n", lib="def PATCH(): ..."
    ) == [
        (
            "",
            'PATCH is a `def` function, which needs a thread: with runtime = "edge" there are none.',
            'Write `async def PATCH`, or runtime = "python".',
        ),
        (
            "6",
            'DELETE is a `def` function, which needs a thread: with runtime = "edge" there are none.',
            'Write `async def DELETE`, or runtime = "python".',
        ),
    ]


ONE_OF_THE_TWO = "Remove one of the two."
EDGE = 'Remove it, or write runtime = "python".'


@pytest.mark.parametrize(
    ("options", "line", "what", "cure"),
    [
        (
            "dynamic = 'error'\nrevalidate = 0",
            "4",
            'revalidate = 0 has every request answered anew, dynamic = "error" has the answer made ahead.',
            ONE_OF_THE_TWO,
        ),
        (
            "dynamic = 'force-static'\nrevalidate = 0.0",
            "4",
            'revalidate = 0 has every request answered anew, dynamic = "force-static" has the answer made ahead.',
            ONE_OF_THE_TWO,
        ),
        (
            "dynamic = 'force-dynamic'\nrevalidate = 60",
            "4",
            'revalidate is about answers that are made ahead, which dynamic = "force-dynamic" rules out.',
            ONE_OF_THE_TWO,
        ),
        (
            "revalidate = False\ndynamic = 'force-dynamic'",
            "3",
            'revalidate is about answers that are made ahead, which dynamic = "force-dynamic" rules out.',
            ONE_OF_THE_TWO,
        ),
        (
            "dynamic = 'force-dynamic'\ndef generate_static_params(): ...",
            "4",
            'generate_static_params is about answers that are made ahead, which dynamic = "force-dynamic" rules out.',
            ONE_OF_THE_TWO,
        ),
        *(
            (
                f"dynamic = 'error'\nfetch_cache = '{mode}'",
                "4",
                f'fetch_cache = "{mode}" keeps no fetch, dynamic = "error" forbids those that are not kept.',
                ONE_OF_THE_TWO,
            )
            for mode in ("force-no-store", "only-no-store", "default-no-store")
        ),
        (
            "dynamic_params = False",
            "3",
            "dynamic_params = False has only the listed paths answered, but none are listed.",
            "Define generate_static_params, which lists them.",
        ),
        (
            "runtime = 'edge'\nrevalidate = 60",
            "4",
            'revalidate is not available with runtime = "edge".',
            EDGE,
        ),
        (
            "runtime = 'edge'\nrevalidate = False",
            "4",
            'revalidate is not available with runtime = "edge".',
            EDGE,
        ),
        (
            "runtime = 'edge'\ndef generate_static_params(): ...",
            "4",
            'generate_static_params is not available with runtime = "edge".',
            EDGE,
        ),
    ],
)
def test_options_that_contradict_each_other_are_a_mistake(
    mistakes: Any, options: str, line: str, what: str, cure: str
) -> None:
    assert mistakes(f"from byway import Response\nasync def GET(): ...\n{options}\n") == [(line, what, cure)]


@pytest.mark.parametrize(
    "options",
    [
        "dynamic = 'force-dynamic'\nrevalidate = 0",
        "dynamic = 'error'\nrevalidate = False",
        "dynamic = 'force-static'\nrevalidate = 60",
        "dynamic = 'error'\nfetch_cache = 'only-cache'",
        "dynamic = 'force-dynamic'\nfetch_cache = 'force-cache'",
        "dynamic = 'force-static'\ndef generate_static_params(): ...",
        "runtime = 'edge'\ndynamic = 'force-static'",
        "runtime = 'nodejs'\nrevalidate = 60",
    ],
)
def test_options_that_agree_are_no_mistake(mistakes: Any, options: str) -> None:
    assert mistakes(f"async def GET(): ...\n{options}\n") == []


def test_every_contradiction_of_a_file_is_told(mistakes: Any) -> None:
    text = "runtime = 'edge'\ndynamic = 'force-dynamic'\nrevalidate = 60\ndynamic_params = False\ndef GET(): ...\n"
    assert [line for line, _, _ in mistakes(text)] == ["3", "3", "4", "5"]


@pytest.mark.parametrize(
    ("text", "is_static"),
    [
        ("def GET(): ...", False),
        ("def GET(): ...\nrevalidate = 60", True),
        ("def GET(): ...\nrevalidate = False", True),
        ("def GET(): ...\nrevalidate = 0", False),
        ("def GET(): ...\ndynamic = 'force-static'", True),
        ("def GET(): ...\ndynamic = 'error'", True),
        ("def GET(): ...\ndynamic = 'force-dynamic'", False),
        ("def GET(): ...\ndef generate_static_params(): ...", True),
        ("def POST(): ...\nrevalidate = 60", False),
        ("def POST(): ...\ndynamic = 'force-static'", True),
        ("def POST(): ...\ndynamic = 'error'", True),
    ],
)
def test_a_file_that_asks_for_it_makes_a_static_route(tmp_path: Path, text: str, is_static: bool) -> None:
    app = load_app(write_app(tmp_path, {"app/route.py": text}), "test")
    app.close()
    assert type(app.routes[0].endpoint) is (StaticRoute if is_static else RouteEndpoint)


def test_revalidate_alone_makes_a_dynamic_segment_no_static_route(tmp_path: Path) -> None:
    app = load_app(write_app(tmp_path, {"app/[id]/route.py": "def GET(): ...\nrevalidate = 60\n"}), "test")
    app.close()
    assert type(app.routes[0].endpoint) is RouteEndpoint


def test_a_routes_config_holds_every_option_of_its_file(tmp_path: Path) -> None:
    text = """
        dynamic, dynamic_params, revalidate, fetch_cache = "error", False, 60, "only-cache"
        runtime, preferred_region, max_duration = "nodejs", ["a", "b"], 5
        def generate_static_params(): ...
        def GET(): ...
    """
    app = load_app(write_app(tmp_path, {"app/[id]/route.py": text}), "test")
    endpoint = app.routes[0].endpoint
    listed = sys.modules["app.[id].route"].generate_static_params
    app.close()
    assert endpoint.config == SegmentConfig(
        dynamic="error",
        dynamic_params=False,
        revalidate=60,
        fetch_cache="only-cache",
        runtime="nodejs",
        preferred_region=("a", "b"),
        max_duration=5,
        generate_static_params=listed,
    )


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("revalidat", "revalidate"),
        ("revaildate", "revalidate"),
        ("max_durations", "max_duration"),
        ("maxDuration", "max_duration"),
        ("dynamicParams", "dynamic_params"),
        ("prefered_region", "preferred_region"),
        ("run_time", "runtime"),
    ],
)
def test_a_name_that_nearly_spells_an_option_is_a_mistake(mistakes: Any, name: str, meant: str) -> None:
    assert mistakes(f"from byway import Response\n{HANDLER}{name} = 0\n") == [
        (
            "3",
            f"{name!r} is no option of a route, but nearly spells one.",
            f"Did you mean {meant!r}? If not, give it another name, or one that begins with '_'.",
        )
    ]


@pytest.mark.parametrize(
    "text", ["_revalidat = 60", "def revalidat(): ...", "DATABASE = 1", "from lib import revalidat"]
)
def test_other_names_are_the_files_own(mistakes: Any, text: str) -> None:
    assert mistakes(f"from byway import Response\n{HANDLER}{text}\n", lib="revalidat = 1\n") == []


def test_every_mistake_of_a_file_is_told(mistakes: Any) -> None:
    found = mistakes("GET = 1\nPOST = 2\ndef put(): ...\nrevalidate = -1\nmaxduration = 5\n")
    assert [line for line, _, _ in found] == ["1", "2", "3", "4", "5"]


def test_the_methods_of_an_endpoint_include_head_and_options(tmp_path: Path) -> None:
    files = {
        "app/a/route.py": "def GET(): return Response()\ndef POST(): return Response()\n",
        "app/b/route.py": "def HEAD(): return Response()\n",
        "app/c/route.py": "def DELETE(): return Response()\nmax_duration = 2\npreferred_region = ['a', 'b']\n",
    }
    app = load_app(write_app(tmp_path, {name: route(text) for name, text in files.items()}), "test")
    app.close()
    endpoints = {one.route.pattern: one.endpoint for one in app.routes}
    assert {pattern: one.allow for pattern, one in endpoints.items()} == {
        "/a": "GET, HEAD, OPTIONS, POST",
        "/b": "HEAD, OPTIONS",
        "/c": "DELETE, OPTIONS",
    }
    assert endpoints["/c"].methods == ("DELETE", "OPTIONS")
    assert endpoints["/c"].config == SegmentConfig(max_duration=2, preferred_region=("a", "b"))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("GET = print", "Python's function print()"),
        ("GET = len", "Python's function len()"),
        ("import functools\nGET = functools.partial(print, 'x')", "Python's function print()"),
        ("class GET: ...", "the class GET"),
        ("GET = dict", "the class dict"),
        ("GET = Response", "the class Response"),
    ],
)
def test_what_cannot_return_a_response_is_a_mistake(mistakes: Any, text: str, what: str) -> None:
    ((_, found, cure),) = mistakes(f"from byway import Response\n{text}\n")
    assert (found, cure) == (f"GET is {what}, which returns no Response.", f"Write {EXAMPLE}")


@pytest.mark.parametrize(
    "text",
    [
        "from byway import *",
        "from lib import runtime",
        "from lib import dynamic, generate_static_params",
        "import lib as runtime",
        "from lib import *",
    ],
)
def test_an_imported_name_is_no_option(mistakes: Any, text: str) -> None:
    lib = "def runtime(): ...\ndynamic = 'never'\ngenerate_static_params = 1\n"
    assert mistakes(f"{text}\nfrom byway import Response\n{HANDLER}", lib=lib) == []


def test_an_option_may_be_assigned_from_elsewhere(mistakes: Any) -> None:
    assert mistakes(f"import lib\nfrom byway import Response\n{HANDLER}revalidate = lib.time\n", lib="time = -1\n") == [
        ("4", "revalidate = -1 is not possible here.", WRITE["revalidate"])
    ]


@pytest.mark.parametrize(
    "text",
    [
        "if True:\n    revalidate = -1",
        "try:\n    import nothing_like_it\nexcept ImportError:\n    revalidate = -1",
        "for revalidate in [-1]:\n    revalidate = -1",
        "import contextlib\nwith contextlib.nullcontext():\n    revalidate = -1",
        "match 1:\n    case 1:\n        revalidate = -1",
        "a, (revalidate, *b) = 1, (-1, 2)",
        "revalidate: int = -1",
    ],
)
def test_an_option_is_found_however_it_is_set(mistakes: Any, text: str) -> None:
    ((_, what, _),) = mistakes(f"from byway import Response\n{HANDLER}{text}\n")
    assert what == "revalidate = -1 is not possible here."


def test_changing_what_is_imported_defines_nothing(mistakes: Any) -> None:
    text = "from lib import get, TABLE\nget.label = 1\nTABLE[get] = 1\n"
    assert mistakes(f"{text}from byway import Response\n{HANDLER}", lib="def get(): ...\nTABLE = {}\n") == []


def test_an_imported_limit_does_not_count(tmp_path: Path) -> None:
    write_app(
        tmp_path, {"app/route.py": "from lib import max_duration\n" + route(HANDLER), "lib.py": "max_duration = 1"}
    )
    app = load_app(tmp_path, "test")
    app.close()
    assert app.routes[0].endpoint.config.max_duration is None
