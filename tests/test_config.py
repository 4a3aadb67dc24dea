"""`Config`: each setting, its limits, and the exact words of every mistake."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from byway import Config
from byway.cache import MemoryStore
from byway.config import parse_size


def error_of(**settings: Any) -> str:
    with pytest.raises((TypeError, ValueError)) as caught:
        Config(**settings)
    return str(caught.value)


def test_every_limit_has_a_default() -> None:
    config = Config()
    assert config.max_body_size == 10 * 1024 * 1024
    assert config.upload_spool_size == 1024 * 1024
    assert (config.max_form_parts, config.threads, config.shutdown_timeout) == (1000, 40, 30.0)
    assert (tuple(config.allowed_hosts), tuple(config.trusted_proxies), config.asgi) == ((), (), None)
    assert (config.cache_dir, config.cache_handler, config.cache_life, config.stale_times) == (None, None, {}, {})
    assert (config.cache_max_disk_size, config.cache_max_memory_size) == (1 << 30, 50 << 20)
    assert (config.expire_time, config.generate_etags) == (31_536_000, True)
    assert (config.static_page_generation_timeout, config.body_timeout) == (60, 30)


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises((AttributeError, TypeError)):
        Config().threads = 1  # type: ignore[misc]


def test_settings_are_given_by_name() -> None:
    with pytest.raises(TypeError, match=r"Config takes its settings by name: Config\(max_body_size=…\)\."):
        Config("1mb")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("thread", "threads"),
        ("max_body", "max_body_size"),
        ("maxBodySize", "max_body_size"),
        ("allowed_host", "allowed_hosts"),
        ("trustedProxies", "trusted_proxies"),
        ("shutdown_time", "shutdown_timeout"),
        ("cacheHandler", "cache_handler"),
        ("cache_lives", "cache_life"),
        ("cacheMaxMemorySize", "cache_max_memory_size"),
        ("expireTime", "expire_time"),
        ("generateEtags", "generate_etags"),
        ("staleTimes", "stale_times"),
        ("staticPageGenerationTimeout", "static_page_generation_timeout"),
    ],
)
def test_an_unknown_setting_names_the_nearest(name: str, meant: str) -> None:
    assert error_of(**{name: 1}) == f"Config has no setting {name!r}. Did you mean {meant!r}?"


def test_a_setting_like_none_lists_them_all() -> None:
    message = error_of(zzz=1)
    assert message.startswith("Config has no setting 'zzz'. The settings are: allowed_hosts, asgi, ")
    assert "upload_spool_size" in message


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (0, 0),
        (5, 5),
        ("5", 5),
        ("5b", 5),
        ("1kb", 1024),
        ("1KB", 1024),
        ("1.5kb", 1536),
        (" 2 mb ", 2 << 20),
        ("1gb", 1 << 30),
    ],
)
def test_a_size_is_a_number_of_bytes_or_text(text: int | str, size: int) -> None:
    assert parse_size(text) == size
    assert Config(max_body_size=text).max_body_size == size


@pytest.mark.parametrize("size", [-1, True, 1.5, "", "mb", "1 tb", "-1mb", "1,5mb", "1mb!", None, [1]])
def test_what_is_no_size_names_the_setting_and_what_to_write(size: Any) -> None:
    cure = f'{size!r} is no size: write a number of bytes or text such as "500kb" or "1mb".'
    assert error_of(max_body_size=size) == f"Config(max_body_size=…): {cure}"
    for name in ("upload_spool_size", "cache_max_disk_size", "cache_max_memory_size"):
        assert error_of(**{name: size}) == f"Config({name}=…): {cure}"


@pytest.mark.parametrize("name", ["threads", "max_form_parts"])
@pytest.mark.parametrize("value", [0, -1, 1.5, True, "4", None])
def test_a_count_is_a_whole_number_above_0(name: str, value: Any) -> None:
    assert error_of(**{name: value}) == f"Config({name}={value!r}): write a whole number, above 0."


@pytest.mark.parametrize("value", [-1, "5", None, True])
def test_the_shutdown_timeout_is_a_number_of_seconds(value: Any) -> None:
    assert error_of(shutdown_timeout=value) == (
        f"Config(shutdown_timeout={value!r}): write a number of seconds, 0 or more."
    )
    assert Config(shutdown_timeout=0).shutdown_timeout == 0
    assert Config(shutdown_timeout=0.5).shutdown_timeout == 0.5


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["shutdown_timeout", "body_timeout", "expire_time", "static_page_generation_timeout"])
def test_a_time_is_a_finite_number(name: str, value: float) -> None:
    assert "write a number of seconds" in error_of(**{name: value})


@pytest.mark.parametrize("name", ["body_timeout", "expire_time", "static_page_generation_timeout"])
@pytest.mark.parametrize("value", [0, -1, "5", None, True])
def test_these_times_are_above_0(name: str, value: Any) -> None:
    assert error_of(**{name: value}) == f"Config({name}={value!r}): write a number of seconds, above 0."
    assert getattr(Config(**{name: 0.5}), name) == 0.5


@pytest.mark.parametrize(
    "host",
    ["https://example.com", "example.com/", "", "*.", "a b", "*example.com", "a.*.b", "a:port", "[::1"],
)
def test_an_allowed_host_is_a_pattern(host: str) -> None:
    assert error_of(allowed_hosts=["fine.example", host]) == (
        f"Config(allowed_hosts=…) holds {host!r}; write host names such as "
        '"example.com", "*.example.com" or "localhost:3000", without a scheme.'
    )


@pytest.mark.parametrize(
    "host", ["example.com", "*.example.com", "localhost:3000", "127.0.0.1", "[::1]", "[::1]:3000", "*", "a_b", "x"]
)
def test_a_valid_pattern_is_taken(host: str) -> None:
    assert list(Config(allowed_hosts=[host]).allowed_hosts) == [host]


@pytest.mark.parametrize("address", ["example.com", "10.0.0.0/33", "10.0.0", "", "http://10.0.0.1"])
def test_a_trusted_proxy_is_an_address_or_a_network(address: str) -> None:
    assert error_of(trusted_proxies=[address]) == (
        f"Config(trusted_proxies=…) holds {address!r}; write addresses or networks "
        'such as "127.0.0.1" or "10.0.0.0/8", "unix", or "*".'
    )


def test_networks_and_words_are_trusted_proxies() -> None:
    Config(trusted_proxies=["127.0.0.1", "10.0.0.0/8", "10.0.0.5/8", "::1", "fd00::/8", "unix", "*"])


@pytest.mark.parametrize("name", ["allowed_hosts", "trusted_proxies"])
@pytest.mark.parametrize("value", ["example.com", [1], 5, None])
def test_a_list_is_a_list_of_str(name: str, value: Any) -> None:
    assert error_of(**{name: value}) == f"Config({name}={value!r}): write a list of str."


def test_asgi_is_a_function() -> None:
    assert error_of(asgi="sentry") == ("Config(asgi=…) takes a function that gets an ASGI application and returns one.")


@pytest.mark.parametrize("value", ["", 5, True, b"x", Path("cache")])
def test_the_cache_folder_is_a_path_as_str(value: Any) -> None:
    assert error_of(cache_dir=value) == f"Config(cache_dir={value!r}): write the path of a folder."
    assert Config(cache_dir="var/cache").cache_dir == "var/cache"


@pytest.mark.parametrize("value", [0, 1, None, "false"])
def test_generate_etags_is_true_or_false(value: Any) -> None:
    assert error_of(generate_etags=value) == f"Config(generate_etags={value!r}): write True or False."
    assert Config(generate_etags=False).generate_etags is False


class Broken:
    """A store that lacks a method."""

    def __repr__(self) -> str:
        return "Broken()"

    def __getattr__(self, name: str) -> Any:
        if name in ("renew", "version"):
            raise AttributeError(name)
        return print


def test_a_store_has_every_method_of_the_protocol() -> None:
    assert error_of(cache_handler=Broken()) == (
        "Config(cache_handler=Broken()) has no method 'renew': give an object with the methods of "
        "byway.cache.CacheStore, such as RedisStore(…)."
    )
    assert "has no method 'close'" in error_of(cache_handler="redis://localhost")
    store = MemoryStore(1000)
    assert Config(cache_handler=store).cache_handler is store


def test_a_class_is_no_store() -> None:
    assert error_of(cache_handler=MemoryStore) == (
        "Config(cache_handler=MemoryStore) is given a class: write MemoryStore(…), which makes a store."
    )


@pytest.mark.parametrize("value", [5, None, "static", {"page": 1}, {"static": 1, "other": 2}, ["static"], {"static"}])
def test_stale_times_are_those_of_static_and_dynamic(value: Any) -> None:
    assert error_of(stale_times=value) == (
        f'Config(stale_times={value!r}): write {{"static": seconds}}, {{"dynamic": seconds}}, or both.'
    )


@pytest.mark.parametrize("name", ["static", "dynamic"])
@pytest.mark.parametrize("seconds", [-1, True, "5", None, float("nan")])
def test_a_stale_time_is_seconds(name: str, seconds: Any) -> None:
    assert error_of(stale_times={name: seconds}) == (
        f"Config(stale_times={{{name!r}: {seconds!r}}}): write seconds, 0 or more."
    )
    assert Config(stale_times={name: 0}).stale_times == {name: 0}


@pytest.mark.parametrize("value", [5, None, "days", ["days"]])
def test_profiles_are_given_by_name(value: Any) -> None:
    assert error_of(cache_life=value) == (
        f"Config(cache_life={value!r}): write profiles by name, such as "
        '{"biweekly": {"revalidate": 86_400, "expire": 1_209_600}}.'
    )


@pytest.mark.parametrize(
    "profile", [{"revalidate": -1}, {"revalidate": "1h"}, {"revalidat": 1}, {"revalidate": 10, "expire": 5}, 5]
)
def test_a_profile_that_makes_no_sense_is_named(profile: Any) -> None:
    assert "biweekly" in error_of(cache_life={"biweekly": profile})


def test_profiles_that_make_sense_are_taken() -> None:
    profiles = {"biweekly": {"stale": 60, "revalidate": 86_400, "expire": math.inf}, "days": {}}
    assert Config(cache_life=profiles).cache_life == profiles


@pytest.mark.parametrize("value", ["docs", "/", "/docs/", "//docs", "/a b", "/a/../b", "/.", "/é", "/:x", 5, None])
def test_a_base_path_is_a_path_below_which_the_app_lies(value: Any) -> None:
    assert error_of(base_path=value) == (
        f"Config(base_path={value!r}): write a path of letters, digits and ._~- that begins with a slash and does not "
        'end with one, such as "/docs".'
    )


@pytest.mark.parametrize("value", ["", "/docs", "/docs/v1.0", "/.well-known/x", "/a_b~c-d"])
def test_base_paths_that_make_sense_are_taken(value: str) -> None:
    assert Config(base_path=value).base_path == value


@pytest.mark.parametrize(
    "name", ["trailing_slash", "skip_trailing_slash_redirect", "compress", "powered_by_header", "generate_etags"]
)
def test_what_is_on_or_off_is_true_or_false(name: str) -> None:
    assert error_of(**{name: "yes"}) == f"Config({name}='yes'): write True or False."
    assert error_of(**{name: 1}) == f"Config({name}=1): write True or False."


@pytest.mark.parametrize("name", ["headers", "redirects", "rewrites", "generate_build_id"])
def test_rules_are_returned_by_functions(name: str) -> None:
    assert error_of(**{name: []}) == (
        f"Config({name}=…) is given list, not a function: write `def {name}(): return …` and Config({name}={name})."
    )


@pytest.mark.parametrize(
    "value",
    ["", ".", "..", "../out", "/tmp/out", "public", "app/x", "src", "pages/y", "a/../b", "~/x", "~", ".git", ".git/x"],
)
def test_a_build_has_a_folder_of_its_own_in_the_project(value: str) -> None:
    assert error_of(dist_dir=value) == (
        f"Config(dist_dir={value!r}): write a folder in the project, beside app/ and public/, such as " + '"build".'
    )


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (["A"], """Config(env=['A']): write variables by name, such as {"REGION": "eu"}."""),
        ({"__A": "1"}, "Config(env=…) has the name '__A': "),
        ({"NODE_ENV": "1"}, "Config(env=…) has the name 'NODE_ENV': "),
        ({"1A": "1"}, "Config(env=…) has the name '1A': "),
        ({"A B": "1"}, "Config(env=…) has the name 'A B': "),
        ({5: "1"}, "Config(env=…) has the name 5: "),
        ({"A": 1}, "Config(env=…) gives A int: write a str."),
    ],
)
def test_environment_variables_have_names_and_texts(value: Any, message: str) -> None:
    assert error_of(env=value).startswith(message)


@pytest.mark.parametrize("value", [[], ["tsx"], ["page.py"], ["py", "html"], "py"])
def test_files_end_in_py(value: Any) -> None:
    assert "Config(page_extensions=" in error_of(page_extensions=value)
    assert Config(page_extensions=["py"])


@pytest.mark.parametrize(
    ("value", "part"),
    [
        (None, "Config(logging=None): write False, or Config(logging="),
        ({"fetches": {}}, "Config(logging=…) has the key 'fetches', which logs nothing here"),
        ({"incoming_requests": 5}, "write True or False, or Config(logging="),
        ({"incoming_requests": {"ignored": []}}, "write True or False, or Config(logging="),
        ({"incoming_requests": {"ignore": ["("]}}, "ignores '(': "),
        ({"incoming_requests": {"ignore": [5]}}, "ignores 5: "),
    ],
)
def test_what_is_logged_is_told_by_regular_expressions(value: Any, part: str) -> None:
    assert part in error_of(logging=value)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("webpack", "nothing is bundled"),
        ("cache_components", "the feature is always there"),
        ("experimental", "no setting is experimental"),
        ("images", "this version does not have it"),
    ],
)
def test_a_setting_of_the_original_that_there_is_not_says_why(name: str, why: str) -> None:
    assert error_of(**{name: 1}) == f"Config has no setting {name!r}: {why}."


@pytest.mark.parametrize("name", ["basePath", "trailingSlash", "distDir", "poweredByHeader", "generateBuildId"])
def test_a_setting_in_camel_case_names_the_right_one(name: str) -> None:
    snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name)
    assert error_of(**{name: 1}) == f"Config has no setting {name!r}. Did you mean {snake!r}?"
