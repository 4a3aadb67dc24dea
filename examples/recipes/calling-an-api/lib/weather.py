"""A client of the weather service; its errors become two of our own."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import httpx2
import msgspec

# Seconds. Without `pool`, requests would queue for ever behind a service that has become slow.
TIMEOUT = httpx2.Timeout(2.0, connect=1.0, pool=1.0)
LIMITS = httpx2.Limits(max_connections=50, max_keepalive_connections=20)


@dataclass
class Weather:
    city: str
    celsius: float


class UpstreamError(Exception):
    """The service failed, or said what we cannot understand."""


class UpstreamTimeout(UpstreamError):
    """The service took too long."""


_client: httpx2.AsyncClient | None = None


@asynccontextmanager
async def connected() -> AsyncGenerator[None]:
    """One client for each worker: its connections are reused, and closed at the end."""
    global _client
    async with httpx2.AsyncClient(base_url=os.environ["WEATHER_API"], timeout=TIMEOUT, limits=LIMITS) as _client:
        yield


async def weather(city: str) -> Weather | None:
    """The weather in ``city``; None when the service does not know it.

    Raises ``UpstreamError``.
    """
    assert _client is not None, "instrumentation.py opens the client"
    try:
        answer = await _client.get(f"/v1/weather/{quote(city, safe='')}")
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        return msgspec.json.decode(answer.content, type=Weather)
    except httpx2.TimeoutException as error:
        raise UpstreamTimeout("The weather service took too long.") from error
    except (httpx2.HTTPError, msgspec.DecodeError) as error:
        raise UpstreamError("The weather service failed.") from error
