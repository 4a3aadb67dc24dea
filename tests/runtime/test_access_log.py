"""The access log: one line for each answer, without what is secret."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from byway.asgi import Application
from byway.asgi.connection import Connection
from byway.config import Message
from byway.http.request import Request
from byway.runtime.access_log import AccessLog, LogFormat
from byway.runtime.work import Work

from ..support import call, loaded, make_scope, route, write_app

APP = {
    "app/items/[id]/route.py": route("""
        async def GET(): return Response("x")
        async def POST(): raise ValueError
    """)
}


@contextmanager
def logged(root: Path, form: LogFormat, caplog: pytest.LogCaptureFixture) -> Iterator[Application]:
    with loaded(write_app(root, APP)) as application, caplog.at_level("INFO", "byway.access"):
        application.access_log = AccessLog(form)
        yield application


def written(application: Application, path: str, status: int, *, root_path: str = "", is_whole: bool = True) -> None:
    """Write a line for an answer that was never given."""
    scope = make_scope(path, root_path=root_path)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    connection = Connection(scope, receive, application._trust, 1, application.app.path_form)
    work = Work(application.app, Request.received("GET", connection, application.app.limits))
    assert application.access_log is not None
    application.access_log.write(work, "192.0.2.7", path, status, 0.001, is_whole=is_whole)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name == "byway.access"]


def test_a_line_has_client_request_status_time_route_and_id(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with logged(tmp_path, "text", caplog) as application:
        asyncio.run(call(application, "/items/a%20b?token=secret"))
    (line,) = lines(caplog)
    assert re.fullmatch(r'192\.0\.2\.7 "GET /items/a%20b" 200 \d+\.\dms /items/\[id\] [0-9a-f]{8}-[0-9a-f]{6}', line), (
        line
    )


def test_a_line_of_json_has_the_same_in_fields(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with logged(tmp_path, "json", caplog) as application:
        asyncio.run(call(application, "/items/1?token=secret"))
    (line,) = lines(caplog)
    fields = json.loads(line)
    assert fields.pop("ms") >= 0
    assert fields.pop("request_id")
    assert fields == {
        "client": "192.0.2.7",
        "method": "GET",
        "path": "/items/1",
        "route": "/items/[id]",
        "status": 200,
    }


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_query_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture, form: LogFormat) -> None:
    with logged(tmp_path, form, caplog) as application:
        asyncio.run(call(application, "/items/1?token=secret"))
        asyncio.run(call(application, "/missing?token=secret"))
        asyncio.run(call(application, "/items/?token=secret"))
    assert len(lines(caplog)) == 3
    assert "secret" not in "".join(lines(caplog))


def test_every_answer_has_its_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with logged(tmp_path, "json", caplog) as application:
        for path, method in (("/missing", "GET"), ("/items/1", "POST"), ("/items/1", "PUT"), ("/items/%ff", "GET")):
            asyncio.run(call(application, path, method))
        asyncio.run(call(application, "/items/1", headers=[("host", "two")]))
    found = [json.loads(line) for line in lines(caplog)]
    assert [(one["status"], one["route"]) for one in found] == [
        (404, None),
        (500, "/items/[id]"),
        (405, "/items/[id]"),
        (400, None),
        (400, None),
    ]


def test_what_byways_own_pages_fetch_has_no_line_unless_it_fails(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with logged(tmp_path, "json", caplog) as application:
        paths = [("/_byway/x", 200), ("/_byway/x", 404), ("/_byway", 200), ("/items/_byway/x", 200)]
        for path, status in paths:
            written(application, path, status)
        for path in ("/docs/_byway/x", "/docs/items/1"):
            written(application, path, 200, root_path="/docs")
    assert [(one["path"], one["status"]) for one in map(json.loads, lines(caplog))] == [
        *[("/_byway/x", 404), ("/_byway", 200), ("/items/_byway/x", 200)],
        ("/docs/items/1", 200),
    ]


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_answer_that_is_not_whole_is_marked(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, form: LogFormat
) -> None:
    with logged(tmp_path, form, caplog) as application:
        written(application, "/items/1", 200, is_whole=False)
        written(application, "/items/1", 200)
    cut, whole = lines(caplog)
    if form == "json":
        assert (json.loads(cut)["status"], json.loads(cut)["aborted"]) == (200, True)
    else:
        assert re.search(r'"GET /items/1" 200 .* aborted$', cut)
    assert "aborted" not in whole


def test_the_id_is_the_one_of_the_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with logged(tmp_path, "json", caplog) as application:
        peer = asyncio.run(call(application, "/items/1", "POST", headers=[("accept", "application/json")]))
    assert json.loads(peer.text)["request_id"] == json.loads(lines(caplog)[0])["request_id"]


def test_a_client_nobody_knows_is_a_dash_and_the_mount_is_part_of_the_path(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with logged(tmp_path, "text", caplog) as application:
        asyncio.run(call(application, "/docs/missing", root_path="/docs", client=None))
    assert lines(caplog)[0].startswith('- "GET /docs/missing" 404 ')
    assert " - " in lines(caplog)[0]


def test_no_line_is_broken_by_what_a_client_sends(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with logged(tmp_path, "text", caplog) as application:
        asyncio.run(call(application, "/x", raw_path=b"/x\n1.1.1.1 \xff"))
    (line,) = lines(caplog)
    assert "\n" not in line


@pytest.mark.parametrize(
    ("logging", "logged_paths"),
    [
        ("True", ["/items/1", "/other"]),
        ("False", []),
        ('{"incoming_requests": False}', []),
        ('{"incoming_requests": True}', ["/items/1", "/other"]),
        ("{}", ["/items/1", "/other"]),
        ('{"incoming_requests": {"ignore": ["^/items/", "x$"]}}', ["/other"]),
    ],
)
def test_in_development_the_config_says_what_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, logging: str, logged_paths: list[str]
) -> None:
    text = f"from byway import Config\nconfig = Config(logging={logging})\n"
    write_app(tmp_path, APP | {"byway_config.py": text})
    for mode, expected in (("development", logged_paths), ("production", ["/items/1", "/other"])):
        caplog.clear()
        with loaded(tmp_path, mode) as application, caplog.at_level("INFO", "byway.access"):  # type: ignore[arg-type]
            application.access_log = AccessLog("json")
            for path in ("/items/1", "/other"):
                asyncio.run(call(application, path))
        assert [json.loads(line)["path"] for line in lines(caplog)] == expected
