"""Clients as they are in the world: curl, httpx2 and a browser."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ..asgi.decoding import DECODE
from .browser import text_of, visit
from .servers import EXAMPLES, Server, build, copy_app, running, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The example app of route handlers, served."""
    root = build(copy_app(EXAMPLES / "route-handlers", tmp_path_factory.mktemp("example")))
    with running(root) as server:
        yield server


@pytest.mark.parametrize("program", ["curl", "chromium"])
def test_the_programs_that_these_tests_call_are_there(program: str) -> None:
    assert shutil.which(program), f"{program} is missing: run scripts/install-test-tools.sh."


# curl


def curl(*arguments: str, stdin: bytes = b"") -> str:
    """What curl prints."""
    done = subprocess.run(["curl", "-sS", *arguments], input=stdin, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


def test_curl_gets_json(example: Server) -> None:
    assert curl(f"{example.url}/api/hello") == '{"message":"Hello World"}'


def test_curl_follows_a_redirect(example: Server) -> None:
    ended = curl(
        "-L", "-o", "/dev/null", "-w", "%{http_code} %{num_redirects} %{url_effective}", f"{example.url}//api//hello/"
    )
    assert ended == f"200 1 {example.url}/api/hello"


def test_curl_sends_a_form(example: Server) -> None:
    answer = curl("-d", "name=Ada", "-d", "email=ada@example.com", f"{example.url}/form")
    assert json.loads(answer) == {"name": "Ada", "email": "ada@example.com"}


def test_curl_uploads_a_file_with_expect_100_continue(example: Server, tmp_path: Path) -> None:
    data = bytes(range(256)) * 12_000
    (tmp_path / "data.bin").write_bytes(data)
    answer = curl("-H", "Expect: 100-continue", "-F", f"file=@{tmp_path / 'data.bin'}", f"{example.url}/upload")
    assert json.loads(answer) == {
        "name": "data.bin",
        "type": "application/octet-stream",
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }


def test_curl_streams_a_body_of_unknown_length(shared: Server) -> None:
    answer = curl("-T", "-", "-X", "POST", f"{shared.url}/body", stdin=b"x" * 300_000)
    assert json.loads(answer) == {"size": 300_000}


def test_curl_asks_for_the_head_only(shared: Server) -> None:
    answer = curl("-I", f"{shared.url}/pid")
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert answer.endswith("\r\n\r\n")


def test_curl_speaks_http_1_0(shared: Server) -> None:
    assert curl("--http1.0", f"{shared.url}/stream") == "one two three"


def test_curl_speaks_http_2_without_tls(shared: Server) -> None:
    answer = curl("--http2-prior-knowledge", "-w", " %{http_version}", f"{shared.url}/stream")
    assert answer == "one two three 2"


@pytest.mark.parametrize("path", ["/", "/api/stream"])
@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_curl_gets_what_is_compressed(example: Server, tmp_path: Path, path: str, coding: str) -> None:
    url, file = f"{example.url}{path}", tmp_path / "body"
    got = curl("-H", f"Accept-Encoding: {coding}", "-o", str(file), "-w", "%header{content-encoding}", url)
    assert got == coding
    plain = curl(url)
    assert DECODE[coding](file.read_bytes()).decode() == plain
    # With whatever this curl was built to decode.
    assert curl("--compressed", url) == plain


# httpx2


def test_one_connection_serves_many_requests(shared: Server) -> None:
    with shared.client() as client:
        assert {client.get("/pid").text for _ in range(50)} == {shared.get("/pid").text}


def test_cookies_go_there_and_back(shared: Server) -> None:
    with shared.client() as client:
        answer = client.post("/cookies")
        assert answer.status_code == 204
        assert len(answer.headers.get_list("set-cookie")) == 2
        assert client.get("/cookies").json() == {"plain": "a b;c=ä", "hidden": "1"}


def test_many_clients_at_once_get_their_own_answers(shared: Server) -> None:
    with shared.client() as client, ThreadPoolExecutor(16) as pool:

        def ask(number: int) -> list[str]:
            path: list[str] = client.get(f"/echo/{number}").json()["path"]
            return path

        assert list(pool.map(ask, range(200))) == [[str(number)] for number in range(200)]


# A browser


@pytest.fixture(scope="module")
def page(shared: Server) -> dict[str, object]:
    """What the script of the tests' page has found out, by the name of its step."""
    found: dict[str, object] = json.loads(text_of(visit(shared.url), "results"))
    return found


def test_a_browser_fetches_json(page: dict[str, object], shared: Server) -> None:
    assert page["json"] == {
        "status": 200,
        "type": "application/json",
        "body": {
            "path": ["a/b", "é"],
            "pathname": "/echo/a%2Fb/%C3%A9",
            "url": f"{shared.url}/echo/a%2Fb/%C3%A9?q=1",
        },
    }


def test_a_browser_sends_a_form_with_a_file(page: dict[str, object]) -> None:
    assert page["form"] == [
        {"name": "title", "value": "a & b = ä"},
        {
            "name": "file",
            "file": "grün.txt",
            "size": 2_000_000,
            "sha256": hashlib.sha256(b"x" * 2_000_000).hexdigest(),
        },
    ]


def test_a_browser_reads_a_stream_as_it_comes(page: dict[str, object]) -> None:
    assert page["stream"] == ["one ", "two ", "three"]


def test_a_browser_keeps_cookies_and_hides_http_only_ones_from_scripts(page: dict[str, object]) -> None:
    assert page["cookies"] == {
        "status": 204,
        "script": "plain=a%20b%3Bc%3D%C3%A4",
        "server": {"plain": "a b;c=ä", "hidden": "1"},
    }


def test_a_browser_receives_server_sent_events(page: dict[str, object]) -> None:
    assert page["events"] == ["0", "1", "2"]


def test_a_stream_that_a_browser_aborts_is_closed(page: dict[str, object], shared: Server) -> None:
    assert page["abort"] == 200
    wait_for(lambda: "stream closed" in shared.marks, "the generator to be closed")


def test_a_browser_follows_the_redirect_to_the_normal_path(page: dict[str, object]) -> None:
    assert page["redirect"] == {"redirected": True, "path": "/echo/x"}


def test_a_browsers_api_call_that_fails_gets_a_problem_document(page: dict[str, object]) -> None:
    assert page["error"] == {"status": 500, "type": "application/problem+json"}


def test_the_examples_own_page_works_in_a_browser(example: Server) -> None:
    document = visit(example.url)
    assert "<h1>Route handlers</h1>" in document
