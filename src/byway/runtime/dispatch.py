"""From a matched route to its handler, and back with a `Response`."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from byway.http.request import Request
from byway.http.response import Onward, Response
from byway.runtime.control_flow import ControlFlow, HTTPInterrupt, Redirect
from byway.runtime.segment import DEFAULTS, SegmentConfig
from byway.runtime.signature import signature_of
from byway.runtime.work import RouteContext, RouteType, Work

T = TypeVar("T")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class HandlerTimeout(TimeoutError):
    """A handler that took longer than its file's ``max_duration``."""


class NotThisRoute(Exception):
    """Raised by an endpoint that has no such path after all (``dynamic_params = False``): another one may."""


class Endpoint(Protocol):
    """What a path leads to: a handler's file, a file of ``public/`` …"""

    @property
    def pattern(self) -> str:
        """The route as its folders spell it, for logs."""
        ...

    @property
    def file(self) -> str | None:
        """The app's file that answers, relative to the project's root; None when there is no code in it."""
        ...

    @property
    def config(self) -> SegmentConfig:
        """The segment config of its file."""
        ...

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The answer; None for "method not allowed", which `allow` explains. Raises what its code raises, and
        `NotThisRoute`.
        """
        ...

    @property
    def allow(self) -> str:
        """The value of the ``Allow`` header."""
        ...


class Handler(NamedTuple):
    """A function that answers one method."""

    function: Callable[..., Any]
    arity: int
    is_async: bool

    def call(self, request: Request, params: Mapping[str, Any] | None) -> Any:
        """What the function returns, given as many of request and context as it takes."""
        if self.arity == 2:
            return self.function(request, RouteContext(params))
        return self.function(request) if self.arity == 1 else self.function()


class HandlerError(ValueError):
    """A handler that cannot be called with a request and a context; ``cure`` says what to write instead."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(what)
        self.cure = cure


def compile_handler(method: str, function: object) -> Handler:
    """How to call ``function``: with how many of ``request`` and ``ctx``, on the loop or in a thread.

    Raises ``HandlerError`` when it is no callable of 0 to 2 positional parameters.
    """
    example = f"async def {method}(request: Request, ctx: RouteContext) -> Response: …"
    if not callable(function):
        raise HandlerError(f"{method} is {type(function).__name__}, not a function.", f"Write {example}")
    call = what_runs(function)
    if (nothing := _cannot_answer(call)) is not None:
        raise HandlerError(f"{method} is {nothing}, which returns no Response.", f"Write {example}")
    if inspect.isgeneratorfunction(call) or inspect.isasyncgenfunction(call):
        raise HandlerError(
            f"{method} is a generator: it yields instead of returning a Response.",
            "Move the generator into a function of its own and return Response(that_function()).",
        )
    is_async = inspect.iscoroutinefunction(call)
    hint = "Route parameters are in `await ctx.params`."
    return Handler(function, count_arguments(method, function, "request and context", example, hint), is_async)


def count_arguments(name: str, function: Callable[..., Any], given: str, example: str, hint: str) -> int:
    """How many of the two things that are ``given``, in words, the function called ``name`` takes by position.

    Raises ``HandlerError`` when it wants more, or others: its cure is to write ``example``, and to want more has a
    ``hint`` besides.
    """
    try:
        parameters = _parameters(function)
    except (TypeError, ValueError):
        # Some callables written in C tell nothing of themselves.
        return 2
    positional, required = _positional(parameters), _required(parameters)
    if len(required) > 2:
        names = ", ".join(p.name for p in required)
        raise HandlerError(
            f"{name} takes {len(required)} parameters ({names}); a handler is given two, {given}.",
            f"Write {example} {hint}",
        )
    keywords = _required_keywords(parameters)
    if keywords:
        raise HandlerError(
            f"{name} requires the keyword argument {keywords[0]!r}; a handler is given its arguments by position.",
            f"Write {example}",
        )
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return 2
    return min(len(positional), 2)


def _parameters(function: Callable[..., Any]) -> Sequence[inspect.Parameter]:
    """What ``function`` is to be called with: its own parameters, or, when a decorator hands on whatever it is given
    (``*args``), those of the function that it decorates.
    """
    own = tuple(signature_of(function, follow_wrapped=False).parameters.values())
    inner = getattr(function, "__wrapped__", None)
    if inner is None or not any(p.kind is p.VAR_POSITIONAL for p in own):
        return own
    inners = _parameters(inner)
    # One that wants more than a handler is given gets it from the decorator.
    if len(_required(inners)) > 2 or _required_keywords(inners):
        return own
    # A decorator that looks at the request is given it, whatever it hands on.
    return inners if len(_required(own)) <= len(_positional(inners)) else _positional(own)


def _positional(parameters: Sequence[inspect.Parameter]) -> list[inspect.Parameter]:
    return [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _required(parameters: Sequence[inspect.Parameter]) -> list[inspect.Parameter]:
    return [p for p in _positional(parameters) if p.default is p.empty]


def _required_keywords(parameters: Sequence[inspect.Parameter]) -> list[str]:
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY and p.default is p.empty]


def what_runs(function: Any) -> Any:
    """What runs when ``function``, any callable, is called; a generator or coroutine function shows as one."""
    while isinstance(function, functools.partial):
        function = function.func
    return function if inspect.isroutine(function) or inspect.isclass(function) else type(function).__call__


def _cannot_answer(call: Any) -> str | None:
    """What ``call`` is, when calling it can give no `Response`: a class of something else, or a function of Python."""
    if inspect.isclass(call):
        # The class Response itself would take the request for its body.
        return None if issubclass(call, Response) and call is not Response else f"the class {call.__name__}"
    if inspect.isbuiltin(call) and call.__module__ == "builtins":
        return f"Python's function {call.__name__}()"
    return None


class RouteEndpoint:
    """The handlers of one ``route.py``."""

    __slots__ = ("_methods", "allow", "config", "file", "pattern")

    #: Its kept answers stand beside methods of its own.
    is_file = False
    route_type: RouteType = "route"

    def __init__(
        self,
        pattern: str,
        file: str,
        handlers: Mapping[str, Handler],
        config: SegmentConfig = DEFAULTS,
    ) -> None:
        self.pattern = pattern
        self.file = file
        self.config = config
        self._methods = dict(handlers)
        if "GET" in handlers:
            # HEAD runs the GET handler, which sees the method HEAD; the server drops the body.
            self._methods.setdefault("HEAD", handlers["GET"])
        self.allow = ", ".join(sorted({*self._methods, "OPTIONS"}))

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are answered, HEAD and OPTIONS included, sorted."""
        return tuple(self.allow.split(", "))

    async def respond(self, work: Work, params: Mapping[str, Any] | None) -> Response | None:
        """The handler's answer. Raises what the handler raises, but for control flow."""
        request = work.request
        handler = self._methods.get(request.method)
        if handler is None:
            return answer_without_handler(request.method, self.allow)
        try:
            if self.config.max_duration is not None:
                response = await in_time(work, self.config.max_duration, self.file, _call(work, handler, params))
            elif handler.is_async:
                response = await handler.call(request, params)
            else:
                response = await in_thread(work, handler.call, (request, params))
        except ControlFlow as flow:
            return answer_control_flow(work, flow)
        if type(response) is Response or (isinstance(response, Response) and not isinstance(response, Onward)):
            return response
        hint = "Return a Response in every branch of the handler: Response.json(…) for data, Response(…) for text."
        raise TypeError(no_response(response, f"{request.method} in {self.file}", hint))


def answer_without_handler(method: str, allow: str) -> Response | None:
    """The answer to a method that an endpoint has no code for; None for "method not allowed"."""
    if method == "OPTIONS":
        return Response(status=204, headers={"allow": allow})
    if method not in METHODS:
        return Response(status=400)
    return None


async def in_time(work: Work, seconds: float, file: str, answering: Awaitable[T]) -> T:
    """What ``answering`` gives. Raises ``HandlerTimeout`` when it takes longer than ``seconds``, and what it raises.

    ``file`` is whose ``max_duration`` it is. What the answer streams has the same deadline.
    """
    work.deadline = asyncio.get_running_loop().time() + seconds
    timer = asyncio.timeout_at(work.deadline)
    try:
        async with timer:
            return await answering
    except TimeoutError:
        if timer.expired():
            raise HandlerTimeout(f"{work.where} took longer than max_duration = {seconds} seconds ({file}).") from None
        raise


async def _call(work: Work, handler: Handler, params: Mapping[str, Any] | None) -> Any:
    if handler.is_async:
        return await handler.call(work.request, params)
    return await in_thread(work, handler.call, (work.request, params))


async def in_thread(work: Work, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What ``function`` returns, called in a worker thread; when that can be awaited, what it gives."""
    result: Any = await work.app.threads.run(function, *arguments)
    # A partial, a lambda or a decorator may hide an async function.
    return await result if inspect.isawaitable(result) else result


def answer_control_flow(work: Work, flow: ControlFlow) -> Response:
    """What `redirect()`, `not_found()` and their like answer from a handler: no body.

    Cookies set before a redirect are sent; before the others they are not.
    """
    if isinstance(flow, Redirect):
        request = work.request
        # Only of a post it matters what was posted; and to look is to read the request.
        content_type = request.headers.get("content-type") if request.method == "POST" else None
        return Response.redirect(flow.url, flow.status(request.method, content_type))
    work.cookies = None
    assert isinstance(flow, HTTPInterrupt)
    return Response(status=flow.status)


def no_response(value: object, subject: str, hint: str = "", wanted: str = "a Response") -> str:
    """Why ``value``, which ``subject`` returned, is not ``wanted``, and what to do about it: ``hint``, as a rule."""
    if isinstance(value, Onward):
        return f"{subject} returned {value!r}, which belongs to proxy.py: a handler has the last word. {hint}".strip()
    what = "None" if value is None else type(value).__name__
    if inspect.isawaitable(value):
        close = getattr(value, "close", None)
        if close is not None:
            close()
        hint = "It was not awaited: write `return await …`."
    return f"{subject} returned {what}, not {wanted}. {hint}".strip()
