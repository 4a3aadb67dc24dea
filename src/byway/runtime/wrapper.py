"""What ``Config(asgi=…)`` makes of the application: an error tracker, sessions, or any other ASGI middleware."""

from __future__ import annotations

from byway.config import ASGIApp, Config
from byway.problems import AppError, Problem

_FILE = "byway_config.py"


def wrapped(application: ASGIApp, config: Config) -> ASGIApp:
    """``application``, wrapped by the function of ``Config(asgi=…)`` when there is one.

    Raises ``AppError`` when that function fails, or returns what is no application.
    """
    if config.asgi is None:
        return application
    try:
        wrapper: object = config.asgi(application)
    except Exception as error:
        what = f"The function of Config(asgi=…) failed: {type(error).__name__}: {error}"
        cure = "Mend it: it is called once, at the start, with an ASGI application."
        raise AppError([Problem(_FILE, what, cure)], [error]) from error
    if not callable(wrapper):
        what = f"The function of Config(asgi=…) returned {type(wrapper).__name__}, which is no ASGI application."
        cure = "Return the application that wraps the one it is given."
        raise AppError([Problem(_FILE, what, cure)])
    return wrapper
