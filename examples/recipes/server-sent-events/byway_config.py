"""A stream of events never ends by itself: at a stop or restart it would be waited for, so not for long."""

from byway import Config

config = Config(shutdown_timeout=5)
