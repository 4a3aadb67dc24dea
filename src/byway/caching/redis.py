"""A store for many hosts: `Config(cache_handler=RedisStore("redis://cache.internal"))`, on Redis 6.2+ or Valkey.

Theory of operation
-------------------
Under its prefix the server holds one key an entry and one a lease, which both end by themselves, and two without an
end: the *log*, a list of the youngest invalidations, and the *state*, a hash with the number of the last of them. The
log has no gaps, so that its length and that number give the number of each item, and of the youngest forgotten one.

A server may also lose what it was told: it is flushed, it evicts a key, it comes back from a crash or from its replica
without the last writes. Numbers that were given out already would then be given out anew, to other invalidations, and
a worker that has seen the first ones would not fetch the second ones. So data has *lives*:

- A life begins when there is no state; when a worker knows a higher number than the server; and when the server is
  another run of the program than the one that began the present life (it has restarted, or a replica took over), for
  nobody can tell then whether anything was lost. Every script begins a new life where one is due, in one step with what
  it does, and every connection runs such a script before anything else: nobody sees the old life any more.
- A life's numbers begin at the server's Unix time in microseconds. A server takes down fewer than one invalidation a
  microsecond, so they never catch up with the clock, and each life's numbers are above those of all lives before; where
  the clock was set back, above those that the worker knows that begins it.
- The number at which a life begins is its first `floor`: entries of former lives, wherever they are kept, have not seen
  it and count as expired.

A restarted server thus makes a cold cache. A cache may forget; it must not serve what was invalidated.
"""

from __future__ import annotations

import asyncio
import math
import secrets
import time
import zlib
from collections.abc import Sequence
from typing import Any

import msgspec

from byway.caching.redis_client import RedisClient, StoreUnavailable, Word, spawn
from byway.caching.store import Entry, Invalidation, Invalidations

__all__ = ["RedisStore", "StoreUnavailable"]

_YEAR = 365 * 86400.0
# Seconds that an entry outlives its `expire`: clocks differ, and a reader may be about to fetch it.
_MARGIN = 60.0
_MOST_INVALIDATIONS = 100_000
# The checksum's start value. Change it when what is stored changes: older entries are then unreadable, that is, gone.
_FORMAT = 1

# KEYS: the state, the log. ARGV[1]: the highest number that the caller knows. A connection stays with one run of the
# server, so it is enough that its greeting looks for another.
_LIFE = """
local function run()
    local info = redis.pcall('INFO', 'server')
    return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end

local state = redis.call('HMGET', KEYS[1], 'number', 'run')
local number, known = tonumber(state[1] or ''), tonumber(ARGV[1])

local function keep(value)
    number = value
    redis.call('HSET', KEYS[1], 'number', string.format('%.0f', value))
end

if not number or number < known or (greeting and state[2] ~= run()) then
    local now = redis.call('TIME')
    redis.call('DEL', KEYS[2])
    redis.call('HSET', KEYS[1], 'run', run())
    keep(math.max(now[1] * 1000000 + now[2], (number or 0) + 1, known + 1))
end
"""
_GREET = f"local greeting = true {_LIFE} return number"
# ARGV[2…]: the invalidations. The number goes first: should a write be refused, too much is forgotten, not too little.
_INVALIDATE = f"""local greeting = false {_LIFE}
keep(number + #ARGV - 1)
for i = 2, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[i]) end
redis.call('LTRIM', KEYS[2], -{_MOST_INVALIDATIONS}, -1)
return number
"""
# ARGV[2]: since. One string for all items: a client reads it much faster than many.
_INVALIDATIONS = f"""local greeting = false {_LIFE}
local floor = number - redis.call('LLEN', KEYS[2])
local items = redis.call('LRANGE', KEYS[2], math.max(0, tonumber(ARGV[2]) - floor), -1)
return {{floor, #items, table.concat(items)}}
"""
_RENEW = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('PEXPIRE', KEYS[1], ARGV[2]) or 0"
_RELEASE = "return redis.call('GET', KEYS[1]) == ARGV[1] and redis.call('DEL', KEYS[1]) or 0"

_encode = msgspec.msgpack.Encoder().encode
_decode_entry = msgspec.msgpack.Decoder(Entry).decode
_decode_items = msgspec.msgpack.Decoder(list[tuple[str, float, float]]).decode


class RedisStore:
    """Implements `CacheStore`. Opening it connects; entries, tags and leases are shared by all stores with the same
    server, database and ``prefix``.

    ``url``: ``redis://[[user]:password@]host[:port][/database]``, or with ``rediss://`` for TLS, or
    ``unix://[[user]:password@]/path?db=0``; ``valkey://`` and ``valkeys://`` are the same as ``redis://`` and
    ``rediss://``. What is special in URLs is percent-encoded in a password.

    ``ttl``: seconds that an entry is kept at the longest; the server evicts it by itself. ``connections``: how many are
    open at most. ``connect_timeout`` and ``command_timeout``: seconds. Raises ``ValueError`` for what these cannot be.

    All methods raise `StoreUnavailable`. Once the server has gone away they do so at once, without waiting for it; it
    is tried again in the background every half second.

    The state and the log should not be evicted: with a ``maxmemory`` choose ``volatile-lru``, say, not ``allkeys-lru``.
    (Losing them expires all entries, no more.)
    """

    def __init__(
        self,
        url: str = "redis://localhost:6379",
        *,
        prefix: str = "byway",
        ttl: float = _YEAR,
        connections: int = 8,
        connect_timeout: float = 1.0,
        command_timeout: float = 1.0,
    ) -> None:
        for name, value in {
            "ttl": ttl,
            "connections": connections,
            "connect_timeout": connect_timeout,
            "command_timeout": command_timeout,
        }.items():
            if not 0 < value < math.inf:
                raise ValueError(f"RedisStore({name}={value!r}): write a number above 0.")
        self._ttl = ttl
        self._entry, self._lease = f"{prefix}:entry:", f"{prefix}:lease:"
        self._state, self._log = f"{prefix}:state", f"{prefix}:log"
        self._known = 0
        self._client = RedisClient(url, self._greeting, connections, connect_timeout, command_timeout)
        self._call = self._client.call
        self._reading: asyncio.Task[int | StoreUnavailable] | None = None
        self._waiting: asyncio.Task[int | StoreUnavailable] | None = None

    async def open(self) -> None:
        """Connect. When that fails the store may be used all the same: it connects as soon as it can."""
        self._reading = self._waiting = None
        await self._client.open()

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    # Entries

    async def get(self, key: str) -> Entry | None:
        """The entry at ``key``; one that is damaged is deleted, and None."""
        data: bytes | None = await self._call("GET", self._entry + key)
        if data is None:
            return None
        payload = memoryview(data)[4:]
        if zlib.crc32(payload, _FORMAT).to_bytes(4, "little") == data[:4]:
            try:
                return _decode_entry(payload)
            except msgspec.MsgspecError:
                pass
        await self.delete(key)
        return None

    async def set(self, key: str, entry: Entry) -> None:
        """Keep ``entry`` until it expires, and a minute longer; at most for ``ttl`` seconds."""
        payload = _encode(entry)
        seconds = min(max(entry.created + entry.expire - time.time(), 0.0) + _MARGIN, self._ttl)
        data = zlib.crc32(payload, _FORMAT).to_bytes(4, "little") + payload
        await self._call("SET", self._entry + key, data, "PX", _milliseconds(seconds))

    async def delete(self, key: str) -> None:
        """Forget the entry at ``key``."""
        await self._call("DEL", self._entry + key)

    # Invalidations

    async def version(self) -> int:
        """The number of the last invalidation, or that at which the life of the server's data began.

        Every call gets the answer to a question that was sent after it, so that an invalidation that had ended before
        is seen for certain. Yet calls that come close together share one: at most one question is on its way, for which
        a call comes too late, and at most one waits for the first to be answered; all calls join that one until it is
        sent. However many requests there are, the server is asked once a round trip.
        """
        self._client.check()
        task = self._waiting
        if task is None:
            task = self._waiting = spawn(self._read_version(self._reading))
        # A caller that gives up must not take the answer from the others.
        answer = await asyncio.shield(task)
        if isinstance(answer, StoreUnavailable):
            raise StoreUnavailable(str(answer))
        return answer

    async def _read_version(self, before: asyncio.Task[Any] | None) -> int | StoreUnavailable:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._reading, self._waiting = self._waiting, None
        try:
            answer: bytes | None = await self._call("HGET", self._state, "number")
            number = int(answer) if answer and answer.isdigit() else 0
            if not number or number < self._known:
                number = await self._call(*self._greeting())
        except StoreUnavailable as error:
            return error
        self._known = max(self._known, number)
        return number

    async def invalidate(self, tags: Sequence[str], at: float, due: float) -> int:
        """Write down the invalidations, and forget the oldest of more than 100,000."""
        number: int = await self._call(*self._script(_INVALIDATE), *[_encode((tag, at, due)) for tag in tags])
        self._known = max(self._known, number)
        return number

    async def invalidations(self, since: int) -> Invalidations:
        """Those above ``since`` that are not forgotten."""
        floor, count, data = await self._call(*self._script(_INVALIDATIONS), since)
        # The items, each encoded by itself, make an array once its head is put before them.
        items = _decode_items(b"\xdd" + count.to_bytes(4, "big") + data)
        first = max(floor, since) + 1
        return Invalidations(floor, [Invalidation(number, *item) for number, item in enumerate(items, first)])

    # Leases

    async def lease(self, key: str, seconds: float) -> str | None:
        """The right to compute ``key`` for ``seconds``, told by the server's clock."""
        token = secrets.token_hex(16)
        taken = await self._call("SET", self._lease + key, token, "NX", "PX", _milliseconds(seconds))
        return token if taken else None

    async def renew(self, key: str, token: str, seconds: float) -> bool:
        """Have the lease for ``seconds`` more; False when it has ended."""
        return bool(await self._call("EVAL", _RENEW, 1, self._lease + key, token, _milliseconds(seconds)))

    async def release(self, key: str, token: str) -> None:
        """Give the lease back, if it is still held."""
        await self._call("EVAL", _RELEASE, 1, self._lease + key, token)

    # Scripts

    def _script(self, text: str) -> tuple[Word, ...]:
        return "EVAL", text, 2, self._state, self._log, self._known

    def _greeting(self) -> tuple[Word, ...]:
        return self._script(_GREET)


def _milliseconds(seconds: float) -> int:
    return max(1, math.ceil(seconds * 1000))
