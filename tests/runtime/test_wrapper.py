"""``Config(asgi=…)``: the function that wraps the application, and what can be wrong with it."""

from __future__ import annotations

from typing import Any

import pytest

from byway.config import Config, Receive, Scope, Send
from byway.problems import AppError, Problem
from byway.runtime.wrapper import wrapped


async def application(scope: Scope, receive: Receive, send: Send) -> None: ...


def error_of(function: Any) -> AppError:
    with pytest.raises(AppError) as caught:
        wrapped(application, Config(asgi=function))
    return caught.value


def test_without_a_function_the_application_is_itself() -> None:
    assert wrapped(application, Config()) is application


def test_the_function_is_given_the_application_and_its_result_is_served() -> None:
    given: list[Any] = []

    async def wrapper(scope: Scope, receive: Receive, send: Send) -> None: ...

    def wrap(inner: Any) -> Any:
        given.append(inner)
        return wrapper

    assert wrapped(application, Config(asgi=wrap)) is wrapper
    assert given == [application]


def test_a_function_that_fails_is_a_problem_of_the_config() -> None:
    error = error_of(lambda app: 1 / 0)
    assert error.problems == (
        Problem(
            "byway_config.py",
            "The function of Config(asgi=…) failed: ZeroDivisionError: division by zero",
            "Mend it: it is called once, at the start, with an ASGI application.",
        ),
    )
    assert isinstance(error.causes[0], ZeroDivisionError)


def test_a_function_that_returns_no_application_is_a_problem_of_the_config() -> None:
    assert error_of(lambda app: None).problems == (
        Problem(
            "byway_config.py",
            "The function of Config(asgi=…) returned NoneType, which is no ASGI application.",
            "Return the application that wraps the one it is given.",
        ),
    )
