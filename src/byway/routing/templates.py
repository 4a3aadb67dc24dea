"""Texts with parameters in them: the destinations of redirects and rewrites, the keys and values of headers.

``:name`` stands for what a rule has captured by that name, ``:name*`` for one that is a list. Anything else after a
colon is text. A parameter that a request does not have leaves nothing, and in a path not the slash before it either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from urllib.parse import quote, unquote_plus

from byway.http.search_params import URLSearchParams
from byway.http.url import is_host
from byway.routing.matcher import SEGMENT_SAFE
from byway.routing.path_syntax import RuleError

#: What a rule has captured: a parameter that repeats is a list.
Params: TypeAlias = Mapping[str, str | list[str]]

# What JavaScript's encodeURIComponent leaves as it is.
COMPONENT_SAFE = "!'()*-._~"
_PRINTABLE = "".join(map(chr, range(0x21, 0x7F)))

_PARAM = re.compile(r":(?P<name>\w+)(?P<modifier>[*+?]?)", re.ASCII)
_PATH_PIECE = re.compile(r"\\(?P<escaped>.)|(?P<slash>/?):(?P<name>\w+)(?P<modifier>[*+]?)", re.ASCII | re.DOTALL)
_GROUP = re.compile(r"(?<!\\)(?:\\\\)*[(){}]")
_ORIGIN = re.compile(r"https?://[^/?#]*", re.IGNORECASE)
_PORT = re.compile(r":\d+\Z")
_LABELS = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*")
_DOT_SEGMENT = re.compile(r"(?:\A|/)(?:\.|%2e){1,2}(?=/|\Z)", re.IGNORECASE)
# Other servers may decode a path before they split it, and take a backslash for a slash.
_DOT_SEGMENT_ELSEWHERE = re.compile(r"(?:\A|[/\\]|%2f|%5c)(?:\.|%2e){1,2}(?=[/\\]|%2f|%5c|\Z)", re.IGNORECASE)


class _Hole(NamedTuple):
    slash: str
    name: str


class Template:
    """A text with parameters, of which ``names`` are known."""

    __slots__ = ("_parts", "names")

    def __init__(self, text: str, names: Mapping[str, bool]) -> None:
        self._parts: list[str | _Hole] = []
        end = 0
        for found in _PARAM.finditer(text):
            if found["name"] in names:
                self._parts += [text[end : found.start()], _Hole("", found["name"])]
                end = found.end()
        self._parts.append(text[end:])
        self.names = frozenset(part.name for part in self._parts if isinstance(part, _Hole))

    @classmethod
    def of_path(cls, text: str, params: Mapping[str, bool]) -> Template:
        """The template of a destination's path; ``params`` tells which of the parameters that there are repeat.

        Raises ``RuleError`` when ``text`` has others, a group, or a list where one value belongs.
        """
        self = cls("", {})
        parts: list[str | _Hole] = []
        end = 0
        for found in _PATH_PIECE.finditer(text):
            parts.append(text[end : found.start()])
            end = found.end()
            name = found["name"]
            if name is None:
                parts.append(found["escaped"])
                continue
            if name not in params:
                known = ", ".join(f":{one}" for one in params) or "none"
                cure = f"The parameters of the source and of has are: {known}."
                raise RuleError(f"The destination has the parameter :{name}, which nothing captures.", cure)
            if params[name] and not found["modifier"]:
                cure = f"Write :{name}*."
                raise RuleError(f"The destination has :{name} once, but the source captures a list by that name.", cure)
            parts.append(_Hole(found["slash"], name))
        if _GROUP.search(text):
            cure = 'Name the parameter in the source, as in "/:name(…)", and write ":name" in the destination.'
            raise RuleError("The destination has a group.", cure)
        parts.append(text[end:])
        self._parts = [part if isinstance(part, _Hole) else quote(part, safe=SEGMENT_SAFE + "/%") for part in parts]
        self.names = frozenset(part.name for part in parts if isinstance(part, _Hole))
        return self

    def fill(self, params: Params, write: Callable[[str], str] = str) -> str:
        """The text with the values of ``params``, each as ``write`` spells it."""
        texts: list[str] = []
        for part in self._parts:
            if isinstance(part, str):
                texts.append(part)
            elif (value := params.get(part.name)) is not None:
                texts += [part.slash, write(value if isinstance(value, str) else "/".join(value))]
        return "".join(texts)


class Target(NamedTuple):
    """Where a rule leads: ``origin`` is empty for this app, ``query`` has no question mark, ``fragment`` no ``#``."""

    origin: str
    path: str
    query: str
    fragment: str

    def __str__(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return self.origin + self.path + query + (f"#{self.fragment}" if self.fragment else "")


class Destination:
    """Where a redirect or a rewrite leads: a path below ``base_path``, or a URL with its origin.

    ``params`` tells which parameters the rule captures, and whether they are lists; ``is_external`` whether it leads to
    another server.

    Raises ``RuleError`` when ``text`` is neither, or when its path has parameters that are not captured.
    """

    __slots__ = ("_fragment", "_origin", "_path", "_query", "is_external", "names")

    def __init__(self, text: str, params: Mapping[str, bool], base_path: str = "") -> None:
        rest, _, fragment = text.partition("#")
        rest, _, query = rest.partition("?")
        found = _ORIGIN.match(rest)
        origin = found[0] if found else ""
        self.is_external = bool(origin)
        self._origin = _origin_template(text, origin, params) if origin else Template("", {})
        path = rest[len(origin) :]
        if not origin and (not path.startswith("/") or path.startswith("//")):
            cure = 'Write a path such as "/about/:path*", or a URL that begins with "https://" or "http://".'
            raise RuleError(f"The destination {text!r} is neither a path nor a URL.", cure)
        prefix = "" if origin else base_path
        self._path = Template.of_path(prefix if prefix and path == "/" else prefix + path, params)
        self._query = [_query_item(item, params) for item in query.split("&") if item]
        self._fragment = Template(quote(fragment, safe=_PRINTABLE), params)
        # The query does not count: that a parameter is used there keeps nobody from looking for it by its name.
        self.names = self._origin.names | self._path.names | self._fragment.names

    def fill(self, params: Params, sent: str, passed: Params | None = None) -> Target | None:
        """Where a request with the query ``sent`` is led, when the rule captures ``params``, percent-encoded.

        What the request sent goes along, but for what the destination's own query and ``passed`` have by the same
        names. None when ``params`` would lead elsewhere than the author can have meant: to what is no host, or out of
        a folder by a dot segment; on another server also by one behind an encoded slash or backslash.
        """
        if any(not _LABELS.fullmatch(_text(params.get(name, ""))) for name in self._origin.names):
            return None
        origin = self._origin.fill(params)
        if self._origin.names and not is_host(origin.partition("//")[2]):
            return None
        path = self._path.fill(params)
        if self._path.names:
            path = re.sub("//+", "/", path)
            if (_DOT_SEGMENT_ELSEWHERE if self.is_external else _DOT_SEGMENT).search(path):
                return None
        added: dict[str, list[str]] = {}
        for name, template in self._query:
            added.setdefault(name, []).append(template.fill(params, _component))
        for name, value in (passed or {}).items():
            added.setdefault(name, [_component(one) for one in ([value] if isinstance(value, str) else value)])
        query = merged_query(sent, added) if added else sent
        return Target(origin, path if origin or path else "/", query, self._fragment.fill(params, _component))


def _origin_template(text: str, origin: str, params: Mapping[str, bool]) -> Template:
    """The template of a destination's scheme, host and port. Raises ``RuleError`` when it cannot become a host."""
    scheme, _, host = origin.partition("//")
    template = Template(host, params)
    unknown = [found["name"] for found in _PARAM.finditer(_PORT.sub("", host)) if found["name"] not in params]
    if unknown:
        cure = "Capture it in the source or in has."
        raise RuleError(f"The destination's host has the parameter :{unknown[0]}, which nothing captures.", cure)
    if not is_host(template.fill(dict.fromkeys(template.names, "x"))):
        raise RuleError(f"The destination {text!r} has no valid host.", 'Write one such as "https://example.com/path".')
    return Template(f"{scheme}//{host}", params)


def _query_item(item: str, params: Mapping[str, bool]) -> tuple[str, Template]:
    name, _, value = item.partition("=")
    return quote(unquote_plus(name), safe=COMPONENT_SAFE), Template(quote(value, safe=_PRINTABLE), params)


def _component(text: str) -> str:
    """``text``, in which percent-encodings stay as they are, for a query or a fragment."""
    return quote(text, safe=COMPONENT_SAFE + "%")


def _text(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else "/".join(value)


def merged_query(query: str, added: Mapping[str, Sequence[str]]) -> str:
    """``query`` with what is ``added``, names and values percent-encoded, in place of what it has by those names.

    It is written anew: ``%20`` for a space, ``flag=`` for ``flag``, and equal names side by side.
    """
    groups: dict[str, Sequence[str]] = {}
    for name, value in URLSearchParams.from_query(query):
        groups[name] = [*groups.get(name, ()), quote(value, safe=COMPONENT_SAFE)]
    encoded = {quote(name, safe=COMPONENT_SAFE): values for name, values in groups.items()}
    return "&".join(f"{name}={value}" for name, values in (encoded | dict(added)).items() for value in values)
