"""`URL` and `URLSearchParams`, as the Web's URL standard has them.

Parsing and joining are done by Ada, an implementation of that standard. A request's URL arrives in parts and is asked
for little: `URL.from_parts` keeps the parts and calls Ada only for what they cannot answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from types import NoneType
from typing import NoReturn

from ada_url import URL as Record

from byway.http.pairs import scalars
from byway.http.search_params import URLSearchParams

__all__ = ["URL", "URLSearchParams", "is_host"]

_SCHEME = re.compile(r"[\s\0-\x1f]*[A-Za-z][A-Za-z0-9+.-]*:")

# Paths and queries that parsing would leave as they are. A segment that begins with a dot or with "%" may be a dot
# segment ("..", "%2e"), which parsing resolves.
_SETTLED_PATH = re.compile(r"(?:/(?:[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9_.~!$&'()*+,;=:@%-]*)?)+")
_SETTLED_QUERY = re.compile(r"[A-Za-z0-9_.~!$&()*+,;=:@%/?-]*")

_PATH_DELIMITERS = str.maketrans({"?": "%3F", "#": "%23", "\\": "%5C"})


@lru_cache(maxsize=256)
def is_host(value: str) -> bool:
    """Whether ``value`` is a host with an optional port, and nothing else: what a ``Host`` header may hold.

    ``URL.from_parts`` expects its host to have passed this.
    """
    if not value or any(char in "/\\?#@" or char <= " " for char in value):
        return False
    try:
        record = Record(f"http://{scalars(value)}/")
    except ValueError:
        return False
    return record.pathname == "/"


def _parse(url: str, base: str | None) -> Record:
    try:
        return Record(scalars(url), None if base is None else scalars(base))
    except ValueError:
        pass
    if base is not None and not Record.can_parse(scalars(base)):
        raise ValueError(f'Invalid URL: "{base}", the base of "{url}". A base has a scheme and a host: http://…')
    if base is None and not _SCHEME.match(url):
        raise ValueError(
            f'Invalid URL: "{url}" is relative. Give it a base: URL("{url}", request.url), '
            "or write it in full, with its scheme and host."
        )
    raise ValueError(f'Invalid URL: "{url}"')


def _normal_base_path(base_path: str) -> str:
    trimmed = base_path.strip("/")
    return f"/{trimmed}" if trimmed else ""


class URL:
    """A URL whose parts can be read and assigned; ``str(url)`` is its ``href``.

    ``url`` may be relative to ``base``; it is joined as a browser joins a link to the page it stands on. A
    ``base_path`` (and ``trailing_slash``) belongs to the app, not to its pages: ``pathname`` never holds it, ``href``
    always does. A URL takes both over from the URL it copies or is joined to, as long as it stays on that origin, and
    a path that begins with the base path is split.

    Assigning what a part cannot hold (a port of letters) leaves the URL as it was, as on the Web; an ``href`` that is
    no URL raises ``ValueError``, as the constructor does.

    Implements ``NextURL`` (``request.nextUrl``) of the Next.js documents.
    """

    __slots__ = ("_base_path", "_parts", "_record", "_search_params", "_trailing_slash")

    _record: Record | None
    _parts: tuple[str, str, str, str]
    _search_params: URLSearchParams | None
    _base_path: str
    _trailing_slash: bool

    def __init__(
        self, url: str | URL, base: str | URL | None = None, *, base_path: str = "", trailing_slash: bool = False
    ) -> None:
        for given in (url, base):
            if not isinstance(given, (str, URL, NoneType)):  # pyright: ignore[reportUnnecessaryIsInstance]
                raise TypeError(f"URL() takes a str or a URL, not {type(given).__name__}.")
        record = _parse(str(url), None if base is None else str(base))
        origin = record.origin
        for given in (url, base):
            if isinstance(given, URL) and given.origin == origin:
                base_path = base_path or given.base_path
                trailing_slash = trailing_slash or given._trailing_slash
        self._record = record
        self._parts = ("", "", "", "")
        self._search_params = None
        self._base_path = _normal_base_path(base_path)
        self._trailing_slash = trailing_slash
        if self._base_path:
            self._split_base_path(record)

    @classmethod
    def from_parts(
        cls, scheme: str, host: str, path: str, query: str, base_path: str = "", trailing_slash: bool = False
    ) -> URL:
        """The URL of a request, from what a server has at hand; nothing is parsed before it is asked for.

        ``scheme`` is ``http`` or ``https``, ``host`` a ``Host`` header for which `is_host` is true, ``path`` the
        percent-encoded path, with ``base_path`` (which begins with a slash, or is empty) taken off, and ``query``
        what follows the question mark.
        """
        url = cls.__new__(cls)
        url._record = None
        url._parts = (scheme, host, path, query)
        url._search_params = None
        url._base_path = base_path
        url._trailing_slash = trailing_slash
        return url

    def _parsed(self) -> Record:
        """The parsed URL, without the base path, with every change of ``search_params`` in it."""
        record = self._record
        if record is None:
            scheme, host, path, query = self._parts
            path = path.translate(_PATH_DELIMITERS)
            record = _parse(f"{scheme}://{host}{path if path[:1] == '/' else '/' + path}", None)
            if query:
                _assign(record, "search", query)
            self._record = record
        params = self._search_params
        if params is not None and params.changed:
            _assign(record, "search", str(params))
            params.changed = False
        return record

    def _split_base_path(self, record: Record) -> None:
        base_path, path = self._base_path, record.pathname
        if path == base_path or path.startswith(base_path + "/"):
            _assign(record, "pathname", path[len(base_path) :] or "/")

    def _set(self, part: str, value: str) -> None:
        _assign(self._parsed(), part, value)

    @property
    def href(self) -> str:
        """The whole URL, ``base_path`` included."""
        record = self._parsed()
        if not self._base_path and not self._trailing_slash:
            return record.href
        full = Record(record.href)
        _assign(full, "pathname", self._outer_path(record.pathname))
        return full.href

    @href.setter
    def href(self, value: str) -> None:
        record = self._record = _parse(value, None)
        if self._base_path:
            self._split_base_path(record)
        self._reload_search_params(record)

    def _outer_path(self, pathname: str) -> str:
        if self._trailing_slash:
            # Files keep their names, as they do in the documents' `trailingSlash`.
            last = pathname.rpartition("/")[2]
            is_file = "." in last or pathname.startswith("/.well-known/")
            return self._base_path + pathname + ("/" if last and not is_file else "")
        return self._base_path + ("" if pathname == "/" else pathname)

    @property
    def origin(self) -> str:
        """Scheme, host and port, ``http://localhost:3000`` for example; read-only."""
        return self._parsed().origin

    @origin.setter
    def origin(self, value: str) -> NoReturn:
        raise AttributeError("URL.origin is read-only: assign protocol, host or href instead.")

    @property
    def protocol(self) -> str:
        """The scheme with its colon: ``https:``."""
        return self._parsed().protocol

    @protocol.setter
    def protocol(self, value: str) -> None:
        self._set("protocol", value)

    @property
    def username(self) -> str:
        """The user name before the host, percent-encoded; mostly empty."""
        return self._parsed().username

    @username.setter
    def username(self, value: str) -> None:
        self._set("username", value)

    @property
    def password(self) -> str:
        """The password before the host, percent-encoded; mostly empty."""
        return self._parsed().password

    @password.setter
    def password(self, value: str) -> None:
        self._set("password", value)

    @property
    def host(self) -> str:
        """Host name and port; a port that is the scheme's default is left out."""
        return self._parsed().host

    @host.setter
    def host(self, value: str) -> None:
        self._set("host", value)

    @property
    def hostname(self) -> str:
        """The host without its port, in lower case and ASCII."""
        return self._parsed().hostname

    @hostname.setter
    def hostname(self, value: str) -> None:
        self._set("hostname", value)

    @property
    def port(self) -> str:
        """The port's digits; empty for the scheme's default."""
        return self._parsed().port

    @port.setter
    def port(self, value: str | int) -> None:
        self._set("port", str(value))

    @property
    def base_path(self) -> str:
        """The prefix under which the app is served, ``/docs`` for example, or empty."""
        return self._base_path

    @base_path.setter
    def base_path(self, value: str) -> None:
        self._base_path = _normal_base_path(value)

    @property
    def pathname(self) -> str:
        """The percent-encoded path, without ``base_path``."""
        if self._record is None and _SETTLED_PATH.fullmatch(self._parts[2]):
            return self._parts[2]
        return self._parsed().pathname

    @pathname.setter
    def pathname(self, value: str) -> None:
        self._set("pathname", value)

    @property
    def search(self) -> str:
        """The query with its question mark, spelled as it came; empty when there is none."""
        if self._record is None and (self._search_params is None or not self._search_params.changed):
            query = self._parts[3]
            if _SETTLED_QUERY.fullmatch(query):
                return f"?{query}" if query else ""
        return self._parsed().search

    @search.setter
    def search(self, value: str) -> None:
        record = self._parsed()
        _assign(record, "search", value)
        self._reload_search_params(record)

    @property
    def search_params(self) -> URLSearchParams:
        """The query's pairs, decoded. Changing them changes ``search`` and ``href``, and the other way round."""
        params = self._search_params
        if params is None:
            query = self._parts[3] if self._record is None else self._record.search[1:]
            params = self._search_params = URLSearchParams.from_query(query)
        return params

    def _reload_search_params(self, record: Record) -> None:
        if self._search_params is not None:
            self._search_params.load(record.search[1:])

    @property
    def hash(self) -> str:
        """The fragment with its ``#``; empty when there is none."""
        return self._parsed().hash

    @hash.setter
    def hash(self, value: str) -> None:
        self._set("hash", value)

    def clone(self) -> URL:
        """A copy that can be changed without changing this one."""
        return _restore(self._parsed().href, self._base_path, self._trailing_slash)

    __copy__ = clone

    def led_to(self, path: str, query: str, base_path: str) -> URL:
        """The URL of another ``path``, ``query`` and ``base_path``, as `from_parts` takes them, of the same app."""
        record = self._record
        scheme, host = self._parts[:2] if record is None else (record.protocol[:-1], record.host)
        return URL.from_parts(scheme, host, path, query, base_path, self._trailing_slash)

    def __reduce__(self) -> tuple[Callable[[str, str, bool], URL], tuple[str, str, bool]]:
        # Ada's record cannot be pickled; its text says all that it knows.
        return _restore, (self._parsed().href, self._base_path, self._trailing_slash)

    def __deepcopy__(self, memo: object) -> URL:
        return self.clone()

    def __str__(self) -> str:
        return self.href

    def __repr__(self) -> str:
        return f'URL("{self.href}")'

    def __eq__(self, other: object) -> bool:
        return self.href == other.href if isinstance(other, URL) else NotImplemented

    __hash__ = None  # type: ignore[assignment]


def _restore(inner_href: str, base_path: str, trailing_slash: bool) -> URL:
    """The URL that is ``inner_href`` but for its base path and trailing slash."""
    url = URL(inner_href)
    url.base_path = base_path
    url._trailing_slash = trailing_slash  # pyright: ignore[reportPrivateUsage]
    return url


def _assign(record: Record, part: str, value: str) -> None:
    # As on the Web, what the part cannot hold leaves the URL as it was.
    with suppress(ValueError):
        setattr(record, part, scalars(value))
