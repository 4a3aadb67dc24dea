"""The directive: a module whose docstring is ``use cache`` has the functions it defines cached."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

from byway.runtime.cached import apply_directive
from byway.testing import Client

from ..support import problems_of, route, write_app

LIB = '''\
"""use cache"""
from os.path import join
from byway import cache_life, unstable_cache, use_cache
from byway.server import Response

calls = []

async def items(kind):
    cache_life("hours")
    calls.append(kind)
    return [kind, len(calls)]

def plain(kind):
    calls.append(kind)
    return [kind, len(calls)]

def _private(): return "private"

class Model: ...

class Factory:
    def __call__(self): ...

instance = Factory()
TABLE = {"join": join}

@use_cache
async def decorated(one): return ["decorated", one]

@use_cache
async def other(two): return ["other", two]

old = unstable_cache(_private)

def generate_static_params(): return []
def generate_metadata(): return {}
def GET(): return Response("x")
'''
CALLS_LIB = route("""
    import lib.data
    from lib.data import decorated, items, other, plain

    async def GET():
        found = [await items("a"), await items("a"), await items("b"), await plain("a"), await plain("a")]
        return Response.json([*found, await decorated(1), await other(two=2)])
""")
ANSWER = [["a", 1], ["a", 1], ["b", 2], ["a", 3], ["a", 3], ["decorated", 1], ["other", 2]]


def module_with(source: str) -> ModuleType:
    """A module that runs ``source``, with the directive applied."""
    module = ModuleType("made_up")
    exec(compile(source, "made_up.py", "exec", dont_inherit=True), vars(module))
    apply_directive(module)
    return module


def cached_names(module: ModuleType) -> set[str]:
    """The names of what ``module`` holds that is a cached function."""
    return {name for name, value in vars(module).items() if hasattr(value, "__wrapped__") and value.__name__ == name}


def test_the_functions_that_a_lib_module_defines_are_cached(tmp_path: Path) -> None:
    with Client(write_app(tmp_path, {"lib/data.py": LIB, "app/route.py": CALLS_LIB})) as client:
        assert client.get("/").json() == ANSWER
        assert client.get("/").json() == ANSWER


@pytest.mark.parametrize(
    "file", ["app/data.py", "data.py", "kit/__init__.py", "src/app/[id]/data.py", "src/kit/data.py"]
)
def test_every_module_of_the_project_may_have_the_directive(tmp_path: Path, file: str) -> None:
    base = "src/" if file.startswith("src/") else ""
    name = file.removeprefix(base).removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    write_app(
        tmp_path,
        {
            file: '"""use cache"""\nn = 0\ndef count():\n    global n\n    n += 1\n    return n\n',
            f"{base}app/route.py": route(
                f"""
                import importlib
                async def GET():
                    module = importlib.import_module({name!r})
                    return Response.json([await module.count(), await module.count()])
                """
            ),
        },
    )
    with Client(tmp_path) as client:
        assert client.get("/").json() == [1, 1]


def test_everything_else_in_the_module_is_left_alone() -> None:
    module = module_with(LIB)
    assert cached_names(module) == {"items", "plain", "decorated", "other"}
    assert module._private() == "private"
    assert module.Model.__class__ is type
    assert isinstance(module.instance, module.Factory)
    assert isinstance(vars(module.Factory)["__call__"], FunctionType)
    assert module.TABLE["join"] is module.join is __import__("os").path.join
    assert module.generate_static_params() == []
    assert module.generate_metadata() == {}
    assert module.GET().status == 200


def test_what_is_cached_already_is_not_cached_twice() -> None:
    module = module_with(LIB)
    before = {name: getattr(module, name) for name in ("items", "decorated", "other", "old")}
    apply_directive(module)
    assert {name: getattr(module, name) for name in before} == before
    assert not hasattr(module.decorated.__wrapped__, "__wrapped__")


def test_a_decorator_around_a_cached_function_stays_around_it() -> None:
    module = module_with(
        '"""use cache"""\n'
        "import functools\n"
        "from byway import use_cache\n"
        "def _logged(function):\n"
        "    @functools.wraps(function)\n"
        "    def logged(*args): return function(*args)\n"
        "    return logged\n"
        "@_logged\n"
        "@use_cache\n"
        "async def items(): return 1\n"
    )
    assert module.items.__code__.co_name == "logged"


@pytest.mark.parametrize(
    "docstring",
    [
        "Use cache",
        "use cache.",
        pytest.param(
            " use cache",
            marks=pytest.mark.skipif(sys.version_info >= (3, 13), reason="the compiler takes indents off docstrings"),
        ),
        "use cache\n",
        "use  cache",
        "",
        "use client",
    ],
)
def test_any_other_docstring_is_no_directive(docstring: str) -> None:
    assert cached_names(module_with(f"{docstring!r}\nasync def items(): return 1\n")) == set()


def test_without_a_docstring_there_is_no_directive() -> None:
    assert cached_names(module_with("x = 1\n'use cache'\nasync def items(): return 1\n")) == set()


def test_a_handler_is_left_as_it_is_and_what_its_module_defines_is_cached(tmp_path: Path) -> None:
    source = '"""use cache"""\nfrom byway import Request, Response\nn = 0\n'
    source += "def count():\n    global n\n    n += 1\n    return n\n"
    source += "async def GET(request: Request): return Response(f'{request.headers.get(\"x\")} {await count()}')\n"
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert [client.get("/", headers={"x": name}).text for name in "ab"] == ["a 1", "b 1"]


def test_a_page_with_the_directive_is_cached(tmp_path: Path) -> None:
    files = {
        "app/layout.py": "from htpy import body, html\ndef layout(children): return html[body[children]]\n",
        "app/page.py": '"""use cache"""\nn = 0\ndef page():\n    global n\n    n += 1\n    return f"page {n}"\n',
    }
    with Client(write_app(tmp_path, files)) as client:
        assert "page 1" in client.get("/").text
        assert "page 1" in client.get("/").text


def test_the_second_app_of_a_process_heeds_directives_too(tmp_path: Path) -> None:
    files = {"app/data.py": LIB, "app/route.py": CALLS_LIB.replace("lib.data", "app.data")}
    with (
        Client(write_app(tmp_path / "one", files)) as one,
        Client(write_app(tmp_path / "two", files)) as two,
    ):
        assert (one.get("/").json(), two.get("/").json()) == (ANSWER, ANSWER)


def test_a_module_that_a_test_has_imported_before_is_cached_in_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_app(tmp_path, {"lib/data.py": LIB, "app/route.py": CALLS_LIB})
    monkeypatch.syspath_prepend(str(tmp_path))
    module = importlib.import_module("lib.data")
    try:
        assert module.plain("z") == ["z", 1]
        module.calls.clear()
        with Client(tmp_path) as client:
            assert client.get("/").json() == ANSWER
        assert sys.modules["lib.data"] is module
    finally:
        for name in ("lib.data", "lib"):
            sys.modules.pop(name, None)


def test_a_module_of_elsewhere_is_none_of_the_apps_business(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_app(tmp_path, {"elsewhere/far_away.py": '"""use cache"""\ndef items(): return 1\n'})
    write_app(tmp_path / "project", {"app/route.py": "from far_away import items\n" + CALLS_LIB, "lib/data.py": LIB})
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    module = importlib.import_module("far_away")
    try:
        with Client(tmp_path / "project"):
            assert cached_names(module) == set()
    finally:
        del sys.modules["far_away"]


def test_a_generator_cannot_be_cached_and_is_named(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": '"""use cache"""\ndef rows(): yield 1\ndef GET(): ...\n'})
    assert problems_of(tmp_path) == [
        (
            "app/route.py",
            "This file does not import: TypeError: use_cache: rows() is a generator; return a list of what it yields.",
            "Mend what raises at that line; a file is imported once, before the first request.",
        )
    ]


def test_each_execution_of_a_def_has_defaults_of_its_own(tmp_path: Path) -> None:
    source = route("""
        from byway import use_cache, unstable_cache

        def make(cache, number):
            @cache
            async def same(value=number): return value
            return same

        async def GET():
            return Response.json([await make(cache, n)() for cache in (use_cache, unstable_cache) for n in (1, 2)])
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.get("/").json() == [1, 2, 1, 2]


def test_functions_under_one_decorator_are_told_apart(tmp_path: Path) -> None:
    source = route("""
        import functools
        from byway import unstable_cache

        def plain(function):
            @functools.wraps(function)
            def wrapper(*args, **kwargs): return function(*args, **kwargs)
            return wrapper

        @plain
        def one(first): return ["one", first]

        @plain
        def two(second, third): return ["two", second, third]

        async def GET():
            found = [await unstable_cache(one, ["1"])(1), await unstable_cache(two, ["2"])(third=3, second=2)]
            return Response.json(found)
    """)
    with Client(write_app(tmp_path, {"app/route.py": source})) as client:
        assert client.get("/").json() == [["one", 1], ["two", 2, 3]]
