"""The memory level's bound, and what goes first."""

from __future__ import annotations

from collections.abc import Callable
from sys import getsizeof

from hypothesis import given
from hypothesis import strategies as st

from byway.caching.lru import LRU

KEYS = [f"key {number}" for number in range(6)]


def charged(size: int) -> int:
    """What a value of ``size`` bytes is charged with at one of `KEYS`."""
    lru: LRU[int] = LRU(10**9)
    lru.put(KEYS[0], 0, size)
    return lru.size


def test_what_was_put_is_there() -> None:
    lru: LRU[str] = LRU(10_000)
    lru.put("key", "value", 5)
    assert lru.get("key") == "value"
    assert lru.get("other") is None
    assert len(lru) == 1


def test_what_was_not_used_for_longest_goes_first() -> None:
    lru: LRU[int] = LRU(3 * charged(100))
    for number in range(3):
        lru.put(KEYS[number], number, 100)
    lru.get(KEYS[0])
    lru.put(KEYS[3], 3, 100)
    assert [lru.get(key) for key in KEYS[:4]] == [0, None, 2, 3]


def test_a_big_value_throws_out_as_many_as_it_takes() -> None:
    lru: LRU[int] = LRU(4 * charged(100))
    for number in range(4):
        lru.put(KEYS[number], number, 100)
    lru.put(KEYS[4], 4, 100 + charged(100))
    assert [lru.get(key) for key in KEYS[:5]] == [None, None, 2, 3, 4]


def test_what_takes_more_than_everything_may_is_not_kept_and_throws_out_only_its_own_old_value() -> None:
    lru: LRU[int] = LRU(3 * charged(0))
    lru.put(KEYS[0], 0, 0)
    lru.put(KEYS[1], 1, 0)
    lru.put(KEYS[0], 2, lru.max_size)
    assert [lru.get(key) for key in KEYS[:2]] == [None, 1]


def test_the_last_byte_may_be_used() -> None:
    lru: LRU[int] = LRU(charged(100))
    lru.put(KEYS[0], 0, 100)
    assert lru.get(KEYS[0]) == 0
    lru.put(KEYS[0], 0, 101)
    assert lru.get(KEYS[0]) is None


def test_a_value_that_is_put_again_counts_once() -> None:
    lru: LRU[int] = LRU(10_000)
    lru.put("key", 1, 100)
    lru.put("key", 2, 300)
    lru.put("key", 3, 200)
    assert (lru.get("key"), len(lru)) == (3, 1)
    lru.pop("key")
    assert lru.size == 0


def test_long_and_wide_keys_count_with_all_their_bytes() -> None:
    for key in ("k" * 5000, "日" * 5000, "🙂" * 5000):
        lru: LRU[int] = LRU(10**6)
        lru.put(key, 1, 0)
        assert lru.size >= getsizeof(key)


def test_nothing_fits_into_nothing() -> None:
    lru: LRU[int] = LRU(0)
    lru.put("key", 1, 0)
    assert (lru.get("key"), len(lru), lru.size) == (None, 0, 0)


def test_false_values_are_values() -> None:
    lru: LRU[int] = LRU(10_000)
    lru.put("key", 0, 1)
    lru.get("key")
    assert lru.get("key") == 0


def test_cleared_it_is_empty_and_goes_on() -> None:
    lru: LRU[int] = LRU(10_000)
    lru.put("key", 1, 1)
    lru.clear()
    assert (lru.get("key"), len(lru), lru.size) == (None, 0, 0)
    lru.put("key", 2, 1)
    assert lru.get("key") == 2


steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS), st.integers(0, 3000)),
        st.tuples(st.just("get"), st.sampled_from(KEYS), st.just(0)),
        st.tuples(st.just("pop"), st.sampled_from(KEYS), st.just(0)),
    ),
    max_size=60,
)


@given(steps, st.integers(0, 8000))
def test_it_does_what_a_list_in_order_of_use_does(history: list[tuple[str, str, int]], max_size: int) -> None:
    lru: LRU[int] = LRU(max_size)
    model: list[tuple[str, int, int]] = []  # key, value, charge; the last used one last

    def without(key: str) -> list[tuple[str, int, int]]:
        return [item for item in model if item[0] != key]

    for value, (step, key, size) in enumerate(history):
        found = [item for item in model if item[0] == key]
        if step == "put":
            lru.put(key, value, size)
            model = without(key)
            if charged(size) <= max_size:
                model.append((key, value, charged(size)))
                while sum(item[2] for item in model) > max_size:
                    model.pop(0)
        elif step == "get":
            assert lru.get(key) == (found[0][1] if found else None)
            model = without(key) + found
        else:
            lru.pop(key)
            model = without(key)
        assert lru.size == sum(item[2] for item in model) <= max_size
        assert len(lru) == len(model)


def test_a_full_one_finds_what_goes_first_without_a_search() -> None:
    """Counted in steps of the interpreter's dictionary: holes that earlier ones have left are not gone through."""
    lru: LRU[int] = LRU(200 * charged(0))
    keys: Callable[[int], str] = "key {}".format
    for number in range(5000):
        lru.put(keys(number), number, 0)
        assert lru.get(keys(number)) == number
    assert lru.get(keys(4999)) == 4999
    assert lru.get(keys(0)) is None
    assert lru.size <= lru.max_size
