"""``byway start``: processes, ports and sockets, stopping, and what reaches the app from the wire."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import secrets
import signal
import socket
import threading
import time
from pathlib import Path

import httpx2
import pytest

from .servers import Server, build, byway, read_answer, resident, running, wait_for, workers

MEGABYTE = 1 << 20

slow = pytest.mark.slow


# Processes, ports, sockets


@slow
def test_four_workers_all_answer(built: Path) -> None:
    with running(built, "--workers", "4") as server:
        wait_for(lambda: len(workers(server)) == 4, "four workers")
        seen: set[int] = set()
        deadline = time.monotonic() + 15
        while len(seen) < 4 and time.monotonic() < deadline:
            seen.add(int(server.get("/pid").text))
        assert seen == set(workers(server))
        assert server.stop() == 0
        assert len([mark for mark in server.marks if mark.startswith("stopped")]) == 4


@slow
def test_the_start_is_announced_once_however_many_workers_there_are(built: Path) -> None:
    with running(built, "--workers", "3") as server:
        wait_for(lambda: len(workers(server)) == 3, "three workers")
        assert server.output.count("Ready in") == 1


@slow
def test_a_unix_socket_instead_of_a_port(built: Path) -> None:
    path = built / "byway.sock"
    with running(built, "--uds", path) as server:
        assert server.url == f"unix:{path}"
        with httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path))) as client:
            answer = client.get("http://app.example/echo/a%2Fb")
        assert answer.json()["url"] == "http://app.example/echo/a%2Fb"
        assert server.stop() == 0
    assert not path.exists()


@slow
def test_a_stale_socket_file_is_removed(built: Path) -> None:
    path = built / "byway.sock"
    with socket.socket(socket.AF_UNIX) as left_over:
        left_over.bind(str(path))
    assert path.is_socket()
    with (
        running(built, "--uds", path),
        httpx2.Client(transport=httpx2.HTTPTransport(uds=str(path))) as client,
    ):
        assert client.get("http://app.example/pid").status_code == 200


@slow
def test_a_socket_somebody_listens_on_is_refused(built: Path) -> None:
    path = built / "byway.sock"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        done = byway("start", built, "--uds", path)
    assert done.code == 1
    assert done.stderr == f"Error: Another server listens on {path}. Stop it, or give --uds another path.\n"
    assert path.is_socket()


@slow
def test_a_file_that_is_no_socket_is_left_alone(built: Path) -> None:
    path = built / "notes.txt"
    path.write_text("important")
    done = byway("start", built, "--uds", path)
    assert done.code == 1
    assert done.stderr == f"Error: {path} is in the way: it is no socket. Remove it, or give --uds another path.\n"
    assert path.read_text() == "important"


@slow
def test_port_and_hostname_come_from_the_environment(built: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running(built, choose_port=False, env={"PORT": str(port), "HOSTNAME": "localhost"}) as server:
        assert server.url == f"http://localhost:{port}"
        assert server.get("/pid").status_code == 200


@slow
def test_port_0_takes_a_free_port_and_says_which(shared: Server) -> None:
    assert shared.port > 0
    assert shared.get("/pid").status_code == 200


@slow
@pytest.mark.parametrize("command", ["start", "dev"])
def test_a_port_in_use_is_an_error_that_names_it(shared: Server, command: str) -> None:
    done = byway(command, shared.root, "-H", "127.0.0.1", "-p", str(shared.port))
    assert done.code == 1
    assert done.stderr == (
        f"Error: Port {shared.port} on 127.0.0.1 is in use. Stop what uses it, or choose another one with --port.\n"
    )


@slow
@pytest.mark.parametrize("command", ["start", "dev"])
def test_an_address_of_another_machine_is_an_error_that_names_it(built: Path, command: str) -> None:
    done = byway(command, built, "-H", "192.0.2.1")
    assert done.code == 1
    assert done.stderr == (
        "Error: Cannot listen on 192.0.2.1: Cannot assign requested address. Choose another --hostname.\n"
    )


# The build


def test_start_without_a_build_says_to_build(app: Path) -> None:
    done = byway("start", app)
    assert done.code == 1
    assert done.stderr == (
        "✗ 1 problem\n\n.byway/manifest.json\n  There is no build to serve.\n  → Run `byway build` first.\n\n"
    )


def test_start_with_a_stale_build_says_what_changed(built: Path) -> None:
    route = built / "app" / "pid" / "route.py"
    route.write_text(f"{route.read_text()}\n# Changed.\n")
    (built / "lib" / "marks.py").write_text("def mark(text: str) -> None: ...\n")
    (built / "app" / "new").mkdir()
    (built / "app" / "new" / "route.py").write_text("")
    (built / "app" / "big" / "route.py").unlink()
    done = byway("start", built)
    assert done.code == 1
    assert done.stderr == (
        "✗ 1 problem\n\n.byway/manifest.json\n  The build is stale. Since it was made:\n"
        "    app/big/route.py was removed\n"
        "    app/new/route.py was added\n"
        "    app/pid/route.py was changed\n"
        "    lib/marks.py was changed\n"
        "  → Run `byway build` again.\n\n"
    )


@slow
def test_files_that_were_only_touched_leave_a_build_fresh(built: Path) -> None:
    for path in built.rglob("*.py"):
        os.utime(path, (1, 1))
    with running(built) as server:
        assert server.get("/pid").status_code == 200


@slow
def test_serving_writes_nothing_into_the_project(built: Path) -> None:
    def tree() -> dict[str, int]:
        return {str(path): path.stat().st_mtime_ns for path in built.rglob("*")}

    before = tree()
    with running(built, env={"PYTHONDONTWRITEBYTECODE": "1"}) as server:
        assert server.get("/pid").status_code == 200
        assert server.get("/slow").text == "done"
        assert server.get("/raises").status_code == 500
        assert server.stop() == 0
    assert tree() == before


# Stopping


@slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_requests_and_after_work_end_and_then_shuts_the_app_down(server: Server, number: int) -> None:
    answers: list[httpx2.Response] = []
    request = threading.Thread(target=lambda: answers.append(server.get("/slow")))
    request.start()
    wait_for(lambda: "begun" in server.marks, "the request to begin")
    assert server.stop(number) == 0
    request.join()
    assert (answers[0].status_code, answers[0].text) == (200, "done")
    assert [mark.split()[0] for mark in server.marks] == ["started", "begun", "after", "stopped"]
    assert "Traceback" not in server.output


@slow
@pytest.mark.parametrize("path", ["/endless", "/endless/sync"])
def test_an_endless_stream_is_ended_after_shutdown_timeout(app: Path, path: str) -> None:
    (app / "byway_config.py").write_text("from byway import Config\n\nconfig = Config(shutdown_timeout=1)\n")
    with running(build(app)) as server, server.client() as client, client.stream("GET", path) as answer:
        chunks = answer.iter_text()
        assert next(chunks) == "tick\n"
        stopped = time.monotonic()
        server.interrupt()
        with pytest.raises(httpx2.RemoteProtocolError):
            list(chunks)
        assert server.process.wait(10) == 0
        assert 0.8 < time.monotonic() - stopped < 4
        assert [mark.split()[0] for mark in server.marks if mark != "stream begun"] == ["started", "stream", "stopped"]
        assert f"GET {path} did not end within shutdown_timeout and was stopped" in server.output
        assert "Traceback" not in server.output


RUNS = """\
import asyncio

import byway
from byway.server import Response
from lib.marks import mark


async def wait() -> None:
    mark("waiting")
    try:
        await asyncio.Event().wait()
    finally:
        mark("wait ended")


def GET() -> Response:
    try:
        byway.run(wait())
    finally:
        mark("thread ended")
    return Response("never")
"""


@slow
def test_run_in_a_thread_ends_with_its_request_and_does_not_hold_up_a_stop(app: Path) -> None:
    (app / "byway_config.py").write_text("from byway import Config\n\nconfig = Config(shutdown_timeout=0.5)\n")
    (app / "app/pid/route.py").write_text(RUNS)
    with running(build(app)) as server, server.connect() as plug:
        plug.sendall(b"GET /pid HTTP/1.1\r\nHost: app.example\r\n\r\n")
        wait_for(lambda: "waiting" in server.marks, "the request to begin")
        # Much sooner than a worker that hangs is killed.
        assert server.stop(within=4) == 0
        assert {"wait ended", "thread ended"} < set(server.marks)
        assert "Traceback" not in server.output


@slow
def test_a_request_whose_client_has_left_ends_before_the_app_is_shut_down(server: Server) -> None:
    with server.connect() as plug:
        plug.sendall(b"GET /slow HTTP/1.1\r\nHost: app.example\r\n\r\n")
        wait_for(lambda: "begun" in server.marks, "the request to begin")
    assert server.stop() == 0
    assert [mark.split()[0] for mark in server.marks] == ["started", "begun", "after", "stopped"]


@slow
def test_an_idle_connection_does_not_delay_a_stop(server: Server) -> None:
    with server.client() as client:
        assert client.get("/pid").status_code == 200
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 2


@slow
def test_another_worker_takes_over_when_one_is_killed(built: Path) -> None:
    with running(built) as server:
        killed = int(server.get("/pid").text)
        os.kill(killed, signal.SIGKILL)

        def answers() -> bool:
            try:
                return server.get("/pid").text != str(killed)
            except httpx2.TransportError:
                return False

        wait_for(answers, "another worker")
        assert server.stop() == 0
        assert server.output.count("Ready in") == 1


@slow
def test_a_failing_register_stops_the_start_with_its_reason(app: Path) -> None:
    (app / "instrumentation.py").write_text("def register() -> None:\n    raise OSError('no database')\n")
    build(app)
    done = byway("start", app, "-p", "0", "-H", "127.0.0.1")
    assert done.code == 1
    assert "register() of instrumentation.py failed; the app does not start." in done.stderr
    assert "OSError: no database" in done.stderr
    assert "Ready" not in done.stdout


# What reaches the app from the wire


@slow
@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/echo/a%2Fb/c", ["a/b", "c"]),
        ("/echo/%E4%BD%A0/%20", ["你", " "]),
        ("/echo/a;b=c/d?x=/y/", ["a;b=c", "d"]),
        ("http://elsewhere.example/echo/a", ["a"]),
    ],
)
def test_a_target_is_decoded_once_and_segment_by_segment(shared: Server, target: str, path: list[str]) -> None:
    answer = shared.send(f"GET {target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n")
    assert answer.status == 200
    seen = json.loads(answer.body)
    assert seen["path"] == path
    assert seen["url"].startswith("http://app.example/echo/")


@slow
@pytest.mark.parametrize(
    ("target", "normal"),
    [("/echo//a", "/echo/a"), ("//echo/a/", "/echo/a"), ("//elsewhere.example", "/elsewhere.example")],
)
def test_repeated_slashes_are_redirected_to_this_host(shared: Server, target: str, normal: str) -> None:
    answer = shared.send(f"GET {target} HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n")
    assert (answer.status, answer.headers["location"]) == (308, normal)


@slow
@pytest.mark.parametrize(
    ("what", "head"),
    [
        ("a malformed escape", "GET /echo/%ZZ HTTP/1.1\r\nHost: app.example\r\n"),
        ("a bad host", "GET /echo HTTP/1.1\r\nHost: a b\r\n"),
        ("a host with a path", "GET /echo HTTP/1.1\r\nHost: evil.example/x\r\n"),
        ("two hosts", "GET /echo HTTP/1.1\r\nHost: app.example\r\nHost: evil.example\r\n"),
        ("a space in the target", "GET /echo/a b HTTP/1.1\r\nHost: app.example\r\n"),
    ],
)
def test_a_malformed_request_is_refused_with_400(shared: Server, what: str, head: str) -> None:
    answer = shared.send(f"{head}Connection: close\r\n\r\n")
    assert answer.status == 400, what
    assert shared.get("/pid").status_code == 200


@slow
@pytest.mark.parametrize(
    "headers",
    ["X-Long: " + "x" * (1 << 20) + "\r\n", "".join(f"X-{number}: x\r\n" for number in range(200))],
    ids=["too long", "too many"],
)
def test_headers_beyond_the_limits_are_refused_with_431(shared: Server, headers: str) -> None:
    assert shared.send(f"GET /pid HTTP/1.1\r\nHost: app.example\r\n{headers}\r\n").status == 431


@slow
def test_two_requests_on_one_connection_are_both_answered(shared: Server) -> None:
    with shared.connect() as plug:
        for path in ("a", "b"):
            plug.sendall(f"GET /echo/{path} HTTP/1.1\r\nHost: app.example\r\n\r\n".encode())
            assert json.loads(read_answer(plug).body)["path"] == [path]


# Bodies


@slow
def test_an_upload_of_5_mb_arrives_whole(shared: Server) -> None:
    data = secrets.token_bytes(5 * MEGABYTE)
    with shared.client() as client:
        answer = client.post("/upload", data={"title": "ä"}, files={"file": ("grün.bin", data)})
    assert answer.status_code == 200
    assert answer.json() == [
        {"name": "title", "value": "ä"},
        {"name": "file", "file": "grün.bin", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()},
    ]


@slow
def test_an_announced_body_that_is_too_large_is_refused_before_it_is_sent(shared: Server) -> None:
    answer = shared.send(
        "POST /body HTTP/1.1\r\nHost: app.example\r\nAccept: application/json\r\nContent-Length: 9000000\r\n\r\n"
    )
    assert answer.status == 413
    assert json.loads(answer.body)["detail"] == (
        "The request's body is larger than 8,388,608 bytes; Config(max_body_size=…) sets this limit."
    )


@slow
def test_a_chunked_body_is_refused_once_it_is_too_large(shared: Server) -> None:
    head = b"POST /body HTTP/1.1\r\nHost: app.example\r\nAccept: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%s\r\n" % (MEGABYTE, b"x" * MEGABYTE)
    with shared.connect() as plug:
        plug.sendall(head + 7 * chunk)
        plug.settimeout(0.3)
        with pytest.raises(TimeoutError):
            plug.recv(1)
        plug.settimeout(20)
        plug.sendall(2 * chunk)
        answer = read_answer(plug)
    assert answer.status == 413
    assert "Config(max_body_size=…)" in json.loads(answer.body)["detail"]


@slow
def test_a_body_of_exactly_the_limit_is_taken(shared: Server) -> None:
    with shared.client() as client:
        answer = client.post("/body", content=b"x" * (8 * MEGABYTE))
    assert answer.json() == {"size": 8 * MEGABYTE}


@slow
def test_a_client_that_leaves_in_the_middle_of_its_body_does_no_harm(server: Server) -> None:
    with server.connect() as plug:
        plug.sendall(b"POST /body HTTP/1.1\r\nHost: app.example\r\nContent-Length: 1000\r\n\r\nonly this")
        wait_for(lambda: "body wanted" in server.marks, "the handler")
    assert server.get("/pid").status_code == 200
    assert server.stop() == 0
    assert "Traceback" not in server.output


# Streams


@slow
def test_a_stream_goes_no_faster_than_its_client(server: Server) -> None:
    before = resident(server.process.pid)
    with server.connect(receive_buffer=64 << 10) as plug:
        plug.sendall(b"GET /big HTTP/1.1\r\nHost: app.example\r\nConnection: close\r\n\r\n")
        wait_for(lambda: "0 MB" in server.marks, "the stream")
        time.sleep(1)
        waiting = resident(server.process.pid)
        assert "60 MB" not in server.marks, "The stream ran ahead of a client that reads nothing."
        size, peak = 0, waiting
        with http.client.HTTPResponse(plug) as reply:
            reply.begin()
            while chunk := reply.read(MEGABYTE):
                size += len(chunk)
                peak = max(peak, resident(server.process.pid))
    assert size == 200 * MEGABYTE
    assert waiting - before < 40 * MEGABYTE
    assert peak - before < 60 * MEGABYTE


@slow
@pytest.mark.parametrize("path", ["/endless", "/endless/sync"])
def test_a_stream_is_closed_when_its_client_leaves(server: Server, path: str) -> None:
    with server.client() as client, client.stream("GET", path) as answer:
        chunks = answer.iter_text()  # Kept, for without it the client would leave.
        next(chunks)
        assert "stream closed" not in server.marks
    wait_for(lambda: "stream closed" in server.marks, "the generator to be closed", within=2)
    assert "Traceback" not in server.output


@slow
def test_a_stream_arrives_chunk_by_chunk(shared: Server) -> None:
    with shared.client() as client, client.stream("GET", "/stream") as answer:
        started = time.monotonic()
        arrivals = [(chunk, time.monotonic() - started) for chunk in answer.iter_text()]
    assert [chunk for chunk, _ in arrivals] == ["one ", "two ", "three"]
    assert arrivals[-1][1] - arrivals[0][1] > 0.3
