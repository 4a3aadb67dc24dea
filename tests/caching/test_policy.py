"""The freshness table, cell by cell, and against a naive reading of it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byway.caching.policy import Freshness, TagIndex, age_verdict
from byway.caching.store import Entry, Invalidation

from .support import entry

FRESH, STALE, EXPIRED = Freshness

# Age in seconds of an entry with revalidate=60 and expire=100, and what that makes of it.
AGES = {
    -1e6: FRESH,
    -0.001: FRESH,
    0.0: FRESH,
    59.999: FRESH,
    60.0: STALE,
    99.999: STALE,
    100.0: EXPIRED,
    1e9: EXPIRED,
}
NOW = 10_000.0
# Seconds from now until an invalidation is due; what it makes of older entries.
DUES = {-50.0: EXPIRED, 0.0: EXPIRED, 0.001: STALE, math.inf: STALE}
# Seconds from an entry's creation until another moment, that of an invalidation.
ORDERS = {"younger": 1.0, "as old": 0.0, "older": -1.0}
SEEN = 7

CELLS = list(
    itertools.product(
        AGES,
        DUES,
        ("its tag", "one of more_tags", "another tag", "no tag"),
        ORDERS,
        ("numbered", "unnumbered"),
        ("seen", "prerendered"),
        (0, SEEN - 1, SEEN, SEEN + 1),
        ORDERS,
    )
)


@pytest.mark.parametrize("age", AGES)
def test_every_cell_of_the_table(age: float) -> None:
    """For each: the worse of what age, invalidation and floor say by themselves."""
    count = 0
    for cell in CELLS:
        if cell[0] != age:
            continue
        _, wait, tag, order, numbering, origin, floor, floor_order = cell
        created = NOW - age
        at = created + ORDERS[order]
        number = {"younger": SEEN + 3, "as old": SEEN, "older": SEEN - 1}[order] if numbering == "numbered" else 0
        subject = entry(
            created=created, seen=None if origin == "prerendered" else SEEN, revalidate=60.0, expire=100.0, tags=("a",)
        )
        index = TagIndex()
        if tag != "no tag":
            name = {"its tag": "a", "one of more_tags": "b", "another tag": "c"}[tag]
            index.add([Invalidation(number, name, at, NOW + wait)])
        index.raise_floor(floor, created + ORDERS[floor_order])

        verdicts = [AGES[age]]
        # By number, what is as old was seen; by the clock, nobody can tell which came first.
        by_number = numbering == "numbered" and origin == "seen"
        if tag in ("its tag", "one of more_tags") and (order == "younger" or (order == "as old" and not by_number)):
            verdicts.append(DUES[wait])
        if floor and (floor_order != "older" if origin == "prerendered" else floor > SEEN):
            verdicts.append(EXPIRED)
        assert index.freshness(subject, ["b"], NOW) is max(verdicts), cell
        assert index.is_fresh(subject, lambda: ["b"], NOW) is (max(verdicts) is FRESH), cell
        assert index.verdict(subject, ["b"], NOW) is max(verdicts[1:], default=FRESH), cell
        count += 1
    assert count == len(CELLS) // len(AGES)


@pytest.mark.parametrize(("age", "verdict"), AGES.items())
def test_age_alone(age: float, verdict: Freshness) -> None:
    assert age_verdict(entry(created=NOW - age, revalidate=60.0, expire=100.0), NOW) is verdict


@pytest.mark.parametrize(
    ("max_age", "age", "verdict"),
    [(10.0, 9.999, FRESH), (10.0, 10.0, STALE), (90.0, 60.0, STALE), (200.0, 100.0, EXPIRED), (10.0, -5.0, FRESH)],
)
def test_what_is_older_than_max_age_is_stale(max_age: float, age: float, verdict: Freshness) -> None:
    subject = entry(created=NOW - age, revalidate=60.0, expire=100.0)
    assert age_verdict(subject, NOW, max_age) is verdict
    assert TagIndex().freshness(subject, (), NOW, max_age) is verdict


def test_never_is_never() -> None:
    assert age_verdict(entry(created=0.0), 1e300) is FRESH


def test_what_expires_before_it_is_stale_goes_from_fresh_to_expired() -> None:
    subject = entry(created=NOW, revalidate=100.0, expire=50.0)
    assert age_verdict(subject, NOW + 49.0) is FRESH
    assert age_verdict(subject, NOW + 50.0) is EXPIRED


def test_an_entry_that_has_seen_more_than_is_known_here_is_fresh() -> None:
    index = TagIndex()
    index.add([Invalidation(1, "a", NOW, NOW)])
    assert index.verdict(entry(seen=5, tags=("a",)), (), NOW) is FRESH


def test_an_invalidation_with_a_window_does_not_soften_an_earlier_one_without() -> None:
    index = TagIndex()
    index.add([Invalidation(1, "a", NOW, NOW), Invalidation(2, "a", NOW, NOW + 300.0)])
    assert index.verdict(entry(seen=0, tags=("a",)), (), NOW) is EXPIRED
    assert index.verdict(entry(seen=1, tags=("a",)), (), NOW) is STALE
    assert index.verdict(entry(seen=2, tags=("a",)), (), NOW) is FRESH


def test_a_later_invalidation_without_a_window_ends_the_window_of_an_earlier_one() -> None:
    index = TagIndex()
    index.add([Invalidation(1, "a", NOW, NOW + 300.0), Invalidation(2, "a", NOW, NOW)])
    assert index.verdict(entry(seen=0, tags=("a",)), (), NOW) is EXPIRED
    assert index.verdict(entry(seen=1, tags=("a",)), (), NOW) is EXPIRED


def test_the_worst_of_several_tags_counts() -> None:
    index = TagIndex()
    index.add([Invalidation(1, "a", NOW, NOW + 300.0), Invalidation(2, "b", NOW, NOW)])
    assert index.verdict(entry(tags=("a",)), (), NOW) is STALE
    assert index.verdict(entry(tags=("a", "b")), (), NOW) is EXPIRED
    assert index.verdict(entry(tags=("a",)), ("b",), NOW) is EXPIRED


def test_an_invalidation_that_is_known_already_changes_nothing() -> None:
    """Two that ask the store at once may get their answers in the wrong order."""
    index = TagIndex()
    older, younger = Invalidation(1, "a", NOW, NOW), Invalidation(2, "a", NOW, NOW)
    index.add([older, younger])
    index.add([older])
    assert index.version == 2
    assert index.verdict(entry(seen=1, tags=("a",)), (), NOW) is EXPIRED


def test_what_the_store_has_forgotten_is_known_as_far_as_it_ever_will_be() -> None:
    """Else what is made now, having seen all there is, would count as expired."""
    index = TagIndex()
    index.raise_floor(5, NOW)
    assert index.version == 5
    assert index.verdict(entry(seen=index.version), (), NOW) is FRESH
    assert index.verdict(entry(seen=4), (), NOW) is EXPIRED


def test_the_floor_is_never_lowered() -> None:
    index = TagIndex()
    index.raise_floor(5, NOW)
    index.raise_floor(3, NOW - 1.0)
    assert (index.floor, index.floor_at, index.version) == (5, NOW, 5)


def test_an_unnumbered_invalidation_does_not_hide_a_numbered_one() -> None:
    """They are not compared by the same thing: an entry made by a clock that is ahead is out of date, too."""
    index = TagIndex()
    index.add([Invalidation(5, "a", NOW, NOW), Invalidation(0, "a", NOW, NOW)])
    assert index.verdict(entry(seen=4, created=NOW + 3600.0, tags=("a",)), (), NOW) is EXPIRED


def test_a_numbered_invalidation_does_not_hide_an_unnumbered_one() -> None:
    """What has seen the first, of another worker, has not seen the second."""
    index = TagIndex()
    index.add([Invalidation(0, "a", NOW, NOW), Invalidation(5, "a", NOW, NOW)])
    assert index.verdict(entry(seen=5, created=NOW - 1.0, tags=("a",)), (), NOW) is EXPIRED


def test_unnumbered_invalidations_are_forgotten_once_they_have_numbers() -> None:
    index = TagIndex(limit=1)
    index.add([Invalidation(0, "a", NOW, NOW), Invalidation(0, "b", NOW, NOW)])
    index.forget_unnumbered()
    assert index.verdict(entry(created=NOW - 1.0, tags=("a", "b")), (), NOW) is FRESH


# Bounds


def test_beyond_the_limit_the_oldest_tags_are_forgotten_and_what_has_not_seen_them_expires() -> None:
    index = TagIndex(limit=3)
    index.add(Invalidation(number, f"tag {number}", NOW, NOW + 300.0) for number in range(1, 6))
    assert (index.version, index.floor) == (5, 2)
    assert index.verdict(entry(seen=1, tags=("tag 5",)), (), NOW) is EXPIRED
    assert index.verdict(entry(seen=2, tags=("tag 3",)), (), NOW) is STALE
    assert index.verdict(entry(seen=2, tags=("unknown",)), (), NOW) is FRESH


def test_what_was_prerendered_before_the_youngest_forgotten_one_expires() -> None:
    index = TagIndex(limit=1)
    index.add([Invalidation(1, "a", NOW, NOW), Invalidation(2, "b", NOW + 10.0, NOW + 10.0)])
    assert index.verdict(entry(seen=None, created=NOW), (), NOW + 10.0) is EXPIRED
    assert index.verdict(entry(seen=None, created=NOW + 1.0), (), NOW + 10.0) is FRESH
    assert index.verdict(entry(seen=None, created=NOW + 1.0, tags=("b",)), (), NOW + 10.0) is EXPIRED


def test_a_tag_that_is_invalidated_again_is_the_youngest() -> None:
    index = TagIndex(limit=2)
    index.add(Invalidation(number, tag, NOW, NOW + 300.0) for number, tag in enumerate("abac", 1))
    assert index.floor == 2
    assert index.verdict(entry(seen=2, tags=("a",)), (), NOW) is STALE


def test_beyond_the_limit_unnumbered_ones_are_forgotten_and_what_is_older_expires() -> None:
    index = TagIndex(limit=2)
    index.add(Invalidation(0, f"tag {n}", NOW + n, NOW + n) for n in range(5))
    assert index.verdict(entry(created=NOW + 2.0), (), NOW + 10.0) is EXPIRED
    assert index.verdict(entry(created=NOW + 2.5), (), NOW + 10.0) is FRESH
    assert index.verdict(entry(created=NOW + 2.5, tags=("tag 3",)), (), NOW + 10.0) is EXPIRED


@pytest.mark.parametrize("number", [0, 1])
def test_a_tag_that_is_invalidated_all_the_time_takes_no_more_room(number: int) -> None:
    index = TagIndex()
    for step in range(5000):
        index.add([Invalidation(number and step + 1, "a", NOW + step, NOW + step + 1e7)])
    known = index._numbered if number else index._unnumbered
    assert len(known["a"]) <= 32


def test_a_window_stays_a_window_however_often_its_tag_is_invalidated() -> None:
    """One a second, each with 300 seconds: after a minute an entry is stale, after 310 seconds it is expired."""
    index = TagIndex()
    for second in range(1, 20_001):
        index.add([Invalidation(second, "a", float(second), second + 300.0)])
        if second > 310 and not second % 7:
            assert index.verdict(entry(seen=second - 60, tags=("a",)), (), float(second)) is STALE
            assert index.verdict(entry(seen=second - 310, tags=("a",)), (), float(second)) is EXPIRED


# Against a naive reading


def naive(known: Sequence[Invalidation], subject: Entry, now: float) -> Freshness:
    worst = FRESH
    for one in known:
        if one.tag in subject.tags:
            if subject.seen is not None and one.number:
                is_younger = one.number > subject.seen
            else:
                is_younger = one.at >= subject.created
            if is_younger:
                worst = max(worst, EXPIRED if one.due <= now else STALE)
    return worst


times = st.integers(0, 20).map(float)
windows = st.sampled_from([0.0, 1.0, 5.0, 300.0, math.inf])
subjects = st.builds(
    entry,
    seen=st.none() | st.integers(0, 40),
    created=times,
    tags=st.sampled_from([(), ("a",), ("b",), ("a", "b"), ("a", "b", "c")]),
)
written = st.lists(st.tuples(st.sampled_from("abc"), times, windows, st.booleans()), max_size=40)


def invalidations(rows: list[tuple[str, float, float, bool]], *, is_ordered: bool) -> list[Invalidation]:
    moments = [row[1] for row in rows]
    if is_ordered:
        moments.sort()
    numbers = itertools.count(1)
    return [
        Invalidation(next(numbers) if has_number else 0, tag, at, at + window)
        for (tag, _, window, has_number), at in zip(rows, moments, strict=True)
    ]


@given(written.filter(lambda rows: len(rows) < 30), subjects, times)
def test_the_index_says_what_a_list_of_all_invalidations_says(
    rows: list[tuple[str, float, float, bool]], subject: Entry, later: float
) -> None:
    known = invalidations(rows, is_ordered=True)
    index = TagIndex()
    index.add(known)
    now = max((one.at for one in known), default=0.0) + later
    assert index.verdict(subject, (), now) is naive(known, subject, now)


@given(written, subjects, times, st.integers(0, 40))
def test_what_is_said_to_be_fresh_is_what_is_neither_stale_nor_expired(
    rows: list[tuple[str, float, float, bool]], subject: Entry, now: float, floor: int
) -> None:
    index = TagIndex()
    index.raise_floor(floor, now - 1)
    index.add(invalidations(rows, is_ordered=True))
    assert index.is_fresh(subject, lambda: ("c",), now) is (index.freshness(subject, ("c",), now) is FRESH)


def test_more_tags_are_asked_for_only_when_something_was_invalidated_since() -> None:
    index, asked = TagIndex(), list[str]()

    def more_tags() -> list[str]:
        asked.append("b")
        return asked

    index.add([Invalidation(1, "b", NOW, NOW)])
    assert index.is_fresh(entry(seen=1), more_tags, NOW)
    assert asked == []
    assert not index.is_fresh(entry(seen=0), more_tags, NOW)
    assert asked == ["b"]


@given(written, subjects, times)
def test_clocks_that_run_backwards_never_make_it_milder(
    rows: list[tuple[str, float, float, bool]], subject: Entry, now: float
) -> None:
    known = invalidations(rows, is_ordered=False)
    index = TagIndex()
    index.add(known)
    assert index.verdict(subject, (), now) >= naive(known, subject, now)


@given(written, subjects, times, st.integers(1, 3))
def test_a_bounded_index_is_never_milder(
    rows: list[tuple[str, float, float, bool]], subject: Entry, now: float, limit: int
) -> None:
    known = invalidations(rows, is_ordered=False)
    index = TagIndex(limit)
    index.add(known)
    assert index.verdict(subject, (), now) >= naive(known, subject, now)


@given(st.lists(st.tuples(st.just("a"), times, windows, st.booleans()), min_size=33, max_size=60), subjects, times)
def test_a_tag_with_many_windows_is_never_milder(
    rows: list[tuple[str, float, float, bool]], subject: Entry, now: float
) -> None:
    known = [one._replace(due=one.due + place) for place, one in enumerate(invalidations(rows, is_ordered=True))]
    index = TagIndex()
    index.add(known)
    assert index.verdict(subject, (), now) >= naive(known, subject, now)


@given(
    st.lists(st.tuples(st.sampled_from("abc"), times, windows, st.just(True)), max_size=8),
    subjects,
    times,
    st.data(),
)
def test_answers_that_overlap_or_overtake_each_other_come_to_the_same(
    rows: list[tuple[str, float, float, bool]], subject: Entry, now: float, data: st.DataObject
) -> None:
    known = invalidations(rows, is_ordered=True)
    index, whole = TagIndex(), TagIndex()
    whole.add(known)
    for _ in range(3):
        since = data.draw(st.integers(0, index.version))
        index.add(known[since : data.draw(st.integers(since, len(known)))])
    index.add(known)
    assert index.verdict(subject, (), now) is whole.verdict(subject, (), now)
    assert index.version == len(known)
