"""``byway dev``: it loads the app anew when a file changes, and shows what is wrong with it."""

from __future__ import annotations

import html
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from .browser import visit
from .servers import Server, read_answer, running, wait_for

pytestmark = pytest.mark.slow

JSON = {"accept": "application/json"}
EVENTS = "/_byway/dev/events"


@pytest.fixture
def dev(app: Path) -> Iterator[Server]:
    """A development server of the tests' app."""
    with running(app, command="dev") as server:
        yield server


def write(server: Server, file: str, text: str) -> None:
    """Write a file of the app, whole at once, as editors do."""
    path = server.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name("unfinished~")
    unfinished.write_text(text)
    unfinished.replace(path)


def answering(text: str) -> str:
    """A ``route.py`` that answers ``text``."""
    return f"from byway.server import Response\n\n\nasync def GET() -> Response:\n    return Response({text!r})\n"


# Loading anew


def test_a_changed_route_answers_anew(dev: Server) -> None:
    assert dev.get("/pid").text.isdigit()
    write(dev, "app/pid/route.py", answering("changed"))
    assert wait_for(lambda: dev.get("/pid").text == "changed", "the new answer") < 2
    # The line is written beside the first answer, which may be the faster one.
    wait_for(lambda: re.search(r"Reloaded in \d+ ms after app/pid/route.py\n", dev.output), "the line that tells of it")


def test_a_changed_module_outside_app_counts(dev: Server) -> None:
    write(dev, "lib/words.py", "WORD = 'one'\n")
    write(
        dev,
        "app/word/route.py",
        answering("").replace("Response('')", "Response(WORD)") + "\nfrom lib.words import WORD",
    )
    wait_for(lambda: dev.get("/word").text == "one", "the new route")
    write(dev, "lib/words.py", "WORD = 'two'\n")
    assert wait_for(lambda: dev.get("/word").text == "two", "the new answer") < 2


def test_a_new_route_appears_and_a_removed_one_vanishes(dev: Server) -> None:
    assert dev.get("/fresh").status_code == 404
    write(dev, "app/fresh/route.py", answering("here"))
    assert wait_for(lambda: dev.get("/fresh").status_code == 200, "the new route") < 2
    (dev.root / "app/fresh/route.py").unlink()
    assert wait_for(lambda: dev.get("/fresh").status_code == 404, "the route to vanish") < 2


def test_folders_that_are_moved_count(dev: Server, tmp_path: Path) -> None:
    (dev.root / "app/pid").rename(dev.root / "app/moved")
    assert wait_for(lambda: dev.get("/moved").status_code == 200, "the route at its new place") < 2
    assert dev.get("/pid").status_code == 404
    (dev.root / "app/moved").rename(tmp_path / "elsewhere")
    assert wait_for(lambda: dev.get("/moved").status_code == 404, "the route to vanish") < 2


def test_a_file_of_data_does_not_count(dev: Server) -> None:
    write(dev, "data/new/words.txt", "one")
    (dev.root / "data/new/words.txt").unlink()
    write(dev, "app/pid/route.py", answering("changed"))
    wait_for(lambda: dev.get("/pid").text == "changed", "the new answer")
    wait_for(lambda: "Reloaded in " in dev.output, "the line that tells of it")
    assert dev.output.count("Reloaded in ") == 1


def test_a_file_whose_name_is_no_text_does_not_end_the_watching(dev: Server) -> None:
    time.sleep(1)  # It begins again only when it has worked for a while.
    (dev.root / os.fsdecode(b"data-\xff.txt")).write_text("x")
    wait_for(lambda: "was interrupted" in dev.output, "the interruption")
    write(dev, "app/pid/route.py", answering("changed"))
    wait_for(lambda: dev.get("/pid").text == "changed", "the new answer")


def test_two_saves_within_a_second_are_both_seen(dev: Server) -> None:
    for text in ("a", "b", "c"):
        write(dev, "app/pid/route.py", answering(text))
        assert wait_for(lambda: dev.get("/pid").text == text, "the new answer") < 2  # noqa: B023


def test_env_files_are_read_anew(dev: Server) -> None:
    shown = answering("").replace("''", "os.environ.get('SHOWN', 'none')") + "\nimport os\n"
    write(dev, "app/env/route.py", shown)
    wait_for(lambda: dev.get("/env").text == "none", "the new route")
    write(dev, ".env", "SHOWN=yes\n")
    assert wait_for(lambda: dev.get("/env").text == "yes", "the variable") < 2


def test_register_is_shut_down_and_run_again(dev: Server) -> None:
    write(dev, "app/pid/route.py", answering("changed"))
    wait_for(lambda: dev.get("/pid").text == "changed", "the new answer")
    assert [mark.split()[0] for mark in dev.marks] == ["started", "stopped", "started"]


def test_no_request_is_refused_while_the_app_is_loaded_anew(dev: Server) -> None:
    seen: list[str] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                # A connection for each: the port itself must be there all the time.
                answer = dev.send("GET /pid HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                seen.append(f"{answer.status} {answer.body.decode()}")
            except OSError as error:
                seen.append(repr(error))

    asking = [threading.Thread(target=ask) for _ in range(2)]
    for thread in asking:
        thread.start()
    for number in range(5):
        write(dev, "app/pid/route.py", answering(f"text {number}"))
        wait_for(lambda: f"200 text {number}" in seen, "the new answer")  # noqa: B023
    done.set()
    for thread in asking:
        thread.join()
    assert len(seen) > 20
    assert {one for one in seen if not one.startswith("200 ")} == set()


def test_a_page_that_shows_an_error_is_told_when_to_reload(dev: Server) -> None:
    with dev.client() as client, client.stream("GET", EVENTS) as events:
        lines = events.iter_lines()
        assert next(lines) == ": connected"
        write(dev, "app/pid/route.py", answering("changed"))
        assert next(line for line in lines if line.startswith("event")) == "event: reload"
    assert dev.get("/pid").text == "changed"
    wait_for(lambda: '"GET /pid" 200' in dev.output, "the line of a request")
    assert EVENTS not in dev.output


def test_a_request_that_runs_during_a_reload_is_answered_by_its_own_code(dev: Server) -> None:
    with dev.connect() as plug:
        plug.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_for(lambda: "begun" in dev.marks, "the request to begin")
        write(dev, "app/slow/route.py", answering("changed"))
        wait_for(lambda: dev.get("/slow").text == "changed", "the new answer")
        assert read_answer(plug).body == b"done"
    wait_for(lambda: "after" in dev.marks, "the after() work of the old code")


# What is wrong


def test_a_syntax_error_is_shown_until_it_is_mended(dev: Server) -> None:
    good = (dev.root / "app/pid/route.py").read_text()
    write(dev, "app/pid/route.py", good.replace("Response(", "Response((", 1))
    wait_for(lambda: dev.get("/cookies").status_code == 500, "the error")

    page = dev.get("/pid", headers={"accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (500, "text/html; charset=utf-8")
    text = html.unescape(re.sub(r"<[^>]+>", "", page.text))
    assert "app/pid/route.py:7" in text
    assert "This file does not import: SyntaxError: '(' was never closed" in text
    assert "return Response((str(os.getpid())" in text

    document = dev.get("/pid", headers=JSON)
    assert (document.status_code, document.headers["content-type"]) == (500, "application/problem+json")
    assert document.json()["problems"] == [
        {
            "file": "app/pid/route.py:7",
            "what": "This file does not import: SyntaxError: '(' was never closed",
            "cure": "Mend the syntax at that line.",
        }
    ]
    assert "app/pid/route.py:7" in dev.output
    assert "Reloaded" not in dev.output

    write(dev, "app/pid/route.py", good)
    assert wait_for(lambda: dev.get("/pid").status_code == 200, "the mended app") < 2
    wait_for(lambda: re.search(r"Mended in \d+ ms after app/pid/route.py\n", dev.output), "the news")


def test_an_app_that_is_broken_at_the_start_is_served_once_it_is_mended(app: Path) -> None:
    route = app / "app/pid/route.py"
    route.write_text("import nowhere\n")
    with running(app, command="dev") as dev:
        problem = dev.get("/pid", headers=JSON).json()["problems"][0]
        assert problem["file"] == "app/pid/route.py:1"
        assert problem["what"] == "This file does not import: ModuleNotFoundError: No module named 'nowhere'"
        write(dev, "app/pid/route.py", answering("mended"))
        assert wait_for(lambda: dev.get("/pid").text == "mended", "the mended app") < 2


def test_a_folder_without_an_app_says_so_until_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with running(tmp_path / "empty", command="dev") as dev:
        assert dev.get("/", headers=JSON).status_code == 500
        write(dev, "app/route.py", answering("hello"))
        assert wait_for(lambda: dev.get("/").text == "hello", "the app") < 2


def test_a_handler_that_raises_shows_its_trace_and_source(dev: Server) -> None:
    page = dev.get("/raises", headers={"accept": "text/html"})
    assert page.status_code == 500
    text = html.unescape(re.sub(r"<[^>]+>", "", page.text))
    assert "It failed for the reason." in text
    assert "app/raises/route.py" in text
    assert 'raise ValueError(f"It failed for {secret}.")' in text

    document = dev.get("/raises", headers=JSON).json()
    assert (document["exception"], document["message"]) == ("ValueError", "It failed for the reason.")
    assert document["frames"][0] == {
        "file": "app/raises/route.py",
        "line": 6,
        "function": "GET",
        "code": 'raise ValueError(f"It failed for {secret}.")',
    }
    assert "ValueError: It failed for the reason." in dev.output


def test_the_error_page_works_in_a_browser(dev: Server) -> None:
    # The page listens for events for ever, which does not keep it from being loaded.
    document = visit(f"{dev.url}/raises")
    assert "<mark>" in document
    assert "It failed for the reason." in document


# Ports and stopping


@pytest.mark.parametrize("path", [EVENTS, "/endless", "/endless/sync", "/slow"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_stops_at_once_whatever_is_open(dev: Server, path: str, number: int) -> None:
    with ExitStack() as stack:
        if path == "/slow":
            plug = stack.enter_context(dev.connect())
            plug.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
            wait_for(lambda: "begun" in dev.marks, "the request to begin")
        else:
            answer = stack.enter_context(stack.enter_context(dev.client()).stream("GET", path))
            chunks = answer.iter_raw()  # Kept, for without it the client would leave.
            next(chunks)
        started = time.monotonic()
        assert dev.stop(number) == 0
        assert time.monotonic() - started < 2
    assert dev.marks[-1].startswith("stopped")
    assert "Traceback" not in dev.output


def test_the_next_free_port_is_taken_when_none_was_chosen(app: Path) -> None:
    with socket.socket() as taken:
        with suppress(OSError):  # Somebody else may have it, which is as good.
            taken.bind(("127.0.0.1", 3000))
            taken.listen()
        with running(app, command="dev", choose_port=False) as dev:
            assert 3000 < dev.port < 3020
            assert dev.get("/pid").status_code == 200
            assert f"! Port 3000 is in use; this server takes {dev.port} instead.\n" in dev.output
