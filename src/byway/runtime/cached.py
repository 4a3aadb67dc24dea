"""Functions whose results are kept: `use_cache` and `unstable_cache`, and what is called inside them.

Implements the ``use cache`` directive, ``cacheLife``, ``cacheTag``, ``unstable_cache`` and ``unstable_noStore`` of the
Next.js documents.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import logging
import math
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FunctionType, ModuleType
from typing import Any, Final, Literal, ParamSpec, TypeVar, cast, overload
from zlib import crc32

from byway.caching.classes import types_of
from byway.caching.codec import DecodeError, Markup, NotCacheable, ValueCodec, buffered, encode_key
from byway.caching.engine import Computed
from byway.caching.lifetimes import OMITTED, Lifetime, resolve
from byway.caching.tags import valid_tags
from byway.rendering.markup import render
from byway.runtime.dispatch import METHODS
from byway.runtime.scope import FunctionCache, FunctionScope, read_request, route_tags, wants_fresh_data
from byway.runtime.work import Params, Work, current, current_work

log = logging.getLogger("byway.cache")

P = ParamSpec("P")
R = TypeVar("R")

#: The docstring of a module whose public functions are cached.
DIRECTIVE: Final = "use cache"
# What this module has made bears it, and so does whatever a decorator with `functools.wraps` makes of that.
_MARK: Final = "__byway_cached__"

_UNKEPT: Final = Lifetime(0.0, 0.0, 0.0)
_MOST_PLANS = 4096


class _Bytes:
    """Results are kept as bytes and read anew for each caller: what one caller changes, no other one sees."""

    __slots__ = ()

    def encode(self, value: bytes, /) -> bytes:
        return value

    def decode(self, data: bytes, /) -> bytes:
        return data


_BYTES: Final = _Bytes()


class _Plan:
    """What can be told of a function once, however often its ``def`` is executed."""

    __slots__ = ("code", "codec", "is_async", "name", "place")

    def __init__(self, function: FunctionType) -> None:
        self.code = code = function.__code__
        self.is_async = inspect.iscoroutinefunction(function)
        self.codec = ValueCodec(types_of(function))
        self.name = f"{function.__qualname__}()"
        # Two functions of one name, such as lambdas, are told apart by where they stand and what they do.
        self.place = f"{function.__module__}:{function.__qualname__}:{code.co_firstlineno}:{crc32(_code_bytes(code)):x}"


# By the identity of the code, for a function inside a function is a new one each time, but its code is not; codes of
# two modules may well be equal. The plan keeps its code, so that no other one comes to have its identity.
_plans: dict[int, _Plan] = {}


def _plan_of(function: FunctionType) -> _Plan:
    if hasattr(function, "__wrapped__"):
        return _Plan(function)  # Whatever a decorator wraps, its wrappers share their code.
    identity = id(function.__code__)
    plan = _plans.get(identity)
    if plan is None:
        if len(_plans) >= _MOST_PLANS:
            _plans.clear()
        plan = _plans[identity] = _Plan(function)
    return plan


class _Call:
    """One call of a cached function: how its result is found or made. ``where`` the key begins is its caller's."""

    __slots__ = ("_api", "_arguments", "_function", "_plan", "_revalidate", "_tags", "_work", "key", "lifetime")

    def __init__(
        self,
        work: Work,
        plan: _Plan,
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
        cache, what = work.app.cache, self._plan.name
        if wants_fresh_data(work):
            found = await cache.renew(key, _BYTES, self._compute, what=what)
        else:
            found = await cache.get(
                key, _BYTES, self._compute, what=what, more_tags=route_tags(work), serve_stale=outer is None
            )
        try:
            value = self._plan.codec.decode(found.value)
        except DecodeError:
            # Written by a function that has changed since.
            found = await cache.renew(key, _BYTES, self._compute, what=what)
            value = self._plan.codec.decode(found.value)
        if outer is not None:
            entry = found.entry
            life = self.lifetime if entry is None else Lifetime(entry.stale, entry.revalidate, entry.expire)
            outer.absorb(life, () if entry is None else entry.tags)
        return value

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
    # Each execution of a ``def`` may have other defaults.
    plan, signature = _plan_of(function), inspect.signature(function)

    @functools.wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        work = current_work(plan.name)
        arguments = _bound(signature, args, kwargs)
        passed = _take_markup(arguments)
        own = {name: value for name, value in arguments.arguments.items() if name not in passed}
        try:
            around = encode_key(_closed_over(function, cached), "the closed-over variable")
            # What passes through is told apart by its absence.
            parts = _digest(encode_key(own), around)
        except NotCacheable as error:
            raise NotCacheable(f"{plan.name}: {error}") from None
        key = f"function:{work.app.build_id}:{plan.place}:{parts}"
        call = _Call(work, plan, function, arguments, "use_cache", key)
        value = await (call.run() if work.is_draft else call.find())
        return await _put_back(value, passed, plan.name) if passed else value

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
    plan, signature = _plan_of(function), inspect.signature(function)
    seconds = float(revalidate) if revalidate else math.inf
    identity = _digest(_code_bytes(function.__code__), encode_key({"key_parts": list(key_parts or ())}))

    @functools.wraps(function)
    async def cached(*args: Any, **kwargs: Any) -> Any:
        work = current_work(name)
        arguments = _bound(signature, args, kwargs)
        try:
            key = f"data:{_digest(identity.encode(), encode_key(dict(arguments.arguments)))}"
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


def _bound(signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> inspect.BoundArguments:
    """The arguments by name, defaults included: however they are passed, equal calls have equal keys."""
    arguments = signature.bind(*args, **kwargs)
    arguments.apply_defaults()
    given: dict[str, object] = arguments.arguments
    for name, value in given.items():
        if isinstance(value, Params):  # what `await` makes of it
            given[name] = {**value}
    return arguments


# Of markup that passes through, this stands in a kept result; no HTML holds a NUL.
_STAND_IN: Final = "\0byway:{}\0"


def _take_markup(arguments: inspect.BoundArguments) -> dict[str, object]:
    """Put a stand-in in the place of each argument that is markup; returns the markup by name."""
    passed: dict[str, object] = {}
    given: Mapping[str, object] = arguments.arguments
    for name, value in given.items():
        if _is_markup(value) or (name == "children" and value is not None):
            passed[name] = value
            arguments.arguments[name] = Markup(_STAND_IN.format(name))
    return passed


def _is_markup(value: object) -> bool:
    return not isinstance(value, type) and (hasattr(value, "__html__") or hasattr(value, "aiter_chunks"))


async def _put_back(value: object, passed: Mapping[str, object], name: str) -> Any:
    """``value`` with the markup of this call in the place of its stand-ins."""
    if isinstance(value, Markup):
        text = str(value)
        for argument, markup in passed.items():
            stand_in = _STAND_IN.format(argument)
            if stand_in in text:
                text = text.replace(stand_in, await render(markup, name))
        return Markup(text)
    if isinstance(value, str) and any(_STAND_IN.format(argument) in value for argument in passed):
        raise NotCacheable(
            f"{name}: it put markup into a str, where it would be escaped or lost. Return an element, or an object "
            "with __html__, that has the markup among its children."
        )
    if isinstance(value, (list, tuple)):
        items = [await _put_back(item, passed, name) for item in cast("Sequence[object]", value)]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        filled: dict[Any, Any] = {}
        for key, item in cast("dict[object, object]", value).items():
            filled[key] = await _put_back(item, passed, name)
        return filled
    return value


def _closed_over(function: FunctionType, wrapper: object) -> dict[str, object]:
    """The closed-over values of ``function`` by name, but for itself, which a recursive function closes over."""
    values: dict[str, object] = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            value = cell.cell_contents
        except ValueError:  # not assigned yet: using it would raise
            continue
        if value is not wrapper and value is not function:
            values[name] = value
    return values


def _code_bytes(code: CodeType) -> bytes:
    """What ``code`` does, whatever file and line it stands in."""
    names = repr((code.co_names, code.co_varnames, code.co_freevars)).encode()
    return b"\0".join([code.co_code, names, *map(_const_bytes, code.co_consts)])


def _const_bytes(const: object) -> bytes:
    if isinstance(const, CodeType):
        return _code_bytes(const)
    if isinstance(const, tuple):
        return b"(%s)" % b",".join(map(_const_bytes, cast("tuple[object, ...]", const)))
    if isinstance(const, frozenset):
        # Its order is another one in each process.
        return b"{%s}" % b",".join(sorted(map(_const_bytes, cast("frozenset[object]", const))))
    return f"{type(const).__name__}:{const!r}".encode()


def _digest(*parts: bytes) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()


def _fetch_cache(work: Work) -> str:
    return "auto" if work.endpoint is None else work.endpoint.config.fetch_cache


def _is_positive(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
