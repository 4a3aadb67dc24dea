"""The fast lane: a kept answer, straight from memory.

Theory of operation. A path that was answered with a kept answer is remembered as it came over the wire, with the
answer's cache key and headers, those of the config's rules included. The next GET for it is answered here when the
memory of the cache has that very answer and it is fresh, so that neither a `Request` nor a `Work` is made and no code
of the app is asked. Whatever could make a difference leads to the ordinary way: another method, a condition
(``If-None-Match``), the cookie of draft mode, a mount, a host that is not allowed. So a path that a proxy is for, or a
rule that looks at more than the path (``has``, ``missing``), is never remembered; nor is any in development. Bodies are
kept by the cache alone, within its bounds, and compressed ones by the `Compressor`, within its own.
"""

from __future__ import annotations

from typing import NamedTuple

from byway.asgi.compression import MIN_SIZE, Compressor, body_key, encoded, is_compressible, varying
from byway.asgi.sending import final_headers
from byway.config import Scope
from byway.http.headers import RawHeaders
from byway.runtime.app import App
from byway.runtime.dispatch import Endpoint
from byway.runtime.draft import DRAFT_COOKIE
from byway.runtime.route_cache import KeptResponse, RouteAnswer
from byway.runtime.trust import Trust
from byway.runtime.work import Work

# More paths, or hosts, than this are not remembered: then all are forgotten.
_MOST_PATHS = 10_000
_MOST_HOSTS = 1_000

_DRAFT = DRAFT_COOKIE.encode()


class _Known(NamedTuple):
    """What is remembered of a path: where its answer is, the headers of that very answer, and those that are sent.

    ``small`` is what the compressed body is remembered by; None for one that is sent as it is to everyone.
    """

    key: str
    kept_headers: RawHeaders
    headers: RawHeaders
    endpoint: Endpoint
    small: str | None


class StoredAnswer(NamedTuple):
    """What is sent to everyone, and for the log, whose answer it is."""

    status: int
    headers: RawHeaders
    body: bytes
    endpoint: Endpoint


class StoredAnswers:
    """The paths of ``app`` that were answered with kept answers."""

    __slots__ = ("_app", "_compressor", "_hosts", "_is_open", "_known", "_trust")

    def __init__(self, app: App, trust: Trust, compressor: Compressor | None) -> None:
        self._app = app
        self._trust = trust
        self._compressor = compressor
        self._is_open = not app.is_development
        self._known: dict[bytes, _Known] = {}
        # Values of the ``Host`` header that are allowed, whatever else a request says.
        self._hosts: set[bytes] = set()

    def find(self, scope: Scope) -> StoredAnswer | None:
        """What to send to the request of ``scope``; None when it goes the ordinary way."""
        known = self._known.get(scope.get("raw_path", b""))
        if known is None or scope["method"] != "GET" or scope.get("root_path"):
            return None
        held = self._app.cache.peek(known.key)
        if held is None:
            return None
        answer: RouteAnswer = held[1]
        if answer.headers is not known.kept_headers:
            return None
        host: bytes | None = None
        accept_encoding = b""
        for name, sent in scope["headers"]:
            if name == b"host":
                if host is not None:
                    return None
                host = sent
            elif name == b"accept-encoding":
                accept_encoding = accept_encoding + b"," + sent if accept_encoding else sent
            elif name == b"if-none-match" or (name == b"cookie" and _DRAFT in sent):
                return None
        if host not in self._hosts and not self._is_allowed(host, scope):
            return None
        if known.small is not None and self._compressor is not None:
            coding = self._compressor.coding(accept_encoding)
            if coding is not None:
                small = self._compressor.remembered(known.small, coding)
                if small is None:
                    return None
                headers = encoded(known.headers, coding, len(small))
                return StoredAnswer(answer.status, headers, small, known.endpoint)
        return StoredAnswer(answer.status, known.headers, answer.body, known.endpoint)

    def _is_allowed(self, host: bytes | None, scope: Scope) -> bool:
        """Whether the host that ``scope`` names is allowed. ``host`` is its header, which only a proxy can overrule."""
        if self._trust.origin(scope) is None:
            return False
        if host is not None and not self._app.config.trusted_proxies:
            if len(self._hosts) >= _MOST_HOSTS:
                self._hosts.clear()
            self._hosts.add(host)
        return True

    def add(self, scope: Scope, response: KeptResponse, work: Work) -> None:
        """Remember that the request of ``scope`` was answered with ``response``."""
        path: bytes | None = scope.get("raw_path")
        if not self._is_open or response.kept is None or path is None or work.endpoint is None:
            return
        if work.cookies is not None or scope.get("root_path") or scope["method"] != "GET":
            return
        key, answer = response.kept
        held = self._app.cache.peek(key)
        if held is None or held[1] is not answer:
            return  # there is no memory to answer from
        if not path.isascii() or self._app.pipeline.varies(path.decode()):
            return
        headers = final_headers(work, response)
        if any(name == b"set-cookie" for name, _ in headers):
            return  # it is for one client
        small: str | None = None
        if self._compressor is not None and len(answer.body) >= MIN_SIZE and is_compressible(answer.status, headers):
            headers = varying(headers)
            small = body_key(headers, answer.body)
            if small is None:
                return  # nobody remembers the compressed body
        if len(self._known) >= _MOST_PATHS:
            self._known.clear()
        if answer.status not in (204, 304):
            headers.append((b"content-length", b"%d" % len(answer.body)))
        self._known[path] = _Known(key, answer.headers, headers, work.endpoint, small)
