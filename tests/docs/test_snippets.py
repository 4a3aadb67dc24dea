"""What the documentation prints is true: its apps load, its tests pass, its sessions answer as shown.

How a fenced block is taken:

- ```` ```python title="app/x/route.py" ````: a file of an app. The blocks of one section, from heading to heading, make
  one app; a path that comes a second time begins another app. The app must load.
- ```` ```text title="byway build" ````: the problems that the app before it has; it must fail to load with just these.
- a title that begins with ``tests/``: a test file of the app, which must pass.
- ```` ```pycon ````: a session with the interpreter, run by doctest; the sessions of one page share their names.
- ```` ```console ````: each ``$ curl …`` after an app is sent to it; the answer must be as shown. Request ids, times
  and reason phrases may differ, what the server adds (``server``, ``date``) is left out, and so is the body of the
  script that puts late parts in their place (``function $byway(n){…}``). ``$ sleep …`` lets the time pass by which the
  app's cache goes. ``$ byway build`` after an app must print what is shown.
- ```` ```python ```` without a title: must be valid Python; ``await`` may stand outside functions.
"""

from __future__ import annotations

import ast
import doctest
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import byway
import byway.cache
import byway.navigation
import byway.server
import byway.testing
from byway import AppError, Config
from byway.cli import main
from byway.runtime.loading import load_app
from byway.testing import Client

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
ALL_PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").rglob("*.md")), REPOSITORY / "CONTRIBUTING.md"]

_FENCE = re.compile(r'```(?P<language>\w*)(?: title="(?P<title>[^"]+)")?')
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#([^)\s]+))?\)")
# Packages that snippets import and the tests do without.
_STAND_INS = {"asyncpg": "class Pool: ...\n\n\nasync def create_pool(dsn: str) -> Pool: ...\n"}
# The ends of file names by which an app has something to serve.
_SERVED = ("/route.py", "/page.py", "/robots.py", "/sitemap.py", "/manifest.py", "icon.py", "_image.py")
_FILLER = "from byway.server import Response\n\nasync def GET() -> Response:\n    return Response()\n"


@dataclass(frozen=True)
class Block:
    """One fenced block: where it stands, what it is, and its text."""

    page: str
    line: int
    section: int
    language: str
    title: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


@dataclass
class SnippetApp:
    """The files that one section shows, and the problems that it says they have."""

    where: str
    files: dict[str, str] = field(default_factory=dict[str, str])
    problems: str | None = None
    sessions: list[str] = field(default_factory=list[str])

    def write(self, folder: Path) -> Path:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        for package, text in _STAND_INS.items():
            if any(f"import {package}\n" in snippet for snippet in self.files.values()):
                (folder / f"{package}.py").write_text(text)
        if not any(name.endswith(_SERVED) for name in self.files):
            (folder / "app").mkdir(exist_ok=True)
            (folder / "app/route.py").write_text(_FILLER)
        return folder

    @property
    def has_tests(self) -> bool:
        return any(name.startswith("tests/") for name in self.files)


def blocks_of(page: Path) -> Iterator[Block]:
    lines = page.read_text(encoding="utf-8").splitlines()
    section, number = 0, 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("#"):
            section += 1
        if (fence := _FENCE.fullmatch(line)) is not None:
            end = lines.index("```", number)
            text = "\n".join(lines[number:end]) + "\n"
            name = page.relative_to(REPOSITORY).as_posix()
            yield Block(name, number, section, fence["language"], fence["title"], text)
            number = end + 1


def apps_of(blocks: list[Block]) -> list[SnippetApp]:
    apps: list[SnippetApp] = []
    section: tuple[str, int] | None = None
    for block in blocks:
        if block.title is None:
            if block.language == "console" and section == (block.page, block.section):
                apps[-1].sessions.append(block.text)
            continue
        if block.title == "byway build":
            apps[-1].problems = block.text
            continue
        if section != (block.page, block.section) or block.title in apps[-1].files:
            apps.append(SnippetApp(str(block)))
        section = (block.page, block.section)
        apps[-1].files[block.title] = block.text
    return apps


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
APPS = apps_of(BLOCKS)


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.where)
def test_every_printed_app_loads_or_has_the_printed_problems(app: SnippetApp, tmp_path: Path) -> None:
    folder = app.write(tmp_path)
    if app.problems is not None:
        with pytest.raises(AppError) as caught:
            load_app(folder, "test")
        assert "\n\n".join(map(str, caught.value.problems)) == app.problems.rstrip("\n")
        return
    load_app(folder, "test").close()


@pytest.mark.slow
@pytest.mark.parametrize("app", [app for app in APPS if app.has_tests], ids=lambda app: app.where)
def test_every_printed_test_passes(app: SnippetApp, tmp_path: Path) -> None:
    folder = app.write(tmp_path)
    (folder / "pytest.ini").write_text("[pytest]\ntestpaths = tests\n")
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def curl(client: Client, command: str) -> str:
    """What ``curl`` would print; it knows ``-i``, ``-X``, ``-H``, ``-b`` and ``-d``."""
    headers: dict[str, str] = {}
    method, data, show_headers, url = None, None, False, ""
    words = iter(shlex.split(command)[1:])
    for word in words:
        match word:
            case "-i":
                show_headers = True
            case "-X":
                method = next(words)
            case "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            case "-b":
                headers["cookie"] = next(words)
            case "-d":
                data = next(words)
                headers.setdefault("content-type", "application/x-www-form-urlencoded")
            case _:
                url = f"http://{word}"
    method = method or ("GET" if data is None else "POST")
    answer = client.request(method, url, headers={"accept": "*/*", **headers}, content=data)
    if not show_headers:
        return answer.text
    status = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"
    return "\n".join([status, *(f"{name}: {value}" for name, value in answer.headers.multi_items()), "", answer.text])


def _masked(text: str) -> str:
    text = re.sub(r"(?m)^(HTTP/1.1 \d+) .*", r"\1", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{6}", "REQUEST-ID", text)
    text = re.sub(r"Built in [\d.]+ s", "Built in TIME", text)
    text = re.sub(r"function \$byway\(n\)\{.*?\};(?=\$byway\()", "function $byway(n){…};", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME", text).strip()


def exchanges_of(app: SnippetApp) -> Iterator[tuple[str, str]]:
    """The commands of its sessions, and what is shown as their output."""
    for exchange in re.split(r"^\$ ", "".join(app.sessions), flags=re.MULTILINE)[1:]:
        command, _, shown = exchange.partition("\n")
        yield command, shown


@pytest.mark.parametrize("app", [app for app in APPS if "$ curl " in "".join(app.sessions)], ids=lambda app: app.where)
def test_every_printed_curl_is_answered_as_shown(app: SnippetApp, tmp_path: Path) -> None:
    with Client(app.write(tmp_path), base_url="http://localhost:3000") as client:
        for command, shown in exchanges_of(app):
            if command.startswith("sleep "):
                client.clock.advance(float(command.removeprefix("sleep ")))
            elif command.startswith("curl "):
                client.cookies.clear()
                assert _masked(curl(client, command)) == _masked(shown), command
                client.drain()


@pytest.mark.parametrize(
    "app", [app for app in APPS if "$ byway build\n" in "".join(app.sessions)], ids=lambda app: app.where
)
def test_every_printed_build_prints_what_is_shown(app: SnippetApp, tmp_path: Path) -> None:
    folder = app.write(tmp_path)
    for command, shown in exchanges_of(app):
        if command == "byway build":
            result = CliRunner().invoke(main, ["build", str(folder)])
            assert _masked(result.output) == _masked(shown)


@pytest.mark.parametrize("page", sorted({block.page for block in BLOCKS if block.language == "pycon"}))
def test_every_printed_session_answers_as_shown(page: str) -> None:
    session = "\n".join(block.text for block in BLOCKS if block.page == page and block.language == "pycon")
    test = doctest.DocTestParser().get_doctest(session, {}, page, page, 0)
    report: list[str] = []
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    doctest.DocTestRunner(optionflags=flags, verbose=False).run(test, out=report.append)
    assert not report, "".join(report)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=str)
def test_every_printed_python_is_valid(block: Block) -> None:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    compile(block.text, str(block), "exec", flags=flags, dont_inherit=True)


def test_the_messages_on_the_routing_page_are_those_of_the_golden_files() -> None:
    golden = "\n\n".join(file.read_text() for file in (REPOSITORY / "tests/routing/golden").glob("*.txt"))
    for block in BLOCKS:
        if block.page == "docs/routing.md" and block.language == "text" and "  → " in block.text and not block.title:
            assert block.text.strip() in golden, str(block)


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", ALL_PAGES, ids=lambda page: page.relative_to(REPOSITORY).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text(encoding="utf-8")):
        file = (page.parent / target).resolve()
        assert file.exists(), target
        if anchor and file.suffix == ".md":
            assert anchor in _anchors(file), f"{target}#{anchor}"


def test_every_file_that_the_walk_names_exists() -> None:
    text = (REPOSITORY / "docs/how-a-request-travels.md").read_text(encoding="utf-8")
    of_the_app = {"route.py", "byway_config.py", "instrumentation.py"}
    for name in set(re.findall(r"\b[\w/]+\.py\b", text)) - of_the_app:
        places = [REPOSITORY / "src/byway" / folder / name for folder in ("", "routing")]
        assert any(place.exists() for place in places), name


def test_every_setting_is_documented_with_its_default() -> None:
    text = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")
    for setting in fields(Config):
        value = setting.default if setting.default_factory is MISSING else setting.default_factory()
        default = repr(value).replace("'", '"')
        assert f"| `{setting.name}` | `{default}` |" in text, setting.name


def test_every_command_and_option_is_documented() -> None:
    text = (REPOSITORY / "docs/configuration.md").read_text(encoding="utf-8")
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert f"`byway {name}" in text, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert f"`{parameter.opts[-1]}" in text or f"`{parameter.opts[0]}" in text, (name, parameter.opts)


def test_every_public_name_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    names = {*byway.server.__all__, *byway.navigation.__all__, *byway.cache.__all__, *byway.testing.__all__}
    names |= {*sys.modules["byway.headers"].__all__, *sys.modules["byway.fetch"].__all__}
    names |= {name for name in vars(byway) if not name.startswith("_") and callable(getattr(byway, name))}
    for name in sorted(names):
        assert re.search(rf"`(?:\w+\.)*{name}\b|\bimport [^\n]*\b{name}\b", text), name
