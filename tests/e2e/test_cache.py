"""The cache of ``byway start`` with its embedded store: many workers, kills, deploys, folders, draft mode."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .caching import KINDS, Load, Place, Seen, Upstream, ask, at_once, cache_app, from_all, revalidate
from .servers import Server, running, wait_for

pytestmark = pytest.mark.slow

WORKERS = 4


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Place:
    """A build of the app."""
    return cache_app(tmp_path_factory.mktemp("cache"), upstream).build()


@pytest.fixture(scope="module")
def four(place: Place) -> Iterator[Server]:
    """Four workers that serve it."""
    with running(place.root, "--workers", str(WORKERS), env=place.env) as server:
        yield server


def versions(server: Server, path: str) -> set[int]:
    """The versions that all workers answer with."""
    return {one.version for one in from_all(server, path, WORKERS)}


@pytest.mark.parametrize("kind", KINDS)
def test_what_one_worker_invalidates_no_other_one_answers_with(four: Server, upstream: Upstream, kind: str) -> None:
    slug = f"now-{kind}"
    assert versions(four, f"/{kind}/{slug}") == {1}
    for version in range(2, 7):
        upstream.say(slug, version)
        revalidate(four, tag=slug)
        assert versions(four, f"/{kind}/{slug}") == {version}
    assert upstream.times(slug) == 6


@pytest.mark.parametrize("kind", KINDS)
def test_with_a_profile_every_worker_serves_the_old_value_until_one_has_made_the_new_one(
    four: Server, upstream: Upstream, kind: str
) -> None:
    slug = f"max-{kind}"
    assert versions(four, f"/{kind}/{slug}") == {1}
    upstream.say(slug, 2)
    revalidate(four, tag=slug, profile="max")
    first = ask(four, f"/{kind}/{slug}")
    assert (first.version, first.state) == (1, "STALE" if kind == "isr" else None)
    wait_for(lambda: ask(four, f"/{kind}/{slug}").version == 2, "the new value")
    assert versions(four, f"/{kind}/{slug}") == {2}
    assert upstream.times(slug) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_path_is_invalidated_in_every_worker_and_no_other_path_is(
    four: Server, upstream: Upstream, kind: str
) -> None:
    slug, other = f"path-{kind}", f"path-{kind}-other"
    for one in (slug, other):
        assert versions(four, f"/{kind}/{one}") == {1}
        upstream.say(one, 2)
    revalidate(four, path=f"/{kind}/{slug}")
    assert versions(four, f"/{kind}/{slug}") == {2}
    assert versions(four, f"/{kind}/{other}") == {1}
    revalidate(four, path=f"/{kind}", type="layout")
    assert versions(four, f"/{kind}/{other}") == {2}


def test_an_answer_of_the_build_is_served_by_all_and_invalidated_for_all(
    four: Server, upstream: Upstream, place: Place
) -> None:
    answers = from_all(four, "/ahead", WORKERS)
    assert {(one.state, one.version) for one in answers} == {("HIT", 1)}
    assert (place.folder / "marks").read_text().splitlines() == ["ahead"]
    assert "ahead" not in four.marks
    upstream.say("ahead", 2)
    revalidate(four, tag="ahead")
    assert ask(four, "/ahead").state == "MISS"
    answers = from_all(four, "/ahead", WORKERS)
    assert {(one.state, one.version) for one in answers} == {("HIT", 2)}
    assert four.marks.count("ahead") == 1


# Made once


def test_500_requests_at_once_over_four_workers_run_the_handler_once(four: Server) -> None:
    answers = at_once([four], "/slow/cold", 500)
    assert {one.status for one in answers} == {200}
    assert len({one.worker for one in answers}) == WORKERS
    assert len({one.text for one in answers}) == 1
    assert len([mark for mark in four.marks if mark.startswith("slow cold ")]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_500_requests_at_once_for_what_was_invalidated_ask_for_it_once(
    four: Server, upstream: Upstream, kind: str
) -> None:
    slug = f"rush-{kind}"
    assert versions(four, f"/{kind}/{slug}") == {1}
    upstream.say(slug, 2)
    revalidate(four, tag=slug)
    answers = at_once([four], f"/{kind}/{slug}", 500)
    assert {one.version for one in answers} == {2}
    assert upstream.times(slug) == 2


# Killed workers


def test_a_worker_that_is_killed_while_it_makes_an_answer_keeps_nobody_waiting(place: Place) -> None:
    with running(place.root, "--workers", "2", env=place.env) as server:
        hold = Path(f"{server.marks_file}.held")
        hold.touch()
        from_all(server, "/draft", 2)
        answers: list[Seen] = []

        def take() -> None:
            with suppress(OSError):  # the killed worker's
                answers.append(ask(server, "/slow/held"))

        asking = [threading.Thread(target=take) for _ in range(12)]
        for thread in asking:
            thread.start()
        wait_for(lambda: runs(server, "held"), "the handler to run")
        time.sleep(1)
        (maker,) = runs(server, "held")
        hold.unlink()
        os.kill(maker, signal.SIGKILL)
        for thread in asking:
            thread.join(5)
            assert not thread.is_alive()
        assert answers
        assert {one.status for one in answers} == {200}
        assert len({one.text for one in answers}) == 1
        assert len(runs(server, "held")) == 2


def runs(server: Server, slug: str) -> list[int]:
    """The workers that have run the handler of ``/slow/slug``, once for each time."""
    return [int(mark.split()[2]) for mark in server.marks if mark.startswith(f"slow {slug} ")]


def test_100_kills_in_the_middle_of_writes_tear_nothing_and_lose_no_invalidation(
    tmp_path: Path, upstream: Upstream
) -> None:
    place = cache_app(tmp_path, upstream).build()
    load = Load(place, [str(number) for number in range(40)])
    killed: set[int] = set()
    with running(place.root, "--workers", "6", "--access-log", "off", env=place.env) as server:
        # The workers in the order of their start: one that was started a moment ago is not killed, for a server
        # whose new workers die takes that for a fault of the app, and stops.
        alive = {one.worker: None for one in from_all(server, "/draft", 6)}
        with load.on(server):
            while len(killed) < 100:
                begun = load.answered
                wait_for(lambda: load.answered > begun + 10, "answers")  # noqa: B023
                load.invalidate(server)
                for pid in list(alive)[:2]:
                    os.kill(pid, signal.SIGKILL)
                    del alive[pid]
                    killed.add(pid)
                    load.ask(server, "0")
                wait_for(lambda: len(new_workers(server, alive, killed)) == 6, "new workers", within=20)
        assert load.wrong == []
        assert load.answered > 1000
        newest = load.invalidate(server)
        assert all(f" {newest} " in one.text for one in from_all(server, "/checked/0", 6))
        assert server.stop() == 0
        assert "damaged" not in server.output
        assert "The cache" not in server.output
    (database,) = (place.root / ".byway/cache").glob("*/entries.db")
    with sqlite3.connect(database) as connection:
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
    connection.close()
    with running(place.root, env=place.env) as server:
        for slug in load.slugs:
            load.ask(server, slug)
        newest = load.invalidate(server)
        assert f" {newest} " in ask(server, "/checked/0").text
        assert load.wrong == []


def new_workers(server: Server, alive: dict[int, None], killed: set[int]) -> dict[int, None]:
    """Adds to ``alive`` the worker that answers next."""
    try:
        worker = ask(server, "/draft").worker
    except OSError:
        return alive
    if worker not in killed:
        alive.setdefault(worker)
    return alive


# Folders and deploys


def test_values_of_fetch_and_unstable_cache_outlive_a_deploy_and_others_do_not(
    tmp_path: Path, upstream: Upstream
) -> None:
    place = cache_app(tmp_path, upstream).build()
    slugs = {kind: f"deploy-{kind}" for kind in KINDS}
    with running(place.root, env=place.env) as server:
        assert {ask(server, f"/{kind}/{slug}").version for kind, slug in slugs.items()} == {1}
    with running(place.root, env=place.env) as server:
        assert ask(server, f"/isr/{slugs['isr']}").state == "HIT"
        assert {ask(server, f"/{kind}/{slug}").version for kind, slug in slugs.items()} == {1}
    assert {upstream.times(slug) for slug in slugs.values()} == {1}
    for slug in slugs.values():
        upstream.say(slug, 2)
    place.build()
    with running(place.root, env=place.env) as server:
        answers = {kind: ask(server, f"/{kind}/{slug}") for kind, slug in slugs.items()}
        # The answer is made anew, of what was fetched before.
        assert answers["isr"].state == "MISS"
        assert {kind: one.version for kind, one in answers.items()} == {
            "isr": 1,
            "data": 1,
            "function": 2,
            "unstable": 1,
        }


def test_an_invalidation_outlives_a_restart(tmp_path: Path, upstream: Upstream) -> None:
    place = cache_app(tmp_path, upstream).build()
    with running(place.root, env=place.env) as server:
        assert ask(server, "/isr/again").version == 1
        upstream.say("ahead", 3)
        upstream.say("again", 3)
        revalidate(server, tag="again")
        revalidate(server, tag="ahead")
    with running(place.root, env=place.env) as server:
        assert (ask(server, "/isr/again").version, ask(server, "/ahead").version) == (3, 3)


def test_cache_dir_says_where_the_cache_lies(tmp_path: Path, upstream: Upstream) -> None:
    elsewhere = tmp_path / "some/folder"
    place = cache_app(tmp_path / "app", upstream, CACHE_DIR=str(elsewhere)).build()
    with running(place.root, env=place.env) as server:
        assert ask(server, "/isr/dir").state == "MISS"
    assert list(elsewhere.glob("*/entries.db"))
    assert not (place.root / ".byway/cache").exists()
    with running(place.root, env=place.env) as server:
        assert ask(server, "/isr/dir").state == "HIT"


def test_a_project_that_cannot_be_written_is_served_with_a_cache_elsewhere(tmp_path: Path, upstream: Upstream) -> None:
    users = tmp_path / "users"
    place = cache_app(tmp_path / "app", upstream, XDG_CACHE_HOME=str(users)).build()
    shutil.rmtree(place.root / ".byway/cache")
    # A file is in the way of the folder, for root may write everywhere.
    (place.root / ".byway/cache").touch()
    chmod_all(place.root, 0o500)
    try:
        with running(place.root, "--workers", "3", env={**place.env, "PYTHONDONTWRITEBYTECODE": "1"}) as server:
            assert {one.version for one in from_all(server, "/isr/readonly", 3)} == {1}
            upstream.say("readonly", 2)
            revalidate(server, tag="readonly")
            assert {one.version for one in from_all(server, "/isr/readonly", 3)} == {2}
            (folder,) = users.iterdir()
            told = f"The cache folder {place.root}/.byway/cache cannot be written; the cache lies in {folder}."
            assert told in server.output
            assert list(folder.glob("*/entries.db"))
    finally:
        chmod_all(place.root, 0o700)


def chmod_all(root: Path, mode: int) -> None:
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        folder.chmod(mode)


# Draft mode


def test_draft_mode_goes_past_every_cache_and_leaves_nothing_in_it(four: Server, upstream: Upstream) -> None:
    slugs = {kind: f"draft-{kind}" for kind in KINDS}
    for kind, slug in slugs.items():
        assert ask(four, f"/{kind}/{slug}").version == 1
        upstream.say(slug, 2)
    draft = {"cookie": enter_draft_mode(four)}
    for kind, slug in slugs.items():
        for time_ in (1, 2):
            answer = ask(four, f"/{kind}/{slug}", headers=draft)
            assert (answer.version, answer.state) == (2, None)
            if kind == "isr":
                assert "no-store" in answer.headers["cache-control"]
            assert upstream.times(slug) == 1 + time_
        # Not stored: everyone else has the value of before, and a draft of what is not kept yet leaves it unkept.
        assert versions(four, f"/{kind}/{slug}") == {1}
        assert upstream.times(slug) == 3
        ask(four, f"/{kind}/new-{slug}", headers=draft)
        upstream.say(f"new-{slug}", 2)
        assert versions(four, f"/{kind}/new-{slug}") == {2}
    assert ask(four, "/draft", headers=draft).text == '{"is_enabled":true}'


def enter_draft_mode(server: Server) -> str:
    """The cookie of draft mode, as a browser sends it back."""
    answer = ask(server, "/draft", "POST")
    cookie: str = answer.headers["set-cookie"]
    value, *attributes = cookie.split("; ")
    assert re.fullmatch("__prerender_bypass=[0-9a-f]{32}", value)
    assert {one.lower() for one in attributes} == {"path=/", "httponly", "secure", "samesite=none"}
    return value


def test_leaving_draft_mode_deletes_its_cookie(four: Server) -> None:
    answer = ask(four, "/draft", "DELETE", {"cookie": enter_draft_mode(four)})
    value, *attributes = answer.headers["set-cookie"].split("; ")
    assert value == "__prerender_bypass="
    assert "expires=thu, 01 jan 1970 00:00:00 gmt" in {one.lower() for one in attributes}


@pytest.mark.parametrize("value", ["", "1", "0" * 32, "x" * 32])
def test_a_cookie_that_somebody_has_made_up_changes_nothing(four: Server, value: str) -> None:
    headers = {"cookie": f"__prerender_bypass={value}"}
    ask(four, "/isr/made-up")
    assert {ask(four, "/isr/made-up", headers=headers).state for _ in range(8)} == {"HIT"}
    assert ask(four, "/draft", headers=headers).text == '{"is_enabled":false}'


def test_a_new_build_ends_draft_mode(tmp_path: Path, upstream: Upstream) -> None:
    place = cache_app(tmp_path, upstream).build()
    with running(place.root, env=place.env) as server:
        cookie = enter_draft_mode(server)
        assert ask(server, "/draft", headers={"cookie": cookie}).text == '{"is_enabled":true}'
    place.build()
    with running(place.root, env=place.env) as server:
        assert ask(server, "/draft", headers={"cookie": cookie}).text == '{"is_enabled":false}'
        assert ask(server, "/ahead", headers={"cookie": cookie}).state == "HIT"


# What the wire says


def test_who_has_a_kept_answer_already_is_told_304(four: Server) -> None:
    first = ask(four, "/isr/etag")
    etag = first.headers["etag"]
    assert first.headers["cache-control"] == "s-maxage=3600, stale-while-revalidate=31532400"
    for asked in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = ask(four, "/isr/etag", headers={"if-none-match": asked})
        assert (answer.status, answer.text, answer.headers["etag"]) == (304, "", etag)
        assert answer.headers["cache-control"] == first.headers["cache-control"]
        assert answer.headers["content-type"] is None
    assert ask(four, "/isr/etag", headers={"if-none-match": '"other"'}).status == 200
    assert ask(four, "/isr/etag", headers={"if-none-match": etag, "cache-control": "no-cache"}).text == first.text


def test_head_is_answered_from_the_kept_get(four: Server) -> None:
    whole = ask(four, "/isr/head")
    head = ask(four, "/isr/head", "HEAD")
    assert (head.status, head.text, head.state) == (200, "", "HIT")
    for name in ("content-length", "content-type", "etag", "cache-control"):
        assert head.headers[name] == whole.headers[name]
    assert four.marks.count("isr head") == 1


def test_a_first_head_fills_the_entry_of_get(four: Server) -> None:
    head = ask(four, "/isr/head-first", "HEAD")
    assert (head.text, head.state) == ("", "MISS")
    answer = ask(four, "/isr/head-first")
    assert (answer.version, answer.state) == (1, "HIT")


def test_a_query_makes_no_other_entry(four: Server) -> None:
    assert ask(four, "/isr/query?a=1").state == "MISS"
    assert {one.state for one in from_all(four, "/isr/query?b=2", WORKERS)} == {"HIT"}
    assert four.marks.count("isr query") == 1


def test_after_revalidate_seconds_an_answer_is_served_once_more_while_it_is_made_anew(
    four: Server, upstream: Upstream
) -> None:
    assert ask(four, "/stale/swr").state == "MISS"
    upstream.say("swr", 2)
    answer = ask(four, "/stale/swr")
    assert (answer.version, answer.state) == (1, "HIT")
    assert answer.headers["cache-control"] == "s-maxage=3, stale-while-revalidate=31535997"
    time.sleep(3.5)
    answer = ask(four, "/stale/swr")
    assert (answer.version, answer.state) == (1, "STALE")
    wait_for(lambda: ask(four, "/stale/swr").version == 2, "the new answer")
    assert upstream.times("swr") == 2
