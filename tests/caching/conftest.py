"""Redis servers: one for all tests that leave it running, and one for each that does not."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from ..redis_server import RedisServer


@pytest.fixture(scope="session")
def shared_redis(tmp_path_factory: pytest.TempPathFactory) -> Generator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def redis_server(shared_redis: RedisServer) -> RedisServer:
    """A running server without any data. It must not be stopped."""
    shared_redis.command("FLUSHALL")
    return shared_redis


@pytest.fixture
def own_redis(tmp_path: Path) -> Generator[RedisServer]:
    """A running server that the test may stop; it has a password."""
    server = RedisServer(tmp_path / "redis", password="pa$$word")
    server.start()
    yield server
    server.kill()
