"""How the URLs of a page's metadata become absolute: ``metadata_base``, and paths that are relative to the page.

Implements what the Next.js documents call URL composition: a path is joined to the path of ``metadata_base``, whether
it begins with a slash or not, so that ``/x`` stays below the base; ``..`` goes up; a URL with a scheme stands as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from byway.http.url import URL

_SCHEME = re.compile(r"[\s\0-\x1f]*[A-Za-z][A-Za-z0-9+.-]*:")
# What a URL parser reads as something else, or not at all, so that the path that it sees is the one that is joined.
_AS_PARSED = str.maketrans({"\\": "/", "\t": None, "\n": None, "\r": None})
_AFTER_PATH = re.compile(r"[?#]")
# Paths that name a file have no slash at their end.
_FILE = re.compile(r"/(?!\.well-known(?:/|$))(?:[^/]+/)*[^/]+\.\w+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Links:
    """The URLs of one page's metadata.

    ``pathname`` is the page's own path, percent-encoded and without the app's base path. ``base`` is ``metadata_base``,
    as `base_of` gives it, None where there is none; ``origin`` stands in for it where a URL must be absolute:
    ``http://localhost:3000``. With ``trailing_slash`` the URLs of pages end with a slash.
    """

    pathname: str
    base: str | None
    origin: str
    trailing_slash: bool = False

    def share(self, url: str | URL) -> str:
        """The absolute URL of a share image."""
        return _joined(url, self.base or self.origin) if isinstance(url, str) else url.href

    def needs_base(self, url: str | URL) -> bool:
        """Whether `share` has no better base for ``url`` than ``origin``."""
        return self.base is None and isinstance(url, str) and _absolute(url) is None

    def page(self, url: str | URL) -> str:
        """The URL of a page: what begins with ``./`` is relative to this page; without a base a path stays a path.

        A bare origin has no slash at its end.
        """
        if isinstance(url, str) and url.startswith("./"):
            url = _join(self.pathname, url, keeps_slash=False)
        if self.base is None:
            text = url if isinstance(url, str) else _bare(url.href)
        else:
            text = _bare(_joined(url, self.base) if isinstance(url, str) else url.href)
        return self._with_slash(text) if self.trailing_slash else text

    def alternate(self, url: str | URL) -> str:
        """The URL of another form of this page. A `URL` is the base of this page's path, and keeps its own query."""
        if isinstance(url, URL):
            moved = URL(url.href)
            moved.pathname, moved.hash = self.pathname, ""
            url = moved
        return self.page(url)

    def _with_slash(self, text: str) -> str:
        if text.endswith("/") or text.startswith("/") or "?" in text or _absolute(text) is None:
            return text
        url = URL(text)
        is_elsewhere = self.base is not None and url.origin != URL(self.base).origin
        return text if is_elsewhere or _FILE.match(url.pathname) else f"{text}/"


def is_absolute(url: str | URL) -> bool:
    """Whether ``url`` can be a ``metadata_base``: it has a scheme and a host."""
    try:
        return URL(str(url)).origin != "null"
    except ValueError:
        return False


def base_of(url: str | URL) -> str:
    """The text of ``url``, which `is_absolute`, as the ``base`` of `Links`."""
    return _href(str(url))


@lru_cache(maxsize=64)
def _href(url: str) -> str:
    return URL(url).href


# An app has few bases and images, and asks for the same ones with each request.
@lru_cache(maxsize=1024)
def _joined(url: str, base: str) -> str:
    """``url`` as it stands when it has a scheme, else as a path below that of ``base``."""
    if (own := _absolute(url)) is not None:
        return own
    url = url.translate(_AS_PARSED)
    after = found.start() if (found := _AFTER_PATH.search(url)) else len(url)
    below = URL(base)
    return URL(_join(below.pathname, url[:after]) + url[after:], below).href


def _absolute(url: str) -> str | None:
    """``url``, normalised, when it has a scheme; None when it is a path."""
    if not _SCHEME.match(url):
        return None
    try:
        return URL(url).href
    except ValueError:
        return None


def _bare(href: str) -> str:
    """``href``, without its slash when it is nothing but an origin."""
    return href[:-1] if href.endswith("/") and href.count("/") == 3 else href


def _join(folder: str, path: str, *, keeps_slash: bool = True) -> str:
    """``path`` below ``folder``, without ``.``, ``..`` and empty pieces."""
    pieces: list[str] = []
    for piece in f"{folder}/{path}".split("/"):
        if piece == "..":
            del pieces[-1:]
        elif piece not in ("", "."):
            pieces.append(piece)
    return f"/{'/'.join(pieces)}{'/' if keeps_slash and pieces and path.endswith('/') else ''}"
