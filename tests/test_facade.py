"""Every public name can be imported from where the documents have it, and from `byway`, in any order."""

from __future__ import annotations

import importlib
import itertools
import subprocess
import sys
import types

import pytest

import byway
from byway import cache, fetch, headers, navigation, server

FORMS = {
    "function": "from byway import headers; assert callable(headers) and headers.__name__ == 'headers'",
    "names": "from byway.headers import headers, cookies; assert callable(headers) and callable(cookies)",
    "module as": "import byway.headers as h; assert callable(h.cookies) and callable(h.headers)",
    "dotted": "import byway.headers; assert callable(byway.headers.cookies)",
    "attribute": "import byway; assert callable(byway.headers) and callable(byway.cookies)",
    "importlib": "import importlib; h = importlib.import_module('byway.headers'); assert callable(h.cookies)",
    "call": (
        "import byway\ntry: byway.headers()\nexcept RuntimeError as error: assert 'outside a request' in str(error)\n"
        "else: raise AssertionError"
    ),
}


# `byway.fetch` is a function and a module just as well.
FETCH_FORMS = {
    "function": "from byway import fetch; assert callable(fetch) and fetch.__name__ == 'fetch'",
    "names": "from byway.fetch import FetchError, fetch; assert callable(fetch) and issubclass(FetchError, Exception)",
    "module as": "import byway.fetch as f; assert callable(f.fetch) and f.FetchTimeout.__name__ == 'FetchTimeout'",
    "dotted": "import byway.fetch; assert callable(byway.fetch.fetch)",
    "attribute": "import byway; assert callable(byway.fetch) and byway.FetchError is byway.fetch.FetchError",
    "importlib": "import importlib; f = importlib.import_module('byway.fetch'); assert callable(f.fetch)",
}


@pytest.mark.slow
@pytest.mark.parametrize("forms", [FORMS, FETCH_FORMS], ids=["headers", "fetch"])
@pytest.mark.parametrize("first", FETCH_FORMS)
def test_a_name_is_a_function_and_a_module_whatever_comes_first(first: str, forms: dict[str, str]) -> None:
    others = [forms[name] for name in forms if name != first]
    program = "\n".join([forms[first], *others, forms[first]])
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_every_pair_of_import_forms_works_in_either_order() -> None:
    program = """
import subprocess, sys
for pair in PAIRS:
    for name in [name for name in sys.modules if name.partition(".")[0] == "byway"]:
        del sys.modules[name]
    for form in pair:
        exec(form, {})
"""
    pairs = [list(pair) for forms in (FORMS, FETCH_FORMS) for pair in itertools.permutations(forms.values(), 2)]
    program = program.replace("PAIRS", repr(pairs))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


SERVER = [
    "Request",
    "Response",
    "URL",
    "URLSearchParams",
    "FormData",
    "File",
    "Blob",
    "Headers",
    "RouteContext",
    "ApiRequest",
    "ApiResponse",
    "AbortSignal",
    "BodyError",
    "BodyTimeout",
    "BodyTooLarge",
    "Disconnected",
    "after",
    "connection",
    "user_agent",
]
NAVIGATION = ["redirect", "permanent_redirect", "not_found", "forbidden", "unauthorized", "unstable_rethrow"]


@pytest.mark.parametrize("name", SERVER)
def test_each_name_of_byway_server_is_also_one_of_byway(name: str) -> None:
    assert getattr(server, name) is getattr(byway, name)
    assert name in server.__all__


@pytest.mark.parametrize("name", NAVIGATION)
def test_each_name_of_byway_navigation_is_also_one_of_byway(name: str) -> None:
    assert getattr(navigation, name) is getattr(byway, name)
    assert name in navigation.__all__


CACHE = [
    "use_cache",
    "cache_life",
    "cache_tag",
    "revalidate_tag",
    "revalidate_path",
    "update_tag",
    "refresh",
    "unstable_cache",
    "unstable_no_store",
    "NotCacheable",
]
STORES = ["CacheStore", "Entry", "Invalidation", "Invalidations", "MemoryStore", "RedisStore"]


@pytest.mark.parametrize("name", CACHE)
def test_each_name_of_byway_cache_is_also_one_of_byway(name: str) -> None:
    assert getattr(cache, name) is getattr(byway, name)
    assert name in cache.__all__


@pytest.mark.parametrize("name", STORES)
def test_stores_are_names_of_byway_cache_alone(name: str) -> None:
    assert isinstance(getattr(cache, name), type)
    assert name in cache.__all__
    assert name not in byway.__all__


def test_byway_cache_lists_nothing_else() -> None:
    assert sorted(cache.__all__) == sorted([*CACHE, *STORES])
    with pytest.raises(AttributeError, match=r"module 'byway\.cache' has no attribute 'MemcachedStore'"):
        _ = cache.MemcachedStore  # type: ignore[attr-defined]


@pytest.mark.slow
def test_the_redis_store_is_imported_when_it_is_asked_for() -> None:
    program = """
import sys, byway, byway.cache
assert "byway.caching.redis" not in sys.modules and "redis" not in sys.modules
from byway.cache import RedisStore
assert RedisStore.__name__ == "RedisStore" and RedisStore is byway.cache.RedisStore
assert "byway.caching.redis" in sys.modules
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_fetch_and_its_errors_are_names_of_both() -> None:
    module = importlib.import_module("byway.fetch")
    assert isinstance(module, types.ModuleType)
    assert module.__all__ == ["FetchError", "FetchTimeout", "fetch"]
    for name in module.__all__:
        assert getattr(module, name) is getattr(byway, name)
    assert byway.fetch is fetch


def test_cookies_and_headers_are_names_of_both() -> None:
    module = importlib.import_module("byway.headers")
    assert module.cookies is byway.cookies
    assert module.headers is byway.headers is headers


def test_the_rest_is_where_the_contract_says() -> None:
    assert callable(byway.run)
    assert callable(byway.create_app)
    assert byway.Config is importlib.import_module("byway.config").Config
    assert importlib.import_module("byway.testing").Client.__name__ == "Client"
    assert byway.__version__


def test_every_name_that_all_lists_exists() -> None:
    for name in ("byway.server", "byway.navigation", "byway.headers", "byway.cache", "byway.fetch", "byway.testing"):
        module = importlib.import_module(name)
        assert [one for one in module.__all__ if not hasattr(module, one)] == []


def test_route_context_takes_its_route_at_run_time() -> None:
    from byway import RouteContext

    def handler(ctx: RouteContext["/x/[y]"]) -> None: ...  # type: ignore[type-arg] # noqa: F722

    context = RouteContext["/x/[y]"]({"y": "1"})  # type: ignore[type-arg]
    assert isinstance(context, RouteContext)
    assert context.params == {"y": "1"}


def test_route_context_is_evaluated_in_annotations_of_a_module_without_future_import() -> None:
    namespace: dict[str, object] = {}
    source = "from byway import RouteContext\ndef GET(request, ctx: RouteContext['/x/[y]']): ..."
    exec(compile(source, "m", "exec", dont_inherit=True), namespace)
    handler = namespace["GET"]
    assert handler.__annotations__["ctx"] is byway.RouteContext  # type: ignore[attr-defined]


@pytest.mark.slow
def test_importing_byway_does_not_import_what_only_serving_and_testing_need() -> None:
    program = (
        "import sys, byway; "
        "heavy = {'granian', 'watchfiles', 'pytest', 'click', 'httpx2', 'pydantic', 'redis', 'starlette'}; "
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_star_import_brings_every_public_name_and_no_module() -> None:
    namespace: dict[str, object] = {}
    exec("from byway import *", namespace)
    del namespace["__builtins__"]
    assert set(namespace) == set(byway.__all__)
    assert set(namespace) == {
        *server.__all__,
        *navigation.__all__,
        *importlib.import_module("byway.headers").__all__,
        *importlib.import_module("byway.fetch").__all__,
        *CACHE,
    } | {
        "AppError",
        "Config",
        "Problem",
        "Suspense",
        "create_app",
        "run",
    }
    assert not [name for name, value in namespace.items() if isinstance(value, types.ModuleType)]
