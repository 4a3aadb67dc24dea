"""The segment config: what follows from the options of a file."""

from __future__ import annotations

import math
from typing import Any

import pytest

from byway.runtime.segment import DEFAULTS, SegmentConfig


def listed() -> list[dict[str, str]]:
    return []


def test_a_file_that_sets_nothing_has_the_documented_defaults() -> None:
    assert SegmentConfig.of({}) == DEFAULTS
    assert (DEFAULTS.dynamic, DEFAULTS.dynamic_params, DEFAULTS.revalidate) == ("auto", True, None)
    assert (DEFAULTS.fetch_cache, DEFAULTS.runtime) == ("auto", "python")
    assert (DEFAULTS.preferred_region, DEFAULTS.max_duration, DEFAULTS.generate_static_params) == (None, None, None)


@pytest.mark.parametrize(
    ("given", "kept"), [("home", "home"), (["a", "b"], ("a", "b")), (("a",), ("a",)), ([], ()), (None, None)]
)
def test_regions_are_one_or_a_tuple(given: Any, kept: object) -> None:
    assert SegmentConfig.of({"preferred_region": given}).preferred_region == kept


@pytest.mark.parametrize("has_params", [False, True])
@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({}, "not cached unless its file says so"),
        ({"dynamic": "auto"}, "not cached unless its file says so"),
        ({"fetch_cache": "force-cache"}, "not cached unless its file says so"),
        ({"dynamic_params": True}, "not cached unless its file says so"),
        ({"revalidate": 0}, "revalidate = 0"),
        ({"revalidate": 0.0}, "revalidate = 0"),
        ({"revalidate": 0, "generate_static_params": listed}, "revalidate = 0"),
        ({"dynamic": "force-dynamic"}, 'dynamic = "force-dynamic"'),
        ({"dynamic": "force-dynamic", "revalidate": 0}, 'dynamic = "force-dynamic"'),
        ({"dynamic": "force-static"}, None),
        ({"dynamic": "error"}, None),
        ({"dynamic": "error", "revalidate": 60}, None),
        ({"generate_static_params": listed}, None),
        ({"generate_static_params": listed, "revalidate": False}, None),
    ],
)
def test_these_options_say_whether_a_path_with_or_without_parameters_is_dynamic(
    options: dict[str, Any], why: str | None, has_params: bool
) -> None:
    assert SegmentConfig.of(options).why_dynamic(has_params=has_params) == why


@pytest.mark.parametrize("revalidate", [60, 0.5, False])
def test_revalidate_alone_makes_a_path_static_only_without_parameters(revalidate: Any) -> None:
    config = SegmentConfig.of({"revalidate": revalidate})
    assert config.why_dynamic(has_params=False) is None
    assert config.why_dynamic(has_params=True) == ("revalidate without generate_static_params, in a dynamic segment")


@pytest.mark.parametrize(
    ("revalidate", "seconds"), [(None, math.inf), (False, math.inf), (60, 60.0), (0.5, 0.5), (0, 0.0)]
)
def test_what_is_not_said_lives_for_ever(revalidate: Any, seconds: float) -> None:
    assert SegmentConfig(revalidate=revalidate).lifetime == seconds
