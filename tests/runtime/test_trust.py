"""Whom to believe: the ``Host`` header and ``X-Forwarded-*``."""

from __future__ import annotations

from typing import Any

import pytest

from byway.config import Config
from byway.http.url import is_host
from byway.runtime.trust import Trust

PROXY = ("10.0.0.1", 40000)
STRANGER = ("192.0.2.7", 40000)


def scope(
    sent: str | None = "example.com", /, peer: object = STRANGER, scheme: str = "http", **forwarded: str
) -> dict[str, Any]:
    """A scope with the ``Host`` that was sent, and the ``X-Forwarded-*`` headers ``forwarded``."""
    headers = [] if sent is None else [(b"host", sent.encode("latin-1"))]
    headers += [(f"x-forwarded-{name}".encode(), value.encode("latin-1")) for name, value in forwarded.items()]
    return {"scheme": scheme, "headers": headers, "client": peer, "server": ("127.0.0.1", 3000)}


def forwarded(trust: Trust, scope: dict[str, Any]) -> dict[str, str]:
    """The ``X-Forwarded-*`` headers that a handler sees; each comes once."""
    pairs = [(name.decode(), value.decode("latin-1")) for name, value in trust.forwarded(scope)]
    found = [pair for pair in pairs if pair[0].startswith("x-forwarded-")]
    assert len(found) == len(dict(found))
    return {name.removeprefix("x-forwarded-"): value for name, value in found}


@pytest.mark.parametrize(
    "host",
    [
        "example.com",
        "example.com:8080",
        "localhost:3000",
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]",
        "[::1]:3000",
        "sub.example.com",
        "under_score.internal",
        "xn--bcher-kva.example",
    ],
)
def test_a_valid_host_is_the_requests(host: str) -> None:
    assert Trust(Config()).origin(scope(host)) == ("http", host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "a b",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "user@example.com",
        "example.com:port",
        "example.com:99999",
        "[::1",
        "::1",
        "<script>",
        "a\tb",
        "a%",
        "exa mple.com",
        "http://example.com",
        "a\0b",
    ],
)
def test_a_malformed_host_is_refused(host: str) -> None:
    assert Trust(Config()).origin(scope(host)) is None


def test_the_host_is_in_lower_case() -> None:
    assert Trust(Config()).origin(scope("EXAMPLE.com:80")) == ("http", "example.com:80")


def test_two_hosts_are_refused() -> None:
    twice = scope("a.example")
    twice["headers"].append((b"host", b"b.example"))
    assert Trust(Config()).origin(twice) is None


def test_without_a_host_the_servers_own_address_stands_in() -> None:
    trust = Trust(Config())
    assert trust.origin(scope(None)) == ("http", "127.0.0.1:3000")
    assert trust.origin(scope(None) | {"server": None}) == ("http", "localhost")
    assert trust.origin(scope(None) | {"server": ("/run/app.sock", None)}) == ("http", "localhost")
    assert trust.origin(scope(None) | {"server": ("::1", 3000)}) == ("http", "[::1]:3000")


@pytest.mark.parametrize(
    ("pattern", "allowed", "refused"),
    [
        ("example.com", ["example.com", "example.com:8080", "EXAMPLE.COM"], ["sub.example.com", "notexample.com"]),
        ("EXAMPLE.com", ["example.com"], []),
        ("*.example.com", ["a.example.com", "a.b.example.com:81"], ["example.com", "aexample.com", "example.com.evil"]),
        ("localhost:3000", ["localhost:3000"], ["localhost", "localhost:3001"]),
        ("[::1]", ["[::1]", "[::1]:3000"], ["127.0.0.1", "[::2]"]),
        ("[::1]:3000", ["[::1]:3000"], ["[::1]", "[::1]:3001"]),
        ("*", ["anything.example"], ["a b"]),
    ],
)
def test_allowed_hosts_are_patterns(pattern: str, allowed: list[str], refused: list[str]) -> None:
    trust = Trust(Config(allowed_hosts=[pattern]))
    for _ in range(2):  # the second time from what is known
        assert all(trust.origin(scope(host)) for host in allowed)
        assert not any(trust.origin(scope(host)) for host in refused)


def test_many_different_hosts_are_not_remembered_for_ever() -> None:
    trust = Trust(Config())
    for number in range(3000):
        assert trust.origin(scope(f"h{number}.example")) == ("http", f"h{number}.example")
    assert len(trust._known) <= 1024


FORGED = {"for": "1.1.1.1", "host": "evil.example", "proto": "https", "port": "1"}


@pytest.mark.parametrize("proxies", [[], ["10.0.0.0/8"], ["unix"]])
def test_a_stranger_is_not_believed_and_its_words_are_replaced(proxies: list[str]) -> None:
    trust = Trust(Config(trusted_proxies=proxies))
    forged = scope(**FORGED)
    assert trust.origin(forged) == ("http", "example.com")
    assert trust.client(forged) == "192.0.2.7"
    assert forwarded(trust, forged) == {
        "for": "192.0.2.7",
        "host": "example.com",
        "proto": "http",
        "port": "80",
    }


@pytest.mark.parametrize("proxies", [["10.0.0.1"], ["10.0.0.0/8"], ["*"], ["10.0.0.9/8"]])
def test_a_trusted_proxy_is_believed(proxies: list[str]) -> None:
    trust = Trust(Config(trusted_proxies=proxies))
    believed = scope("inner", peer=PROXY, **{"for": "1.1.1.1", "host": "shop.example", "proto": "https"})
    assert trust.origin(believed) == ("https", "shop.example")
    assert trust.client(believed) == "1.1.1.1"
    assert forwarded(trust, believed) == {
        "for": "1.1.1.1",
        "host": "shop.example",
        "proto": "https",
        "port": "443",
    }


def test_a_trusted_proxy_that_says_nothing_leaves_things_as_they_are() -> None:
    trust = Trust(Config(trusted_proxies=["10.0.0.1"]))
    assert trust.origin(scope("example.com:81", peer=PROXY)) == ("http", "example.com:81")
    assert trust.client(scope(peer=PROXY)) == "10.0.0.1"
    assert forwarded(trust, scope("example.com:81", peer=PROXY))["port"] == "81"


def test_of_several_values_the_last_counts_which_the_proxy_added_itself() -> None:
    trust = Trust(Config(trusted_proxies=["10.0.0.1"]))
    chain = scope("inner", peer=PROXY, host="evil.example, shop.example", proto="http,https")
    chain["headers"] += [(b"x-forwarded-host", b"last.example")]
    assert trust.origin(chain) == ("https", "last.example")


def test_the_client_is_the_first_hop_from_here_that_is_no_proxy() -> None:
    trust = Trust(Config(trusted_proxies=["10.0.0.0/8"]))
    chain = scope(peer=PROXY, **{"for": "6.6.6.6, 1.1.1.1 , 10.0.0.3"})
    chain["headers"].append((b"x-forwarded-for", b"10.0.0.2"))
    assert trust.client(chain) == "1.1.1.1"
    assert trust.client(scope(peer=PROXY, **{"for": "10.0.0.3, 10.0.0.2"})) == "10.0.0.3"
    assert trust.client(scope(peer=PROXY, **{"for": "1.1.1.1, nonsense"})) == "nonsense"


@pytest.mark.parametrize(
    ("proto", "scheme"), [("https", "https"), ("HTTPS", "https"), ("Http", "http"), ("ws", "http")]
)
def test_a_scheme_is_http_or_https_in_any_case(proto: str, scheme: str) -> None:
    trust = Trust(Config(trusted_proxies=["*"]))
    assert trust.origin(scope(proto=proto)) == (scheme, "example.com")


def test_what_a_proxy_says_is_checked_like_a_host() -> None:
    trust = Trust(Config(trusted_proxies=["*"], allowed_hosts=["shop.example"]))
    assert trust.origin(scope("shop.example", host="a b")) is None
    assert trust.origin(scope("shop.example", host="evil.example")) is None
    assert trust.origin(scope("evil.example", host="shop.example")) == ("http", "shop.example")
    assert "host" not in forwarded(trust, scope("shop.example", host="evil.example"))


def test_a_unix_socket_is_trusted_only_when_named() -> None:
    peers = [None, ("", 0)]
    for peer in peers:
        local = scope(peer=peer, **{"for": "1.1.1.1", "proto": "https"})
        assert Trust(Config(trusted_proxies=["unix"])).origin(local) == ("https", "example.com")
        assert Trust(Config(trusted_proxies=["unix"])).client(local) == "1.1.1.1"
        assert Trust(Config(trusted_proxies=["10.0.0.1"])).origin(local) == ("http", "example.com")
        assert forwarded(Trust(Config()), local).get("for") is None


def test_proxies_may_have_addresses_of_ip_version_6() -> None:
    trust = Trust(Config(trusted_proxies=["fd00::/8", "::1"]))
    for peer in ("fd00::5", "::1"):
        assert trust.client(scope(peer=(peer, 1), **{"for": "2001:db8::1"})) == "2001:db8::1"
    assert trust.client(scope(peer=("2001:db8::2", 1), **{"for": "1.1.1.1"})) == "2001:db8::2"


def test_an_address_of_version_4_that_a_dual_stack_socket_shows_is_the_same_proxy() -> None:
    trust = Trust(Config(trusted_proxies=["10.0.0.0/8"]))
    assert trust.client(scope(peer=("::ffff:10.0.0.1", 1), **{"for": "1.1.1.1"})) == "1.1.1.1"


def test_other_headers_pass_as_they_are_in_their_order() -> None:
    sent = scope()
    sent["headers"] += [(b"x-a", b"1"), (b"forwarded-by", b"me"), (b"x-real-ip", b"1.1.1.1"), (b"x-a", b"2")]
    kept = [pair for pair in Trust(Config()).forwarded(sent) if not pair[0].startswith(b"x-forwarded")]
    assert kept == sent["headers"]


SAID_OF_THE_CLIENT = [
    (b"x-forwarded-user", b"admin"),
    (b"x-forwarded-prefix", b"/admin"),
    (b"forwarded", b"for=1.1.1.1"),
]


@pytest.mark.parametrize("proxies", [[], ["10.0.0.1"]])
def test_a_handler_sees_nothing_that_a_stranger_says_of_itself(proxies: list[str]) -> None:
    sent = scope()
    sent["headers"] += SAID_OF_THE_CLIENT
    seen = Trust(Config(trusted_proxies=proxies)).forwarded(sent)
    assert [value for _, value in seen] == [b"example.com", b"192.0.2.7", b"example.com", b"http", b"80"]


def test_a_handler_sees_what_else_a_trusted_proxy_says_of_the_client() -> None:
    sent = scope(peer=PROXY)
    sent["headers"] += SAID_OF_THE_CLIENT
    seen = Trust(Config(trusted_proxies=["10.0.0.1"])).forwarded(sent)
    assert [pair for pair in seen if pair in SAID_OF_THE_CLIENT] == SAID_OF_THE_CLIENT


def test_a_mapped_address_may_be_what_is_trusted() -> None:
    trust = Trust(Config(trusted_proxies=["::ffff:10.0.0.1"]))
    assert trust.client(scope(peer=("::ffff:10.0.0.1", 1), **{"for": "1.1.1.1"})) == "1.1.1.1"


@pytest.mark.parametrize(
    ("said", "host"),
    [
        ({"host": "shop.example", "proto": "https", "port": "8443"}, "shop.example:8443"),
        ({"host": "[::1]", "port": "8080"}, "[::1]:8080"),
        ({"proto": "https", "port": "8443"}, "example.com:8443"),
        ({"host": "shop.example:81", "port": "8443"}, "shop.example:81"),
        ({"host": "shop.example", "proto": "https", "port": "443"}, "shop.example"),
        ({"host": "shop.example", "port": "80"}, "shop.example"),
        # The port of a proxy behind the one that spoke TLS with the client.
        ({"host": "shop.example", "proto": "https", "port": "80"}, "shop.example"),
        ({"host": "shop.example", "port": "1, 8443"}, "shop.example:8443"),
        ({"host": "shop.example", "port": "nonsense"}, "shop.example"),
        ({"host": "shop.example", "port": "100000"}, "shop.example"),
        ({"host": "shop.example", "port": ""}, "shop.example"),
    ],
)
def test_the_port_that_a_trusted_proxy_tells_is_part_of_the_host(said: dict[str, str], host: str) -> None:
    trust = Trust(Config(trusted_proxies=["10.0.0.1"]))
    origin = trust.origin(scope(peer=PROXY, **said))
    assert origin is not None
    assert origin[1] == host
    assert trust.origin(scope(**said)) == ("http", "example.com")
    tail = host.rpartition("]")[2].rpartition(":")
    seen = forwarded(trust, scope(peer=PROXY, **said))["port"]
    assert seen == (tail[2] if tail[1] else "443" if origin[0] == "https" else "80")


def test_a_host_that_is_too_long_is_refused_before_it_is_remembered() -> None:
    trust = Trust(Config())
    longest = "a" * 249 + ".local:65535"
    assert trust.origin(scope(longest)) == ("http", longest)
    before = is_host.cache_info()
    for number in range(10):
        assert trust.origin(scope(f"{number}" + longest)) is None
        assert trust.origin(scope(f"{number}" * 60_000)) is None
    assert is_host.cache_info() == before
    assert list(trust._known) == [longest.encode()]


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("localhost", True),
        ("localhost:3000", True),
        ("shop.localhost:3000", True),
        ("127.0.0.1:3000", True),
        ("192.168.1.20", True),
        ("[::1]:3000", True),
        ("attacker.example", False),
        ("attacker.example:3000", False),
        ("localhost.attacker.example", False),
        ("notlocalhost", False),
        ("127.0.0.1.attacker.example", False),
    ],
)
def test_in_development_other_hosts_than_local_ones_have_to_be_listed(host: str, allowed: bool) -> None:
    trust = Trust(Config(), is_local=True)
    assert (trust.origin(scope(host)) is not None) is allowed
    assert Trust(Config(allowed_hosts=["*"]), is_local=True).origin(scope(host)) is not None
    assert Trust(Config(allowed_hosts=["x.example"]), is_local=True).origin(scope(host)) is None


def test_who_is_refused_is_told_how_a_host_is_allowed_in_development_only() -> None:
    assert Trust(Config()).refusal == "The Host header is missing, malformed or not allowed."
    assert Trust(Config(), is_local=True).refusal == (
        "The Host header is missing, malformed or not allowed. In development an app answers to localhost, "
        "*.localhost and IP addresses; Config(allowed_hosts=[…]) in byway_config.py lists other hosts."
    )
