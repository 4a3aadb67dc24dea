"""Two instances of one build that share a Redis server, and that server going away."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.redis_server import RedisServer

from .caching import KINDS, Load, Place, Seen, Upstream, ask, at_once, cache_app, during, revalidate
from .servers import Server, running, wait_for

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    redis = RedisServer(tmp_path_factory.mktemp("redis"))
    redis.start()
    yield redis
    redis.kill()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream, redis: RedisServer) -> Place:
    """A build of the app."""
    return cache_app(tmp_path_factory.mktemp("app"), upstream, REDIS_URL=redis.url).build()


@pytest.fixture(scope="module")
def two(place: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    """Two instances that serve it, each from a folder of its own, as on two machines."""
    with ExitStack() as stack:
        other = place.copy(tmp_path_factory.mktemp("other") / "app")
        yield (
            stack.enter_context(running(place.root, env=place.env)),
            stack.enter_context(running(other.root, env=other.env)),
        )


def marks(servers: tuple[Server, Server], text: str) -> list[str]:
    """The marks of both that begin with ``text``."""
    return [mark for server in servers for mark in server.marks if mark.startswith(text)]


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_instance_has_made_the_other_answers_with(
    two: tuple[Server, Server], upstream: Upstream, kind: str
) -> None:
    one, other = two
    slug = f"shared-{kind}"
    ask(one, f"/{kind}/{slug}")
    answer = ask(other, f"/{kind}/{slug}")
    assert (answer.version, answer.state) == (1, "HIT" if kind == "isr" else None)
    assert upstream.times(slug) == 1
    assert len(marks(two, f"isr {slug}")) == (kind == "isr")


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_instance_invalidates_the_other_does_not_answer_with(
    two: tuple[Server, Server], upstream: Upstream, kind: str
) -> None:
    slug = f"now-{kind}"
    for version in range(1, 8):
        upstream.say(slug, version)
        one, other = two if version % 2 else two[::-1]
        revalidate(one, tag=slug) if version < 5 else revalidate(one, path=f"/{kind}/{slug}")
        for server in (other, one, other):
            assert ask(server, f"/{kind}/{slug}").version == version
    assert upstream.times(slug) == 7


def test_with_a_profile_both_serve_the_old_value_until_one_has_made_the_new_one(
    two: tuple[Server, Server], upstream: Upstream
) -> None:
    for server in two:
        assert ask(server, "/isr/max").version == 1
    upstream.say("max", 2)
    revalidate(two[0], tag="max", profile="max")
    answer = ask(two[1], "/isr/max")
    assert (answer.version, answer.state) == (1, "STALE")
    wait_for(lambda: ask(two[1], "/isr/max").version == 2, "the new value")
    answer = ask(two[0], "/isr/max")
    assert (answer.version, answer.state) == (2, "HIT")
    assert upstream.times("max") == 2


def test_an_answer_of_the_build_is_invalidated_on_both(two: tuple[Server, Server], upstream: Upstream) -> None:
    assert {(one.version, one.state) for one in (ask(server, "/ahead") for server in two)} == {(1, "HIT")}
    upstream.say("ahead", 2)
    revalidate(two[0], tag="ahead")
    assert [(one.version, one.state) for one in (ask(server, "/ahead") for server in two[::-1])] == [
        (2, "MISS"),
        (2, "HIT"),
    ]


def test_400_requests_at_once_over_two_instances_run_the_handler_once(two: tuple[Server, Server]) -> None:
    answers = at_once(two, "/slow/cold", 400)
    assert {one.status for one in answers} == {200}
    assert len({one.worker for one in answers}) == 2
    assert len({one.text for one in answers}) == 1
    assert len(marks(two, "slow cold ")) == 1


def test_an_instance_that_dies_while_it_makes_an_answer_keeps_the_other_waiting_no_longer_than_its_lease(
    place: Place, tmp_path: Path
) -> None:
    first, second = place.copy(tmp_path / "first"), place.copy(tmp_path / "second")
    with running(first.root, env=first.env) as one, running(second.root, env=second.env) as other:
        hold = Path(f"{one.marks_file}.dies")
        hold.touch()
        answers: list[Seen] = []

        def be_cut() -> None:
            with pytest.raises(OSError):
                ask(one, "/slow/dies")

        cut = threading.Thread(target=be_cut)
        cut.start()
        wait_for(lambda: marks((one, other), "slow dies "), "the handler to run")
        asking = threading.Thread(target=lambda: answers.append(ask(other, "/slow/dies")))
        asking.start()
        time.sleep(0.5)
        os.killpg(one.process.pid, signal.SIGKILL)
        cut.join()
        asking.join(16)
        assert [(one.status, one.state) for one in answers] == [(200, "MISS")]
        assert len(marks((one, other), "slow dies ")) == 2


# The server goes away


def quiet(place: Place) -> tuple[Path, str, str]:
    """The arguments of `running` without an access log."""
    return place.root, "--access-log", "off"


def complaints(server: Server) -> list[str]:
    return [line for line in server.output.splitlines() if "The cache's store failed" in line]


def test_without_redis_requests_are_answered_quickly_and_invalidations_arrive_when_it_is_back(
    tmp_path: Path, upstream: Upstream
) -> None:
    redis = RedisServer(tmp_path / "redis")
    redis.start()
    place = cache_app(tmp_path / "app", upstream, REDIS_URL=redis.url).build()
    copy = place.copy(tmp_path / "copy")
    load = Load(place, [str(number) for number in range(20)])
    began = time.monotonic()
    try:
        with running(*quiet(place), env=place.env) as one, running(*quiet(copy), env=copy.env) as other:
            with load.on(one, other):
                for version, stop, go_on in ((2, redis.hold, redis.go_on), (3, redis.kill, redis.start)):
                    assert [ask(server, "/isr/away").version for server in (one, other)] == [version - 1] * 2
                    wait_for(lambda: load.answered > 100, "answers")
                    stop()
                    # On its own instance it is honoured at once: the load asks for nothing less.
                    during(2, lambda: load.invalidate(one), every=0.5)
                    upstream.say("away", version)
                    revalidate(one, tag="away")
                    assert [ask(server, "/isr/away").version for server in (one, other)] == [version, version - 1]
                    newest = load.invalidate(one)
                    time.sleep(1)
                    go_on()
                    wait_for(lambda: ask(other, "/isr/away").version == version, "the news")  # noqa: B023
                    load.floors[other.port] = newest
                    # And from now on both see at once what either invalidates.
                    load.floors[one.port] = load.invalidate(other)
                    load.floors[other.port] = load.invalidate(one)
                    load.answered = 0
                    wait_for(lambda: load.answered > 100, "answers")
            assert load.wrong == [], load.wrong[:5]
            assert load.cut == 0
            assert load.slowest < 6
            most = (time.monotonic() - began) / 10 + 1
            for server in (one, other):
                assert 1 <= len(complaints(server)) <= most
                assert "Traceback" not in server.output
                assert server.stop() == 0
    finally:
        redis.kill()


def test_what_was_invalidated_without_redis_arrives_though_nobody_asks_that_instance_again(
    place: Place, upstream: Upstream, redis: RedisServer, tmp_path: Path
) -> None:
    first, second = place.copy(tmp_path / "first"), place.copy(tmp_path / "second")
    with running(first.root, env=first.env) as one, running(second.root, env=second.env) as other:
        assert [ask(server, "/isr/late").version for server in (one, other)] == [1, 1]
        redis.hold()
        try:
            # Nothing is sent to a server that is known to be away.
            wait_for(lambda: ask(one, "/isr/late").state and complaints(one), "the complaint")
            upstream.say("late", 2)
            revalidate(one, tag="late")
            assert [ask(server, "/isr/late").version for server in (one, other)] == [2, 1]
        finally:
            redis.go_on()
        wait_for(lambda: ask(other, "/isr/late").version == 2, "the news")


def test_an_app_starts_and_answers_without_redis_and_uses_it_once_it_is_there(
    tmp_path: Path, upstream: Upstream
) -> None:
    redis = RedisServer(tmp_path / "redis")
    place = cache_app(tmp_path / "app", upstream, REDIS_URL=redis.url).build()
    try:
        with running(place.root, env=place.env) as server:
            assert [ask(server, "/isr/late").state for _ in range(3)] == ["MISS", "HIT", "HIT"]
            assert ask(server, "/ahead").status == 200
            assert len(complaints(server)) == 1
            redis.start()

            def is_there() -> bool:
                ask(server, "/isr/late")
                revalidate(server, tag="late")
                ask(server, "/isr/late")
                return int(redis.command("DBSIZE")[1:]) > 2

            wait_for(is_there, "entries in Redis")
    finally:
        redis.kill()
