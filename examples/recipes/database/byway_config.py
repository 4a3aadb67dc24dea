"""As many threads as the pool has connections: no handler waits for one."""

from byway import Config

config = Config(threads=8)
