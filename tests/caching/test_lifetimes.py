from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.lifetimes import (
    PRESETS,
    Lifetime,
    LifetimeBuilder,
    cache_control,
    read_profiles,
    resolve,
)

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86400, 31536000
PRIVATE = "private, no-cache, no-store, max-age=0, must-revalidate"

seconds = st.one_of(st.floats(0, 1e9), st.integers(0, 10**9), st.just(math.inf))
lifetimes = st.builds(
    lambda stale, revalidate, expire: Lifetime(stale, min(revalidate, expire), expire), seconds, seconds, seconds
)
times = st.dictionaries(st.sampled_from(Lifetime._fields), seconds)


class TestPresets:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("default", (5 * MINUTE, 15 * MINUTE, YEAR)),
            ("seconds", (30, 1, MINUTE)),
            ("minutes", (5 * MINUTE, MINUTE, HOUR)),
            ("hours", (5 * MINUTE, HOUR, DAY)),
            ("days", (5 * MINUTE, DAY, 7 * DAY)),
            ("weeks", (5 * MINUTE, 7 * DAY, 30 * DAY)),
            ("max", (5 * MINUTE, 30 * DAY, YEAR)),
        ],
    )
    def test_presets_have_the_documented_numbers(self, name: str, expected: tuple[float, float, float]) -> None:
        assert PRESETS[name] == expected

    def test_there_are_seven_presets(self) -> None:
        assert len(PRESETS) == 7


class TestReadProfiles:
    def test_without_any_of_its_own_an_app_has_the_presets(self) -> None:
        assert read_profiles({}, None) == PRESETS

    def test_custom_profile_is_added(self) -> None:
        profiles = read_profiles({"biweekly": {"stale": 14 * DAY, "revalidate": DAY, "expire": 14 * DAY}}, None)
        assert profiles["biweekly"] == (14 * DAY, DAY, 14 * DAY)
        assert profiles["hours"] == PRESETS["hours"]

    def test_custom_profile_redefines_a_preset(self) -> None:
        profiles = read_profiles({"days": {"stale": 3600, "revalidate": 900, "expire": 86400}}, None)
        assert profiles["days"] == (3600, 900, 86400)

    def test_fields_left_out_come_from_default(self) -> None:
        assert read_profiles({"x": {"revalidate": 5000}}, None)["x"] == (300, 5000, YEAR)
        assert read_profiles({"days": {"stale": 1}}, None)["days"] == (1, 900, YEAR)

    def test_fields_left_out_come_from_a_redefined_default(self) -> None:
        profiles = read_profiles({"x": {"stale": 1}, "default": {"revalidate": 60}}, None)
        assert profiles["default"] == (300, 60, YEAR)
        assert profiles["x"] == (1, 60, YEAR)

    def test_stale_times_set_the_stale_of_default(self) -> None:
        profiles = read_profiles({"x": {"revalidate": 60}}, 180)
        assert profiles["default"] == (180, 900, YEAR)
        assert profiles["x"] == (180, 60, YEAR)
        assert profiles["hours"] == PRESETS["hours"]

    def test_redefined_default_wins_over_stale_times(self) -> None:
        assert read_profiles({"default": {"stale": 10}}, 180)["default"].stale == 10

    def test_stale_times_are_seconds(self) -> None:
        with pytest.raises(ValueError) as caught:
            read_profiles({}, False)
        assert str(caught.value) == (
            "Config(stale_times={…}): static is False. Pass math.inf instead of False "
            "if browsers may use the value for ever without asking."
        )

    def test_profiles_are_a_dict(self) -> None:
        custom: Any = ["hours"]
        with pytest.raises(ValueError) as caught:
            read_profiles(custom, None)
        assert str(caught.value) == (
            'Config(cache_life=[\'hours\']): write a dict such as {"blog": {"revalidate": 3600}}.'
        )

    def test_expire_below_the_default_revalidate_lowers_that(self) -> None:
        assert read_profiles({"x": {"expire": 60}}, None)["x"] == (300, 60, 60)

    @pytest.mark.parametrize(
        ("custom", "message"),
        [
            (
                {"x": {"revalidate": False}},
                "Config(cache_life={'x': …}): revalidate is False. Pass math.inf instead of False "
                "if the value is not to be made anew by time.",
            ),
            (
                {"x": {"revalidate": 10, "expire": 5}},
                "Config(cache_life={'x': …}): revalidate (10) is above expire (5). Both count from the moment the "
                "value is made, so expire must be the longer one.",
            ),
            (
                {"x": {"staleTime": 10}},
                "Config(cache_life={'x': …}) has no field 'staleTime'. Did you mean 'stale'?",
            ),
            (
                {"x": {"ttl": 10}},
                "Config(cache_life={'x': …}) has no field 'ttl'. The fields are 'stale', 'revalidate' and 'expire'.",
            ),
            (
                {"x": {7: 10}},
                "Config(cache_life={'x': …}) has no field 7. The fields are 'stale', 'revalidate' and 'expire'.",
            ),
            (
                {"x": 60},
                "Config(cache_life={'x': …}): 60 is no mapping of times: write {\"revalidate\": 60}, for example.",
            ),
        ],
    )
    def test_error_names_profile_and_field(self, custom: Any, message: str) -> None:
        with pytest.raises(ValueError) as caught:
            read_profiles(custom, None)
        assert str(caught.value) == message


class TestResolve:
    def test_name_gives_all_fields_of_the_profile(self) -> None:
        assert resolve(PRESETS, "hours") == {"stale": 300, "revalidate": 3600, "expire": 86400}

    def test_name_of_a_custom_profile(self) -> None:
        profiles = read_profiles({"blog": {"revalidate": 4000, "expire": 9000}}, None)
        assert resolve(profiles, "blog") == {"stale": 300, "revalidate": 4000, "expire": 9000}

    def test_mapping_and_keywords_give_only_what_they_say(self) -> None:
        assert resolve(PRESETS, {"revalidate": 60}) == {"revalidate": 60}
        assert resolve(PRESETS, revalidate=60) == {"revalidate": 60}
        assert resolve(PRESETS, stale=1, revalidate=2.5, expire=3) == {"stale": 1, "revalidate": 2.5, "expire": 3}

    def test_nothing_and_the_empty_mapping_mean_default(self) -> None:
        profiles = read_profiles({"default": {"revalidate": 7}}, None)
        assert resolve(profiles) == resolve(profiles, {}) == {"stale": 300, "revalidate": 7, "expire": YEAR}

    def test_infinity_is_never(self) -> None:
        assert resolve(PRESETS, revalidate=math.inf, expire=math.inf) == {"revalidate": math.inf, "expire": math.inf}

    def test_number_beyond_floats_is_never(self) -> None:
        assert resolve(PRESETS, expire=10**400) == {"expire": math.inf}

    def test_zero_is_a_time(self) -> None:
        assert resolve(PRESETS, revalidate=0) == {"revalidate": 0}

    def test_revalidate_may_equal_expire(self) -> None:
        assert resolve(PRESETS, {"revalidate": 100, "expire": 100}) == {"revalidate": 100, "expire": 100}

    @pytest.mark.parametrize(
        ("profile", "message"),
        [
            (
                "houres",
                "cache_life('houres'): there is no such profile. Did you mean 'hours'? The profiles are: default, "
                "seconds, minutes, hours, days, weeks, max; Config(cache_life={'houres': {…}}) adds one.",
            ),
            (
                "fortnight",
                "cache_life('fortnight'): there is no such profile. The profiles are: default, seconds, minutes, "
                "hours, days, weeks, max; Config(cache_life={'fortnight': {…}}) adds one.",
            ),
            (
                " hours ",
                "cache_life(' hours '): there is no such profile. Did you mean 'hours', without the spaces?",
            ),
        ],
    )
    def test_unknown_profile_names_those_there_are(self, profile: str, message: str) -> None:
        with pytest.raises(ValueError) as caught:
            resolve(PRESETS, profile)
        assert str(caught.value) == message

    def test_profile_in_camel_case_is_understood(self) -> None:
        profiles = read_profiles({"very_long": {}}, None)
        with pytest.raises(ValueError, match="Did you mean 'very_long'"):
            resolve(profiles, "veryLong")

    @pytest.mark.parametrize("profile", [60, None, False, 1.5, ["hours"]])
    def test_neither_name_nor_times_is_refused(self, profile: object) -> None:
        with pytest.raises(TypeError) as caught:
            resolve(PRESETS, profile)
        assert str(caught.value) == (
            f'cache_life({profile!r}): give the name of a profile, such as cache_life("hours"), '
            "or times in seconds, such as cache_life(revalidate=60)."
        )

    def test_profile_and_times_at_once_are_refused(self) -> None:
        with pytest.raises(TypeError) as caught:
            resolve(PRESETS, "hours", stale=3)
        assert str(caught.value) == "cache_life('hours', stale=…): give a profile or times, not both."

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("revalidateAfter", "cache_life() has no parameter 'revalidateAfter'. Did you mean 'revalidate'?"),
            ("expires", "cache_life() has no parameter 'expires'. Did you mean 'expire'?"),
            (
                "max_age",
                "cache_life() has no parameter 'max_age'. The fields are 'stale', 'revalidate' and 'expire'.",
            ),
        ],
    )
    def test_unknown_parameter_is_refused_with_the_likely_one(self, name: str, message: str) -> None:
        with pytest.raises(TypeError) as caught:
            resolve(PRESETS, **{name: 1})
        assert str(caught.value) == message

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            (
                {"stale": False},
                "stale is False. Pass math.inf instead of False if browsers may use the value for ever without asking.",
            ),
            (
                {"expire": False},
                "expire is False. Pass math.inf instead of False if the value is never to expire.",
            ),
            ({"stale": True}, "stale is True; it must be a number of seconds, or math.inf."),
            ({"revalidate": "soon"}, "revalidate is 'soon'; it must be a number of seconds, or math.inf."),
            ({"revalidate": None}, "revalidate is None; it must be a number of seconds, or math.inf."),
            ({"expire": math.nan}, "expire is nan; it must be 0 seconds or more, or math.inf."),
            ({"expire": -math.inf}, "expire is -inf; it must be 0 seconds or more, or math.inf."),
            ({"stale": -1}, "stale is -1; it must be 0 seconds or more, or math.inf."),
            (
                {"revalidate": math.inf, "expire": 50.5},
                "revalidate (inf) is above expire (50.5). Both count from the moment the value is made, so expire "
                "must be the longer one.",
            ),
        ],
    )
    def test_times_that_make_no_sense_are_refused(self, given: dict[str, Any], message: str) -> None:
        with pytest.raises(ValueError) as caught:
            resolve(PRESETS, **given)
        assert str(caught.value) == f"cache_life(…): {message}"
        with pytest.raises(ValueError) as caught:
            resolve(PRESETS, given)
        assert str(caught.value) == f"cache_life({{…}}): {message}"


class TestLifetimeBuilder:
    def test_without_a_call_the_default_counts(self) -> None:
        assert LifetimeBuilder(PRESETS["default"]).build() == PRESETS["default"]

    def test_explicit_times_win_over_default_even_if_longer(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit({"revalidate": 10 * DAY})
        assert builder.build() == (300, 10 * DAY, YEAR)

    def test_of_several_calls_the_shortest_time_wins_field_by_field(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit(resolve(PRESETS, "hours"))
        builder.limit({"revalidate": 1})
        builder.limit({"revalidate": 20, "stale": 400})
        assert builder.build() == (300, 1, DAY)

    def test_nested_value_shortens_the_outer_one(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit(resolve(PRESETS, "hours"))
        builder.nest(PRESETS["seconds"])
        assert builder.build() == PRESETS["seconds"]

    def test_nested_value_never_lengthens_the_outer_one(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit(resolve(PRESETS, "seconds"))
        builder.nest(PRESETS["max"])
        assert builder.build() == PRESETS["seconds"]

    def test_without_a_call_default_and_nested_give_the_shorter(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.nest(Lifetime(math.inf, 1, 600))
        assert builder.build() == (300, 1, 600)

    def test_nested_expire_below_the_outer_revalidate_lowers_that(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit(resolve(PRESETS, "hours"))
        builder.nest(Lifetime(300, 1000, 1000))
        assert builder.build() == (300, 1000, 1000)

    def test_infinite_times_are_explicit_too(self) -> None:
        builder = LifetimeBuilder(PRESETS["default"])
        builder.limit({"stale": math.inf, "revalidate": math.inf, "expire": math.inf})
        assert builder.build() == (math.inf, math.inf, math.inf)

    @given(calls=st.lists(times), nested=st.lists(lifetimes), default=lifetimes)
    def test_order_does_not_matter_and_revalidate_stays_within_expire(
        self, calls: list[dict[str, float]], nested: list[Lifetime], default: Lifetime
    ) -> None:
        one, other = LifetimeBuilder(default), LifetimeBuilder(default)
        for call in calls:
            one.limit(call)
        for lifetime in nested:
            one.nest(lifetime)
            other.nest(lifetime)
        for call in reversed(calls):
            other.limit(call)
        built = one.build()
        assert built == other.build()
        assert built.revalidate <= built.expire
        assert all(built[n] <= lifetime[n] for lifetime in nested for n in range(3))


class TestCacheControl:
    @pytest.mark.parametrize(
        ("revalidate", "expire", "expected"),
        [
            (0, YEAR, PRIVATE),
            (0, math.inf, PRIVATE),
            (60, 0, PRIVATE),
            (math.inf, math.inf, "s-maxage=31536000"),
            (60, math.inf, "s-maxage=60, stale-while-revalidate=31535940"),
            (3600, 86400, "s-maxage=3600, stale-while-revalidate=82800"),
            (2592000, YEAR, "s-maxage=2592000, stale-while-revalidate=28944000"),
            (60, 60, "s-maxage=60"),
            (2 * YEAR, math.inf, "s-maxage=63072000"),
            (YEAR, math.inf, "s-maxage=31536000"),
            (900, 600, "s-maxage=600"),
            (math.inf, 600, "s-maxage=600"),
            (0.25, 1.5, "s-maxage=1"),
            (1.9, 10.9, "s-maxage=1, stale-while-revalidate=9"),
            (0.5, math.inf, "s-maxage=1, stale-while-revalidate=31535999"),
        ],
    )
    def test_header_tells_of_revalidate_and_expire(self, revalidate: float, expire: float, expected: str) -> None:
        assert cache_control(revalidate, expire, YEAR) == expected

    def test_unlimited_expire_is_told_as_expire_time(self) -> None:
        assert cache_control(60, math.inf, 3600) == "s-maxage=60, stale-while-revalidate=3540"
        assert cache_control(60, math.inf, 30) == "s-maxage=60"

    def test_unlimited_expire_time_is_told_as_a_year(self) -> None:
        assert cache_control(60, math.inf, math.inf) == "s-maxage=60, stale-while-revalidate=31535940"
