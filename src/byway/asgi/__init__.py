"""Where Byway meets its server: an app as an ASGI application."""

from byway.asgi.application import Application
from byway.asgi.sending import StreamAborted

__all__ = ["Application", "StreamAborted"]
