"""The ``config`` of a file in ``pages/api``: what it may say, and what is said of mistakes."""

from __future__ import annotations

from typing import Any

import pytest

from byway.pages_api.config import ApiConfig, Size, read_config

MB = 1 << 20


def read(config: object) -> ApiConfig:
    found, problems = read_config(config, "pages/api/x.py:3", 10 * MB)
    assert not problems
    return found


def problems_of(config: object) -> list[tuple[str, str]]:
    _, problems = read_config(config, "pages/api/x.py:3", 10 * MB)
    assert {problem.file for problem in problems} <= {"pages/api/x.py:3"}
    return [(problem.what, problem.cure) for problem in problems]


def test_the_defaults_are_the_documented_ones() -> None:
    assert read({}) == read({"api": {}}) == read({"api": {"body_parser": True, "response_limit": True}}) == ApiConfig()
    assert ApiConfig() == ApiConfig(Size(MB, "1mb"), Size(4 * MB, "4mb"), False, None, None)


def test_the_documents_examples_are_read() -> None:
    whole = read({"api": {"body_parser": {"size_limit": "1mb"}}, "max_duration": 5})
    assert (whole.body_limit, whole.max_duration) == (Size(MB, "1mb"), 5)
    assert read({"api": {"body_parser": False}}).body_limit is None
    assert read({"api": {"body_parser": {"size_limit": "500kb"}}}).body_limit == Size(500 << 10, "500kb")
    assert read({"api": {"external_resolver": True}}).external_resolver
    assert read({"api": {"response_limit": False}}).response_limit is None
    for limit, size in [(1000, 1000), ("500kb", 500 << 10), ("3mb", 3 * MB), ("8mb", 8 * MB)]:
        assert read({"api": {"response_limit": limit}}).response_limit == Size(size, str(limit))


def test_hints_for_a_host_are_accepted() -> None:
    assert read({"runtime": "nodejs", "regions": ["fra1", "cdg1"]}).regions == ("fra1", "cdg1")
    assert read({"runtime": "python", "regions": "fra1"}).regions == "fra1"


EXAMPLE = '`config = {"api": {"body_parser": {"size_limit": "1mb"}}, "max_duration": 5}`'


@pytest.mark.parametrize(
    ("config", "what", "cure"),
    [
        ([], "config is list, not a dict.", f"Write {EXAMPLE}."),
        ({"api": None}, 'config["api"] is NoneType, not a dict.', f"Write {EXAMPLE}."),
        ({"maxDuration": 5}, "config has an unknown key 'maxDuration'.", "Did you mean 'max_duration'?"),
        (
            {"body_parser": False},
            "config has an unknown key 'body_parser'.",
            f"'body_parser' belongs into the dict at \"api\": {EXAMPLE}.",
        ),
        (
            {"api": {"max_duration": 5}},
            "config[\"api\"] has an unknown key 'max_duration'.",
            f"'max_duration' belongs beside the dict at \"api\": {EXAMPLE}.",
        ),
        (
            {"api": {"bodyParser": False}},
            "config[\"api\"] has an unknown key 'bodyParser'.",
            "Did you mean 'body_parser'?",
        ),
        (
            {"api": {"body_parser": {"sizeLimit": "1mb"}}},
            'config["api"]["body_parser"] has an unknown key \'sizeLimit\'.',
            "Did you mean 'size_limit'?",
        ),
        (
            {"xyz": 1},
            "config has an unknown key 'xyz'.",
            "Its keys are: api, max_duration, regions, runtime.",
        ),
        ({3: 1}, "config has an unknown key 3.", "Its keys are: api, max_duration, regions, runtime."),
        (
            {"api": {"body_parser": "1mb"}},
            "body_parser is '1mb'.",
            'Write False, or {"size_limit": "1mb"}.',
        ),
        (
            {"api": {"body_parser": {"size_limit": "much"}}},
            "size_limit is 'much', which is no size.",
            'Write a number of bytes, or text such as "500kb" or "3mb".',
        ),
        (
            {"api": {"body_parser": {"size_limit": "20mb"}}},
            "size_limit is 20mb, but no body may be larger than 10,485,760 bytes.",
            'Set Config(max_body_size="20mb") in byway_config.py, or lower size_limit.',
        ),
        (
            {"api": {"response_limit": -1}},
            "response_limit is -1, which is no size.",
            'Write a number of bytes, or text such as "500kb" or "3mb", or False.',
        ),
        ({"api": {"external_resolver": 1}}, "external_resolver is 1.", "Write True or False."),
        ({"max_duration": 0}, "max_duration is 0.", "Write a number of seconds above 0."),
        ({"max_duration": True}, "max_duration is True.", "Write a number of seconds above 0."),
        ({"max_duration": float("inf")}, "max_duration is inf.", "Write a number of seconds above 0."),
        (
            {"runtime": "edge"},
            "runtime is 'edge', which is not possible here.",
            'Remove it, or write an edge handler as "app/…/route.py", which gets a Request and returns a Response.',
        ),
        ({"regions": 5}, "regions is 5.", "Write a region, or a list of regions."),
        ({"regions": ["a", 5]}, "regions is ['a', 5].", "Write a region, or a list of regions."),
    ],
)
def test_a_mistake_is_told_with_its_cure(config: Any, what: str, cure: str) -> None:
    assert problems_of(config) == [(what, cure)]


def test_all_mistakes_are_told_together() -> None:
    found = problems_of({"api": {"body_parser": 1, "response_limit": "x"}, "max_duration": "5s"})
    assert [what.partition(" ")[0] for what, _ in found] == ["body_parser", "response_limit", "max_duration"]
