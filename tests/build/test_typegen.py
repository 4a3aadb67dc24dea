"""``byway typegen``: what type checkers then know of an app's routes."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from byway.build.typegen import FILE, write_types
from byway.problems import AppError
from tests.support import write_app

BIN = Path(sys.executable).parent
HANDLER = """\
from typing import Any, Literal

from byway.server import LayoutProps, PageProps, Request, Response, RouteContext


"""
HEAD = HANDLER.count("\n")
FILES = {
    "app/route.py": "",
    "app/items/[slug]/route.py": "",
    "app/(shop)/[shop]/[item-id]/route.py": "",
    "app/docs/[[...path]]/page.py": "",
    "app/files/[...path]/page.py": "",
    "app/layout.py": "",
    "app/(shop)/[shop]/layout.py": "",
    "app/(shop)/[shop]/@basket/page.py": "",
    "app/(shop)/[shop]/@basket/layout.py": "",
    "app/(shop)/[shop]/@basket/default.py": "",
    "app/@team/default.py": "",
    "app/@two-words/default.py": "",
    "app/@class/default.py": "",
    "app/@property/default.py": "",
    "app/docs/@alone/default.py": "",
    "app/_private/[x]/route.py": "",
}


def known(text: str, label: str) -> str:
    return next(line for line in text.splitlines() if line.startswith(f"{label}Route: ")).partition(" = ")[2]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose types are written."""
    root = write_app(tmp_path_factory.mktemp("typed"), FILES)
    write_types(root)
    settings = {"typeCheckingMode": "strict", "include": ["."]}
    (root / "pyrightconfig.json").write_text(json.dumps(settings))
    return root


@pytest.fixture
def check(project: Path) -> Iterator[Path]:
    """A module of the project, to be written and checked."""
    module = project / "app/checked.py"
    yield module
    module.unlink()


def errors_of(checker: str, module: Path) -> list[int]:
    """The lines of ``module`` in which ``checker`` finds something, those of `HANDLER` not counted."""
    project = module.parent.parent
    if checker == "pyright":
        command = [str(BIN / "pyright"), "--pythonpath", sys.executable, "--outputjson"]
        printed = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout
        lines = [one["range"]["start"]["line"] + 1 for one in json.loads(printed)["generalDiagnostics"]]
    else:
        command = [str(BIN / "mypy"), "--strict", "--hide-error-context", str(module)]
        printed = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout
        lines = [int(line.split(":")[1]) for line in printed.splitlines() if ": error: " in line]
        assert lines or "Success" in printed, printed
    # Not every module needs all that HANDLER imports.
    return sorted({line - HEAD for line in lines if line > HEAD})


def test_routes_are_known_by_their_kind_and_groups_and_private_folders_are_left_out(project: Path) -> None:
    text = (project / FILE).read_text()
    assert known(text, "Handler") == "Literal['/', '/[shop]/[item-id]', '/items/[slug]']"
    assert known(text, "Page") == "Literal['/[shop]', '/docs/[[...path]]', '/files/[...path]']"
    assert known(text, "Layout") == "Literal['/', '/[shop]']"


def test_parameters_have_the_types_of_their_segments(project: Path) -> None:
    text = (project / FILE).read_text()
    assert "_SlugParams = TypedDict('_SlugParams', {'slug': str})" in text
    assert "_ShopItemIdParams = TypedDict('_ShopItemIdParams', {'shop': str, 'item-id': str})" in text
    # Two shapes of one name.
    assert "_PathParams = TypedDict('_PathParams', {'path': NotRequired[list[str]]})" in text
    assert "_PathParams2 = TypedDict('_PathParams2', {'path': list[str]})" in text


def test_slots_are_attributes_of_the_props_of_the_layout_beside_them(project: Path) -> None:
    properties = re.findall(r"    def (\w+)\(self: LayoutProps\[(.*)\]\) -> Any", (project / FILE).read_text())
    assert properties == [("basket", "Literal['/[shop]'] | _AnyRoute"), ("team", "Literal['/'] | _AnyRoute")]


def test_a_slot_that_layouts_of_several_routes_have_belongs_to_each_of_them(tmp_path: Path) -> None:
    files = {f"app/{name}": "" for name in ("layout.py", "@x/page.py", "a/layout.py", "a/@x/page.py", "a/page.py")}
    path, routes = write_types(write_app(tmp_path, files))
    assert "    def x(self: LayoutProps[Literal['/', '/a'] | _AnyRoute]) -> Any: ...\n" in path.read_text()
    # The pages of a URL, in slots and beside them, are one route.
    assert routes == 2


@pytest.mark.parametrize("name", ["search", "1a", "any", "é", "a'b", 'a"b', "class", "Any", "a-b", "__x", "no"])
def test_parameters_of_any_name_make_a_file_that_python_can_read(tmp_path: Path, name: str) -> None:
    path, _ = write_types(write_app(tmp_path, {f"app/[{name}]/page.py": ""}))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.ClassDef)]
    names += [
        target.id for node in tree.body for target in getattr(node, "targets", ()) if isinstance(target, ast.Name)
    ]
    assert len(names) == len({*names})


GOOD = f"""{HANDLER}
async def named(ctx: RouteContext[Literal["/items/[slug]"]]) -> str:
    params = await ctx.params
    return params["slug"] + ctx.params["slug"]

async def unnamed(ctx: RouteContext) -> Any:
    return (await ctx.params)["anything"]

async def of_any_route(ctx: RouteContext[Any]) -> Any:
    return (await ctx.params)["anything"]

async def page(props: PageProps[Literal["/docs/[[...path]]"]]) -> list[str]:
    assert isinstance((await props.search_params)["q"], str)
    return (await props.params).get("path", [])

async def layout(props: LayoutProps[Literal["/[shop]"]]) -> Any:
    shop: str = (await props.params)["shop"]
    return [shop, props.children, props.basket]

async def layout_with_a_slot(props: LayoutProps[Literal["/"]]) -> Any:
    return [props.team, props.children]

async def layout_of_any_route(props: LayoutProps) -> Any:
    return [props.team, props.basket]

async def GET(request: Request, ctx: RouteContext[Literal["/[shop]/[item-id]"]]) -> Response:
    return Response(ctx.params["item-id"])
"""
BAD = f"""{HANDLER}async def key(ctx: RouteContext[Literal["/items/[slug]"]]) -> Any:
    return (await ctx.params)["slgu"]

async def key_without_await(ctx: RouteContext[Literal["/items/[slug]"]]) -> Any:
    return ctx.params["slgu"]

async def route(ctx: RouteContext[Literal["/itmes/[slug]"]]) -> None: ...

async def route_of_a_page(ctx: RouteContext[Literal["/files/[...path]"]]) -> None: ...

async def type_of_a_parameter(props: PageProps[Literal["/files/[...path]"]]) -> str:
    return (await props.params)["path"]

async def layout(props: LayoutProps[Literal["/shop"]]) -> None: ...

async def slot_of_another_layout(props: LayoutProps[Literal["/"]]) -> Any:
    return props.basket

async def no_slot(props: LayoutProps[Literal["/"]]) -> Any:
    return props.temas
"""


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_a_type_checker_knows_each_route_and_its_parameters(checker: str, check: Path) -> None:
    check.write_text(GOOD)
    assert errors_of(checker, check) == []


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_a_misspelt_key_or_route_is_an_error(checker: str, check: Path) -> None:
    check.write_text(BAD)
    assert errors_of(checker, check) == [2, 5, 7, 9, 12, 14, 17, 20]


@pytest.mark.slow
@pytest.mark.parametrize("files", [{}, {"app/[x]/layout.py": "", "app/[x]/route.py": ""}])
def test_the_types_of_any_app_are_sound(files: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "app").mkdir()
    write_types(write_app(tmp_path, files))
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "strict", "include": ["."]}')
    module = tmp_path / "app/checked.py"
    module.write_text(f"{HANDLER}async def any(ctx: RouteContext) -> Any:\n    return (await ctx.params)['x']\n")
    assert errors_of("pyright", module) == []


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["pyright", "mypy"])
def test_before_the_types_are_written_any_route_will_do(checker: str, tmp_path: Path) -> None:
    module = tmp_path / "app/checked.py"
    write_app(tmp_path, {"app/checked.py": f"{HANDLER}\n", "pyrightconfig.json": '{"typeCheckingMode": "basic"}'})
    module.write_text(
        f'{HANDLER}async def any(ctx: RouteContext[Literal["/x/[y]"]]) -> str:\n    y: str = (await ctx.params)["z"]\n'
        "    return y\n\n"
        'async def slot(props: LayoutProps[Literal["/x"]]) -> Any:\n    return props.team\n'
    )
    assert errors_of(checker, module) == []


def test_a_file_that_is_right_is_not_written_again(tmp_path: Path) -> None:
    path, number = write_types(write_app(tmp_path, {"app/a/route.py": ""}))
    before = path.stat().st_mtime_ns
    assert (number, write_types(tmp_path)[0].stat().st_mtime_ns) == (1, before)


def test_an_app_with_faulty_folders_has_no_types(tmp_path: Path) -> None:
    with pytest.raises(AppError, match="The parameter name"):
        write_types(write_app(tmp_path, {"app/[a]/[a]/route.py": ""}))


def test_a_project_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    write_app(tmp_path, {"app/route.py": ""})
    (tmp_path / FILE).mkdir()
    with pytest.raises(AppError, match="The types of the routes cannot be written: Is a directory"):
        write_types(tmp_path)


def test_the_app_is_not_imported(tmp_path: Path) -> None:
    assert write_types(write_app(tmp_path, {"app/route.py": "raise SystemExit"}))[1] == 1
