"""The cache of ``byway dev``: what is answered anew, and what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .caching import KINDS, Upstream, ask, cache_app
from .servers import Server, running, wait_for

pytestmark = pytest.mark.slow

WHY = "in development every request runs the handler"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory, upstream: Upstream) -> Iterator[Server]:
    """A development server of the app."""
    place = cache_app(tmp_path_factory.mktemp("dev"), upstream)
    with running(place.root, command="dev", env=place.env) as server:
        yield server


def reload(server: Server, file: str) -> None:
    """Change ``file``, and wait until the app is loaded anew."""
    path, before = server.root / file, server.output.count("Reloaded in ")
    path.write_text(path.read_text() + "\n# changed\n")
    wait_for(lambda: server.output.count("Reloaded in ") > before, "the reload")


def test_a_route_runs_on_every_request_and_says_why(dev: Server) -> None:
    for _ in range(3):
        answer = ask(dev, "/isr/each")
        assert (answer.status, answer.state) == (200, None)
        assert answer.headers["x-byway-cache-reason"] == WHY
    assert dev.marks.count("isr each") == 3
    assert ask(dev, "/ahead").headers["x-byway-cache-reason"] == WHY
    assert ask(dev, "/data/each").headers["x-byway-cache-reason"] is None


@pytest.mark.parametrize("kind", KINDS)
def test_data_is_kept_until_it_is_invalidated(dev: Server, upstream: Upstream, kind: str) -> None:
    slug = f"kept-{kind}"
    assert [ask(dev, f"/{kind}/{slug}").version for _ in range(3)] == [1, 1, 1]
    upstream.say(slug, 2)
    assert ask(dev, f"/{kind}/{slug}").version == 1
    body = f'{{"tag": "{slug}"}}'
    assert ask(dev, "/revalidate", "POST", {"content-type": "application/json"}, body).status == 200
    assert ask(dev, f"/{kind}/{slug}").version == 2
    assert upstream.times(slug) == 2


@pytest.mark.parametrize("kind", ["isr", "data", "unstable"])
def test_data_outlives_a_reload_of_the_code(dev: Server, upstream: Upstream, kind: str) -> None:
    slug = f"reload-{kind}"
    assert ask(dev, f"/{kind}/{slug}").version == 1
    upstream.say(slug, 2)
    reload(dev, f"app/{kind}/[slug]/route.py")
    assert ask(dev, f"/{kind}/{slug}").version == 1
    assert upstream.times(slug) == 1


def test_the_results_of_use_cache_do_not_outlive_a_reload(dev: Server, upstream: Upstream) -> None:
    assert ask(dev, "/function/reload-function").version == 1
    upstream.say("reload-function", 2)
    reload(dev, "app/function/[slug]/route.py")
    assert ask(dev, "/function/reload-function").version == 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_hard_reload_in_the_browser_asks_for_data_anew_and_keeps_that(
    dev: Server, upstream: Upstream, kind: str
) -> None:
    slug = f"hard-{kind}"
    assert ask(dev, f"/{kind}/{slug}").version == 1
    upstream.say(slug, 2)
    assert ask(dev, f"/{kind}/{slug}", headers={"cache-control": "no-cache"}).version == 2
    ask(dev, f"/{kind}/{slug}")
    assert upstream.times(slug) >= 2


def test_nothing_is_written_into_the_project(dev: Server, tmp_path: Path) -> None:
    assert not (dev.root / ".byway").exists()
