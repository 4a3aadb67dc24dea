from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.problems import Problem
from byway.routing.conflicts import public_conflicts
from byway.routing.tree import Route, build_tree

GOLDEN = Path(__file__).parent / "golden"


def routes_of(*folders: str) -> tuple[Route, ...]:
    routes, problems = build_tree(f"app/{folder}/route.py".replace("//", "/") for folder in folders)
    assert problems == ()
    return routes


def patterns_of(*folders: str) -> list[str]:
    return [route.pattern for route in routes_of(*folders)]


def test_a_route_knows_its_pattern_segments_file_and_parameters() -> None:
    (route,), problems = build_tree(["app/(shop)/@main/items/[slug]/[...rest]/route.py"])
    assert problems == ()
    assert route.pattern == "/items/[slug]/[...rest]"
    assert [str(segment) for segment in route.segments] == ["items", "[slug]", "[...rest]"]
    assert route.file == "app/(shop)/@main/items/[slug]/[...rest]/route.py"
    assert route.kind == "route"
    assert route.param_names == ("slug", "rest")


def test_the_app_folder_itself_answers_at_the_root() -> None:
    assert patterns_of("") == ["/"]
    (route,), _ = build_tree(["src/app/page.py"])
    assert (route.pattern, route.kind, route.segments) == ("/", "page", ())


def test_an_app_below_src_has_the_same_patterns() -> None:
    (route,), _ = build_tree(["src/app/app/x/page.py"])
    assert (route.pattern, route.file) == ("/app/x", "src/app/app/x/page.py")


def test_only_route_and_page_files_make_routes() -> None:
    files = ["app/a/route.py", "app/a/helper.py", "app/b/layout.py", "app/c/my_route.py", "app/[bad/helper.py"]
    routes, problems = build_tree(files)
    assert ([route.file for route in routes], problems) == (["app/a/route.py"], ())


def test_private_folders_and_all_below_them_are_not_routed() -> None:
    files = ["app/_lib/route.py", "app/tools/_private/x/[/page.py", "app/[/_x/route.py", "app/%5Funder/route.py"]
    routes, problems = build_tree(files)
    assert ([route.pattern for route in routes], problems) == (["/_under"], ())


def test_paths_that_differ_by_case_are_different_routes() -> None:
    assert patterns_of("About", "about") == ["/About", "/about"]


def test_routes_come_in_order_of_precedence_at_every_level() -> None:
    assert patterns_of(
        "[[...any]]", "[id]/edit", "[id]", "p/[...rest]", "p/[id]/[action]", "p/[id]/edit", "p/new", "p", "[id]/[tab]",
        "a/b/c", "B", "é", "q/[[...rest]]",
    ) == [
        "/B", "/a/b/c", "/p", "/p/new", "/p/[id]/edit", "/p/[id]/[action]", "/p/[...rest]", "/q/[[...rest]]", "/é",
        "/[id]", "/[id]/edit", "/[id]/[tab]", "/[[...any]]",
    ]  # fmt: skip


def test_a_parameter_may_bear_one_name_at_one_place_and_another_elsewhere() -> None:
    assert patterns_of("a/[id]", "a/[id]/b", "c/[slug]", "a/[...rest]") == [
        "/a/[id]",
        "/a/[id]/b",
        "/a/[...rest]",
        "/c/[slug]",
    ]


def test_pages_of_different_slots_share_a_path_and_the_one_outside_slots_is_the_route() -> None:
    routes, problems = build_tree(["app/@a/x/page.py", "app/(g)/x/page.py", "app/x/@b/page.py", "app/@a/y/page.py"])
    assert problems == ()
    assert [route.file for route in routes] == ["app/(g)/x/page.py", "app/@a/y/page.py"]


def test_intercepting_pages_have_no_url_of_their_own() -> None:
    assert build_tree(["app/(.)photo/page.py", "app/@modal/(..)photo/[id]/page.py"]) == ((), ())


CONFLICTS = {
    "page_beside_route": ["app/a/page.py", "app/a/route.py"],
    "page_beside_route_through_groups": ["src/app/(x)/a/page.py", "src/app/(y)/a/(z)/route.py"],
    "page_in_slot_beside_route": ["app/a/@s/page.py", "app/a/route.py"],
    "two_groups_one_page": ["app/(shop)/about/page.py", "app/(site)/about/page.py", "app/about/page.py"],
    "two_groups_one_route": ["app/(a)/route.py", "app/(b)/route.py"],
    "two_groups_one_slot": ["app/(a)/@s/x/page.py", "app/(b)/@s/x/page.py"],
    "two_spellings_of_one_folder": ["app/caf%C3%A9/route.py", "app/café/route.py"],
    "names_at_one_place": ["app/[id]/route.py", "app/[slug]/route.py"],
    "names_deeper": ["app/a/[id]/x/route.py", "app/a/[slug]/y/route.py", "app/(g)/a/[key]/page.py"],
    "names_at_two_places": ["app/[a]/[b]/route.py", "app/[c]/[d]/route.py"],
    "catch_all_names": ["app/(g)/[...b]/route.py", "app/[...a]/route.py"],
    "optional_catch_all_names": ["app/(g)/[[...b]]/route.py", "app/[[...a]]/route.py"],
    "repeated_name": ["app/[id]/a/[id]/route.py", "app/[id]/a/[id]/b/route.py"],
    "names_alike": ["app/[a-b]/[ab]/route.py"],
    "catch_all_not_last": ["app/[...x]/a/route.py", "app/[...x]/b/[id]/route.py"],
    "optional_catch_all_not_last": ["app/[[...x]]/a/route.py"],
    "required_beside_optional": ["app/a/[...x]/route.py", "app/a/[[...x]]/route.py"],
    "same_specificity": ["app/a/[[...x]]/route.py", "app/a/page.py"],
    "same_specificity_at_the_root": ["app/(g)/route.py", "app/[[...x]]/route.py"],
    "route_below_intercepting": ["app/(.)x/page.py", "app/(.)x/route.py", "app/(.)x/y/route.py"],
    "folder_with_many_files": ["app/[[id]]/a/route.py", "app/[[id]]/b/route.py", "app/x/[[id]]/page.py"],
    "two_faults_in_one_path": ["app/[x/[]/route.py"],
}  # fmt: skip


@pytest.mark.parametrize("name", CONFLICTS)
def test_each_conflict_is_told_with_its_files_and_a_cure(name: str) -> None:
    _, problems = build_tree(CONFLICTS[name])
    told = "\n\n".join(map(str, problems)) + "\n"
    assert told == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


def test_every_conflict_has_its_golden_text() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(CONFLICTS)


def test_all_problems_are_found_at_once() -> None:
    apart = [(f"app/n{number}/" + file.split("app/")[1]) for number, name in enumerate(CONFLICTS)
             for file in CONFLICTS[name]]  # fmt: skip
    _, problems = build_tree(apart)
    assert len(problems) == sum(len(build_tree(files)[1]) for files in CONFLICTS.values())
    assert list(problems) == sorted(set(problems))


@pytest.mark.parametrize("name", CONFLICTS)
def test_a_problem_leaves_one_route_at_most_for_each_place(name: str) -> None:
    routes, _ = build_tree(CONFLICTS[name])
    assert len({route.place for route in routes}) == len(routes)


def test_an_optional_catch_all_that_is_not_last_is_told_once() -> None:
    _, problems = build_tree(["app/a/[[...x]]/b/route.py", "app/a/route.py"])
    assert len(problems) == 1


def test_a_faulty_path_still_takes_part_in_conflicts() -> None:
    _, problems = build_tree(["app/[id]/[id]/route.py", "app/[slug]/route.py"])
    assert len(problems) == 2


files = st.lists(
    st.lists(
        st.sampled_from(["a", "b", "[id]", "[key]", "[...x]", "[[...x]]", "(g)", "@s", "_p", "[[z]]"]), max_size=4
    ),
    max_size=8,
).map(lambda paths: ["/".join(["app", *path, "route.py" if len(path) % 2 else "page.py"]) for path in paths])


@given(files, st.randoms())
def test_the_order_of_the_files_plays_no_part(listed: list[str], random: Random) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)
    assert build_tree(shuffled) == build_tree(listed)


def test_the_seed_of_hashes_plays_no_part() -> None:
    everything = [file for files in CONFLICTS.values() for file in files]
    program = (
        "import json, sys\n"
        "from byway.routing.tree import build_tree\n"
        "routes, problems = build_tree(set(json.load(sys.stdin)))\n"
        "print([route.file for route in routes], problems)\n"
    )

    def run(seed: str) -> str:
        command: Sequence[str] = [sys.executable, "-c", program]
        env = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        done = subprocess.run(
            command, input=json.dumps(everything), env=env, capture_output=True, encoding="utf-8", check=True
        )
        return done.stdout

    assert len({run(seed) for seed in ("0", "1", "2", "3")}) == 1


def test_a_public_file_at_a_routes_path_is_told() -> None:
    routes, _ = build_tree(["app/rss.xml/route.py", "app/about/page.py", "app/[slug]/route.py", "app/ok/route.py"])
    assert public_conflicts(routes, ["/rss.xml", "/about", "/other", "/[slug]"]) == (
        Problem(
            "app/about/page.py",
            'The file "public/about" lies at the path "/about", where this page answers.',
            "Rename or remove one of them.",
        ),
        Problem(
            "app/rss.xml/route.py",
            'The file "public/rss.xml" lies at the path "/rss.xml", where this route handler answers.',
            "Rename or remove one of them.",
        ),
    )
