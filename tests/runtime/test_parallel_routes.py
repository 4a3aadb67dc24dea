"""Slots, which a layout shows beside its children, and the `default.py` of slots and children."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from pathlib import Path
from textwrap import dedent

import pytest
from click.testing import CliRunner

from byway.build.typegen import write_types
from byway.cli import main
from byway.runtime.loading import load_app
from byway.testing import Client

from ..support import problems_of, write_app

NO_INDEX = '<meta name="robots" content="noindex">'
IMPORTS = """\
import asyncio
from htpy import body, html, p
from byway import Suspense, cookies, headers, navigation, redirect

"""
# Shows one slot, "team", beside the children.
ROOT = "def layout(children, team): return html[body['(', children, '|', team, ')']]\n"
DYNAMIC = "dynamic = 'force-dynamic'\n"
NOTHING = "def default(): return None\n"

Serve = Callable[..., Client]


def saying(name: str, text: str, before: str = "") -> str:
    """A component that shows ``text``."""
    return f"{before}def {name}(): return '{text}'\n"


PAGE = saying("page", "page")


def files_of(files: Mapping[str, str]) -> dict[str, str]:
    """The files of an app by their paths; ``files`` leave out ``app/`` and ``.py``."""
    return {f"app/{name}.py": IMPORTS + dedent(text) for name, text in files.items()}


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Serves an app of these files, with `ROOT` as its layout unless they have another."""
    clients: list[Client] = []

    def start(files: Mapping[str, str]) -> Client:
        clients.append(Client(write_app(tmp_path, files_of({"layout": ROOT, **files}))))
        return clients[-1].__enter__()

    yield start
    for client in clients:
        client.__exit__(None, None, None)


def inside(text: str) -> str:
    """What stands in the body."""
    return text.partition("<body>")[2].rpartition("</body>")[0]


def answered(client: Client, path: str) -> tuple[int, str]:
    """The status of the page at ``path``, and what stands in its body."""
    answer = client.get(path)
    return answer.status_code, inside(answer.text)


def head(client: Client, path: str) -> str:
    return client.get(path).text.partition("</head>")[0]


def problems(tmp_path: Path, files: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return problems_of(write_app(tmp_path, files_of({"layout": ROOT, **files})))


class TestProps:
    def test_a_layout_is_given_its_slots_by_name(self, serve: Serve) -> None:
        layout = "def layout(children, a, b): return html[body[b, ' ', children, ' ', a]]"
        client = serve({"layout": layout, "page": PAGE, "@a/page": saying("page", "A"), "@b/page": saying("page", "B")})
        assert answered(client, "/") == (200, "B page A")

    def test_props_have_them_as_attributes(self, serve: Serve) -> None:
        layout = "def layout(props): return html[body[props.children, ' ', props.team, ' ', sorted(props.params)]]"
        assert answered(serve({"layout": layout, "page": PAGE, "@team/page": saying("page", "T")}), "/")[1] == "page T "

    def test_props_have_no_slot_that_is_not_there(self, serve: Serve) -> None:
        layout = "def layout(props): return html[body[str(hasattr(props, 'tema')), str(hasattr(props, 'team'))]]"
        client = serve({"layout": layout, "page": PAGE, "@team/page": PAGE})
        assert answered(client, "/") == (200, "FalseTrue")

    def test_a_slot_of_any_name_comes_with_the_keyword_arguments(self, serve: Serve) -> None:
        layout = "def layout(children, **slots): return html[body[children, slots['side-bar'], slots['class']]]"
        files = {"layout": layout, "page": PAGE, "@side-bar/page": saying("page", "S"), "@class/page": PAGE}
        assert answered(serve(files), "/") == (200, "pageSpage")

    def test_a_slot_that_is_not_there_is_a_problem_that_names_those_which_are(self, tmp_path: Path) -> None:
        layout = "def layout(children, tema): return html[body[children]]"
        assert problems(tmp_path, {"layout": layout, "page": PAGE, "@team/page": PAGE, "@x/page": PAGE}) == [
            (
                "app/layout.py:5",
                "layout has the parameter 'tema', for which there is no value.",
                "Props are given by name. Those of a layout are children and params and team and x; leave out what is "
                "not needed.",
            )
        ]

    def test_a_layout_is_given_the_slots_of_its_own_folder_only(self, tmp_path: Path) -> None:
        layout = "def layout(children, team): return children"
        root = "def layout(children): return html[body[children]]"
        found = problems(tmp_path, {"layout": root, "x/layout": layout, "x/page": PAGE, "@team/x/page": PAGE})
        assert [(file, what) for file, what, _ in found] == [
            ("app/x/layout.py:5", "layout has the parameter 'team', for which there is no value.")
        ]

    @pytest.mark.parametrize("name", ["children", "params", "props"])
    def test_a_slot_with_the_name_of_a_prop_is_a_problem(self, tmp_path: Path, name: str) -> None:
        root = "def layout(children): return html[body[children]]"
        assert problems(tmp_path, {"layout": root, "page": PAGE, f"@{name}/page": PAGE}) == [
            (
                f"app/@{name}",
                f'The slot "@{name}" has the name of a prop that every layout is given.',
                "Give the folder another name.",
            )
        ]

    def test_slots_of_slots_are_given_to_the_layout_in_the_slot(self, serve: Serve) -> None:
        files = {
            "page": PAGE,
            "@team/layout": "def layout(children, inner): return ['[', children, '+', inner, ']']",
            "@team/page": saying("page", "team"),
            "@team/@inner/page": saying("page", "inner"),
        }
        assert answered(serve(files), "/") == (200, "(page|[team+inner])")

    def test_a_layout_in_a_slot_that_shows_its_default_is_given_the_defaults_of_its_slots(self, serve: Serve) -> None:
        files = {
            "page": PAGE,
            "@team/layout": "def layout(children, inner): return ['[', children, '+', inner, ']']",
            "@team/default": saying("default", "team"),
            "@team/@inner/default": saying("default", "inner"),
        }
        assert answered(serve(files), "/") == (200, "(page|[team+inner])")


class TestParams:
    PAGE = "def page(params): return str(dict(sorted(params.items())))\n"
    DEFAULT = "def default(params): return str(dict(sorted(params.items())))\n"

    def shown(self, client: Client, path: str) -> str:
        return unescape(answered(client, path)[1])

    def test_slots_have_the_parameters_of_their_own_folders(self, serve: Serve) -> None:
        client = serve({"[id]/page": self.PAGE, "@team/[...path]/page": self.PAGE})
        assert self.shown(client, "/7") == "({'id': '7'}|{'path': ['7']})"
        assert client.get("/7/8").status_code == 404

    def test_a_dynamic_segment_of_a_slot_takes_a_static_one_of_the_url(self, serve: Serve) -> None:
        client = serve({"about/page": self.PAGE, "@team/[id]/page": self.PAGE, "default": self.DEFAULT})
        assert self.shown(client, "/about") == "({}|{'id': 'about'})"
        assert self.shown(client, "/x") == "({}|{'id': 'x'})"

    def test_layouts_in_slots_have_the_parameters_down_to_their_folder(self, serve: Serve) -> None:
        layout = "def layout(children, params): return [str(dict(params)), children]"
        files = {"x/[id]/page": self.PAGE, "@team/[a]/layout": layout, "@team/[a]/[id]/page": self.PAGE}
        client = serve({**files, "default": self.DEFAULT})
        assert self.shown(client, "/x/1") == "({'id': '1'}|{'a': 'x'}{'a': 'x', 'id': '1'})"

    def test_a_default_is_given_the_parameters_of_the_folders_above_it(self, serve: Serve) -> None:
        layout = "def layout(children, side): return [children, '+', side]"
        files = {
            "@team/default": self.DEFAULT,
            "[shop]/layout": layout,
            "[shop]/default": self.DEFAULT,
            "[shop]/@side/[item]/page": self.PAGE,
            "[shop]/@side/default": self.DEFAULT,
            "[shop]/page": self.PAGE,
        }
        client = serve(files)
        assert self.shown(client, "/a/b") == "({'shop': 'a'}+{'item': 'b', 'shop': 'a'}|{})"
        assert self.shown(client, "/a") == "({'shop': 'a'}+{'shop': 'a'}|{})"

    def test_a_default_has_no_other_props(self, tmp_path: Path) -> None:
        found = problems(tmp_path, {"page": PAGE, "@team/default": "def default(search_params): ..."})
        assert found == [
            (
                "app/@team/default.py:5",
                "default has the parameter 'search_params', for which there is no value.",
                "Props are given by name. The only one of a default is params; leave out what is not needed.",
            )
        ]

    def test_the_query_is_for_the_pages_of_slots_too(self, serve: Serve) -> None:
        page = "def page(search_params): return search_params['q']"
        assert answered(serve({"page": PAGE, "@team/page": page}), "/?q=x") == (200, "(page|x)")

    def test_the_metadata_of_a_page_that_takes_the_url_of_a_slot_has_its_parameters(
        self, serve: Serve, tmp_path: Path
    ) -> None:
        page = self.PAGE + "def generate_metadata(params): return {'title': params['id']}\n"
        client = serve({"[id]/page": page, "@team/settings/page": PAGE, "@team/default": NOTHING})
        assert self.shown(client, "/settings") == "({'id': 'settings'}|page)"
        assert "<title>settings</title>" in head(client, "/settings")
        assert "<title>7</title>" in head(client, "/7")


class TestFilesOfSlots:
    def test_a_slot_has_layouts_and_templates_of_its_own(self, serve: Serve) -> None:
        files = {
            "page": PAGE,
            "@team/layout": "def layout(children): return ['L[', children, ']']",
            "@team/template": "def template(children): return ['T[', children, ']']",
            "@team/page": saying("page", "team"),
        }
        assert answered(serve(files), "/") == (200, "(page|L[T[team]])")

    def test_the_template_of_the_layouts_folder_wraps_the_children_and_each_slot(self, serve: Serve) -> None:
        template = "def template(children): return ['T[', children, ']']"
        client = serve({"page": PAGE, "template": template, "@team/page": saying("page", "team")})
        assert answered(client, "/") == (200, "(T[page]|T[team])")

    def test_the_error_boundary_of_a_slot_is_for_the_slot_alone(self, serve: Serve) -> None:
        files = {"page": PAGE, "@team/page": "def page(): 1 / 0", "@team/error": saying("error", "E")}
        assert answered(serve({**files, "layout": DYNAMIC + ROOT}), "/") == (500, "(page|E)")

    def test_the_error_boundary_of_the_layouts_folder_wraps_the_children_and_each_slot(self, serve: Serve) -> None:
        files = {"layout": DYNAMIC + ROOT, "error": saying("error", "E"), "page": PAGE, "x/page": "def page(): 1 / 0"}
        client = serve({**files, "@team/page": "def page(): 1 / 0", "@team/x/page": saying("page", "T")})
        assert answered(client, "/") == (500, "(page|E)")
        assert answered(client, "/x") == (500, "(E|T)")

    def test_not_found_of_a_slot_is_for_the_slot_alone(self, serve: Serve) -> None:
        client = serve(
            {
                "page": PAGE + "metadata = {'title': 'Page'}\n",
                "@team/page": "def page(): navigation.not_found()",
                "@team/not_found": saying("not_found", "N", "metadata = {'title': 'Slot'}\n"),
            }
        )
        assert answered(client, "/") == (404, "(page|N)")
        assert "<title>Page</title>" in head(client, "/")
        assert NO_INDEX in head(client, "/")

    @pytest.mark.parametrize(("name", "status"), [("not_found", 404), ("forbidden", 403), ("unauthorized", 401)])
    def test_not_found_and_its_like_of_the_layouts_folder_wrap_the_children_only(
        self, serve: Serve, name: str, status: int
    ) -> None:
        fails = f"def page(): navigation.{name}()"
        client = serve(
            {
                name: saying(name, "outer"),
                "x/layout": "def layout(children, side): return [children, '+', side]",
                f"x/{name}": saying(name, "own"),
                "x/page": fails,
                "x/@side/page": PAGE,
                "x/y/page": PAGE,
                "x/@side/y/page": fails,
                "@team/default": NOTHING,
            }
        )
        assert answered(client, "/x") == (status, "(own+page|)")
        assert answered(client, "/x/y") == (status, "(outer|)")

    def test_without_a_boundary_what_a_slot_does_not_find_is_not_found_at_all(self, serve: Serve) -> None:
        answer = serve({"page": PAGE, "@team/page": "def page(): navigation.not_found()"}).get("/")
        assert answer.status_code == 404
        assert "page|" not in answer.text

    @pytest.mark.parametrize(("call", "status"), [("redirect", 307), ("navigation.permanent_redirect", 308)])
    def test_a_slot_may_redirect(self, serve: Serve, call: str, status: int) -> None:
        client = serve({"page": PAGE, "@team/page": f"def page(): {call}('/x')"})
        answer = client.get("/", follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (status, "/x")

    def test_a_late_slot_redirects_in_the_document(self, serve: Serve) -> None:
        page = "async def page():\n    await asyncio.sleep(0.5)\n    redirect('/x')\n"
        files = {"layout": DYNAMIC + ROOT, "page": PAGE, "@team/page": page, "@team/loading": saying("loading", "…")}
        answer = serve(files).get("/", follow_redirects=False)
        assert answer.status_code == 200
        assert '<meta http-equiv="refresh" content="1;url=/x">' in answer.text


class TestStreaming:
    SLOW = "async def page():\n    await asyncio.sleep({})\n    return '{}'\n"

    def late(self, text: str) -> list[str]:
        """What came late, in the order in which it came."""
        return re.findall(r'-late">(.*?)</template>', text)

    def test_each_slot_comes_when_it_is_ready(self, serve: Serve) -> None:
        layout = DYNAMIC + "def layout(children, a, b): return html[body[children, a, b]]"
        client = serve(
            {
                "layout": layout,
                "page": PAGE,
                "@a/page": self.SLOW.format(0.1, "A"),
                "@a/loading": saying("loading", "wait for A"),
                "@b/page": self.SLOW.format(0.02, "B"),
                "@b/loading": saying("loading", "wait for B"),
            }
        )
        text = client.get("/").text
        shell = text.partition("-late")[0]
        assert shell.index("page") < shell.index("wait for A") < shell.index("wait for B")
        assert self.late(text) == ["B", "A"]

    def test_loading_of_the_layouts_folder_wraps_the_children_and_each_slot(self, serve: Serve) -> None:
        client = serve(
            {
                "layout": DYNAMIC + ROOT,
                "loading": saying("loading", "wait"),
                "page": self.SLOW.format(0.1, "page"),
                "@team/page": self.SLOW.format(0.02, "team"),
            }
        )
        text = client.get("/").text
        assert text.count("wait") == 2
        assert self.late(text) == ["team", "page"]

    def test_a_slot_without_loading_is_waited_for(self, serve: Serve) -> None:
        client = serve({"layout": DYNAMIC + ROOT, "page": PAGE, "@team/page": self.SLOW.format(0.01, "team")})
        assert answered(client, "/") == (200, "(page|team)")

    def test_children_and_slots_are_rendered_at_the_same_time(self, serve: Serve) -> None:
        before = "import lib\n"
        page = "async def page():\n    lib.{0}.set()\n    await lib.{1}.wait()\n    return '{0}'\n"
        files = {"layout": DYNAMIC + ROOT, "page": before + page.format("a", "b")}
        files |= {"@team/page": before + page.format("b", "a"), "../lib": "a, b = asyncio.Event(), asyncio.Event()\n"}
        assert answered(serve(files), "/") == (200, "(a|b)")

    def test_what_fails_late_in_a_slot_is_for_its_boundary(self, serve: Serve) -> None:
        fails = "async def page():\n    await asyncio.sleep(0.5)\n    1 / 0\n"
        client = serve(
            {
                "layout": DYNAMIC + ROOT,
                "page": PAGE,
                "@team/page": fails,
                "@team/loading": saying("loading", "wait"),
                "@team/error": saying("error", "E"),
            }
        )
        answer = client.get("/")
        assert (answer.status_code, self.late(answer.text)) == (200, ["E"])


class TestDefault:
    def test_a_slot_without_the_url_shows_its_default(self, serve: Serve) -> None:
        client = serve(
            {
                "page": PAGE,
                "x/page": saying("page", "x"),
                "@team/page": saying("page", "T"),
                "@team/default": saying("default", "D"),
            }
        )
        assert answered(client, "/") == (200, "(page|T)")
        assert answered(client, "/x") == (200, "(x|D)")

    def test_a_missing_default_is_one_problem_for_each_slot(self, tmp_path: Path) -> None:
        layout = "def layout(children, a, b): return html[body[children, a, b]]"
        files = {"layout": layout, "page": PAGE, "x/page": PAGE, "y/page": PAGE, "@a/page": PAGE, "@b/y/page": PAGE}
        assert problems(tmp_path, files) == [
            (
                "app/@a",
                'The slot has no page for "/x", and no default.py to show there instead.',
                "Create app/@a/default.py: `def default(): return None` shows nothing.",
            ),
            (
                "app/@b",
                'The slot has no page for "/", and no default.py to show there instead.',
                "Create app/@b/default.py: `def default(): return None` shows nothing.",
            ),
        ]

    def test_a_slot_of_a_slot_needs_a_default_as_well(self, tmp_path: Path) -> None:
        files = {"page": PAGE, "@team/default": NOTHING, "@team/@inner/x/page": PAGE}
        assert [file for file, _, _ in problems(tmp_path, files)] == ["app/@team/@inner"]

    def test_a_url_that_only_a_slot_has_shows_the_default_beside_it(self, serve: Serve) -> None:
        client = serve(
            {
                "page": PAGE,
                "default": saying("default", "D", "metadata = {'title': 'Default'}\n"),
                "@team/page": PAGE,
                "@team/settings/page": saying("page", "settings"),
            }
        )
        assert answered(client, "/settings") == (200, "(D|settings)")
        assert "<title>Default</title>" in head(client, "/settings")

    def test_without_a_default_beside_the_slot_the_url_is_not_found(self, serve: Serve) -> None:
        client = serve({"page": PAGE, "@team/page": PAGE, "@team/settings/page": PAGE})
        assert client.get("/").status_code == 200
        assert client.get("/settings").status_code == 404

    def test_a_default_may_say_that_there_is_nothing(self, serve: Serve) -> None:
        default = "def default(): navigation.not_found()"
        client = serve({"page": PAGE, "x/page": PAGE, "@team/page": PAGE, "@team/default": default})
        assert [client.get(path).status_code for path in ("/", "/x")] == [200, 404]

    def test_a_default_without_its_function_is_a_problem(self, tmp_path: Path) -> None:
        assert problems(tmp_path, {"page": PAGE, "@team/default": ""}) == [
            (
                "app/@team/default.py",
                "This file defines no function 'default', so there is nothing to render.",
                "Define `def default(params)`.",
            )
        ]

    def test_not_found_of_the_app_is_shown_beside_the_defaults_of_slots(self, serve: Serve) -> None:
        layout = "def layout(children, a, b): return html[body[children, '|', a, '|', b]]"
        client = serve(
            {
                "layout": layout,
                "not_found": saying("not_found", "N"),
                "page": PAGE,
                "@a/page": PAGE,
                "@a/default": saying("default", "A"),
                "@b/page": PAGE,
            }
        )
        assert answered(client, "/nowhere") == (404, "N|A|")

    def test_an_intercepting_folder_in_a_slot_is_refused(self, tmp_path: Path) -> None:
        found = problems(tmp_path, {"page": PAGE, "@team/default": NOTHING, "@team/(.)photo/page": PAGE})
        assert [file for file, _, _ in found] == ["app/@team/(.)photo/page.py"]


class TestShown:
    ROLE = DYNAMIC + (
        "async def layout(children, admin, user):\n"
        "    role = cookies().get('role')\n"
        "    return html[body[admin if role is not None and role.value == 'admin' else user]]\n"
    )

    def test_a_layout_shows_the_slot_that_it_chooses(self, serve: Serve) -> None:
        files = {"layout": self.ROLE, "page": PAGE}
        client = serve({**files, "@admin/page": saying("page", "A"), "@user/page": saying("page", "U")})
        assert answered(client, "/") == (200, "U")
        client.cookies.set("role", "admin")
        assert answered(client, "/") == (200, "A")

    @pytest.mark.parametrize("fails", ["1 / 0", "navigation.not_found()", "redirect('/x')"])
    def test_what_happens_in_a_slot_that_is_not_shown_is_nobodys(self, serve: Serve, fails: str) -> None:
        layout = DYNAMIC + "def layout(children, team): return html[body[children]]"
        client = serve({"layout": layout, "page": PAGE, "@team/page": f"def page(): {fails}"})
        assert answered(client, "/") == (200, "page")

    def test_a_slot_may_be_shown_twice(self, serve: Serve) -> None:
        layout = "def layout(children, team): return html[body[team, children, team]]"
        assert answered(serve({"layout": layout, "page": PAGE, "@team/page": saying("page", "T")}), "/")[1] == "TpageT"

    def test_children_need_not_be_shown(self, serve: Serve) -> None:
        layout = DYNAMIC + "def layout(team): return html[body[team]]"
        client = serve({"layout": layout, "page": "def page(): 1 / 0", "@team/page": saying("page", "T")})
        assert answered(client, "/") == (200, "T")

    def test_without_a_layout_beside_it_a_slot_is_not_rendered(self, serve: Serve) -> None:
        files = {"layout": "def layout(children): return html[body[children]]", "x/page": saying("page", "x")}
        assert answered(serve({**files, "x/@team/page": "def page(): 1 / 0"}), "/x") == (200, "x")


class TestMetadata:
    def test_it_comes_from_the_children(self, serve: Serve) -> None:
        client = serve(
            {
                "page": PAGE + "metadata = {'title': 'Page'}\n",
                "@team/layout": "metadata = {'description': 'Slot'}\ndef layout(children): return children\n",
                "@team/page": PAGE + "metadata = {'title': 'Team'}\n",
            }
        )
        assert "<title>Page</title>" in head(client, "/")
        assert "Slot" not in head(client, "/")

    def test_who_asks_for_the_head_alone_is_told_the_same(self, serve: Serve) -> None:
        page = PAGE + "def generate_metadata(params): return {'title': params['id']}\n"
        client = serve({"[id]/page": page, "@team/settings/page": PAGE, "@team/default": NOTHING})
        assert "<title>settings</title>" in [tag.__html__() for tag in client.head_tags("/settings")]


def built(tmp_path: Path, files: Mapping[str, str]) -> list[str]:
    """The lines that ``byway build`` prints of the routes."""
    result = CliRunner().invoke(main, ["build", str(write_app(tmp_path, files_of({"layout": ROOT, **files})))])
    assert result.exit_code == 0, result.output
    return [line for line in result.output.splitlines() if " /" in line]


class TestStatic:
    FILES: Mapping[str, str] = {"page": PAGE, "@team/page": PAGE}

    def test_pages_with_slots_are_made_ahead(self, tmp_path: Path) -> None:
        (line,) = built(tmp_path, self.FILES)
        assert line.split()[1:] == ["○", "/", "GET", "HEAD", "app/page.py"]

    @pytest.mark.parametrize(
        ("team", "why"),
        [
            (DYNAMIC + PAGE, 'dynamic = "force-dynamic"'),
            ("revalidate = 0\n" + PAGE, "revalidate = 0"),
            ("async def page(): return (await headers()).get('x')", "headers()"),
            ("def page(search_params): return 'x'", "search_params"),
        ],
    )
    def test_one_slot_that_is_dynamic_makes_the_page_dynamic(self, tmp_path: Path, team: str, why: str) -> None:
        (line,) = built(tmp_path, {**self.FILES, "@team/page": team})
        assert line.split()[1] == "ƒ"
        assert why in line

    def test_so_does_a_default_that_is(self, tmp_path: Path) -> None:
        (line,) = built(tmp_path, {"page": PAGE, "@team/default": DYNAMIC + NOTHING})
        assert line.split()[1] == "ƒ"

    def test_a_slot_elsewhere_does_not(self, tmp_path: Path) -> None:
        lines = built(tmp_path, {**self.FILES, "x/page": PAGE, "@team/x/page": DYNAMIC + PAGE})
        assert [line.split()[1:3] for line in lines] == [["○", "/"], ["ƒ", "/x"]]

    def test_the_smallest_revalidate_of_children_and_slots_counts(self, tmp_path: Path) -> None:
        files = {"page": "revalidate = 3600\n" + PAGE, "@team/page": "revalidate = 60\n" + PAGE}
        (line,) = built(tmp_path, files)
        assert line.split()[5] == "1m"

    def test_of_other_options_that_of_the_children_counts(self, tmp_path: Path) -> None:
        files = {"page": "max_duration = 7\n" + PAGE, "@team/page": "max_duration = 9\n" + PAGE}
        app = load_app(write_app(tmp_path, files_of({"layout": ROOT, **files})), "test")
        assert [one.endpoint.config.max_duration for one in app.routes] == [7]
        app.close()

    def test_what_a_kept_page_shows_has_its_slots_in_it(self, serve: Serve) -> None:
        client = serve(
            {"page": PAGE, "@team/page": TestStreaming.SLOW.format(0.01, "T"), "loading": saying("loading", "…")}
        )
        answer = client.get("/")
        assert inside(answer.text) == "(page|T)"
        assert "x-byway-cache" in answer.headers

    def test_a_page_that_only_a_slot_has_lists_the_paths_itself(self, tmp_path: Path) -> None:
        listing = "def generate_static_params(): return [{'id': 'a'}, {'id': 'b'}]\n"
        files = {"page": PAGE, "default": NOTHING, "@team/page": PAGE, "@team/[id]/page": listing + PAGE}
        lines = built(tmp_path, files)
        assert [line.split()[:3] for line in lines[1:]] == [["└", "●", "/[id]"], ["├", "/a"], ["└", "/b"]]

    def test_only_listed_paths_are_answered_when_a_slot_says_so(self, serve: Serve) -> None:
        listing = "def generate_static_params(): return [{'id': 'a'}]\n"
        client = serve({"x/[id]/page": listing + PAGE, "@team/default": "dynamic_params = False\n" + NOTHING})
        assert [client.get(path).status_code for path in ("/x/a", "/x/b")] == [200, 404]

    def test_a_slot_that_reads_a_request_which_is_not_there_is_named(self, tmp_path: Path) -> None:
        files = {"page": "dynamic = 'error'\n" + PAGE, "@team/page": "def page(search_params): return 'x'"}
        result = CliRunner().invoke(main, ["build", str(write_app(tmp_path, files_of({"layout": ROOT, **files})))])
        assert result.exit_code == 1
        assert "uses the prop search_params of page() in app/@team/page.py" in " ".join(result.output.split())

    def test_a_page_beside_a_slot_lists_the_paths_of_its_own_segments_alone(self, tmp_path: Path) -> None:
        listing = "def generate_static_params(): return [{'id': 'a'}]\n"
        files = {"[id]/page": listing + PAGE, "@team/x/page": PAGE, "@team/default": NOTHING}
        lines = built(tmp_path, files)
        assert [line.split()[:3] for line in lines] == [["┌", "○", "/x"], ["└", "●", "/[id]"], ["└", "/a"]]


class TestOnce:
    FILES: Mapping[str, str] = {
        "page": PAGE,
        "default": NOTHING,
        "@team/page": PAGE,
        "@team/settings/page": PAGE,
        "(g)/x/page": PAGE,
        "@team/(h)/x/page": PAGE,
    }

    def test_the_route_table_shows_each_url_once(self, tmp_path: Path) -> None:
        lines = built(tmp_path, self.FILES)
        assert [(line.split()[2], line.split()[-1]) for line in lines] == [
            ("/", "app/page.py"),
            ("/settings", "app/@team/settings/page.py"),
            ("/x", "app/(g)/x/page.py"),
        ]

    def test_so_do_the_types_of_the_routes(self, tmp_path: Path) -> None:
        path, number = write_types(write_app(tmp_path, files_of({"layout": ROOT, **self.FILES})))
        assert number == 3
        assert "PageRoute: TypeAlias = Literal['/', '/settings', '/x']\n" in path.read_text()
