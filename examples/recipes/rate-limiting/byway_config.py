"""The proxy in front of this app connects from this machine or through a unix socket; it alone is believed."""

from byway import Config

config = Config(trusted_proxies=["127.0.0.1", "::1", "unix"])
