"""What is being made: an answer for one client, or a value that will be stored and given to others.

While a route is prerendered, or a cached function runs, the `Work` at hand has a `Scope`. It collects the lifetimes and
tags of all that the value is made of, and it is asked before anything of a request is read, for what depends on one
client must not be given to another.
"""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Literal, TypeAlias

from byway.caching.lifetimes import Lifetime, LifetimeBuilder
from byway.caching.tags import path_tags

if TYPE_CHECKING:
    from byway.runtime.app import App
    from byway.runtime.work import Work

Dynamic: TypeAlias = Literal["auto", "force-dynamic", "error", "force-static"]

FunctionCache: TypeAlias = Literal["use_cache", "unstable_cache"]

# Shorter lives are too short for a route to be prerendered for (seconds).
_SHORTEST_EXPIRE = 300.0


class NeedsRequest(BaseException):
    """Raised while a route is prerendered by what needs a request: the route is dynamic.

    No ``Exception``, so that an ``except Exception`` around the read does not hide it.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class StaticOnlyError(RuntimeError):
    """A route with ``dynamic = "error"`` read something of a request; ``what`` it did, and the ``cure``."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} {cure}")
        self.what = what
        self.cure = cure


class Scope(ABC):
    """What a stored value is made of. ``keys`` are the cache keys of this value and of those it is a part of."""

    __slots__ = ("keys", "outer", "root", "tags", "what")

    def __init__(self, root: Work, what: str, key: str, outer: Scope | None) -> None:
        self.root = root
        self.what = what
        self.outer = outer
        self.keys: frozenset[str] = frozenset((key,)) if outer is None else outer.keys | {key}
        self.tags: dict[str, None] = {}

    @abstractmethod
    def read_request(self, api: str) -> bool:
        """Called before ``api`` reads of the request: returns True when it is to find nothing, or raises."""

    def uncached(self, what: str) -> None:  # noqa: B027 - most scopes have nothing to say to it
        """Called when ``what``, which must not be stored by itself, becomes a part of this value."""

    def allows(self, lifetime: Lifetime) -> bool:
        """Whether something with ``lifetime`` can be a part of this value."""
        return True

    @abstractmethod
    def absorb(self, lifetime: Lifetime, tags: Iterable[str]) -> None:
        """Take over the lifetime and the tags of a stored value that becomes a part of this one."""


class RouteScope(Scope):
    """A route's answer that is made ahead of its requests; ``revalidate`` is what its file says, in seconds."""

    __slots__ = ("_mode", "expire", "failure", "needs", "revalidate")

    def __init__(self, root: Work, what: str, key: str, mode: Dynamic, revalidate: float, expire: float) -> None:
        super().__init__(root, what, key, None)
        self._mode = mode
        self.revalidate = revalidate
        self.expire = expire
        # Remembered, for the handler may catch what is raised.
        self.needs: NeedsRequest | None = None
        self.failure: StaticOnlyError | None = None

    def read_request(self, api: str) -> bool:
        if self._mode == "force-static":
            return True
        if self._mode == "error":
            self.failure = self.failure or static_only_error(self.root, self.what, api)
            raise self.failure
        if self.needs is None:
            self.needs = NeedsRequest(f"uses {api}{_at_place(self.root.app)}")
        raise self.needs

    def uncached(self, what: str) -> None:
        self.read_request(what)

    def allows(self, lifetime: Lifetime) -> bool:
        is_long_enough = lifetime.revalidate > 0 and lifetime.expire >= _SHORTEST_EXPIRE
        return is_long_enough or self._mode == "force-static"

    def absorb(self, lifetime: Lifetime, tags: Iterable[str]) -> None:
        if not self.allows(lifetime):
            self.read_request("a cached function with revalidate 0 or an expire of less than 5 minutes")
        self.revalidate = min(self.revalidate, lifetime.revalidate)
        self.expire = min(self.expire, lifetime.expire)
        self.tags.update(dict.fromkeys(tags))


class ParamsScope(Scope):
    """The paths that a route lists: `generate_static_params`, which runs without a request."""

    __slots__ = ()

    def __init__(self, root: Work, what: str) -> None:
        super().__init__(root, what, "", None)

    def read_request(self, api: str) -> bool:
        raise RuntimeError(f"{api} was called in {self.what}, which runs when the app is built, without a request.")

    def absorb(self, lifetime: Lifetime, tags: Iterable[str]) -> None:
        """The list is used at once and not kept."""


class FunctionScope(Scope):
    """The result of a cached function; ``api`` is what caches it: ``use_cache`` or ``unstable_cache``."""

    __slots__ = ("api", "life")

    def __init__(
        self, root: Work, what: str, key: str, outer: Scope | None, api: FunctionCache, default: Lifetime
    ) -> None:
        super().__init__(root, what, key, outer)
        self.api: FunctionCache = api
        self.life = LifetimeBuilder(default)

    def read_request(self, api: str) -> bool:
        raise RuntimeError(
            f"{api} was called inside {self.what}, which is cached with {self.api}: its result is given to others, so "
            "it must not depend on one request. Call it outside, and pass what is needed as an argument."
        )

    def absorb(self, lifetime: Lifetime, tags: Iterable[str]) -> None:
        self.life.nest(lifetime)
        self.tags.update(dict.fromkeys(tags))


def static_only_error(work: Work, route: str, api: str) -> StaticOnlyError:
    """The error of a route with ``dynamic = "error"`` that uses ``api``."""
    return StaticOnlyError(
        f'Route {route} has dynamic = "error", but uses {api}{_at_place(work.app)}, which needs a request.',
        'Remove that, or write dynamic = "auto" to have the route answered anew for each request.',
    )


def read_request(work: Work, api: str) -> bool:
    """Called before ``api`` reads of the request of ``work``: returns True when it is to find nothing.

    Raises ``StaticOnlyError`` in a route with ``dynamic = "error"``, ``RuntimeError`` in a cached function, and
    `NeedsRequest` while a route is prerendered that may be dynamic.
    """
    if work.scope is not None:
        return work.scope.read_request(api)
    match None if work.endpoint is None else work.endpoint.config.dynamic:
        case "force-static":
            return True
        case "error":
            raise static_only_error(work, str(work.route), api)
        case _:
            return False


def wants_fresh_data(work: Work) -> bool:
    """Whether the browser asks for what is newer than any cache: in development, by a hard reload."""
    return (
        work.app.is_development
        and not isinstance(work.scope, (RouteScope, ParamsScope))
        and "no-cache" in work.root.request.headers.get("cache-control", "")
    )


def route_tags(work: Work) -> tuple[str, ...]:
    """The path tags of the route that ``work`` belongs to: ``revalidate_path`` invalidates what its code has cached."""
    endpoint = work.endpoint
    if endpoint is None or endpoint.file is None or isinstance(work.scope, ParamsScope):
        return ()
    folder = folder_of(endpoint.file)
    kind: Literal["page", "route"] = "page" if work.is_page else "route"
    return path_tags(folder, work.root.request.url.pathname, kind)


@lru_cache(maxsize=4096)
def folder_of(file: str) -> str:
    """The folder that ``file`` lies in, below the app's, groups included: ``/(shop)/items/[id]``."""
    return "/" + "/".join(file.removeprefix("src/").split("/")[1:-1])


def _at_place(app: App) -> str:
    """Where in the app's own files the running call came from, to end a phrase with."""
    frame: FrameType | None = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if app.importer.is_own(path):
            return f" at {path.relative_to(app.root).as_posix()}:{frame.f_lineno}"
        frame = frame.f_back
    return ""
