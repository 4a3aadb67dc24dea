"""How fresh an entry is: a function of the entry, the invalidations, and the time.

Theory of operation
-------------------
Two things age an entry, time and invalidations, and each gives a verdict:

====================  ========  ================  ===============================
                      fresh     stale             expired
====================  ========  ================  ===============================
its age               below     `revalidate` or   `expire` or more
                      both      more
the invalidations of  none is   one is younger,   one is younger and due, or the
its tags              younger   and not yet due   entry has not seen the `floor`
====================  ========  ================  ===============================

The worse verdict counts. What is fresh is served; what is stale is served, too, while a new one is made; what is
expired is not served any more. What a build has prerendered has seen the `floor` when it is younger than `floor_at`.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import TypeAlias

from byway.caching.store import Entry, Invalidation

# More tags than this are not remembered one by one: what has not seen the oldest ones counts as expired.
_MOST_TAGS = 100_000
# Nor are more invalidations of one tag, all of them waiting to be due: of neighbours one is made.
_MOST_OF_A_TAG = 32

_ByTag: TypeAlias = "OrderedDict[str, tuple[Invalidation, ...]]"


class Freshness(IntEnum):
    """Ordered: the greater, the worse."""

    FRESH = 0
    STALE = 1
    EXPIRED = 2


def age_verdict(entry: Entry, now: float, max_age: float = math.inf) -> Freshness:
    """What its age makes of ``entry`` at ``now``, Unix time in seconds. Time that runs backwards ages nothing.

    Beyond ``max_age`` seconds it is stale, whatever it says itself.
    """
    age = now - entry.created
    if age >= entry.expire:
        return Freshness.EXPIRED
    return Freshness.STALE if age >= min(entry.revalidate, max_age) else Freshness.FRESH


class TagIndex:
    """The invalidations known so far. ``version`` is the number of the last one; all up to it are known or forgotten.

    Those that no store has taken down yet have the number 0; they are compared by the clock.
    """

    __slots__ = ("_limit", "_numbered", "_unnumbered", "_unnumbered_floor", "floor", "floor_at", "version")

    def __init__(self, limit: int = _MOST_TAGS) -> None:
        self.version = 0
        self.floor = 0
        self.floor_at = -math.inf
        # Unnumbered ones up to this moment are forgotten.
        self._unnumbered_floor = -math.inf
        self._limit = limit
        # Of each tag those that matter, oldest first, and so that a younger one is due later: see `_remember`.
        self._numbered: _ByTag = OrderedDict()
        self._unnumbered: _ByTag = OrderedDict()

    def add(self, invalidations: Iterable[Invalidation]) -> None:
        """Take over ``invalidations``, oldest first; those that are known already change nothing."""
        for one in invalidations:
            if not one.number:
                _remember(self._unnumbered, one)
            elif one.number > self.version:
                self.version = one.number
                _remember(self._numbered, one)
        while len(self._numbered) > self._limit:
            youngest = self._numbered.popitem(last=False)[1][-1]
            self.raise_floor(youngest.number, youngest.at)
        while len(self._unnumbered) > self._limit:
            self._unnumbered_floor = max(self._unnumbered_floor, self._unnumbered.popitem(last=False)[1][-1].at)

    def raise_floor(self, floor: int, at: float) -> None:
        """Invalidations up to number ``floor``, of the moment ``at``, are not known any more, or never were."""
        if floor:
            self.floor_at = max(self.floor_at, at)
        self.floor = max(self.floor, floor)
        self.version = max(self.version, floor)

    def forget_unnumbered(self) -> None:
        """Those without a number have been added with one."""
        self._unnumbered.clear()
        self._unnumbered_floor = -math.inf

    def verdict(self, entry: Entry, more_tags: Sequence[str], now: float) -> Freshness:
        """What the invalidations make of ``entry``, which bears ``more_tags``, too, at ``now``."""
        seen, created = entry.seen, entry.created
        numbered, unnumbered = self._numbered, self._unnumbered
        is_below = created <= self.floor_at if seen is None else seen < self.floor
        if is_below or created <= self._unnumbered_floor:
            return Freshness.EXPIRED
        if not unnumbered and (seen == self.version or not numbered):
            return Freshness.FRESH
        worst = Freshness.FRESH
        for tag in (*entry.tags, *more_tags):
            for known in (numbered.get(tag, ()), unnumbered.get(tag, ())):
                for one in known:
                    if one.number > seen if seen is not None and one.number else one.at >= created:
                        if one.due <= now:
                            return Freshness.EXPIRED
                        worst = Freshness.STALE
                        break  # the younger ones are due later
        return worst

    def freshness(self, entry: Entry, more_tags: Sequence[str], now: float, max_age: float = math.inf) -> Freshness:
        """The worse verdict of time and of invalidations."""
        return max(age_verdict(entry, now, max_age), self.verdict(entry, more_tags, now))

    def is_fresh(self, entry: Entry, more_tags: Callable[[], Sequence[str]], now: float) -> bool:
        """Whether `freshness` is ``FRESH``; ``more_tags`` is called only when it may depend on them."""
        age = now - entry.created
        if age >= entry.revalidate or age >= entry.expire:
            return False
        if entry.seen == self.version and not self._unnumbered:
            return True
        return self.verdict(entry, more_tags(), now) is Freshness.FRESH


def _remember(by_tag: _ByTag, one: Invalidation) -> None:
    """Add ``one`` to those of its tag, as its youngest; the tag becomes the youngest, too.

    An older one is of no account beside a younger one that is due no later. Where two become one, it has the number and
    moment of the younger and the due of the older: it may expire too much, and never too little.
    """
    earlier = by_tag.pop(one.tag, ())
    if earlier and earlier[-1].at > one.at:
        one = one._replace(at=earlier[-1].at)  # a clock was set back, or is another machine's
    kept = [other for other in earlier if other.due < one.due]
    while len(kept) > 1 and kept[1].due <= one.at:
        kept[:2] = [kept[1]._replace(due=kept[0].due)]
    if len(kept) >= _MOST_OF_A_TAG:
        second = min(range(1, len(kept)), key=lambda index: kept[index].due - kept[index - 1].due)
        kept[second - 1 : second + 1] = [kept[second]._replace(due=kept[second - 1].due)]
    by_tag[one.tag] = (*kept, one)
