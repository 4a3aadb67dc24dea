"""The recipe examples/recipes/calling-an-api keeps the rules that its page states."""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from byway.testing import Client

Start = Callable[..., Client]


async def _upstream(request: Request) -> Response:
    match request.path_params["city"]:
        case "Zürich":
            return JSONResponse({"city": "Zürich", "celsius": 21.5})
        case "slow":
            await asyncio.sleep(5)
        case "broken":
            return PlainTextResponse("oops", 500)
        case "strange":
            return JSONResponse({"city": "strange"})
        case "html":
            return PlainTextResponse("<html>")
        case _:
            pass
    return PlainTextResponse("", 404)


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """The weather service: a server in a thread of its own."""
    app = Starlette(routes=[Route("/v1/weather/{city}", _upstream)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none", timeout_graceful_shutdown=0))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def weather(start: Start, upstream: str, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setenv("WEATHER_API", upstream)
    return start("calling-an-api")


def test_the_answer_of_the_service_is_passed_on(weather: Client) -> None:
    assert weather.get("/weather/Zürich").json() == {"city": "Zürich", "celsius": 21.5}


@pytest.mark.parametrize(
    ("city", "status"), [("nowhere", 404), ("broken", 502), ("strange", 502), ("html", 502), ("a%2Fb", 404)]
)
def test_what_the_service_does_wrong_is_a_502(weather: Client, city: str, status: int) -> None:
    assert weather.get(f"/weather/{city}").status_code == status


def test_a_service_that_is_too_slow_is_a_504(weather: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["lib.weather"]._client, "timeout", 0.1)
    answer = weather.get("/weather/slow")
    assert (answer.status_code, answer.json()) == (504, {"error": "The weather service took too long."})


def test_a_service_that_is_not_there_is_a_502_and_is_logged(
    start: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("WEATHER_API", "http://127.0.0.1:9")
    with caplog.at_level(logging.WARNING, logger="weather"):
        assert start("calling-an-api").get("/weather/Rome").status_code == 502
    assert "ConnectError" in caplog.text


def test_the_client_is_closed_when_the_app_stops(weather: Client) -> None:
    client = sys.modules["lib.weather"]._client
    weather.close()
    assert client.is_closed
