"""The app that ``byway new`` makes is one to begin with: it runs, and every tool is content with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new app."""
    root = tmp_path_factory.mktemp("scaffold") / "my-app"
    subprocess.run([BIN / "byway", "new", root], check=True, capture_output=True)
    return root


def check(app: Path, *command: str | Path) -> str:
    """Run ``command`` in the app's folder; returns what it prints, and fails when it does."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    done = subprocess.run(
        command, cwd=app, env={**kept, "PATH": path}, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_its_tests_pass(app: Path) -> None:
    assert re.search(r"\d+ passed", check(app, BIN / "python", "-m", "pytest", "-q", "-W", "error"))


def test_its_tests_pass_with_the_command_that_its_readme_names(app: Path) -> None:
    assert re.search(r"\d+ passed", check(app, BIN / "pytest", "-q"))


def test_it_builds(app: Path) -> None:
    assert "/api/items/[id]" in check(app, BIN / "byway", "build")


def test_ruff_finds_nothing(app: Path) -> None:
    check(app, BIN / "ruff", "check", "--no-cache")


def test_ruff_would_format_nothing(app: Path) -> None:
    check(app, BIN / "ruff", "format", "--no-cache", "--check")


def test_pyright_finds_nothing(app: Path) -> None:
    printed = check(app, BIN / "pyright", "--pythonpath", sys.executable)
    assert "0 errors, 0 warnings" in printed


def test_mypy_finds_nothing_the_way_the_readme_says(app: Path) -> None:
    recipe = re.search(r"`(find [^`]*mypy[^`]*)`", (app / "README.md").read_text())
    assert recipe is not None
    printed = check(app, "sh", "-c", recipe[1].replace(r"\|", "|"))  # Escaped, as it stands in a table.
    assert printed.count("Success: no issues found in 1 source file") == printed.count("\n") > 2


def test_its_start_page_is_served_by_byway_dev(app: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([BIN / "byway", "dev", "-p", "0"], cwd=app, stdout=output, stderr=subprocess.STDOUT) as server,
    ):
        try:
            deadline = time.monotonic() + 20
            while not (ready := re.search(r"Ready in \d+ ms at (\S+)", log.read_text())):
                assert time.monotonic() < deadline, log.read_text()
                assert server.poll() is None, log.read_text()
                time.sleep(0.02)
            with urllib.request.urlopen(ready[1], timeout=10) as answer:
                assert b"<h1>my-app</h1>" in answer.read()
            with urllib.request.urlopen(f"{ready[1]}/style.css", timeout=10) as answer:
                assert answer.headers["content-type"].startswith("text/css")
        finally:
            server.terminate()
            assert server.wait(10) == 0


def test_every_link_of_its_start_page_leads_where_it_says(app: Path) -> None:
    from byway.testing import Client

    with Client(app) as client:
        page = client.get("/").text
        statuses = {link: client.get(link).status_code for link in re.findall(r'href="([^"]+)"', page)}
    assert statuses == {"/style.css": 200, "/api/hello?name=you": 200, "/api/items/1": 200, "/api/items/9": 404}
