"""Functions whose results are kept: `use_cache` and `unstable_cache`, and what is called inside them.

Implements the ``use cache`` directive, ``cacheLife``, ``cacheTag``, ``unstable_cache`` and ``unstable_noStore`` of the
Next.js documents.
"""

from __future__ import annotations

import functools
import inspect
import logging
import math
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, Literal, ParamSpec, TypeVar, cast, overload

from byway.caching.codec import DecodeError, NotCacheable, buffered, encode_key
from byway.caching.engine import Computed
from byway.caching.lifetimes import OMITTED, Lifetime, resolve
from byway.caching.store import Entry
from byway.caching.tags import valid_tags
from byway.runtime.cached_plan import Parameters, Plan, closed_over, code_bytes, digest, plan_of
from byway.runtime.dispatch import METHODS
from byway.runtime.passed_markup import put_back, take_markup
from byway.runtime.scope import FunctionCache, FunctionScope, read_request, route_tags, wants_fresh_data
from byway.runtime.work import Work, current, current_work

log = logging.getLogger("byway.cache")

P = ParamSpec("P")
R = TypeVar("R")

#: The docstring of a module whose public functions are cached.
DIRECTIVE: Final = "use cache"
# What this module has made bears it, and so does whatever a decorator with `functools.wraps` makes of that.
_MARK: Final = "__byway_cached__"

_UNKEPT: Final = Lifetime(0.0, 0.0, 0.0)


class _Bytes:
    """Results are kept as bytes and read anew for each caller: what one caller changes, no other one sees."""

    __slots__ = ()

    def encode(self, value: bytes, /) -> bytes:
        return value

    def decode(self, data: bytes, /) -> bytes:
        return data


_BYTES: Final = _Bytes()


class _Call:
    """One call of a cached function: how its result is found or made. ``where`` the key begins is its caller's."""

    __slots__ = ("_api", "_arguments", "_function", "_plan", "_revalidate", "_tags", "_work", "key", "lifetime")

    def __init__(
        self,
        work: Work,
        plan: Plan,
        function: FunctionType,
        arguments: inspect.BoundArguments,
        api: FunctionCache,
        key: str,
        tags: Sequence[str] = (),
        revalidate: float | None = None,
    ) -> None:
        self.key = key
        self.lifetime = _UNKEPT
        self._work = work
        self._plan = plan
        self._function = function
        self._arguments = arguments
        self._api: FunctionCache = api
        self._tags = tags
        self._revalidate = revalidate

    async def run(self) -> Any:
        """What the function returns; nothing is kept, but what it may read is what a kept one may."""
        with self._scoped():
            return await self._result()

    async def find(self) -> Any:
        """The kept result, or a new one. Whatever is made of it lives no longer, and bears its tags."""
        work, key, outer = self._work, self.key, self._work.scope
        if outer is not None and key in outer.keys:
            raise RecursionError(f"{self._plan.name} calls itself with the same arguments, and waits for itself.")
        if work.root.invalidations is not None:
            await work.root.invalidations.deliver()
        if wants_fresh_data(work):
            entry, data = await self._renewed()
        else:
            entry, data = work.app.cache.peek(key, functools.partial(route_tags, work)) or await self._found()
        try:
            value = self._plan.codec.decode(data)
        except DecodeError:
            # Written by a function that has changed since.
            entry, data = await self._renewed()
            value = self._plan.codec.decode(data)
        if outer is not None:
            life = self.lifetime if entry is None else Lifetime(entry.stale, entry.revalidate, entry.expire)
            outer.absorb(life, () if entry is None else entry.tags)
        return value

    async def _found(self) -> tuple[Entry | None, bytes]:
        work = self._work
        found = await work.app.cache.get(
            self.key,
            _BYTES,
            self._compute,
            what=self._plan.name,
            more_tags=route_tags(work),
            serve_stale=work.scope is None,
        )
        return found.entry, found.value

    async def _renewed(self) -> tuple[Entry | None, bytes]:
        found = await self._work.app.cache.renew(self.key, _BYTES, self._compute, what=self._plan.name)
        return found.entry, found.value

    async def _compute(self) -> Computed[bytes]:
        with self._scoped() as scope:
            # Rendered and written within the scope: what a result reads only then is a part of it as well.
            data = await self._written()
        life = self.lifetime = scope.life.build()
        return Computed(
            data,
            # What makes a route dynamic is made anew for the first request; it would be old by then.
            keep=scope.outer is None or scope.outer.allows(life),
            revalidate=life.revalidate,
            expire=life.expire,
            stale=life.stale,
            tags=(*self._tags, *scope.tags),
        )

    @contextmanager
    def _scoped(self) -> Generator[FunctionScope]:
        work = self._work
        default = work.app.profiles["default"]
        if self._revalidate is not None:
            default = Lifetime(math.inf, self._revalidate, math.inf)
        scope = FunctionScope(work.root, self._plan.name, self.key, work.scope, self._api, default)
        token = current.set(work.within(scope))
        try:
            yield scope
        finally:
            current.reset(token)

    async def _result(self) -> Any:
        args, kwargs = self._arguments.args, self._arguments.kwargs
        if self._plan.is_async:
            return await self._function(*args, **kwargs)
        value: Any = await self._work.app.threads.run(self._function, *args, **kwargs)
        return await value if inspect.isawaitable(value) else value

    async def _written(self) -> bytes:
        value = await buffered(await self._result())
        try:
            return self._plan.codec.encode(value)
        except NotCacheable as error:
            raise NotCacheable(f"{self._plan.name}: {error}") from None


@overload
def use_cache(function: Callable[P, Coroutine[Any, Any, R]], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
@overload
def use_cache(function: Callable[P, R], /) -> Callable[P, Coroutine[Any, Any, R]]: ...
def use_cache(function: Callable[..., Any], /) -> Callable[..., Coroutine[Any, Any, Any]]:
    """Keep the results of ``function``: called again with equal arguments, it is not run again.

    The decorated function is async, also when ``function`` is ``def`` (it runs in a worker thread then). The key is
    made of the arguments and the closed-over values, of module and name, and of the build. Arguments and results may
    hold JSON types, datetimes, UUIDs, decimals, sets, tuples, bytes, dataclasses, msgspec structs and pydantic models,
    and come back as they were; results also a buffered `Response`, and markup. ``children`` and other markup among the
    arguments pass through and are no part of the key. How long a result is kept says `cache_life` inside the function.
    Errors are not kept.

    Raises ``TypeError`` for anything but a function, and for a handler. The decorated function raises ``RuntimeError``
    outside a request, and ``NotCacheable``, a ``TypeError``, for what cannot be kept; ``__wrapped__`` is ``function``.
    Implements the ``use cache`` directive.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"use_cache takes a function, not {type(function).__name__}: put it above a `def`.")
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"use_cache: {function.__qualname__}() is a generator; return a list of what it yields.")
    if function.__qualname__ in METHODS:
        raise TypeError(
            f"use_cache: {function.__name__} is a handler, whose answer depends on its request. Cache a function that "
            'it calls, or its whole answer: dynamic = "force-static", or revalidate = 60.'
        )
    plan, parameters = plan_of(function), Parameters(function)
    is_closure = bool(function.__code__.co_freevars)

    @functools.wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        work = current_work(plan.name)
        arguments = parameters.bind(args, kwargs)
        passed = take_markup(arguments)
        own: Mapping[str, object] = arguments.arguments
        if passed:  # What passes through is told apart by its absence.
            own = {name: value for name, value in own.items() if name not in passed}
        try:
            parts = [encode_key(own)]
            if is_closure:
                parts.append(encode_key(closed_over(function, cached), "the closed-over variable"))
        except NotCacheable as error:
            raise NotCacheable(f"{plan.name}: {error}") from None
        key = f"function:{work.app.build_id}:{plan.place}:{digest(*parts)}"
        call = _Call(work, plan, function, arguments, "use_cache", key)
        value = await (call.run() if work.is_draft else call.find())
        return await put_back(value, passed, plan.name) if passed else value

    vars(cached)[_MARK] = True
    return cached


def unstable_cache(
    function: Callable[P, Coroutine[Any, Any, R]] | Callable[P, R],
    key_parts: Sequence[str] | None = None,
    *,
    tags: Sequence[str] | None = None,
    revalidate: float | Literal[False] | None = None,
) -> Callable[P, Coroutine[Any, Any, R]]:
    """An async function that keeps the results of ``function``, longer than a build.

    The key is made of the function's code, ``key_parts`` and the arguments; list in ``key_parts`` what the function
    closes over. ``tags`` are for `revalidate_tag`; after ``revalidate`` seconds a result is made anew in the
    background, with False or None never. Arguments and results are what `use_cache` takes.

    Raises ``ValueError`` for a ``revalidate`` of 0 or below, ``TypeError`` for anything but a function. Implements
    ``unstable_cache``, which the documents have replaced by ``use cache``.
    """
    if not isinstance(function, FunctionType):
        raise TypeError(f"unstable_cache takes a function, not {type(function).__name__}.")
    name = f"unstable_cache({function.__qualname__})"
    if revalidate is not None and revalidate is not False and not _is_positive(revalidate):
        raise ValueError(f"{name}: revalidate={revalidate!r}. Write seconds above 0, or False to keep it for ever.")
    if isinstance(key_parts, str):
        raise TypeError(f"{name}: key_parts={key_parts!r} is a str, but key_parts is a list: write [{key_parts!r}].")
    kept, warnings = valid_tags(tags or (), name)
    for warning in warnings:
        log.warning("%s", warning)
    plan, parameters = plan_of(function), Parameters(function)
    seconds = float(revalidate) if revalidate else math.inf
    identity = digest(code_bytes(function.__code__), encode_key({"key_parts": list(key_parts or ())}))

    @functools.wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        work = current_work(name)
        arguments = parameters.bind(args, kwargs)
        try:
            key = f"data:{digest(identity.encode(), encode_key(dict(arguments.arguments)))}"
        except NotCacheable as error:
            raise NotCacheable(f"{name}: {error}") from None
        call = _Call(work, plan, function, arguments, "unstable_cache", key, kept, seconds)
        outer = work.scope
        is_nested = isinstance(outer, FunctionScope) and outer.api == "unstable_cache"
        if is_nested or work.is_draft or _fetch_cache(work) == "force-no-store":
            return await call.run()
        return await call.find()

    vars(cached)[_MARK] = True
    return cached


def cache_life(profile: str | Mapping[str, float] = cast("str", OMITTED), /, **times: float) -> None:
    """How long the result of the cached function at hand is kept: a profile's name, or times in seconds.

    ``stale`` is how long a browser may use it without asking; after ``revalidate`` it is served while it is made anew;
    after ``expire`` whoever wants it waits. ``math.inf`` is never. What is not given comes from the ``default``
    profile, and so does all of ``cache_life({})``. Of several calls the shortest times count.

    Raises ``RuntimeError`` outside a function with `use_cache`, ``ValueError`` or ``TypeError`` for what makes no
    sense. Implements ``cacheLife``.
    """
    scope = _function_scope("cache_life()")
    scope.life.limit(resolve(scope.root.app.profiles, profile, **times))


def cache_tag(*tags: str) -> None:
    """Mark the result of the cached function at hand with ``tags``, for `revalidate_tag`.

    A tag has at most 256 characters and a result at most 128 tags; others are left out, and logged. Raises
    ``RuntimeError`` outside a function with `use_cache`. Implements ``cacheTag``.
    """
    scope = _function_scope("cache_tag()")
    kept, warnings = valid_tags(tags, f"cache_tag() in {scope.what}", scope.tags)
    for warning in warnings:
        log.warning("%s", warning)
    scope.tags.update(dict.fromkeys(kept))


def unstable_no_store() -> None:
    """Have the route at hand answered anew for each request; in a cached function it does nothing.

    Raises ``RuntimeError`` outside a request, and in a route with ``dynamic = "error"``. Implements
    ``unstable_noStore``, which the documents have replaced by `connection()`.
    """
    work = current_work("unstable_no_store()")
    if not isinstance(work.scope, FunctionScope):
        read_request(work, "unstable_no_store()")


def apply_directive(module: ModuleType) -> None:
    """Cache the public functions that ``module`` defines, when its docstring is the directive.

    Handlers, the ``generate_*`` functions, which a build calls, and what is cached already are left as they are.
    """
    if module.__doc__ != DIRECTIVE:
        return
    for name, value in list(vars(module).items()):
        is_own = isinstance(value, FunctionType) and value.__module__ == module.__name__
        if is_own and _MARK not in vars(value) and not name.startswith(("_", "generate_")) and name not in METHODS:
            setattr(module, name, use_cache(value))


def _function_scope(caller: str) -> FunctionScope:
    work = current.get(None)
    scope = None if work is None else work.scope
    if isinstance(scope, FunctionScope) and scope.api == "use_cache":
        return scope
    raise RuntimeError(f"{caller} was called outside a function with @use_cache, about whose result it would speak.")


def _fetch_cache(work: Work) -> str:
    return "auto" if work.endpoint is None else work.endpoint.config.fetch_cache


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
