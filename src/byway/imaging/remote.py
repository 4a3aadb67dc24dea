"""Pictures of other servers: loaded within bounds, and only from addresses that anyone may reach.

A URL in markup may come from a visitor, who must not see through the server's eyes: its host is looked up here, refused
when one of its addresses is not public, and the connection then goes to the very address that was checked. The same
holds for each redirect. For that reason the environment's proxies are not used.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

import httpx2

from byway.http.url import URL
from byway.imaging.errors import ImageError
from byway.imaging.limits import MAX_PICTURE_BYTES, MAX_REDIRECTS, MAX_REMOTE, REMOTE_TIMEOUT
from byway.version import VERSION

log = logging.getLogger("byway.og")

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AT_ONCE: Final = 6
_HEADERS: Final = {
    "user-agent": f"byway/{VERSION}",
    "accept": "image/png, image/jpeg, image/webp, image/gif, image/svg+xml",
    # Packed, a small answer could grow to a huge one.
    "accept-encoding": "identity",
}
_NAT64: Final = ip_network("64:ff9b::/96")

#: The addresses of a host.
Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]


class _LoadError(Exception):
    """Why a picture could not be loaded."""


async def load(urls: Iterable[str], *, resolve: Resolve | None = None) -> dict[str, bytes | None]:
    """What is at each of the ``urls``; None, and a warning in the log, for one that does not come.

    ``resolve`` looks up the addresses of a host. Raises `ImageError` when there are too many, or one of them is not
    to be asked: not http(s), with a user name, or at an address that is not public.
    """
    wanted = list(dict.fromkeys(urls))
    if len(wanted) > MAX_REMOTE:
        raise ImageError(
            f"The image loads {len(wanted)} pictures from other servers, more than the {MAX_REMOTE} that are allowed. "
            "Use data: URIs: byway.og.data_uri(…) makes them."
        )
    if not wanted:
        return {}
    context = await asyncio.to_thread(_tls)
    loaded: dict[str, bytes | None] = dict.fromkeys(wanted)
    places = asyncio.Semaphore(_AT_ONCE)
    async with httpx2.AsyncClient(verify=context, trust_env=False, headers=_HEADERS, timeout=REMOTE_TIMEOUT) as client:

        async def fill(url: str) -> None:
            try:
                async with places:
                    loaded[url] = await _get(client, url, resolve or addresses)
            except (_LoadError, httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                _warn(url, str(error) or type(error).__name__)

        try:
            async with asyncio.timeout(REMOTE_TIMEOUT), asyncio.TaskGroup() as group:
                for url in wanted:
                    group.create_task(fill(url))
        except TimeoutError:
            for url in wanted:
                if loaded[url] is None:
                    _warn(url, f"it took longer than {REMOTE_TIMEOUT:g} seconds")
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
    return loaded


async def addresses(host: str, port: int) -> list[str]:
    """The addresses of ``host``, as the system looks them up. Raises ``OSError`` when there are none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether anyone may reach ``address``: not this machine, its network, or what only one of them can name."""
    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = IPv4Address(int(ip) & 0xFFFF_FFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


async def _get(client: httpx2.AsyncClient, address: str, resolve: Resolve) -> bytes:
    url = _parsed(address)
    for _ in range(MAX_REDIRECTS + 1):
        target, host = await _pinned(url, resolve)
        # The name that was asked for, where the address stands in the URL: for the server, and for its certificate.
        headers, extensions = {"host": url.host}, {"sni_hostname": host}
        async with client.stream("GET", target, headers=headers, extensions=extensions) as answer:
            if answer.status_code in _REDIRECTS and (location := answer.headers.get("location")):
                url = _parsed(URL(location, url.href).href)
                continue
            if answer.status_code != 200:
                raise _LoadError(f"the server answered with status {answer.status_code}")
            data = bytearray()
            async for chunk in answer.aiter_raw():
                data += chunk
                if len(data) > MAX_PICTURE_BYTES:
                    raise _LoadError(f"it has more than {MAX_PICTURE_BYTES:,} bytes")
            return bytes(data)
    raise _LoadError(f"it was redirected more than {MAX_REDIRECTS} times")


def _parsed(address: str) -> URL:
    try:
        url = URL(address)
    except ValueError:
        raise ImageError(f"Image source is not a valid URL: {address[:200]}") from None
    if url.protocol not in ("http:", "https:"):
        raise ImageError(f"Image source must be an http:// or https:// URL: {address[:200]}")
    if url.username or url.password:
        raise ImageError(f"Image source must have no user name or password: {url.origin}{url.pathname}")
    return url


async def _pinned(url: URL, resolve: Resolve) -> tuple[str, str]:
    """``url`` with its host's address in place of the host, and that host.

    Raises `ImageError` when not all of its addresses are public.
    """
    host = url.hostname.removeprefix("[").removesuffix("]")
    port = int(url.port or (443 if url.protocol == "https:" else 80))
    found = [] if host == "localhost" or host.endswith((".localhost", ".local")) else await resolve(host, port)
    if not found or not all(map(is_public, found)):
        raise ImageError(
            f"Image source resolves to a blocked address (SSRF protection): {url.origin}{url.pathname}. Only public "
            "addresses are asked; read what is your own, and pass it with byway.og.data_uri(…)."
        )
    # An address of version 4 is reached from everywhere.
    address = next((address for address in found if ":" not in address), f"[{found[0]}]")
    return f"{url.protocol}//{address}:{port}{url.pathname}{url.search}", host


def _warn(url: str, reason: str) -> None:
    # The query may hold secrets.
    log.warning("Can't load image %s: %s. Nothing is drawn for it.", url.partition("?")[0][:200], reason)


@cache
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)
