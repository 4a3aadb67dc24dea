"""Byway answers as recorded from the original, or deliberately better."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from byway.problems import AppError

from .apps import copy_app, start_app
from .replay import Case, Transport, load_deliberate, load_suite, replay

SUITES = Path(__file__).parent
DELIBERATE = load_deliberate(SUITES / "deliberate.toml")
CASES = [case for file in sorted(SUITES.glob("*/cases.json")) for case in load_suite(file.parent, DELIBERATE)]
# Cases that wait for a feature: with it, what they ask for joins the app of their suite.
NOT_YET = {("pages", "Link elements")}  # Link, in app/links
SERVED = [
    case for case in CASES if not (case.better and case.better.problem) and (case.suite, case.name) not in NOT_YET
]
REFUSED = [case for case in CASES if case.better and case.better.problem]


@pytest.mark.parametrize("way", ["in process", pytest.param("server", marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", SERVED, ids=str)
def test_the_answers_are_as_recorded(case: Case, way: str, transport_to: Callable[[str, str], Transport]) -> None:
    faults = replay(case, transport_to(case.suite, way))
    assert not faults, "\n".join([case.why, *faults])


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_the_build_refuses_what_the_original_lets_pass(case: Case, tmp_path: Path) -> None:
    assert case.better
    directory = copy_app(SUITES / case.suite, tmp_path)
    for name, text in case.better.files.items():
        file = directory / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    with pytest.raises(AppError) as caught:
        start_app(directory)
    for part in case.better.problem:
        assert part in str(caught.value)


def test_every_exception_belongs_to_a_case() -> None:
    assert {*DELIBERATE, *NOT_YET} <= {(case.suite, case.name) for case in CASES}
