"""The replay engine: what it lets pass and what it reports."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .replay import Answer, Better, Case, Request, load_suite, make_request, outline, replay
from .transports import InProcess, Message, OverSocket, decode_chunked, make_scope

SUITES = sorted(file.parent for file in Path(__file__).parent.glob("*/cases.json"))


class Script:
    """A transport that answers from a list, whatever is asked."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = iter(answers)
        self.requests: list[Request] = []
        self.waits: list[float] = []

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        return next(self._answers)

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)


def case(*steps: Mapping[str, Any], answers: Sequence[Answer], better: Better | None = None) -> Case:
    return Case("suite", "name", "", steps, answers, better)


def answer(body: str = "", status: int = 200, **headers: str) -> Answer:
    return Answer(status, tuple((name.replace("_", "-"), value) for name, value in headers.items()), body.encode())


def faults(step: Mapping[str, Any], recorded: Answer, actual: Answer, better: Better | None = None) -> list[str]:
    return replay(case({"path": "/", **step}, answers=[recorded], better=better), Script([actual]))


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: suite.name)
def test_a_recording_agrees_with_itself(suite: Path) -> None:
    for one in load_suite(suite, {}):
        assert not replay(one, Script([replace(recorded, spread=1) for recorded in one.answers])), one.name


def test_the_status_is_always_compared() -> None:
    assert faults({}, answer(status=200), answer(status=404)) == ["step 0, GET /: the status is 404, not 200"]
    assert not faults({"compare": {"status": [404, 410]}}, answer(status=200), answer(status=410))


def test_only_the_headers_that_a_step_names_are_compared() -> None:
    step = {"compare": {"headers": ["x-a"]}}
    assert not faults(step, answer(x_a="1", x_b="1"), answer(x_a="1", x_b="2"))
    assert faults(step, answer(x_a="1"), answer(x_a="2"))
    assert faults(step, answer(x_a="1"), answer())
    assert faults(step, answer(), answer(x_a="1"))


def test_the_originals_header_prefix_is_read_as_byways() -> None:
    step = {"compare": {"headers": ["x-nextjs-cache"]}}
    assert not faults(step, answer(x_nextjs_cache="HIT"), answer(x_byway_cache="HIT"))
    assert faults(step, answer(x_nextjs_cache="HIT"), answer(x_byway_cache="MISS"))


def test_the_attributes_of_a_cookie_have_no_order_but_its_value_has_case() -> None:
    step = {"compare": {"headers": ["set-cookie"]}}
    recorded = answer(set_cookie="a=B; Path=/; HttpOnly")
    assert not faults(step, recorded, answer(set_cookie="a=B; httponly; path=/"))
    assert faults(step, recorded, answer(set_cookie="a=b; Path=/; HttpOnly"))


def test_vary_and_allow_have_no_order() -> None:
    step = {"compare": {"headers": ["allow"]}}
    assert not faults(step, answer(allow="GET, POST"), answer(allow="POST,GET"))


def test_bodies_are_compared_as_the_step_says() -> None:
    assert not faults({"compare": {"body": "json"}}, answer('{"a":1,"b":2}'), answer('{"b": 2, "a": 1}'))
    assert faults({"compare": {"body": "json"}}, answer("{}"), answer("oops"))
    assert faults({"compare": {"body": "exact"}}, answer("a"), answer("b"))
    assert faults({"compare": {"body": "empty"}}, answer(""), answer("b"))
    assert not faults({"compare": {"body": "head"}}, answer("<b></b><i></i>"), answer("<i></i><b></b>"))
    assert faults({"compare": {"body": "html"}}, answer("<b></b><i></i>"), answer("<i></i><b></b>"))
    assert not faults({}, answer("a"), answer("b"))


def test_masks_apply_to_both_sides() -> None:
    step = {"compare": {"body": "exact", "headers": ["x-id"], "mask": [[r"\d+", "N"]]}}
    assert not faults(step, answer("at 1", x_id="22"), answer("at 333", x_id="4"))


def test_an_outline_leaves_out_scripts_preloads_comments_and_white_space() -> None:
    page = '<p b="2" a="1">\n x  y </p><!-- c --><script>if (1 < 2) {}</script><link rel="preload" href="/x"><br>'
    assert outline(page) == ['<p a="1" b="2">', "x y", "</p>", "<br>"]


def test_bodies_of_one_run_are_related() -> None:
    same = {"path": "/", "same_body_as": "first"}
    other = {"path": "/", "other_body_than": "first"}
    first = {"path": "/", "id": "first"}
    recorded = [answer(), answer()]
    assert not replay(case(first, same, answers=recorded), Script([answer("x"), answer("x")]))
    assert replay(case(first, same, answers=recorded), Script([answer("x"), answer("y")]))
    assert not replay(case(first, other, answers=recorded), Script([answer("x"), answer("y")]))
    assert replay(case(first, other, answers=recorded), Script([answer("x"), answer("x")]))


def test_an_answer_must_stream_and_be_in_time_when_the_step_says_so() -> None:
    assert faults({"streams": True}, answer(), answer())
    assert not faults({"streams": True}, answer(), replace(answer(), spread=0.4))
    assert faults({"max_seconds": 1.0}, answer(), replace(answer(), seconds=1.2))


def test_a_saved_value_is_filled_into_later_steps() -> None:
    first = {"path": "/", "save": {"token": "set-cookie:t", "where": "location"}}
    later = {"path": "/${where}", "headers": [["Cookie", "t=${token}"]], "body": "${token} ${unknown}"}
    script = Script([answer(set_cookie="t=abc; Path=/", location="x"), answer()])
    assert not replay(case(first, later, answers=[answer(), answer()]), script)
    assert script.requests[1] == Request("GET", "/x", (("Cookie", "t=abc"),), b"abc ${unknown}")


def test_a_deliberate_difference_is_asserted() -> None:
    better = Better("reason", status=400, headers={"x-a": "1"}, body="bad")
    assert not faults({}, answer("", 500), answer("bad", 400, x_a="1"), better)
    assert len(faults({}, answer("", 500), answer("", 500), better)) == 3


def test_a_deliberate_difference_may_hold_for_one_step() -> None:
    better = Better("reason", steps={"1": {"status": 400}})
    two = case({"path": "/"}, {"path": "/"}, answers=[answer(), answer()], better=better)
    assert not replay(two, Script([answer(), answer(status=400)]))
    assert replay(two, Script([answer(), answer()]))


def test_a_deliberate_difference_may_change_what_is_compared() -> None:
    step = {"compare": {"body": "json", "mask": [[r"\d+", "N"]]}}
    better = Better("reason", body="2", compare={})
    assert not faults(step, answer("1"), answer("3"))
    assert not faults(step, answer("1"), answer("2"), better)
    assert faults(step, answer("1"), answer("3"), better)


def test_a_deliberate_difference_may_demand_that_a_header_is_absent() -> None:
    better = Better("reason", absent=["x-byway-cache"])
    assert not faults({}, answer(), answer(), better)
    assert faults({}, answer(), answer(x_byway_cache="HIT"), better)


def test_a_deliberate_difference_may_relate_bodies_otherwise() -> None:
    steps = ({"path": "/", "id": "first"}, {"path": "/", "other_body_than": "first"})
    better = Better("reason", steps={"1": {"same_body_as": "first"}})
    two = case(*steps, answers=[answer(), answer()], better=better)
    assert not replay(two, Script([answer("x"), answer("x")]))
    assert replay(two, Script([answer("x"), answer("y")]))


def test_a_step_may_wait_before_its_request() -> None:
    script = Script([answer(), answer()])
    assert not replay(case({"path": "/"}, {"path": "/", "sleep": 0.5}, answers=[answer(), answer()]), script)
    assert script.waits == [0.5]


def test_chunked_encoding_is_taken_off() -> None:
    assert decode_chunked(b"5\r\nhello\r\nA\r\n0123456789\r\n0\r\n\r\n") == [
        b"hello",
        b"0123456789",
    ]


def test_a_scope_has_the_raw_path_and_the_decoded_one() -> None:
    scope = make_scope(make_request({"path": "/a%2Fb/%C3%A9?q=%20", "headers": [["X-A", "1"]], "body": "é"}, {}), {})
    assert scope["raw_path"] == b"/a%2Fb/%C3%A9"
    assert scope["path"] == "/a/b/é"
    assert scope["query_string"] == b"q=%20"
    assert scope["headers"] == [(b"host", b"127.0.0.1:3000"), (b"x-a", b"1"), (b"content-length", b"2")]


Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


async def echo(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """An app that streams the request's messages back, and says in a header whether its lifespan has begun."""
    if scope["type"] == "lifespan":
        for _ in range(2):
            event = (await receive())["type"]
            scope["state"]["began"] = True
            await send({"type": f"{event}.complete"})
        return
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"x-began", b"%d" % ("began" in scope["state"]))]}
    )
    more = True
    while more:
        message = await receive()
        more = message["more_body"]
        await send({"type": "http.response.body", "body": message["body"], "more_body": more})
        await asyncio.sleep(0.06)


def test_in_process_the_app_gets_lifespan_and_body_chunk_by_chunk() -> None:
    body = b"5\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
    with InProcess(echo) as transport:
        got = transport.send(Request("POST", "/", (("Transfer-Encoding", "chunked"),), body))
        plain = transport.send(Request("POST", "/", (), b"once"))
    assert (got.body, got.streamed, got.headers) == (b"hello world", True, (("x-began", "1"),))
    assert (plain.body, plain.streamed) == (b"once", False)


async def busy(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """An app that goes on after its answer, and tells in each how often it has done so."""
    if scope["type"] == "lifespan":
        scope["state"]["done"] = []
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return

    async def work(done: list[asyncio.Task[None]]) -> None:
        await asyncio.sleep(0)
        done.append(task)

    done = scope["state"]["done"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"%d" % len(done)})
    task = asyncio.create_task(work(done))


def test_in_process_the_app_goes_on_while_time_passes() -> None:
    with InProcess(busy) as transport:
        first = transport.send(Request("GET", "/"))
        transport.wait(0.01)
        second = transport.send(Request("GET", "/"))
    assert (first.body, second.body) == (b"0", b"1")


async def careless(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})


def test_in_process_an_unfinished_answer_is_an_error() -> None:
    with InProcess(careless) as transport, pytest.raises(AssertionError, match="before the end"):
        transport.send(Request("GET", "/"))


class Upper(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        data = self.rfile.read(int(self.headers["content-length"]))
        self.send_response(201)
        self.send_header("X-Path", self.path)
        self.end_headers()
        self.wfile.write(data.upper())

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def upper() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Upper) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_over_a_socket_request_and_answer_go_as_they_are(upper: str) -> None:
    got = OverSocket(upper).send(Request("POST", "/a%2Fb?c", (), b"hello"))
    assert (got.status, got.body) == (201, b"HELLO")
    assert ("x-path", "/a%2Fb?c") in got.headers
