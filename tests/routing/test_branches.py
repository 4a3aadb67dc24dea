"""Which files show a URL: the folders on the way to its page, and what the slots beside it show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.routing.branches import Branch, Branches
from byway.routing.segments import parse_segment
from byway.routing.tree import build_tree


def folders_of(page: str) -> list[tuple[str, tuple[str, ...]]]:
    """The folders from ``app`` down to that of ``page``, each with the parameters of the way there."""
    folders = page.split("/")[:-1]
    params = [parse_segment(folder) for folder in folders]
    return [
        ("/".join(folders[:depth]), tuple(one.name for one in params[:depth] if one.is_param))
        for depth in range(1, len(folders) + 1)
    ]


def branch_of(files: str, url: str, app: str = "app") -> Branch | None:
    """The branch for ``url``, a pattern, of an app with these ``files``, whose paths leave out ``app`` and ``.py``."""
    segments = [parse_segment(folder) for folder in url.split("/") if folder]
    return Branches([f"{app}/{file}.py" for file in files.split()]).find(app, segments)


def shown(branch: Branch | None) -> Any:
    """The file of ``branch``, and, where there are slots, those of its slots by the path of their folders."""
    if branch is None:
        return None
    slots = {f"{step.folder}/@{name}": shown(slot) for step in branch.steps for name, slot in step.slots.items()}
    return (branch.file, slots) if slots else branch.file


def shows(files: str, url: str, app: str = "app") -> Any:
    return shown(branch_of(files, url, app))


def params(branch: Branch | None, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The parameters of ``branch`` for those of the route, as far as they have a value."""
    assert branch is not None
    values = {one.name: one.value(given or {}) for one in branch.bindings}
    return {name: value for name, value in values.items() if value is not None}


def slot_of(branch: Branch | None, name: str) -> Branch:
    """What the slot ``name`` of the outermost folder shows."""
    assert branch is not None
    slot = branch.steps[0].slots[name]
    assert slot is not None
    return slot


class TestSlots:
    def test_a_page_beside_a_slot_with_the_same_url_is_shown_together_with_it(self) -> None:
        assert shows("page @team/page", "/") == ("app/page.py", {"app/@team": "app/@team/page.py"})

    def test_several_slots_are_each_looked_through_by_themselves(self) -> None:
        files = "x/page @a/x/page @b/default @c/(g)/x/page"
        assert shows(files, "/x") == (
            "app/x/page.py",
            {"app/@a": "app/@a/x/page.py", "app/@b": "app/@b/default.py", "app/@c": "app/@c/(g)/x/page.py"},
        )

    def test_a_slot_is_no_part_of_the_url(self) -> None:
        assert shows("page @team/page", "/team") is None
        assert shows("page @team/page", "/@team") is None

    def test_slots_of_every_folder_on_the_way_are_shown(self) -> None:
        files = "@a/default x/@b/default x/y/@c/y/page x/y/page"
        assert shows(files, "/x/y") == (
            "app/x/y/page.py",
            {"app/@a": "app/@a/default.py", "app/x/@b": "app/x/@b/default.py", "app/x/y/@c": None},
        )

    def test_a_slot_of_a_folder_sees_what_follows_that_folder(self) -> None:
        assert shows("x/y/page x/@s/y/page", "/x/y") == ("app/x/y/page.py", {"app/x/@s": "app/x/@s/y/page.py"})

    def test_a_slot_that_is_not_on_the_way_is_not_shown(self) -> None:
        assert shows("x/page y/@s/page y/page", "/x") == "app/x/page.py"

    def test_slots_lie_in_slots(self) -> None:
        files = "page @a/page @a/@inner/page @a/@other/default"
        inner = {"app/@a/@inner": "app/@a/@inner/page.py", "app/@a/@other": "app/@a/@other/default.py"}
        assert shows(files, "/") == ("app/page.py", {"app/@a": ("app/@a/page.py", inner)})

    def test_a_slot_in_a_slot_may_be_all_that_has_the_url(self) -> None:
        files = "default page @a/default @a/@inner/x/page"
        inner = {"app/@a/@inner": "app/@a/@inner/x/page.py"}
        assert shows(files, "/x") == ("app/default.py", {"app/@a": ("app/@a/default.py", inner)})

    def test_a_slot_of_a_group_belongs_to_the_layout_in_the_group(self) -> None:
        files = "(g)/x/page (g)/@s/x/page y/page"
        assert shows(files, "/x") == ("app/(g)/x/page.py", {"app/(g)/@s": "app/(g)/@s/x/page.py"})
        assert shows(files, "/y") == "app/y/page.py"

    def test_groups_in_a_slot_are_no_part_of_the_url_either(self) -> None:
        found = branch_of("page @s/(g)/(h)/page", "/")
        assert [step.folder for step in slot_of(found, "s").steps] == ["app/@s", "app/@s/(g)", "app/@s/(g)/(h)"]

    def test_a_folder_may_be_empty_but_for_a_slot(self) -> None:
        assert shows("page @s/layout", "/") == ("app/page.py", {"app/@s": None})

    def test_private_and_intercepting_folders_and_those_with_faults_show_nothing(self) -> None:
        for folder in ("_x", "@s/_x", "(.)x", "[x", "[[x]]"):
            assert shows(f"{folder}/page", "/x") is None
        assert shows("page @s/_p/page @s/(..)x/page", "/") == ("app/page.py", {"app/@s": None})

    def test_the_app_may_lie_in_src(self) -> None:
        files = "x/page @s/[...all]/page"
        assert shows(files, "/x", "src/app") == ("src/app/x/page.py", {"src/app/@s": "src/app/@s/[...all]/page.py"})

    def test_where_nothing_has_the_url_there_is_no_branch(self) -> None:
        assert shows("x/page default @s/default @s/y/page", "/z") is None
        assert shows("", "/") is None
        assert shows("x/page", "/") is None
        assert shows("x/page", "/x/y") is None


class TestDefault:
    def test_a_slot_without_the_url_shows_its_default(self) -> None:
        assert shows("x/page @s/page @s/default", "/x") == ("app/x/page.py", {"app/@s": "app/@s/default.py"})

    def test_without_a_default_it_shows_nothing(self) -> None:
        assert shows("x/page @s/page", "/x") == ("app/x/page.py", {"app/@s": None})

    def test_a_page_goes_before_the_default(self) -> None:
        assert shows("x/page @s/x/page @s/default", "/x") == ("app/x/page.py", {"app/@s": "app/@s/x/page.py"})

    def test_the_default_lies_in_the_folder_of_the_slot_and_nowhere_else(self) -> None:
        assert shows("x/page @s/y/page @s/x/default @s/(g)/default", "/x") == ("app/x/page.py", {"app/@s": None})

    def test_a_url_that_only_a_slot_has_shows_the_default_beside_the_slot(self) -> None:
        assert shows("page default @s/x/page", "/x") == ("app/default.py", {"app/@s": "app/@s/x/page.py"})

    def test_without_a_default_beside_the_slot_it_is_no_url(self) -> None:
        assert shows("page @s/x/page", "/x") is None
        assert shows("page default a/@s/x/page", "/a/x") is None

    def test_the_default_of_a_folder_further_in_is_that_of_its_own_slots(self) -> None:
        assert shows("a/default a/@s/x/page", "/a/x") == ("app/a/default.py", {"app/a/@s": "app/a/@s/x/page.py"})
        assert shows("a/default @s/a/page", "/a") is None

    def test_a_default_in_a_group_is_shown_as_well(self) -> None:
        found = branch_of("(g)/default (g)/@s/x/page", "/x")
        assert shown(found) == ("app/(g)/default.py", {"app/(g)/@s": "app/(g)/@s/x/page.py"})

    def test_slots_of_a_slot_that_shows_its_default_show_theirs(self) -> None:
        files = "page @s/default @s/@inner/default @s/@none/x/page"
        inner = {"app/@s/@inner": "app/@s/@inner/default.py", "app/@s/@none": None}
        assert shows(files, "/") == ("app/page.py", {"app/@s": ("app/@s/default.py", inner)})

    def test_the_folder_of_the_slot_is_on_the_way_to_its_default(self) -> None:
        found = branch_of("page @s/default", "/")
        assert [step.folder for step in slot_of(found, "s").steps] == ["app/@s"]

    def test_the_defaults_of_slots_are_had_without_a_url(self) -> None:
        branches = Branches(["app/page.py", "app/@a/default.py", "app/@a/@b/default.py", "app/@c/page.py"])
        defaults = branches.defaults("app")
        assert {name: shown(slot) for name, slot in defaults.items()} == {
            "a": ("app/@a/default.py", {"app/@a/@b": "app/@a/@b/default.py"}),
            "c": None,
        }


class TestPrecedence:
    @pytest.mark.parametrize("dynamic", ["[id]", "[...id]", "[[...id]]"])
    def test_a_page_of_the_same_spelling_goes_before_one_that_takes_it(self, dynamic: str) -> None:
        files = f"x/page @s/{dynamic}/page @s/(g)/x/page @s/default"
        assert shows(files, "/x") == ("app/x/page.py", {"app/@s": "app/@s/(g)/x/page.py"})

    def test_this_holds_for_the_whole_rest_of_the_url(self) -> None:
        files = "a/b/page @s/a/[x]/page @s/(g)/[y]/b/page @s/(h)/a/b/page"
        assert shows(files, "/a/b")[1] == {"app/@s": "app/@s/(h)/a/b/page.py"}

    def test_static_folders_go_before_dynamic_ones_at_each_level(self) -> None:
        files = "a/b/page @s/[x]/b/page @s/a/[y]/page @s/[...z]/page"
        assert shows(files, "/a/b")[1] == {"app/@s": "app/@s/a/[y]/page.py"}

    @pytest.mark.parametrize(
        ("slot", "file"),
        [
            ("@s/[...x]/page @s/[y]/page", "app/@s/[y]/page.py"),
            ("@s/[...x]/page @s/[y]/z/page", "app/@s/[...x]/page.py"),
            ("@s/[[...x]]/page @s/[y]/page", "app/@s/[y]/page.py"),
        ],
    )
    def test_a_dynamic_segment_goes_before_a_catch_all_but_for_what_it_has_no_page(self, slot: str, file: str) -> None:
        assert shows(f"a/page {slot}", "/a")[1] == {"app/@s": file}

    def test_a_page_that_takes_the_url_goes_before_the_default_beside_a_slot_that_has_it(self) -> None:
        files = "[id]/page default @s/settings/page"
        found = branch_of(files, "/settings")
        assert shown(found) == ("app/[id]/page.py", {"app/@s": "app/@s/settings/page.py"})
        assert params(found) == {"id": "settings"}

    def test_a_slot_that_merely_takes_the_url_does_not_hide_the_page_of_another_group(self) -> None:
        files = "(a)/x/@all/[...path]/page (a)/x/default (b)/x/y/page"
        assert shows(files, "/x/y") == "app/(b)/x/y/page.py"

    def test_a_page_of_another_group_goes_before_a_default(self) -> None:
        assert shows("(a)/default (a)/@s/x/page (b)/x/page", "/x") == "app/(b)/x/page.py"
        assert shows("(b)/x/page (c)/default (c)/@s/x/page", "/x") == "app/(b)/x/page.py"

    def test_slots_that_only_take_a_url_make_it_one_with_the_default_beside_them(self) -> None:
        files = "default @s/[...all]/page @t/default"
        slots = {"app/@s": "app/@s/[...all]/page.py", "app/@t": "app/@t/default.py"}
        assert shows(files, "/a/b") == ("app/default.py", slots)


class TestBindings:
    @pytest.mark.parametrize(
        ("folder", "url", "given", "expected"),
        [
            ("[x]", "/a", {}, {"x": "a"}),
            ("[...x]", "/a", {}, {"x": ["a"]}),
            ("[...x]", "/a/b", {}, {"x": ["a", "b"]}),
            ("[[...x]]", "/a/b", {}, {"x": ["a", "b"]}),
            ("[[...x]]", "/", {}, {}),
            ("[x]/b", "/a/b", {}, {"x": "a"}),
            ("[x]/[y]", "/a/b", {}, {"x": "a", "y": "b"}),
            ("a/[y]", "/a/b", {}, {"y": "b"}),
            ("[x]/[...y]", "/a/b/c", {}, {"x": "a", "y": ["b", "c"]}),
            ("[x]", "/[id]", {"id": "1"}, {"x": "1"}),
            ("[id]", "/[id]", {"id": "1"}, {"id": "1"}),
            ("[...x]", "/a/[id]", {"id": "1"}, {"x": ["a", "1"]}),
            ("[...x]", "/a/[...rest]", {"rest": ["1", "2"]}, {"x": ["a", "1", "2"]}),
            ("[...x]", "/a/[[...rest]]", {}, {"x": ["a"]}),
            ("[[...x]]", "/[[...rest]]", {}, {}),
            ("[[...x]]", "/[[...rest]]", {"rest": ["1"]}, {"x": ["1"]}),
            ("a/[[...x]]", "/a", {}, {}),
        ],
    )
    def test_dynamic_segments_of_a_slot_take_what_is_in_the_url(
        self, folder: str, url: str, given: dict[str, Any], expected: dict[str, Any]
    ) -> None:
        page = f"{url.strip('/')}/page".lstrip("/")
        slot = slot_of(branch_of(f"{page} @s/{folder}/page", url), "s")
        assert slot.file == f"app/@s/{folder}/page.py"
        assert params(slot, given) == expected

    @pytest.mark.parametrize(
        ("folder", "url"),
        [("[x]", "/[...rest]"), ("[x]", "/a/b"), ("[x]", "/"), ("[...x]", "/"), ("a", "/[id]"), ("b", "/a")],
    )
    def test_what_may_be_several_segments_or_none_is_not_for_one(self, folder: str, url: str) -> None:
        page = f"{url.strip('/')}/page".lstrip("/")
        assert shows(f"{page} @s/{folder}/page", url)[1] == {"app/@s": None}

    def test_a_slot_has_the_parameters_of_the_folders_above_it(self) -> None:
        found = branch_of("[shop]/[item]/page [shop]/@s/[...rest]/page", "/[shop]/[item]")
        assert found is not None
        slot = found.steps[1].slots["s"]
        assert params(slot, {"shop": "a", "item": "b"}) == {"shop": "a", "rest": ["b"]}

    def test_a_default_has_the_parameters_of_the_folders_above_its_slot(self) -> None:
        found = branch_of("[shop]/[item]/page [shop]/@s/default", "/[shop]/[item]")
        assert found is not None
        assert params(found.steps[1].slots["s"], {"shop": "a", "item": "b"}) == {"shop": "a"}

    def test_each_step_has_the_parameters_down_to_its_folder(self) -> None:
        found = branch_of("[a]/(g)/[b]/page", "/[a]/[b]")
        assert found is not None
        assert [[one.name for one in step.bindings] for step in found.steps] == [[], ["a"], ["a"], ["a", "b"]]


FOLDERS = st.lists(st.sampled_from(["a", "b", "[x]", "[y]", "[...z]", "[[...z]]", "(g)", "(h)", "_p"]), max_size=4).map(
    "/".join
)
APPS = st.lists(FOLDERS, max_size=8, unique=True).map(
    lambda folders: [f"app/{folder}/page.py".replace("//", "/") for folder in folders]
)


@given(APPS)
def test_without_slots_the_branch_of_a_route_is_that_of_its_own_folders(files: list[str]) -> None:
    routes, problems = build_tree(files)
    if problems:
        return
    branches = Branches(files)
    for route in routes:
        branch = branches.find("app", route.segments)
        assert branch is not None
        assert branch.file == route.file
        assert [(step.folder, tuple(one.name for one in step.bindings)) for step in branch.steps] == [
            *folders_of(route.file)
        ]
        given = {name: f"<{name}>" for name in route.param_names}
        assert {one.name for one in branch.bindings} == {*given}
        assert all(one.sources == ((True, one.name),) for one in branch.bindings)


WITH_SLOTS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(["a", "b", "[x]", "[...z]", "(g)", "@s", "@t"]), max_size=4).map("/".join),
        st.sampled_from(["page", "page", "default"]),
    ),
    max_size=8,
    unique=True,
).map(lambda files: [f"app/{folder}/{name}.py".replace("//", "/") for folder, name in files])


@given(WITH_SLOTS)
def test_a_page_outside_slots_is_always_what_its_url_shows(files: list[str]) -> None:
    routes, problems = build_tree(files)
    if problems:
        return
    branches = Branches(files)
    for route in routes:
        branch = branches.find("app", route.segments)
        if "/@" not in route.file:
            assert branch is not None
            assert branch.file == route.file


@given(WITH_SLOTS)
def test_what_a_branch_shows_lies_in_the_last_of_its_folders(files: list[str]) -> None:
    routes, _ = build_tree(files)
    branches = Branches(files)

    def check(branch: Branch) -> None:
        assert branch.file in files
        assert branch.file.rpartition("/")[0] == branch.steps[-1].folder
        for outer, inner in zip(branch.steps, branch.steps[1:], strict=False):
            assert inner.folder.rpartition("/")[0] == outer.folder
        for step in branch.steps:
            for name, slot in step.slots.items():
                if slot is not None:
                    assert slot.steps[0].folder == f"{step.folder}/@{name}"
                    check(slot)

    for route in routes:
        branch = branches.find("app", route.segments)
        if branch is not None:
            check(branch)
