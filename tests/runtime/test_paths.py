"""The one form of a path: what is redirected, and where in the app it leads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.config import Config
from byway.runtime.paths import PathForm, normal_path
from byway.server import URL


def form(**settings: Any) -> PathForm:
    return PathForm(Config(**settings))


@pytest.mark.parametrize(
    ("path", "without", "with_slash", "either"),
    [
        ("/", None, None, None),
        ("/about", None, "/about/", None),
        ("/about/", "/about", None, None),
        ("/about//", "/about", "/about/", "/about/"),
        ("/a//b", "/a/b", "/a/b/", "/a/b"),
        ("/a\\b\\", "/a/b", "/a/b/", "/a/b/"),
        ("//", "/", "/", "/"),
        ("/a/../b/", "/b", "/b/", "/b/"),
        ("/a/%2e%2E/b", "/b", "/b/", "/b"),
        ("/file.txt", None, None, None),
        ("/file.txt/", "/file.txt", "/file.txt", None),
        ("/gcc.git/", "/gcc.git", "/gcc.git", None),
        ("/v/1.2.3/page", None, "/v/1.2.3/page/", None),
        ("/v/1.2.3/page/", "/v/1.2.3/page", None, None),
        ("/v.1-b", None, None, None),
        ("/v.1-b/", "/v.1-b", None, None),
        ("/.well-known/info", None, None, None),
        ("/.well-known/info/", "/.well-known/info", None, None),
        ("/.hidden", None, None, None),
    ],
)
def test_other_forms_of_a_path_are_redirected_as_the_config_says(
    path: str, without: str | None, with_slash: str | None, either: str | None
) -> None:
    assert form().redirected(path) == without
    assert form(trailing_slash=True).redirected(path) == with_slash
    assert form(skip_trailing_slash_redirect=True).redirected(path) == either


@given(st.text("ab./\\%2e", max_size=12), st.booleans(), st.booleans(), st.sampled_from(["", "/a"]))
def test_a_redirect_leads_to_a_path_that_is_not_redirected_again(
    text: str, trailing_slash: bool, skip: bool, base_path: str
) -> None:
    paths = form(trailing_slash=trailing_slash, skip_trailing_slash_redirect=skip, base_path=base_path)
    right = paths.redirected("/" + text)
    assert right is None or paths.redirected(right) is None
    assert normal_path(right or "/" + text) == normal_path("/" + text)


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("/base", "/"),
        ("/base/", "/"),
        ("/base/items", "/items"),
        ("/base/items/", "/items"),
        ("/basex", None),
        ("/items", None),
        ("/", None),
        ("/BASE/items", None),
        ("/%62ase/items", None),
    ],
)
def test_only_what_lies_below_the_base_path_leads_into_the_app(path: str, inside: str | None) -> None:
    assert form(base_path="/base").locate(path) == inside


def test_without_a_base_path_everything_leads_into_the_app() -> None:
    assert form().locate("/items") == "/items"
    assert form(trailing_slash=True).locate("/items/") == "/items"


def test_the_url_of_another_path_keeps_mount_and_base_path() -> None:
    paths = form(base_path="/base")
    url = URL.from_parts("http", "a.example", "/x", "q=1", "/mount/base")
    assert paths.mount(url, "/base/x") == "/mount"
    other = paths.led_to(url, "/base/x", "/base/y", "z=2")
    assert (str(other), other.pathname) == ("http://a.example/mount/base/y?z=2", "/y")
    assert str(paths.led_to(url, "/base/x", "/out", "")) == "http://a.example/mount/out"
