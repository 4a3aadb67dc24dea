"""`Config`: each setting, its limits, and the exact words of every mistake."""

from __future__ import annotations

from typing import Any

import pytest

from byway import Config
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
    assert error_of(upload_spool_size=size) == f"Config(upload_spool_size=…): {cure}"


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
def test_a_time_is_a_finite_number(value: float) -> None:
    assert "write a number of seconds" in error_of(shutdown_timeout=value)


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
