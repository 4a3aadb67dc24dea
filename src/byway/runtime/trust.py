"""Whom to believe: the ``Host`` header, and what proxies say of the client."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from byway.config import Config
from byway.http.headers import RawHeaders
from byway.http.url import is_host

_FORWARDED = (b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-port")
_KNOWN_HOSTS_LIMIT = 1024
# A name of DNS, a colon and a port; what is longer is no host, and would fill the memory of those that are known.
_LONGEST_HOST = 255 + 6
# The default ports. A proxy behind another one tells its own, which says nothing of the one that the client used.
_DEFAULT_PORTS = (b"80", b"443")
_PORT = re.compile(rb"[0-9]{1,5}")

_REFUSED = "The Host header is missing, malformed or not allowed."
_REFUSED_LOCALLY = (
    "The Host header is missing, malformed or not allowed. In development an app answers to localhost, *.localhost "
    "and IP addresses; Config(allowed_hosts=[…]) in byway_config.py lists other hosts."
)


class Trust:
    """What may be believed of a request, by ``Config(allowed_hosts=…, trusted_proxies=…)``.

    The host of a URL is the ``Host`` header's, checked. ``X-Forwarded-*`` headers count only when the connection
    comes from a trusted proxy; then the last value counts, which that proxy added itself. A handler never sees what
    an untrusted client wrote there: `forwarded` leaves those headers out, and ``Forwarded``.

    Without ``allowed_hosts`` every host is allowed; when ``is_local``, only ``localhost``, ``*.localhost`` and IP
    addresses: a page of another site, whose name was made to lead here, must not read what a development server shows.
    """

    def __init__(self, config: Config, *, is_local: bool = False) -> None:
        self._allowed = tuple(host.lower() for host in config.allowed_hosts)
        self._only_local = is_local and not self._allowed
        #: What a client is told whose host is refused.
        self.refusal = _REFUSED_LOCALLY if self._only_local else _REFUSED
        self._trust_all = "*" in config.trusted_proxies
        self._trust_unix = self._trust_all or "unix" in config.trusted_proxies
        self._networks = [
            ipaddress.ip_network(address, strict=False)
            for address in config.trusted_proxies
            if address not in ("*", "unix")
        ]
        self._trusts_any = bool(config.trusted_proxies)
        self._known: dict[bytes, str] = {}

    def origin(self, scope: Mapping[str, Any]) -> tuple[str, str] | None:
        """The scheme and the host (with its port, when it has one) that the client used; None when refused."""
        scheme: str = scope.get("scheme", "http")
        sent: bytes | None = None
        for name, value in scope["headers"]:
            if name == b"host":
                if sent is not None:
                    return None  # What one host would mean to a proxy, the other might mean to this server.
                sent = value
        if self._trusts_any and self._is_trusted_peer(scope):
            headers = scope["headers"]
            proto = (_last(headers, b"x-forwarded-proto") or b"").lower()
            scheme = "https" if proto == b"https" else "http" if proto == b"http" else scheme
            sent = _last(headers, b"x-forwarded-host") or sent
            if sent is not None and (port := _last(headers, b"x-forwarded-port")) is not None:
                sent = _with_port(sent, port)
        if sent is None:
            server = scope.get("server")
            sent = _host_of(*server) if server and server[1] else b"localhost"
        host = self._known.get(sent) or self._check(sent)
        return None if host is None else (scheme, host)

    def _check(self, sent: bytes) -> str | None:
        if len(sent) > _LONGEST_HOST:
            return None
        host = sent.decode("latin-1").lower()
        if not is_host(host):
            return None
        if self._allowed and not any(_allows(pattern, host) for pattern in self._allowed):
            return None
        if self._only_local and not _is_local(host):
            return None
        if len(self._known) >= _KNOWN_HOSTS_LIMIT:
            self._known.clear()
        self._known[sent] = host
        return host

    def client(self, scope: Mapping[str, Any]) -> str:
        """The address of the client: behind trusted proxies, what they say it is; ``""`` when nobody knows."""
        peer = scope.get("client")
        address: str = peer[0] if peer else ""
        if not self._trusts_any or not self._is_trusted_peer(scope):
            return address
        chain = [
            hop.strip().decode("latin-1")
            for name, value in scope["headers"]
            if name == b"x-forwarded-for"
            for hop in value.split(b",")
        ]
        # From the nearest hop outwards: the first that is no proxy of ours is the client; what lies beyond, it made up.
        for hop in reversed(chain):
            address = hop
            if not self._is_trusted(hop):
                break
        return address

    def forwarded(self, scope: Mapping[str, Any]) -> RawHeaders:
        """The request's headers, in which ``X-Forwarded-*`` say what is believed."""
        raw: RawHeaders
        if self._trusts_any and self._is_trusted_peer(scope):
            raw = [(name, value) for name, value in scope["headers"] if name not in _FORWARDED]
        else:
            raw = [
                (name, value)
                for name, value in scope["headers"]
                if not name.startswith(b"x-forwarded-") and name != b"forwarded"
            ]
        origin = self.origin(scope)
        if origin is None:
            return raw
        scheme, host = origin
        if client := self.client(scope):
            raw.append((b"x-forwarded-for", client.encode("latin-1", "replace")))
        port = host.rpartition(":")[2] if ":" in host.rpartition("]")[2] else "443" if scheme == "https" else "80"
        raw += [
            (b"x-forwarded-host", host.encode("latin-1", "replace")),
            (b"x-forwarded-proto", scheme.encode()),
            (b"x-forwarded-port", port.encode()),
        ]
        return raw

    def _is_trusted_peer(self, scope: Mapping[str, Any]) -> bool:
        peer = scope.get("client")
        return self._trust_all or (self._is_trusted(peer[0]) if peer and peer[0] else self._trust_unix)

    def _is_trusted(self, address: str) -> bool:
        if self._trust_all:
            return True
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        # A socket for both versions shows a client of version 4 so.
        mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
        return any(parsed in network or (mapped is not None and mapped in network) for network in self._networks)


def _host_of(address: str, port: int) -> bytes:
    return f"[{address}]:{port}".encode() if ":" in address else f"{address}:{port}".encode()


def _with_port(host: bytes, port: bytes) -> bytes:
    """``host`` with the ``port`` that a proxy tells, unless it has one already or needs none."""
    if b":" in host.rpartition(b"]")[2] or port in _DEFAULT_PORTS or not _PORT.fullmatch(port):
        return host
    return host + b":" + port


def _last(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> bytes | None:
    found: bytes | None = None
    for name, value in headers:
        if name == wanted:
            found = value.rpartition(b",")[2].strip()
    return found or None


def _allows(pattern: str, host: str) -> bool:
    """Whether ``pattern`` allows ``host``; a pattern without a port allows every port."""
    if pattern == "*":
        return True
    name = host if ":" in pattern.rpartition("]")[2] else _without_port(host)
    return name.endswith(pattern[1:]) and name != pattern[2:] if pattern.startswith("*.") else name == pattern


def _is_local(host: str) -> bool:
    name = _without_port(host)
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _without_port(host: str) -> str:
    return host if host.endswith("]") else host.rpartition(":")[0] or host
