"""Fails without an error.py around it."""

from byway.server import connection


async def page() -> None:
    await connection()
    raise RuntimeError("Nobody has expected this.")
