"""How a handler is called, and what may come back."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Callable
from typing import Any

import pytest

from byway.runtime.dispatch import HandlerError, RouteEndpoint, compile_handler
from byway.server import Response
from byway.testing import Client

from ..support import route, write_app


async def asynchronous(request: object) -> None: ...
def synchronous(request: object, ctx: object) -> None: ...


class Asynchronous:
    async def __call__(self, request: object) -> None: ...


class Synchronous:
    def __call__(self) -> None: ...

    async def method(self, request: object, ctx: object) -> None: ...


def passing(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await handler(*args, **kwargs)

    return wrapper


def with_user(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Gives the handler a third argument, as a check of sessions might."""

    @functools.wraps(handler)
    async def wrapper(request: object, ctx: object) -> Any:
        return await handler(request, ctx, "user")

    return wrapper


def with_user_from_anything(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(*args: Any) -> Any:
        return await handler(*args, "user")

    return wrapper


def looking_at_the_request(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Needs the request itself, and hands on only what comes after it."""

    @functools.wraps(handler)
    async def wrapper(request: object, *args: Any) -> Any:
        return await handler(*args)

    return wrapper


def with_request_only(handler: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handler)
    async def wrapper(request: object) -> Any:
        return await handler()

    return wrapper


async def needs_user(request: object, ctx: object, user: str) -> None: ...


@pytest.mark.parametrize(
    ("function", "arity", "is_async"),
    [
        (asynchronous, 1, True),
        (synchronous, 2, False),
        (lambda: None, 0, False),
        (lambda request, ctx=None, more=1: None, 2, False),
        (lambda *args: None, 2, False),
        (lambda **options: None, 0, False),
        (Asynchronous(), 1, True),
        (Synchronous(), 0, False),
        (Synchronous().method, 2, True),
        (functools.partial(asynchronous, "x"), 0, True),
        (functools.partial(synchronous, ctx=1), 1, False),
        (passing(asynchronous), 1, True),
        (math.hypot, 2, False),
    ],
)
def test_a_handler_is_called_with_what_it_takes(function: Callable[..., Any], arity: int, is_async: bool) -> None:
    assert compile_handler("GET", function) == (function, arity, is_async)


def test_a_decorator_that_adds_an_argument_hides_it() -> None:
    assert compile_handler("GET", with_user(needs_user))[1:] == (2, True)
    assert compile_handler("GET", with_user_from_anything(needs_user))[1:] == (2, True)


def test_a_decorator_that_forwards_anything_gives_the_handler_what_it_takes() -> None:
    async def one(request: object) -> None: ...
    async def none() -> None: ...

    assert [compile_handler("GET", passing(passing(handler)))[1] for handler in (one, none)] == [1, 0]


def test_a_handler_that_cannot_be_called_says_what_to_write() -> None:
    with pytest.raises(HandlerError, match="POST is int, not a function") as caught:
        compile_handler("POST", 1)
    assert caught.value.cure == "Write async def POST(request: Request, ctx: RouteContext) -> Response: …"


def test_get_answers_head_unless_there_is_a_head() -> None:
    get, head = compile_handler("GET", lambda: None), compile_handler("HEAD", lambda: None)
    assert RouteEndpoint("/", "f", {"GET": get}).methods == ("GET", "HEAD", "OPTIONS")
    assert RouteEndpoint("/", "f", {"HEAD": head}).methods == ("HEAD", "OPTIONS")
    assert RouteEndpoint("/", "f", {"OPTIONS": head}).methods == ("OPTIONS",)


APP = {
    "app/hello/route.py": """
        async def GET(): return Response("async")
        def POST(request: Request): return Response(f"sync in {threading.current_thread().name.partition('_')[0]}")
        PUT = GET
        PATCH = lambda request, ctx: Response(repr(ctx.params))
    """,
    "app/items/[id]/[[...rest]]/route.py": """
        async def GET(request: Request, ctx: RouteContext["/items/[id]/[[...rest]]"]):
            awaited = await ctx.params
            return Response.json([awaited, ctx.params, type(awaited) is dict])
    """,
    "app/options/route.py": """
        async def OPTIONS(): return Response("mine", headers={"allow": "X"})
        async def HEAD(): return Response("head", headers={"x-head": "1"})
        async def GET(request: Request): return Response(request.method)
    """,
    "app/get/route.py": """
        async def GET(request: Request): return Response("body", headers={"x-method": request.method})
    """,
    "app/wrong/[what]/route.py": """
        async def late(): return Response("x")
        async def GET(request: Request, ctx: RouteContext):
            match ctx.params["what"]:
                case "none": return None
                case "dict": return {"a": 1}
                case "str": return "text"
                case "coroutine": return late()
                case "read":
                    response = Response("x")
                    await response.text()
                    return response
                case "twice": return SHARED
                case "stream": return STREAM
        STREAM = Response(iter(["a", "b"]))
        SHARED = Response("shared")
        def POST(request: Request): return late()
    """,
    "app/raises/[what]/route.py": """
        class Own(BaseException): pass
        async def GET(request: Request, ctx: RouteContext):
            match ctx.params["what"]:
                case "error": raise ValueError("secret detail")
                case "base": raise Own("x")
                case "cancelled":
                    task = asyncio.create_task(asyncio.sleep(1))
                    task.cancel()
                    await task
                case "stop": raise StopAsyncIteration
        def POST(request: Request, ctx: RouteContext):
            match ctx.params["what"]:
                case "stop": next(iter([]))
                case "error": raise ValueError("secret detail")
                case "cancelled": raise asyncio.CancelledError
    """,
    "app/set/[how]/route.py": """
        async def GET(request: Request, ctx: RouteContext):
            (await cookies()).set("a", "1")
            if ctx.params["how"] == "error":
                raise ValueError
            if ctx.params["how"] == "wrong":
                return None
            return Response("x")
    """,
}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Any:
    root = write_app(tmp_path_factory.mktemp("app"), {name: route(text) for name, text in APP.items()})
    with Client(root) as client:
        yield client


def test_async_handlers_run_on_the_loop_and_def_handlers_in_threads(client: Client) -> None:
    assert client.get("/hello").text == client.put("/hello").text == "async"
    assert client.post("/hello").text == "sync in byway"


def test_a_lambda_is_a_handler_and_without_parameters_params_is_empty(client: Client) -> None:
    assert client.patch("/hello").text == "{}"


def test_params_are_a_plain_dict_with_and_without_await(client: Client) -> None:
    assert client.get("/items/a%20b").json() == [{"id": "a b"}, {"id": "a b"}, True]
    params = {"id": "1", "rest": ["x", "y/z"]}
    assert client.get("/items/1/x/y%2Fz").json() == [params, params, True]


def test_head_runs_get_which_sees_the_method_and_its_body_is_dropped(client: Client) -> None:
    answer = client.head("/get")
    assert (answer.status_code, answer.headers["x-method"], answer.text) == (200, "HEAD", "")
    assert answer.headers["content-length"] == "4"


def test_a_head_and_an_options_of_ones_own_win(client: Client) -> None:
    assert client.head("/options").headers["x-head"] == "1"
    answer = client.options("/options")
    assert (answer.text, answer.headers["allow"]) == ("mine", "X")


def test_options_without_a_handler_lists_the_methods(client: Client) -> None:
    answer = client.options("/hello")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, PATCH, POST, PUT"
    assert "content-length" not in answer.headers


def test_a_method_without_a_handler_is_a_405_with_allow(client: Client) -> None:
    answer = client.post("/get")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize("method", ["PROPFIND", "TRACE", "QUERY"])
def test_a_method_that_no_route_can_have_is_a_400(client: Client, method: str) -> None:
    assert client.request(method, "/get").status_code == 400


@pytest.mark.parametrize(
    ("what", "returned", "hint"),
    [
        ("none", "None", "Return a Response in every branch of the handler: "),
        ("dict", "dict", "Response.json(…) for data"),
        ("str", "str", "Response(…) for text."),
        ("coroutine", "coroutine", "It was not awaited: write `return await …`."),
        ("other", "None", "Return a Response"),
    ],
)
def test_a_handler_that_returns_no_response_is_a_500_whose_log_says_what_came_back(
    client: Client, caplog: pytest.LogCaptureFixture, what: str, returned: str, hint: str
) -> None:
    answer = client.get(f"/wrong/{what}")
    assert answer.status_code == 500
    (record,) = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert record.exc_info is not None
    message = str(record.exc_info[1])
    assert message.startswith(f"GET in app/wrong/[what]/route.py returned {returned}, not a Response. ")
    assert hint in message


def test_a_def_handler_may_return_an_awaitable(client: Client) -> None:
    assert client.post("/wrong/x").text == "x"


def test_a_response_that_was_read_is_a_500(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    assert client.get("/wrong/read").status_code == 500
    assert "body was already read" in caplog.text


def test_a_buffered_response_may_be_sent_again(client: Client) -> None:
    assert [client.get("/wrong/twice").text for _ in range(2)] == ["shared"] * 2


@pytest.mark.parametrize("what", ["error", "base", "cancelled", "stop"])
def test_whatever_an_async_handler_raises_is_a_500_with_a_request_id(
    client: Client, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    answer = client.get(f"/raises/{what}", headers={"accept": "application/json"})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    request_id = answer.json()["request_id"]
    assert f"GET /raises/[what] failed (request {request_id})." in caplog.text
    assert "secret" not in answer.text


@pytest.mark.parametrize("what", ["error", "stop", "cancelled"])
def test_whatever_a_def_handler_raises_is_a_500(client: Client, caplog: pytest.LogCaptureFixture, what: str) -> None:
    assert client.post(f"/raises/{what}").status_code == 500
    assert "POST /raises/[what] failed" in caplog.text


def test_a_500_is_not_to_be_stored_and_a_page_for_browsers(client: Client) -> None:
    answer = client.get("/raises/error", headers={"accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache, no-store, max-age=0, must-revalidate"


def test_cookies_are_sent_with_an_answer_but_not_with_an_error(client: Client) -> None:
    assert client.get("/set/fine").headers["set-cookie"].startswith("a=1;")
    for how in ("error", "wrong"):
        answer = client.get(f"/set/{how}")
        assert (answer.status_code, answer.headers.get("set-cookie")) == (500, None)


def test_a_response_is_what_the_web_calls_one(client: Client) -> None:
    answer = client.get("/hello")
    assert answer.headers.multi_items() == [("content-type", "text/plain;charset=UTF-8"), ("content-length", "5")]
    assert isinstance(Response("x"), Response)


def test_a_decorator_that_takes_the_request_is_given_it_whatever_it_decorates() -> None:
    async def none() -> None: ...

    assert compile_handler("GET", with_request_only(none))[1:] == (1, True)
    assert compile_handler("GET", looking_at_the_request(none))[1:] == (1, True)
    assert compile_handler("GET", looking_at_the_request(asynchronous))[1:] == (1, True)
    assert compile_handler("GET", looking_at_the_request(synchronous))[1:] == (2, True)


def test_an_iterator_that_was_sent_is_not_sent_again_as_nothing(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    assert client.get("/wrong/stream").text == "ab"
    assert client.get("/wrong/stream").status_code == 500
    assert "This response's body was already read, so there is nothing left to send." in caplog.text
