"""What several routes share: a file that is no route.py is no route."""

import logging

log = logging.getLogger("example.actions")


def log_user_action(*, session_cookie: str, user_agent: str) -> None:
    """Note, for analytics, who did something."""
    log.warning("action by %s with %s", session_cookie, user_agent)
