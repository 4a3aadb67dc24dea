"""`RedisStore` against a real server: what it keeps, what others see, and what happens when the server goes away."""

from __future__ import annotations

import asyncio
import importlib.util
import math
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import Any

import pytest

from byway.caching import redis as redis_store
from byway.caching.redis import RedisStore, StoreUnavailable
from byway.caching.store import Entry, Invalidation

from ..redis_server import RedisServer

FOREVER = Entry(b"value", 1000.0, None, math.inf, math.inf, 0.0, ("a", "ä"))


@asynccontextmanager
async def opened(server: RedisServer, **options: Any) -> AsyncGenerator[RedisStore]:
    store = RedisStore(server.url, **options)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def using(server: RedisServer, test: Callable[[RedisStore], Coroutine[Any, Any, None]], **options: Any) -> None:
    async def main() -> None:
        async with opened(server, **options) as store:
            await test(store)

    asyncio.run(main())


async def failing(awaitable: Awaitable[object]) -> str:
    with pytest.raises(StoreUnavailable) as caught:
        await awaitable
    return str(caught.value)


async def recovered(store: RedisStore) -> None:
    """Wait until the store has found its server again."""
    async with asyncio.timeout(20):
        while True:
            try:
                await store.get("nothing")
            except StoreUnavailable:
                await asyncio.sleep(0.02)
            else:
                return


class Watched:
    """Counts commands, and can hold them back on their way to the server."""

    def __init__(self, store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[tuple[Any, ...]] = []
        self.gate = asyncio.Event()
        self.gate.set()
        call = store._call

        async def watched(*command: Any) -> Any:
            self.sent.append(command)
            await self.gate.wait()
            return await call(*command)

        monkeypatch.setattr(store, "_call", watched)


# Entries


@pytest.mark.parametrize(
    "entry",
    [
        FOREVER,
        Entry(b"", 1.5, 0, 1.0, 2.0, 3.0),
        Entry(bytes(range(256)) * 40_000, 2e9, 2**53, math.inf, math.inf, math.inf, tuple(map(str, range(128)))),
    ],
    ids=["no expiry", "empty", "10 MB"],
)
def test_an_entry_comes_back_as_it_was(redis_server: RedisServer, entry: Entry) -> None:
    async def test(store: RedisStore) -> None:
        await store.set("key\r\n ✓", entry)
        assert await store.get("key\r\n ✓") == entry
        assert await store.get("key") is None
        await store.delete("key\r\n ✓")
        assert await store.get("key\r\n ✓") is None

    using(redis_server, test)


@pytest.mark.parametrize(
    ("age", "expire", "ttl", "expected"),
    [
        (30.0, 100.0, 1e6, 70.0 + 60.0),
        (-30.0, 100.0, 1e6, 130.0 + 60.0),
        (1000.0, 100.0, 1e6, 60.0),
        (0.0, math.inf, 1e6, 1e6),
        (0.0, math.inf, 31_536_000.0, 31_536_000.0),
        (30.0, 100.0, 20.0, 20.0),
    ],
    ids=["older", "from the future", "expired", "never expires", "a year", "capped"],
)
def test_the_server_evicts_an_entry_a_minute_after_it_expires_or_at_the_ttl(
    redis_server: RedisServer, age: float, expire: float, ttl: float, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_store.time, "time", lambda: 1000.0)  # type: ignore[attr-defined]

    async def test(store: RedisStore) -> None:
        await store.set("key", Entry(b"", 1000.0 - age, None, 1.0, expire, 0.0))

    using(redis_server, test, ttl=ttl)
    left = int(redis_server.command("PTTL", "byway:entry:key")[1:]) / 1000
    assert expected - 30 < left <= expected


def test_the_ttl_is_a_year_unless_it_is_given(redis_server: RedisServer) -> None:
    using(redis_server, lambda store: store.set("key", FOREVER))
    assert 364 * 86400 < int(redis_server.command("TTL", "byway:entry:key")[1:]) <= 365 * 86400


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-1],
        lambda data: data + b"\0",
        lambda data: data[:8] + bytes([data[8] ^ 1]) + data[9:],
        lambda data: bytes([data[0] ^ 1]) + data[1:],
        lambda data: b"",
        lambda data: b"\x80\x04",
        lambda data: b"cos\nsystem\n(S'true'\ntR.",
    ],
    ids=["shorter", "longer", "a bit", "the checksum", "empty", "tiny", "a pickle"],
)
def test_a_damaged_entry_is_none_and_deleted(redis_server: RedisServer, damage: Callable[[bytes], bytes]) -> None:
    async def test(store: RedisStore) -> None:
        await store.set("key", FOREVER)
        data = await store._call("GET", "byway:entry:key")
        redis_server.command("SET", "byway:entry:key", damage(data))
        assert await store.get("key") is None
        assert redis_server.command("EXISTS", "byway:entry:key") == b":0"

    using(redis_server, test)


def test_what_is_sound_and_yet_no_entry_is_none_and_deleted(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        monkeypatch.setattr(redis_store, "_encode", lambda entry: b"\x93\x01\x02\x03")
        await store.set("key", FOREVER)
        assert await store.get("key") is None
        assert redis_server.command("EXISTS", "byway:entry:key") == b":0"

    using(redis_server, test)


def test_stores_with_different_prefixes_share_nothing(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        async with opened(redis_server, prefix="other") as other:
            await store.set("key", FOREVER)
            assert await other.get("key") is None
            before = await other.version()
            await store.invalidate(["a"], 1.0, 2.0)
            assert await other.version() == before
            assert (await other.invalidations(0)).items == []
            assert await store.lease("key", 60)
            assert await other.lease("key", 60)

    using(redis_server, test)


def test_a_cancelled_call_never_leaves_its_answer_to_another(redis_server: RedisServer) -> None:
    async def read(store: RedisStore, number: int) -> None:
        entry = await store.get(str(number))
        assert entry is not None
        assert entry.value == b"%d" % number

    async def test(store: RedisStore) -> None:
        for number in range(20):
            await store.set(str(number), Entry(b"%d" % number, 1.0, None, 1.0, math.inf, 0.0))
        for pause in range(60):
            reads = [asyncio.create_task(read(store, number % 20)) for number in range(40)]
            for _ in range(pause // 2):
                await asyncio.sleep(0)
            for one in reads[::3]:
                one.cancel()
            outcomes = await asyncio.gather(*reads, return_exceptions=True)
            assert [one for one in outcomes if isinstance(one, Exception)] == []

    using(redis_server, test, connections=3)


# Invalidations


def test_a_life_begins_at_the_servers_time_with_that_as_its_floor(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        before = time.time()
        version = await store.version()
        assert before - 60 < version / 1e6 < time.time() + 60
        assert await store.version() == version
        assert await store.invalidations(0) == (version, [], 0.0)
        assert await store.invalidations(version) == (version, [], 0.0)

    using(redis_server, test)


def test_invalidations_are_numbered_one_after_the_other(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        zero = await store.version()
        assert await store.invalidate(["a", "ä"], 1.5, math.inf) == zero + 2
        assert await store.invalidate([], 2.0, 2.0) == zero + 2
        assert await store.invalidate(["a"], 3, -math.inf) == zero + 3
        assert await store.version() == zero + 3
        items = [
            Invalidation(zero + 1, "a", 1.5, math.inf),
            Invalidation(zero + 2, "ä", 1.5, math.inf),
            Invalidation(zero + 3, "a", 3.0, -math.inf),
        ]
        assert await store.invalidations(0) == (zero, items, 0.0)
        assert await store.invalidations(zero + 1) == (zero, items[1:], 0.0)
        assert await store.invalidations(zero + 3) == (zero, [], 0.0)
        assert await store.invalidations(zero + 1000) == (zero, [], 0.0)

    using(redis_server, test)


def test_the_youngest_100000_invalidations_are_kept(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        zero = await store.version()
        for start in range(0, 100_000, 20_000):
            await store.invalidate([f"tag {number}" for number in range(start, start + 20_000)], 1.0, 2.0)
        known = await store.invalidations(0)
        assert known.floor == zero
        assert len(known.items) == 100_000
        await store.invalidate(["x", "y", "z"], 1.0, 2.0)
        known = await store.invalidations(zero)
        assert known.floor == zero + 3
        assert len(known.items) == 100_000
        assert known.items[0] == Invalidation(zero + 4, "tag 3", 1.0, 2.0)
        assert known.items[-1] == Invalidation(zero + 100_003, "z", 1.0, 2.0)
        assert [item.tag for item in (await store.invalidations(zero + 100_001)).items] == ["y", "z"]

    using(redis_server, test)


def test_two_that_invalidate_at_once_get_different_numbers(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        async with opened(redis_server) as other:
            zero = await store.version()
            rounds = [one.invalidate(["a", "b"], 1.0, 2.0) for one in [store, other] * 50]
            numbers = await asyncio.gather(*rounds)
            assert sorted(numbers) == list(range(zero + 2, zero + 202, 2))
            known = await other.invalidations(zero)
            assert [item.tag for item in known.items] == ["a", "b"] * 100

    using(redis_server, test)


def test_an_invalidation_is_seen_by_the_next_version_of_every_other(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        async with opened(redis_server) as other:
            for _ in range(50):
                number = await store.invalidate(["a"], 1.0, 2.0)
                assert await asyncio.gather(other.version(), other.version()) == [number, number]

    using(redis_server, test)


def test_an_invalidation_of_another_process_is_seen(redis_server: RedisServer) -> None:
    program = f"""
import asyncio
from byway.caching.redis import RedisStore

async def main():
    store = RedisStore({redis_server.url!r})
    await store.open()
    print(await store.invalidate(["other"], 1.0, 2.0))
    await store.close()

asyncio.run(main())
"""

    async def test(store: RedisStore) -> None:
        zero = await store.version()
        done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
        assert await store.version() == int(done.stdout) == zero + 1
        assert [item.tag for item in (await store.invalidations(zero)).items] == ["other"]

    using(redis_server, test)


def test_all_who_ask_for_the_version_before_the_question_is_sent_share_it(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        watched = Watched(store, monkeypatch)
        watched.gate.clear()
        first = [asyncio.create_task(store.version()) for _ in range(50)]
        while not watched.sent:
            await asyncio.sleep(0)
        late: list[asyncio.Task[int]] = []
        for _ in range(50):
            late.append(asyncio.create_task(store.version()))
            await asyncio.sleep(0)
        assert len(watched.sent) == 1
        watched.gate.set()
        await asyncio.gather(*first, *late)
        assert [command[0] for command in watched.sent] == ["HGET", "HGET"]

    using(redis_server, test)


def test_a_version_asked_for_after_the_question_was_sent_waits_for_the_next(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        async with opened(redis_server) as other:
            zero = await other.version()
            call, answered, deliver = store._call, asyncio.Event(), asyncio.Event()

            async def slow(*command: Any) -> Any:
                answer = await call(*command)
                answered.set()
                await deliver.wait()  # The answer is old by now.
                return answer

            monkeypatch.setattr(store, "_call", slow)
            early = asyncio.create_task(store.version())
            await answered.wait()
            number = await other.invalidate(["a"], 1.0, 2.0)
            late = asyncio.create_task(store.version())
            await asyncio.sleep(0)
            deliver.set()
            assert await early == zero
            assert await late == number

    using(redis_server, test)


def test_who_stops_waiting_for_the_version_does_not_stop_the_others(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        zero = await store.version()
        watched = Watched(store, monkeypatch)
        watched.gate.clear()
        tasks = [asyncio.create_task(store.version()) for _ in range(3)]
        while not watched.sent:
            await asyncio.sleep(0)
        tasks.append(asyncio.create_task(store.version()))
        await asyncio.sleep(0)
        tasks[0].cancel()
        tasks[3].cancel()
        await asyncio.sleep(0)
        watched.gate.set()
        assert await asyncio.gather(tasks[1], tasks[2], store.version()) == [zero] * 3

    using(redis_server, test)


def test_a_store_can_be_opened_again_on_another_event_loop(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url, connections=1)

    async def use() -> int:
        await store.open()
        try:
            await asyncio.gather(*[store.get("key") for _ in range(5)], store.version())
            return await store.version()
        finally:
            await store.close()

    assert asyncio.run(use()) == asyncio.run(use())


# Lives


def ascending(numbers: Iterable[int]) -> bool:
    return all(one < two for one, two in pairwise(numbers))


def test_a_flushed_server_begins_a_new_life_with_higher_numbers(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        first = await store.invalidate([f"tag {number}" for number in range(5000)], 1.0, 2.0)
        redis_server.command("FLUSHALL")
        second = await store.version()
        assert await store.invalidations(first) == (second, [], 0.0)
        redis_server.command("FLUSHALL")
        third = await store.invalidate(["a"], 1.0, 2.0)
        redis_server.command("FLUSHALL")
        fourth = (await store.invalidations(third)).floor
        assert await store.version() == fourth
        assert ascending([first, second, third, fourth])

    using(redis_server, test)


def test_numbers_of_two_lives_never_meet_however_much_is_invalidated_unseen(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        seen = await store.invalidate(["a"], 1.0, 2.0)
        redis_server.command("FLUSHALL")
        # Another worker, which knows nothing of the former life, is the first in the new one.
        async with opened(redis_server) as other:
            await other.invalidate(["b"], 1.0, 2.0)
        version = await store.version()
        assert version > seen
        known = await store.invalidations(seen)
        assert seen < known.floor == version - 1
        assert [item.tag for item in known.items] == ["b"]

    using(redis_server, test)


def test_a_new_life_is_above_what_is_known_though_the_servers_clock_was_set_back(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        ahead = await store.version() + 10**12
        redis_server.command("HSET", "byway:state", "number", ahead)
        assert await store.version() == ahead
        redis_server.command("FLUSHALL")
        async with opened(redis_server) as other:
            assert await other.version() < ahead
            assert await store.version() == ahead + 1
            assert await other.version() == ahead + 1
            assert await store.invalidations(ahead) == (ahead + 1, [], 0.0)

    using(redis_server, test)


@pytest.mark.parametrize("lost", ["byway:state", "byway:log"])
def test_what_the_server_evicts_of_the_invalidations_counts_as_forgotten(redis_server: RedisServer, lost: str) -> None:
    async def test(store: RedisStore) -> None:
        number = await store.invalidate(["a", "b"], 1.0, 2.0)
        redis_server.command("DEL", lost)
        floor, items, _ = await store.invalidations(0)
        assert floor >= number
        assert items == []
        assert await store.invalidate(["c"], 1.0, 2.0) == floor + 1
        assert await store.invalidations(number) == (floor, [Invalidation(floor + 1, "c", 1.0, 2.0)], 0.0)

    using(redis_server, test)


def test_a_server_that_comes_back_without_its_last_writes_begins_a_new_life(own_redis: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        saved = await store.invalidate(["a"], 1.0, 2.0)
        await store.set("key", FOREVER)
        own_redis.save()
        lost = await store.invalidate(["b"], 1.0, 2.0)
        own_redis.kill()
        own_redis.start()
        # Another worker, which has not seen the lost one, would be given its number for something else.
        async with opened(own_redis) as other:
            assert await other.invalidate(["c"], 1.0, 2.0) > lost > saved
        await recovered(store)
        floor, items, _ = await store.invalidations(lost)
        assert floor > lost
        assert [item.tag for item in items] == ["c"]
        assert await store.get("key") == FOREVER
        assert await store.version() == floor + 1

    using(own_redis, test)


def test_connecting_again_to_the_same_run_of_the_server_begins_no_new_life(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        number = await store.invalidate(["a"], 1.0, 2.0)
        redis_server.command("CLIENT", "KILL", "TYPE", "normal")
        assert await store.version() == number
        async with opened(redis_server) as other:
            assert await other.version() == number
            assert len((await other.invalidations(0)).items) == 1

    using(redis_server, test)


# Leases


def test_one_at_a_time_has_a_lease(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        async with opened(redis_server) as other:
            tokens = await asyncio.gather(*[one.lease("key", 60) for one in [store, other] * 10])
            token = next(filter(None, tokens))
            assert tokens.count(None) == 19
            assert await other.lease("another", 60)
            await other.release("key", "not the token")
            assert await other.lease("key", 60) is None
            await other.release("key", token)
            assert await other.lease("key", 60) not in (None, token)

    using(redis_server, test)


def test_a_lease_ends_by_itself(redis_server: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        token = await store.lease("key", 0.0004)
        assert token
        async with asyncio.timeout(20):
            while not (second := await store.lease("key", 60)):
                await asyncio.sleep(0.01)
        assert not await store.renew("key", token, 600)
        await store.release("key", token)
        assert await store.renew("key", second, 600)
        assert 60_000 < int(redis_server.command("PTTL", "byway:lease:key")[1:]) <= 600_000
        await store.release("key", second)
        assert not await store.renew("key", second, 600)

    using(redis_server, test)


# The server's absence


def test_a_killed_server_fails_at_once_and_is_found_again(own_redis: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        before = await store.invalidate(["a"], 1.0, 2.0)
        await asyncio.gather(*[store.get(str(number)) for number in range(30)])
        own_redis.kill()
        expected = f"Redis at 127.0.0.1:{own_redis.port} is not available: Error 111 connecting"
        everything = [
            lambda: store.get("key"),
            lambda: store.set("key", FOREVER),
            lambda: store.delete("key"),
            lambda: store.version(),
            lambda: store.invalidate(["a"], 1.0, 2.0),
            lambda: store.invalidations(0),
            lambda: store.lease("key", 10),
            lambda: store.renew("key", "token", 10),
            lambda: store.release("key", "token"),
        ]
        for method in everything * 2:
            assert (await failing(method())).startswith(expected)
        own_redis.start()
        await recovered(store)
        assert await store.version() > before
        await store.set("key", FOREVER)
        assert await store.get("key") == FOREVER

    using(own_redis, test)


def test_a_store_opened_before_its_server_finds_it_later(own_redis: RedisServer) -> None:
    own_redis.kill()

    async def main() -> None:
        store = RedisStore(own_redis.url)
        assert "Error 111 connecting" in await failing(store.open())
        own_redis.start()
        await recovered(store)
        assert await store.version() > 0
        await store.close()

    asyncio.run(main())


def test_a_server_that_does_not_answer_is_waited_for_once(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        number = await store.invalidate(["a"], 1.0, 2.0)
        await store.set("key", FOREVER)
        own_redis.hold()
        try:
            converse, asked = store._client._converse, []

            async def watched(command: Any) -> Any:
                asked.append(command)
                return await converse(command)

            monkeypatch.setattr(store._client, "_converse", watched)
            # Those in the queue do not wait once more, nor does each of them look for the server.
            async with asyncio.timeout(20):
                await asyncio.gather(*[failing(store.get("key")) for _ in range(100)])
            assert len(asked) == 4
            assert len(asyncio.all_tasks()) == 2
            asked.clear()
            where = f"Redis at 127.0.0.1:{own_redis.port} is not available"
            reasons = set()
            async with asyncio.timeout(20):
                while f"{where}: no connection within 0.5 s" not in reasons:
                    reasons.add(await failing(store.get("key")))
                    reasons.add(await failing(store.version()))
                    await asyncio.sleep(0.05)
            assert reasons <= {f"{where}: no answer within 0.5 s", f"{where}: no connection within 0.5 s"}
            assert not asked
        finally:
            own_redis.go_on()
            monkeypatch.undo()
        await recovered(store)
        assert await store.get("key") == FOREVER
        assert await store.version() == number

    using(own_redis, test, connections=4, connect_timeout=0.5, command_timeout=0.5)


def test_a_server_that_has_gone_away_is_sought_by_one_task_in_intervals(
    own_redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(store: RedisStore) -> None:
        client = store._client
        connect, attempts, pauses = client._connect, 0, asyncio.Semaphore(0)
        slept: list[float] = []

        async def counted() -> Any:
            nonlocal attempts
            attempts += 1
            return await connect()

        async def pause(seconds: float) -> None:
            slept.append(seconds)
            await pauses.acquire()

        own_redis.kill()
        monkeypatch.setattr(client, "_connect", counted)
        monkeypatch.setattr("byway.caching.redis_client._pause", pause)
        await failing(store.get("key"))
        for round_ in range(1, 4):
            async with asyncio.timeout(20):
                while len(slept) < round_:
                    await asyncio.gather(*[failing(store.get("key")) for _ in range(20)])
                    await asyncio.sleep(0)
            assert attempts == round_ + 1  # the call's own, and one a round
            pauses.release()
        assert set(slept) == {0.5}

    using(own_redis, test)


def test_a_store_that_is_closed_or_not_yet_open_says_so(redis_server: RedisServer) -> None:
    store = RedisStore(redis_server.url)
    where = f"Redis at 127.0.0.1:{redis_server.port} is not available"

    async def main() -> None:
        assert await failing(store.get("key")) == f"{where}: it has not been opened"
        await store.open()
        await store.close()
        assert await failing(store.version()) == f"{where}: it has been closed"
        await store.close()

    asyncio.run(main())


def test_closing_ends_the_search_for_a_server(own_redis: RedisServer) -> None:
    async def main() -> None:
        store = RedisStore(own_redis.url)
        await store.open()
        own_redis.kill()
        await failing(store.get("key"))
        await store.close()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert "it has been closed" in await failing(store.get("key"))

    asyncio.run(main())


def test_closing_under_load_leaves_no_connection_open(redis_server: RedisServer) -> None:
    def connections() -> int:
        clients = redis_server.command("CLIENT", "LIST", "TYPE", "normal").splitlines()
        return len(clients) - 1

    async def main() -> None:
        store = RedisStore(redis_server.url, connections=4)
        await store.open()
        tasks = [asyncio.create_task(store.get("key")) for _ in range(50)]
        async with asyncio.timeout(20):
            while connections() < 4:
                await asyncio.sleep(0)
                tasks.append(asyncio.create_task(store.get("key")))
        assert connections() == 4
        await store.close()
        await asyncio.gather(*tasks, return_exceptions=True)
        async with asyncio.timeout(20):
            while connections():
                await asyncio.sleep(0.01)

    asyncio.run(main())


def test_waiting_for_a_connection_has_an_end(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(store: RedisStore) -> None:
        ask, go_on = store._client._ask, asyncio.Event()

        async def slow(*arguments: Any) -> Any:
            await go_on.wait()
            return await ask(*arguments)

        monkeypatch.setattr(store._client, "_ask", slow)
        busy = [asyncio.create_task(store.get("key")) for _ in range(2)]
        await asyncio.sleep(0)
        assert await failing(store.get("key")) == (
            f"Redis at 127.0.0.1:{redis_server.port} is too slow: all 2 connections to it were busy for 0.05 s"
        )
        go_on.set()
        assert await asyncio.gather(*busy, store.get("key")) == [None] * 3

    using(redis_server, test, connections=2, command_timeout=0.05, connect_timeout=5)


def test_a_refused_command_is_told_and_the_server_still_used(own_redis: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        own_redis.command("CONFIG", "SET", "maxmemory", "1")
        problem = await failing(store.set("key", FOREVER))
        assert problem.startswith(
            f"Redis at 127.0.0.1:{own_redis.port} refuses SET: command not allowed when used memory"
        )
        assert await store.get("key") is None
        own_redis.command("CONFIG", "SET", "maxmemory", "0")
        await store.set("key", FOREVER)

    using(own_redis, test)


def test_a_full_server_takes_down_all_or_none_of_the_tags(own_redis: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        number = await store.invalidate(["a"], 1.0, 2.0)
        own_redis.command("CONFIG", "SET", "maxmemory", "1")
        assert "refuses EVAL" in await failing(store.invalidate(["b", "c"], 1.0, 2.0))
        assert await store.version() == number
        assert [item.tag for item in (await store.invalidations(0)).items] == ["a"]

    using(own_redis, test)


def test_a_server_that_became_a_replica_is_left(own_redis: RedisServer) -> None:
    async def test(store: RedisStore) -> None:
        await store.set("key", FOREVER)
        own_redis.command("REPLICAOF", "127.0.0.1", "1")
        assert "is not available: You can't write against a read only replica" in await failing(store.delete("key"))
        own_redis.command("REPLICAOF", "NO", "ONE")
        await recovered(store)
        await store.delete("key")

    using(own_redis, test)


def test_a_wrong_password_is_told_without_the_password(own_redis: RedisServer) -> None:
    async def main() -> None:
        store = RedisStore(f"redis://user:s3cr%40t@127.0.0.1:{own_redis.port}/0")
        problem = await failing(store.open())
        assert problem.startswith(f"Redis at 127.0.0.1:{own_redis.port} is not available: ")
        assert "invalid username-password pair" in problem
        await store.close()

    asyncio.run(main())


def test_the_password_is_in_no_message_even_when_the_server_repeats_it(monkeypatch: pytest.MonkeyPatch) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # An old server or a proxy does so.
        await reader.readuntil(b"s3cr@t\r\n")
        writer.write(b"-ERR unknown command `AUTH`, with args beginning with: `user`, `s3cr@t`\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    async def main() -> None:
        async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            store = RedisStore(f"redis://user:s3cr%40t@127.0.0.1:{port}")
            with pytest.raises(StoreUnavailable) as caught:
                await store.open()
            told = "".join(traceback.format_exception(caught.value))
            assert "with args beginning with: `user`, `***`" in told
            assert "s3cr" not in told
            assert caught.value.__context__ is None
            assert "s3cr" not in await failing(store.get("key"))
            assert "s3cr" not in repr(store)
            await store.close()

    asyncio.run(main())


# Settings


def test_valkey_and_unix_urls_are_understood(redis_server: RedisServer) -> None:
    async def main() -> None:
        store = RedisStore(redis_server.url.replace("redis://", "valkey://"))
        await store.open()
        await store.close()
        store = RedisStore("unix://:s3cret@/nowhere/redis.sock?db=1")
        problem = await failing(store.open())
        assert problem.startswith("Redis at /nowhere/redis.sock is not available: ")
        await store.close()
        store = RedisStore("valkeys://cache.internal")
        assert await failing(store.get("key")) == (
            "Redis at cache.internal:6379 is not available: it has not been opened"
        )

    asyncio.run(main())


@pytest.mark.parametrize(
    "url",
    [
        "cache.internal:6379",
        "http://cache.internal",
        "redis://:s3cret/word@cache.internal",
        "redis://cache.internal:s3cret",
        "redis://cache.internal?s3cret=1",
        "",
    ],
)
def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        RedisStore(url)
    assert str(caught.value) == (
        "RedisStore(url=…) is not the URL of a Redis server. Write redis://[[user]:password@]host[:port][/database], "
        "with what is special in URLs percent-encoded."
    )
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("name", ["ttl", "connections", "connect_timeout", "command_timeout"])
@pytest.mark.parametrize("value", [0, -1, math.inf, math.nan])
def test_a_limit_must_be_a_number_above_zero(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^RedisStore\({name}={value!r}\): write a number above 0\.$"):
        RedisStore(**{name: value})  # type: ignore[arg-type]


def test_options_in_the_url_do_not_change_what_the_store_relies_on(redis_server: RedisServer) -> None:
    async def main() -> None:
        store = RedisStore(f"{redis_server.url}?decode_responses=true&protocol=3&socket_timeout=9")
        await store.open()
        await store.set("key", FOREVER)
        assert await store.get("key") == FOREVER
        await store.close()

    asyncio.run(main())


def test_without_redis_py_the_import_names_the_extra() -> None:
    assert importlib.util.find_spec("redis") is not None
    program = """
import sys
sys.modules["redis"] = None
try:
    import byway.caching.redis
except ModuleNotFoundError as error:
    print(error, error.name)
"""
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == (
        "RedisStore needs redis-py, which comes with Byway's extra `redis`: pip install 'byway[redis]' redis\n"
    )
