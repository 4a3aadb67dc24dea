"""The files in ``deploy/`` and the steps on the pages about them do what they say, as far as one machine can tell."""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Generator
from pathlib import Path

import click
import httpx2
import pytest

from byway import Config
from byway.cli import main

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
PAGES = ROOT / "docs" / "recipes"
HEALTH = ROOT / "examples" / "recipes" / "deploying" / "app" / "healthz" / "route.py"

# The command, as the same environment has it.
BYWAY = Path(sysconfig.get_path("scripts")) / "byway"

# What `byway start` adds to shutdown_timeout before it kills a worker, in seconds.
GRACE = 5


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string((DEPLOY / "byway.service").read_text(encoding="utf-8"))
    return parser


def dockerfile() -> list[tuple[str, str]]:
    """The instructions: pairs of a word and what follows it."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def docker_command(word: str) -> list[str]:
    """The command of ``CMD`` or ``HEALTHCHECK``."""
    (rest,) = [rest for instruction, rest in dockerfile() if instruction == word]
    command: list[str] = json.loads(rest[rest.index("[") :])
    return command


def check_arguments(command: list[str]) -> None:
    """Fail unless ``byway`` knows the command's name and every option of it."""
    assert Path(command[0]).name == "byway"
    known = main.commands[command[1]]
    try:
        known.make_context(command[1], command[2:])
    except click.ClickException as error:
        pytest.fail(f"{shlex.join(command)}: {error.format_message()}")


# ---------------------------------------------------------------- what the files say


def test_the_unit_starts_byway_as_the_command_line_takes_it() -> None:
    service = unit()["Service"]
    command = shlex.split(service["ExecStart"])
    check_arguments(command)
    assert command[0].startswith(service["WorkingDirectory"])
    assert command[command.index("--uds") + 1].startswith(f"/run/{service['RuntimeDirectory']}/")


def test_the_unit_gives_a_stop_more_time_than_byway_takes() -> None:
    service = unit()["Service"]
    assert int(service["TimeoutStopSec"]) > Config().shutdown_timeout + GRACE
    assert (service["KillSignal"], service["KillMode"]) == ("SIGTERM", "mixed")


def test_the_unit_may_write_nowhere_but_to_its_state() -> None:
    service = unit()["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    assert "ReadWritePaths" not in service


def test_the_image_builds_the_app_and_starts_the_build() -> None:
    instructions = dockerfile()
    commands = [shlex.split(rest) for word, rest in instructions if word == "RUN" and rest.startswith("byway ")]
    assert [command[1] for command in commands] == ["build"]
    for command in [*commands, docker_command("CMD")]:
        check_arguments(command)
    assert docker_command("CMD")[1] == "start"


def test_the_image_runs_as_nobody_of_importance() -> None:
    instructions = dockerfile()
    last_stage = instructions[max(i for i, (word, _) in enumerate(instructions) if word == "FROM") :]
    (user,) = [rest for word, rest in last_stage if word == "USER"]
    assert int(user.partition(":")[0]) > 1000
    assert not any(word == "RUN" for word, _ in last_stage)


def test_what_belongs_to_one_machine_does_not_enter_the_image() -> None:
    ignored = (DEPLOY / ".dockerignore").read_text(encoding="utf-8").split()
    assert {".byway/", ".env*.local", ".git/", ".venv/", "tests/"} <= set(ignored)


def test_the_pages_give_a_stop_more_time_than_byway_takes() -> None:
    deploying = (PAGES / "deploying.md").read_text(encoding="utf-8")
    rolling = (PAGES / "rolling-deploys.md").read_text(encoding="utf-8")
    for seconds in re.findall(r"--stop-timeout (\d+)", deploying):
        assert int(seconds) > Config().shutdown_timeout + GRACE
    (total,) = re.findall(r"terminationGracePeriodSeconds: (\d+)", rolling)
    (pause,) = re.findall(r'"sleep", "(\d+)"', rolling)
    assert int(total) > int(pause) + Config().shutdown_timeout + GRACE


def test_the_template_unit_keeps_releases_apart() -> None:
    page = (PAGES / "rolling-deploys.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\$ (sed .*) byway\.service > byway@\.service$", page, re.MULTILINE)
    template = subprocess.run(
        [*shlex.split(command), DEPLOY / "byway.service"], capture_output=True, text=True, check=True
    ).stdout
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(template.replace("%i", "r42"))
    service = parser["Service"]
    assert service["WorkingDirectory"] == "/srv/my-app/r42"
    assert service["RuntimeDirectory"] == "byway/r42"
    assert service["ExecStart"].startswith("/srv/my-app/r42/.venv/bin/byway start")
    assert "--uds /run/byway/r42/app.sock" in service["ExecStart"]


# ---------------------------------------------------------------- what the commands do


def run_byway(*arguments: str | Path) -> None:
    subprocess.run([BYWAY, *arguments], check=True, capture_output=True, timeout=60)


def environment(**variables: str) -> dict[str, str]:
    return {**{name: value for name, value in os.environ.items() if name not in ("PORT", "HOSTNAME")}, **variables}


@contextlib.contextmanager
def process(command: list[str], folder: Path, **variables: str) -> Generator[subprocess.Popen[bytes]]:
    """A server that is running; it is killed at the end if it still is."""
    assert command[0] == "byway"
    running = subprocess.Popen(
        [BYWAY, *command[1:]],
        cwd=folder,
        env=environment(**variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        umask=0o007,
    )
    try:
        yield running
    finally:
        if running.poll() is None:
            running.terminate()
        try:
            running.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()


def wait_until_healthy(client: httpx2.Client, server: subprocess.Popen[bytes], address: str | tuple[str, int]) -> str:
    """Ask ``/healthz`` once somebody listens at ``address``; returns the version that answers."""
    for _ in range(200):
        assert server.poll() is None, "the server is gone"
        with socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET) as probe:
            if probe.connect_ex(address) == 0:
                break
        time.sleep(0.05)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    health: dict[str, str] = answer.json()
    assert health["status"] == "ok"
    return health["version"]


def through(path: Path) -> httpx2.Client:
    """A client that opens a connection for each request, as a proxy without keep-alive does."""
    transport = httpx2.HTTPTransport(uds=str(path), limits=httpx2.Limits(max_keepalive_connections=0))
    return httpx2.Client(transport=transport, base_url="http://app.example", timeout=10)


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app that `byway new` makes, with the health endpoint and a slow route, built as in the Dockerfile."""
    folder = tmp_path_factory.mktemp("release") / "my-app"
    run_byway("new", folder)
    for name, text in {
        "healthz": HEALTH.read_text(encoding="utf-8"),
        "slow": "import asyncio\n\nfrom app.healthz.route import VERSION\nfrom byway.server import Response\n\n\n"
        "async def GET() -> Response:\n    await asyncio.sleep(1.5)\n    return Response(VERSION)\n",
    }.items():
        (folder / "app" / name).mkdir()
        (folder / "app" / name / "route.py").write_text(text, encoding="utf-8")
    run_byway("build", folder)
    return folder


@pytest.mark.slow
def test_the_command_of_the_image_serves_the_scaffold_and_its_health_check_says_so(release: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    check = docker_command("HEALTHCHECK")
    assert check[0] == "python"
    check = [sys.executable, *check[1:]]
    variables = {"PORT": str(port), "HOSTNAME": "0123456789ab", "APP_VERSION": "r1"}
    assert subprocess.run(check, env=environment(**variables), capture_output=True).returncode != 0
    with (
        process(docker_command("CMD"), release, **variables) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}") as client,
    ):
        assert wait_until_healthy(client, server, ("127.0.0.1", port)) == "r1"
        assert client.get("/api/items/1").json()["name"] == "A pencil"
        assert subprocess.run(check, env=environment(**variables), capture_output=True).returncode == 0
        server.send_signal(signal.SIGTERM)
        assert server.wait(10) == 0


@pytest.mark.slow
def test_a_rolling_deploy_through_unix_sockets_loses_no_request(release: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="byway-") as name, contextlib.ExitStack() as stack:
        run = Path(name)
        old_socket, new_socket, current = run / "r41.sock", run / "r42.sock", run / "current.sock"
        start = ["byway", "start", "--workers", "2", "--access-log", "off", "--uds"]
        old = stack.enter_context(process([*start, str(old_socket)], release, APP_VERSION="r41"))
        assert wait_until_healthy(stack.enter_context(through(old_socket)), old, str(old_socket)) == "r41"
        assert old_socket.stat().st_mode & 0o007 == 0  # only the owner and the group may connect
        current.symlink_to(old_socket)

        seen: list[str | int] = []
        finished = threading.Event()

        def ask_again_and_again() -> None:
            with through(current) as client:
                while not finished.is_set():
                    answer = client.get("/healthz")
                    seen.append(answer.json()["version"] if answer.status_code == 200 else answer.status_code)

        slow: list[httpx2.Response] = []

        def ask_slowly() -> None:
            with through(current) as client:
                slow.append(client.get("/slow"))

        asking = threading.Thread(target=ask_again_and_again)
        asking.start()
        new = stack.enter_context(process([*start, str(new_socket)], release, APP_VERSION="r42"))
        assert wait_until_healthy(stack.enter_context(through(new_socket)), new, str(new_socket)) == "r42"

        waiting = threading.Thread(target=ask_slowly)
        waiting.start()
        time.sleep(0.3)
        following = run / "next.sock"
        following.symlink_to(new_socket)
        following.rename(current)
        time.sleep(0.2)
        old.send_signal(signal.SIGTERM)
        assert old.wait(10) == 0
        waiting.join()
        time.sleep(0.2)
        finished.set()
        asking.join()

        assert (slow[0].status_code, slow[0].text) == (200, "r41")  # it had begun before the signal
        assert set(seen) == {"r41", "r42"}
        assert seen == sorted(seen, key=str)  # once the link is turned, nobody meets the old version
        assert not old_socket.exists()
        assert new_socket.is_socket()


@pytest.mark.slow
def test_a_port_in_use_is_refused_so_two_versions_need_two_ports(release: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        with process(["byway", "start", "--hostname", "127.0.0.1", "--port", port], release) as server:
            assert server.wait(20) == 1
