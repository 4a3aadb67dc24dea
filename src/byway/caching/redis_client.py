"""A Redis or Valkey server as the store needs it: bounded in connections and in waiting, and found again.

On redis-py's connections, but not its pool and client: those have no time limit for a whole command, wait for a server
that is known to be away, and take half as long again for each command.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextvars import Context
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar, cast

try:
    from redis.asyncio.connection import Connection, parse_url
    from redis.exceptions import ConnectionError as LostConnection
    from redis.exceptions import ReadOnlyError, RedisError
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "redis":
        raise  # redis-py is there, but something that it needs is not
    raise ModuleNotFoundError(
        "RedisStore needs redis-py, which comes with Byway's extra `redis`: pip install 'byway[redis]'", name="redis"
    ) from None

__all__ = ["RedisClient", "StoreUnavailable", "Word", "spawn"]

T = TypeVar("T")

Word: TypeAlias = str | bytes | int


class _Connection(Protocol):
    """What is used of redis-py's connections."""

    @property
    def is_connected(self) -> bool: ...
    async def connect(self) -> None: ...
    async def disconnect(self, nowait: bool = False) -> None: ...
    async def send_command(self, *words: Word) -> None: ...
    async def read_response(self) -> Any: ...


# Seconds between two attempts to reach a server that has gone away.
_PROBE_INTERVAL = 0.5
_pause = asyncio.sleep
# The client has time limits of its own; and whatever the URL says, answers are bytes.
_OPTIONS = {"protocol": 2, "decode_responses": False, "socket_timeout": None, "socket_connect_timeout": None}
_SCHEMES = {"valkey": "redis", "valkeys": "rediss"}
_BAD_URL = (
    "RedisStore(url=…) is not the URL of a Redis server. Write redis://[[user]:password@]host[:port][/database], with "
    "what is special in URLs percent-encoded."
)


class StoreUnavailable(Exception):
    """The server cannot be reached, does not answer in time, or refuses a command. The message names the server."""


class RedisClient:
    """A server, at most ``limit`` connections to it, and whether it is there.

    A connection is sent what ``greeting`` returns before anything else. Once the server does not answer, calls fail at
    once, until a task in the background has reached it again.
    """

    def __init__(
        self,
        url: str,
        greeting: Callable[[], Sequence[Word]],
        limit: int,
        connect_timeout: float,
        command_timeout: float,
    ) -> None:
        self._greeting = greeting
        self._limit = limit
        self._connect_timeout = connect_timeout
        self._command_timeout = command_timeout
        try:
            options: dict[str, Any] = {**parse_url(_with_redis_scheme(url)), **_OPTIONS}
            kind = options.pop("connection_class", Connection)
            self._new_connection = cast("Callable[[], _Connection]", partial(kind, **options))
            self._new_connection()
        except (ValueError, TypeError, RedisError):
            # Their messages may quote the password.
            raise ValueError(_BAD_URL) from None
        self.name = options.get("path") or f"{options.get('host', 'localhost')}:{options.get('port', 6379)}"
        self._password = str(options.get("password") or "")
        self._idle: list[_Connection] = []
        self._slots = asyncio.Semaphore(limit)
        self._recovery: asyncio.Task[None] | None = None
        self._fault: str | None = "it has not been opened"

    async def open(self) -> None:
        # Semaphores belong to the event loop that has waited for them.
        self._slots = asyncio.Semaphore(self._limit)
        self._fault = None
        await self.call("PING")

    async def close(self) -> None:
        self._fault = "it has been closed"
        recovery, self._recovery = self._recovery, None
        if recovery is not None:
            recovery.cancel()
            await asyncio.wait([recovery])
        await self._hang_up()

    def check(self) -> None:
        """Raise when the server is known to be away."""
        if self._fault is not None:
            raise StoreUnavailable(f"Redis at {self.name} is not available: {self._fault}")

    async def call(self, *command: Word) -> Any:
        """The server's answer. No exception of redis-py's is passed on or kept as a context: those may quote what was
        sent, the password among it.
        """
        self.check()
        if self._slots.locked():
            await self._queue()
        else:
            await self._slots.acquire()
        try:
            self.check()  # again: it may have gone away meanwhile
            return await self._converse(command)
        except (LostConnection, ReadOnlyError, OSError) as error:
            # A server that takes no writes was the primary once; connecting anew finds the present one.
            problem = f"is not available: {self._lose(error)}"
        except RedisError as error:
            problem = f"refuses {command[0]!s}: {self._told(error)}"
        finally:
            self._slots.release()
        raise StoreUnavailable(f"Redis at {self.name} {problem}")

    async def _queue(self) -> None:
        try:
            async with asyncio.timeout(self._command_timeout):
                await self._slots.acquire()
        except TimeoutError:
            raise StoreUnavailable(
                f"Redis at {self.name} is too slow: all {self._limit} connections to it were busy for "
                f"{self._command_timeout:g} s"
            ) from None

    async def _converse(self, command: Sequence[Word]) -> Any:
        if self._idle:
            try:
                return await self._ask(self._idle.pop(), command)
            except LostConnection:
                # Closed while it was idle, as probably the others are; if by a restart, greeting comes first.
                await self._hang_up()
        return await self._ask(await self._connect(), command)

    async def _ask(self, connection: _Connection, command: Sequence[Word]) -> Any:
        try:
            async with asyncio.timeout(self._command_timeout):
                await connection.send_command(*command)
                return await connection.read_response()
        except TimeoutError:
            raise TimeoutError(f"no answer within {self._command_timeout:g} s") from None
        finally:
            # Where an answer is still to come, redis-py has disconnected: nobody gets the answer to another's command.
            if self._fault is not None:
                await connection.disconnect(nowait=True)
            elif connection.is_connected:
                self._idle.append(connection)

    async def _connect(self) -> _Connection:
        connection = self._new_connection()
        try:
            async with asyncio.timeout(self._connect_timeout):
                await connection.connect()
                await connection.send_command(*self._greeting())
                await connection.read_response()
        except BaseException as error:
            await connection.disconnect(nowait=True)
            if isinstance(error, TimeoutError):
                raise TimeoutError(f"no connection within {self._connect_timeout:g} s") from None
            if isinstance(error, RedisError):
                # Without a greeting there is no connection.
                raise LostConnection(str(error)) from None
            raise
        return connection

    def _lose(self, error: Exception) -> str:
        """The server is away because of ``error``: begin to look out for it."""
        reason = self._told(error)
        if self._fault is None:
            self._fault = reason
            self._recovery = spawn(self._recover())
        return reason

    async def _recover(self) -> None:
        while True:
            await self._hang_up()
            try:
                connection = await self._connect()
            except (LostConnection, OSError) as error:
                self._fault = self._told(error)
            else:
                self._fault = self._recovery = None
                self._idle.append(connection)
                return
            await _pause(_PROBE_INTERVAL)

    async def _hang_up(self) -> None:
        while self._idle:
            await self._idle.pop().disconnect(nowait=True)

    def _told(self, error: Exception) -> str:
        text = str(error) or type(error).__name__
        return text.replace(self._password, "***") if self._password else text


def spawn(work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
    """A task for everyone, which does not hold on to the context of the request that happens to start it."""
    return asyncio.get_running_loop().create_task(work, context=Context())


def _with_redis_scheme(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    return f"{_SCHEMES.get(scheme, scheme)}{separator}{rest}"
