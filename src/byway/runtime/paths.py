"""The one form of a path: what other forms of it are redirected to, and where in the app it leads.

Implements ``trailing_slash`` and ``skip_trailing_slash_redirect`` of the Next.js documents.
"""

from __future__ import annotations

import re

from byway.config import Config
from byway.http.url import URL

_SLASHES = re.compile(r"[/\\]+")
_DOT_SEGMENT = re.compile(r"/(?:\.|%2e){1,2}(?:/|\Z)", re.IGNORECASE)
_EXTENSION = re.compile(r".+\.\w+\Z", re.ASCII)
_WELL_KNOWN = "/.well-known"


class PathForm:
    """The form that the paths of an app have by its config.

    ``is_plain`` tells that there is no base path, and that no path ends with a slash; ``wants_slash`` that all do, but
    for those of files.
    """

    __slots__ = ("_keeps_slash", "base_path", "is_plain", "wants_slash")

    def __init__(self, config: Config) -> None:
        self.base_path = config.base_path
        self._keeps_slash = config.skip_trailing_slash_redirect
        self.wants_slash = config.trailing_slash
        self.is_plain = not (self.base_path or self._keeps_slash or self.wants_slash)

    def redirected(self, path: str) -> str | None:
        """The path that a client is sent to instead of ``path``; None when that has the right form."""
        if is_normal(path):
            is_right = not self.wants_slash or self._keeps_slash or _may_end(path)
            return None if is_right else f"{path}/"
        right = normal_path(path)
        if right != "/" and not self.is_plain:
            ends = path[-1] in "/\\"
            if self._keeps_slash:
                keeps = ends
            else:
                keeps = self.wants_slash and (not _may_end(right) or (ends and not _is_file(right)))
            right = f"{right}/" if keeps else right
        return None if right == path else right

    def split(self, path: str) -> tuple[str, str]:
        """The base path and what of ``path`` lies below it; of one that lies elsewhere ``""`` and all of it."""
        base = self.base_path
        if base and path.startswith(base):
            inner = path[len(base) :] or "/"
            if inner[0] == "/":
                return base, inner
        return "", path

    def locate(self, path: str) -> str | None:
        """Where below the base path ``path`` leads, without a slash at its end; None when it leads elsewhere."""
        base, inner = self.split(path)
        if base != self.base_path:
            return None
        return inner if inner[-1] != "/" or inner == "/" else inner[:-1]

    def mount(self, url: URL, path: str) -> str:
        """Where the app is mounted, when ``url`` is that of a request for ``path``; mostly empty."""
        base = self.split(path)[0]
        return url.base_path[: -len(base)] if base else url.base_path

    def led_to(self, url: URL, path: str, other: str, query: str) -> URL:
        """The URL of the path ``other`` when ``url`` is that of a request for ``path``."""
        base, inner = self.split(other)
        return url.led_to(inner, query, self.mount(url, path) + base)


def _is_file(path: str) -> bool:
    """Whether ``path``, which does not end with a slash, is one that ends with a file's name."""
    return not path.startswith(_WELL_KNOWN) and _EXTENSION.match(path.rpartition("/")[2]) is not None


def _may_end(path: str) -> bool:
    """Whether ``path`` may end as it does, without a slash: it looks like a file's, or is a well-known one."""
    return path == "/" or path.startswith(_WELL_KNOWN) or "." in path.rpartition("/")[2]


def is_normal(path: str) -> bool:
    """Whether ``path`` is in its normal form: see `normal_path`."""
    if (path[-1] == "/" and path != "/") or "//" in path or "\\" in path:
        return False
    return not (("/." in path or "%" in path) and _DOT_SEGMENT.search(path))


def normal_path(path: str) -> str:
    """``path`` without repeated slashes, backslashes, dot segments and a slash at its end.

    Dot segments (``..``, ``%2e``) are resolved as a browser does before it asks: otherwise a route would match one
    path while ``request.url`` shows another.
    """
    pieces: list[str] = []
    for piece in _SLASHES.split(path):
        dots = piece.lower().replace("%2e", ".")
        if dots == "..":
            del pieces[-1:]
        elif dots not in ("", "."):
            pieces.append(piece)
    return "/" + "/".join(pieces)
