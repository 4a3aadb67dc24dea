"""What every store must do. To test one, derive a class from `StoreContract` and give it the fixture ``stores``."""

from __future__ import annotations

import asyncio
import inspect
import math
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from byway.caching.store import CacheStore, Entry, Invalidation

VALUE = Entry(b"value", 1000.0, 0, 60.0, 3600.0, 30.0, ("a", "b"))


@dataclass
class Stores:
    """``make`` gives a further worker's store, with the data of the others; ``pass_time`` lets leases end.

    Of what is thrown out when there is too much, a store is free to keep more or less; that is tested with each.
    """

    make: Callable[[], CacheStore]
    pass_time: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[tuple[CacheStore, CacheStore]]:
        one, other = self.make(), self.make()
        await one.open()
        await other.open()
        try:
            yield one, other
        finally:
            await one.close()
            await other.close()


async def version(store: CacheStore) -> int:
    number = store.version()
    return await number if inspect.isawaitable(number) else number


class StoreContract:
    """In each test ``one`` and ``other`` are the stores of two workers that share their data."""

    @pytest.fixture
    def stores(self) -> Stores:
        raise NotImplementedError("A derived class says which stores are tested.")

    # Entries

    @pytest.mark.parametrize(
        "entry",
        [
            VALUE,
            Entry(b"", 0.0, None, 0.0, 0.0, 0.0),
            Entry(bytes(range(256)), 1.7e9 + 0.123456, 2**40, 0.5, 1.5, 2.5, ("", "\x00", "größe/日本語/🙂")),
            Entry(b"\xff" * 3_000_000, 1e9, 1, math.inf, math.inf, math.inf, tuple(f"tag {n}" for n in range(128))),
        ],
        ids=["usual", "empty", "all bytes", "3 MB that never expires"],
    )
    def test_an_entry_comes_back_whole_on_every_worker(self, stores: Stores, entry: Entry) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                await one.set("key", entry)
                assert await one.get("key") == entry
                assert await other.get("key") == entry

        asyncio.run(main())

    @pytest.mark.parametrize("key", ["", " ", "a\nb\r\n", "größe/日本語/🙂", "%_*?[a]{}'\"\\", "k" * 5000, "a\x00b"])
    def test_any_text_is_a_key_and_names_one_entry_only(self, stores: Stores, key: str) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                await one.set(key, VALUE)
                assert await other.get(key) == VALUE
                for near in (key + "x", "x" + key, key.upper() + "!"):
                    assert await other.get(near) is None

        asyncio.run(main())

    def test_what_was_never_set_is_none(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, _):
                assert await one.get("key") is None

        asyncio.run(main())

    def test_a_later_entry_replaces_an_earlier_one(self, stores: Stores) -> None:
        later = Entry(b"later", 2000.0, 7, 1.0, 2.0, 3.0)

        async def main() -> None:
            async with stores.opened() as (one, other):
                await one.set("key", VALUE)
                await other.set("key", later)
                assert await one.get("key") == later

        asyncio.run(main())

    def test_a_deleted_entry_is_gone_on_every_worker(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                await one.set("key", VALUE)
                await one.set("other", VALUE)
                await other.delete("key")
                await other.delete("never set")
                assert await one.get("key") is None
                assert await one.get("other") == VALUE

        asyncio.run(main())

    def test_entries_set_at_once_are_all_kept(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                entries = {f"key {number}": Entry(b"%d" % number, 1.0, number, 1.0, 1e9, 1.0) for number in range(300)}
                halves = [(one if number % 2 else other, *item) for number, item in enumerate(entries.items())]
                await asyncio.gather(*(store.set(key, entry) for store, key, entry in halves))
                assert {key: await one.get(key) for key in entries} == entries

        asyncio.run(main())

    # Invalidations

    def test_nothing_is_invalidated_at_first(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, _):
                known = await one.invalidations(0)
                assert known.floor <= await version(one)
                assert list(known.items) == []

        asyncio.run(main())

    def test_an_invalidation_is_told_to_every_worker_at_once(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                for tag in ("a", "ä\x00🙂", ""):
                    before = await version(other)
                    last = await one.invalidate([tag], 10.5, math.inf)
                    assert last == before + 1 == await version(one) == await version(other)
                    assert list((await other.invalidations(before)).items) == [Invalidation(last, tag, 10.5, math.inf)]

        asyncio.run(main())

    def test_invalidations_are_numbered_one_by_one_in_their_order(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                before = await version(one)
                assert await one.invalidate(["a", "b"], 1.0, 2.0) == before + 2
                assert await other.invalidate(["a"], 3.0, 4.0) == before + 3
                expected = [
                    Invalidation(before + 1, "a", 1.0, 2.0),
                    Invalidation(before + 2, "b", 1.0, 2.0),
                    Invalidation(before + 3, "a", 3.0, 4.0),
                ]
                for store in (one, other):
                    for seen in range(4):
                        assert list((await store.invalidations(before + seen)).items) == expected[seen:]

        asyncio.run(main())

    def test_an_invalidation_without_tags_changes_nothing(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, _):
                before = await version(one)
                assert await one.invalidate([], 1.0, 2.0) == before == await version(one)
                last = await one.invalidate(["a"], 1.0, 2.0)
                assert await one.invalidate([], 1.0, 2.0) == last == before + 1

        asyncio.run(main())

    def test_invalidations_at_once_get_numbers_of_their_own(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                before = await version(one)
                tags = [f"tag {number}" for number in range(40)]
                calls = [(one if number % 2 else other).invalidate([tag], 1.0, 1.0) for number, tag in enumerate(tags)]
                numbers = await asyncio.gather(*calls)
                assert sorted(numbers) == list(range(before + 1, before + 41))
                items = (await other.invalidations(before)).items
                assert {item.number: item.tag for item in items} == dict(zip(numbers, tags, strict=True))

        asyncio.run(main())

    def test_all_above_the_floor_are_told_and_below_it_none(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                for begin in range(0, 120_000, 2_000):
                    tags = [f"tag {number}" for number in range(begin, begin + 2_000)]
                    last = await one.invalidate(tags, float(begin), math.inf)
                floor, items, floor_at = await other.invalidations(0)
                assert 0 < len(items) <= 100_000
                assert items[0].at - 2_000 <= floor_at <= items[0].at
                assert [item.number for item in items] == list(range(floor + 1, last + 1))
                assert (items[-1].tag, await version(other)) == ("tag 119999", last)
                assert await one.invalidate(["old"], 0.0, 0.0) == last + 1
                floor, items, _ = await other.invalidations(last - 5)
                assert floor <= last - 5
                last += 1
                assert items[-1] == Invalidation(last, "old", 0.0, 0.0)
                items = items[:-1]
                assert [item.tag for item in items] == [f"tag {number}" for number in range(119_995, 120_000)]

        asyncio.run(main())

    # Leases

    def test_one_worker_at_a_time_has_the_lease(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                tokens = await asyncio.gather(*(store.lease("key", 60.0) for store in (one, other) * 20))
                assert sum(token is not None for token in tokens) == 1
                assert await other.lease("another key", 60.0) is not None

        asyncio.run(main())

    def test_a_lease_given_back_can_be_had_again(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                token = await one.lease("key", 60.0)
                assert token
                await one.release("key", token)
                again = await other.lease("key", 60.0)
                assert again
                assert again != token
                assert await one.lease("key", 60.0) is None

        asyncio.run(main())

    def test_a_lease_ends_by_itself(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                assert await one.lease("key", 0.2)
                assert await other.lease("key", 60.0) is None
                await stores.pass_time(0.25)
                assert await other.lease("key", 60.0)

        asyncio.run(main())

    def test_a_renewed_lease_lasts_from_the_renewal_on(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                token = await one.lease("key", 0.2)
                assert token
                assert await one.renew("key", token, 60.0)
                await stores.pass_time(0.25)
                assert await other.lease("key", 60.0) is None
                assert await one.renew("key", token, 0.2)
                await stores.pass_time(0.25)
                assert await other.lease("key", 60.0)

        asyncio.run(main())

    def test_a_lease_taken_by_another_cannot_be_renewed_or_released(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                lost = await one.lease("key", 0.2)
                assert lost
                await stores.pass_time(0.25)
                token = await other.lease("key", 60.0)
                assert token
                assert not await one.renew("key", lost, 60.0)
                await one.release("key", lost)
                assert await one.lease("key", 60.0) is None
                assert await other.renew("key", token, 60.0)

        asyncio.run(main())

    def test_a_lease_given_back_cannot_be_renewed(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, _):
                token = await one.lease("key", 60.0)
                assert token
                await one.release("key", token)
                assert not await one.renew("key", token, 60.0)

        asyncio.run(main())

    def test_an_unknown_token_is_worth_nothing(self, stores: Stores) -> None:
        async def main() -> None:
            async with stores.opened() as (one, other):
                assert not await one.renew("key", "token", 60.0)
                await one.release("key", "token")
                token = await one.lease("key", 60.0)
                assert token
                assert not await other.renew("key", token + "0", 60.0)
                await other.release("key", token + "0")
                assert await other.lease("key", 60.0) is None

        asyncio.run(main())
