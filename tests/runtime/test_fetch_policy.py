"""The policy of a fetch: the table of its options and of the route's ``fetch_cache``, whole."""

from __future__ import annotations

import math

import pytest

from byway.runtime.fetch_policy import Policy, fetch_policy
from byway.runtime.segment import SegmentConfig

ASKED = Policy(None, is_uncached=False)
UNCACHED = Policy(None, is_uncached=True)
FOR_EVER = Policy(math.inf)
MINUTE = Policy(60.0)
ERROR = None

# What a fetch says for itself: its options (cache, revalidate).
UNSET = [(None, None), ("default", None)]
STORE = [("force-cache", None)]
STORE_FOR_EVER = [(None, False), ("default", False), ("force-cache", False)]
STORE_MINUTE = [(None, 60), (None, 60.0), ("default", 60), ("force-cache", 60)]
NO_STORE = [
    ("no-store", None),
    ("no-cache", None),
    ("reload", None),
    (None, 0),
    ("default", 0),
    ("no-store", 0),
    ("no-cache", 0),
]

# By fetch_cache: unset, force-cache, revalidate=False without force-cache, revalidate=60 without and with force-cache,
# no-store.
TABLE = {
    "auto": (ASKED, FOR_EVER, FOR_EVER, MINUTE, MINUTE, UNCACHED),
    "default-cache": (FOR_EVER, FOR_EVER, FOR_EVER, MINUTE, MINUTE, UNCACHED),
    "only-cache": (FOR_EVER, FOR_EVER, FOR_EVER, MINUTE, MINUTE, ERROR),
    "force-cache": (FOR_EVER, FOR_EVER, FOR_EVER, MINUTE, MINUTE, FOR_EVER),
    "default-no-store": (UNCACHED, FOR_EVER, FOR_EVER, MINUTE, MINUTE, UNCACHED),
    "only-no-store": (UNCACHED, ERROR, UNCACHED, UNCACHED, ERROR, UNCACHED),
    "force-no-store": (UNCACHED,) * 6,
}


def cases() -> list[tuple[str, object, object, Policy | None]]:
    found: list[tuple[str, object, object, Policy | None]] = []
    for mode, (unset, store, for_ever, minute, store_minute, no_store) in TABLE.items():
        found += [(mode, *options, unset) for options in UNSET]
        found += [(mode, *options, store) for options in STORE]
        found += [(mode, *options, store if options[0] == "force-cache" else for_ever) for options in STORE_FOR_EVER]
        found += [(mode, *options, store_minute if options[0] == "force-cache" else minute) for options in STORE_MINUTE]
        found += [(mode, *options, no_store) for options in NO_STORE]
    return found


@pytest.mark.parametrize(("mode", "cache", "revalidate", "expected"), cases())
def test_the_route_s_fetch_cache_has_its_say(
    mode: str, cache: object, revalidate: object, expected: Policy | None
) -> None:
    config = SegmentConfig.of({"fetch_cache": mode})
    if expected is None:
        with pytest.raises(ValueError, match=f'which fetch_cache = "{mode}" of its route forbids'):
            fetch_policy("GET https://api.test/", cache, revalidate, config)
    else:
        assert fetch_policy("GET https://api.test/", cache, revalidate, config) == expected


@pytest.mark.parametrize(
    ("cache", "revalidate", "mode", "message"),
    [
        ("no-store", None, "only-cache", "cache='no-store'"),
        ("reload", 0, "only-cache", "cache='reload'"),
        (None, 0, "only-cache", "revalidate=0"),
        ("force-cache", None, "only-no-store", 'cache="force-cache"'),
    ],
)
def test_what_is_forbidden_is_named(cache: object, revalidate: object, mode: str, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        fetch_policy("GET https://api.test/", cache, revalidate, SegmentConfig.of({"fetch_cache": mode}))
    assert str(caught.value) == (
        f'GET https://api.test/ was fetched with {message}, which fetch_cache = "{mode}" of its route forbids.'
    )


@pytest.mark.parametrize(("dynamic", "mode"), [("force-dynamic", "force-no-store"), ("error", "only-cache")])
@pytest.mark.parametrize(("cache", "revalidate"), [*UNSET, *STORE, *STORE_MINUTE, *NO_STORE])
def test_dynamic_implies_a_fetch_cache(dynamic: str, mode: str, cache: object, revalidate: object) -> None:
    def policy(options: dict[str, str]) -> object:
        try:
            return fetch_policy("GET https://api.test/", cache, revalidate, SegmentConfig.of(options))
        except ValueError as error:
            return str(error)

    assert policy({"dynamic": dynamic}) == policy({"fetch_cache": mode})


@pytest.mark.parametrize("dynamic", ["auto", "force-static", "force-dynamic", "error"])
@pytest.mark.parametrize("mode", [mode for mode in TABLE if mode != "auto"])
def test_a_fetch_cache_of_its_own_wins_over_what_dynamic_implies(dynamic: str, mode: str) -> None:
    alone = fetch_policy("x", None, None, SegmentConfig.of({"fetch_cache": mode}))
    assert fetch_policy("x", None, None, SegmentConfig.of({"fetch_cache": mode, "dynamic": dynamic})) == alone


@pytest.mark.parametrize("mode", TABLE)
@pytest.mark.parametrize(("cache", "revalidate"), [*UNSET, *STORE, *STORE_FOR_EVER, *STORE_MINUTE, *NO_STORE])
def test_within_unstable_cache_nothing_is_kept_by_itself_and_nothing_is_said_to_be_uncached(
    mode: str, cache: object, revalidate: object
) -> None:
    config = SegmentConfig.of({"fetch_cache": mode})
    assert fetch_policy("x", cache, revalidate, config, within_unstable_cache=True) == ASKED


@pytest.mark.parametrize(
    ("cache", "revalidate"), [("force-cache", 0), ("no-store", 60), ("no-cache", 1), ("reload", False)]
)
@pytest.mark.parametrize("mode", ["auto", "default-cache", "only-cache", "only-no-store"])
def test_options_that_contradict_each_other_count_for_nothing_and_are_told(
    cache: str, revalidate: float, mode: str
) -> None:
    config = SegmentConfig.of({"fetch_cache": mode})
    policy = fetch_policy("GET https://api.test/", cache, revalidate, config)
    assert policy._replace(warning=None) == fetch_policy("x", None, None, config)
    assert policy.warning == (
        f"fetch(cache={cache!r}, revalidate={revalidate!r}): the two contradict each other, and neither counts; "
        "write only one. (GET https://api.test/)"
    )


@pytest.mark.parametrize("cache", ["only-if-cached", "force_cache", "", True, 0])
def test_an_unknown_cache_option_is_refused(cache: object) -> None:
    with pytest.raises(ValueError) as caught:
        fetch_policy("GET https://api.test/", cache, None, SegmentConfig())
    assert str(caught.value) == (f'fetch(cache={cache!r}): write "force-cache" or "no-store". (GET https://api.test/)')


@pytest.mark.parametrize("revalidate", [True, -1, -0.5, math.nan, -math.inf, "60", [60]])
def test_a_revalidate_that_makes_no_sense_is_refused(revalidate: object) -> None:
    with pytest.raises(ValueError) as caught:
        fetch_policy("GET https://api.test/", None, revalidate, SegmentConfig())
    assert str(caught.value) == (
        f"fetch(revalidate={revalidate!r}): write a number of seconds, 0 to ask each time, or False to keep the answer "
        "for ever. (GET https://api.test/)"
    )
